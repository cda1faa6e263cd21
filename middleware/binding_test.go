package middleware_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

// holder is a client with a DPoP key and a TLS certificate.
type holder struct {
	key         *jwk.PrivateKey
	certificate tls.Certificate
}

func newHolder(t testing.TB) *holder {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	key, err := jwk.NewPrivateKey("", jwk.ES256, private)
	check(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	check(t, err)
	return &holder{key, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}}
}

func (h *holder) byDPoP() tokens.Confirmation {
	return tokens.Confirmation{JWKThumbprint: h.key.Public().Thumbprint()}
}

func (h *holder) byTLS() tokens.Confirmation {
	return tokens.Confirmation{CertificateThumbprint: tokens.CertificateThumbprint(h.certificate.Certificate[0])}
}

func (h *holder) byBoth() tokens.Confirmation {
	return tokens.Confirmation{JWKThumbprint: h.byDPoP().JWKThumbprint, CertificateThumbprint: h.byTLS().CertificateThumbprint}
}

func (f *fixture) bound(t testing.TB, c tokens.Confirmation) string {
	t.Helper()
	token, err := f.signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", Scopes: []string{"items:read"}, TTL: time.Hour, Confirmation: c})
	check(t, err)
	return token
}

const baseURL = "https://api.example.com"

// prove makes a request by the scheme DPoP with a proof for it.
func (h *holder) prove(t testing.TB, token, target string, change ...func(*tokens.ProofParams)) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	p := tokens.ProofParams{Method: r.Method, URL: baseURL + r.URL.EscapedPath(), Token: tokens.NewSecret(token)}
	for _, f := range change {
		f(&p)
	}
	proof, err := tokens.SignProof(h.key, p)
	check(t, err)
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", proof)
	return r
}

func withCertificate(r *http.Request, h *holder) *http.Request {
	certificate, err := x509.ParseCertificate(h.certificate.Certificate[0])
	if err != nil {
		panic(err)
	}
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}}
	return r
}

func newDPoP(t testing.TB, cfg tokens.DPoPConfig) *tokens.DPoP {
	t.Helper()
	d, err := tokens.NewDPoP(cfg)
	check(t, err)
	return d
}

// TestS7_Modes: what each mode makes of each way to present each token.
func TestS7_Modes(t *testing.T) {
	const ok = ""
	f, me, other := newFixture(t), newHolder(t), newHolder(t)
	var bearer, keyBound, certBound, both = f.m2m(t), f.bound(t, me.byDPoP()), f.bound(t, me.byTLS()), f.bound(t, me.byBoth())
	plain := func(token string) *http.Request { return request("Bearer " + token) }
	tests := []struct {
		name                   string
		request                func() *http.Request
		off, allowed, required tokens.Code
	}{
		{"bearer", func() *http.Request { return plain(bearer) }, ok, ok, tokens.ErrUnbound},
		{"bearer, with a certificate", func() *http.Request { return withCertificate(plain(bearer), me) }, ok, ok, tokens.ErrUnbound},
		{"bearer, with a stray proof", func() *http.Request {
			r := me.prove(t, bearer, "/")
			r.Header.Set("Authorization", "Bearer "+bearer)
			return r
		}, ok, ok, tokens.ErrUnbound},
		{"bearer, as DPoP", func() *http.Request { return me.prove(t, bearer, "/") }, noScheme, tokens.ErrUnbound, tokens.ErrUnbound},
		{"opaque", func() *http.Request { return plain("mt_good") }, ok, ok, tokens.ErrUnbound},

		{"bound to a key", func() *http.Request { return me.prove(t, keyBound, "/") }, noScheme, ok, ok},
		{"bound to a key, as bearer", func() *http.Request { return plain(keyBound) }, tokens.ErrSenderConstrained, tokens.ErrSenderConstrained, tokens.ErrSenderConstrained},
		{"bound to a key, another's proof", func() *http.Request { return other.prove(t, keyBound, "/") }, noScheme, tokens.ErrProofKey, tokens.ErrProofKey},
		{"bound to a key, no proof", func() *http.Request { return request("DPoP " + keyBound) }, noScheme, tokens.ErrProofMalformed, tokens.ErrProofMalformed},
		{"bound to a key, two proofs", func() *http.Request {
			r := me.prove(t, keyBound, "/")
			r.Header.Add("DPoP", me.prove(t, keyBound, "/").Header.Get("DPoP"))
			return r
		}, noScheme, tokens.ErrProofMalformed, tokens.ErrProofMalformed},

		{"bound to a certificate", func() *http.Request { return withCertificate(plain(certBound), me) }, tokens.ErrSenderConstrained, ok, ok},
		{"bound to a certificate, without", func() *http.Request { return plain(certBound) }, tokens.ErrSenderConstrained, tokens.ErrCertificate, tokens.ErrCertificate},
		{"bound to a certificate, another's", func() *http.Request { return withCertificate(plain(certBound), other) }, tokens.ErrSenderConstrained, tokens.ErrCertificate, tokens.ErrCertificate},
		{"bound to a certificate, as DPoP", func() *http.Request { return withCertificate(me.prove(t, certBound, "/"), me) }, noScheme, tokens.ErrUnbound, tokens.ErrUnbound},

		{"bound to both", func() *http.Request { return withCertificate(me.prove(t, both, "/"), me) }, noScheme, ok, ok},
		{"bound to both, no certificate", func() *http.Request { return me.prove(t, both, "/") }, noScheme, tokens.ErrCertificate, tokens.ErrCertificate},
		{"bound to both, no proof", func() *http.Request { return withCertificate(plain(both), me) }, tokens.ErrSenderConstrained, tokens.ErrSenderConstrained, tokens.ErrSenderConstrained},
	}
	allowed := middleware.Binding{Mode: middleware.BindingAllowed, DPoP: newDPoP(t, tokens.DPoPConfig{}), BaseURL: baseURL}
	for _, mode := range []struct {
		name     string
		binding  middleware.Binding
		ofRoute  middleware.BindingMode
		expected func(i int) tokens.Code
	}{
		{"off", middleware.Binding{}, 0, func(i int) tokens.Code { return tests[i].off }},
		{"allowed", allowed, 0, func(i int) tokens.Code { return tests[i].allowed }},
		{"allowed, and the route would turn it off", allowed, middleware.BindingOff, func(i int) tokens.Code { return tests[i].allowed }},
		{"allowed, and required by the route", allowed, middleware.BindingRequired, func(i int) tokens.Code { return tests[i].required }},
		{"required", middleware.Binding{Mode: middleware.BindingRequired, DPoP: allowed.DPoP, BaseURL: baseURL}, 0, func(i int) tokens.Code { return tests[i].required }},
	} {
		var last middleware.Decision
		m := f.middleware(t, middleware.Config{Binding: mode.binding, Observe: func(_ context.Context, d middleware.Decision) { last = d }})
		handler := new(caller)
		route := m.RequirePolicy(middleware.Policy{Accept: []tokens.Type{tokens.TypeM2M}, Binding: mode.ofRoute})(handler)
		for i, test := range tests {
			for range 2 { // the second time the token is remembered
				handler.runs = 0
				w := serve(route, test.request())
				want := mode.expected(i)
				got, _ := errors.AsType[tokens.Code](last.Err)
				if errors.Is(last.Err, middleware.ErrNoCredential) {
					got = noScheme
				}
				if got != want || (handler.runs == 1) != (want == ok) || (w.Code == 200) != (want == ok) {
					t.Errorf("%s, %s: %q, status %d, want %q (%v)", mode.name, test.name, got, w.Code, want, last.Err)
				}
			}
		}
	}
}

// noScheme stands for ErrNoCredential: the scheme DPoP is not known.
const noScheme tokens.Code = "no credential"

// TestS7_EveryWayToProtect: Require, Handle and Attach with Protect hold to the mode of the configuration.
func TestS7_EveryWayToProtect(t *testing.T) {
	f, me := newFixture(t), newHolder(t)
	m := f.middleware(t, middleware.Config{Binding: middleware.Binding{Mode: middleware.BindingRequired, DPoP: newDPoP(t, tokens.DPoPConfig{}), BaseURL: baseURL}})
	keyBound := f.bound(t, me.byDPoP())
	for name, route := range ways(m) {
		if w := serve(route, me.prove(t, keyBound, "/")); w.Code != http.StatusOK {
			t.Errorf("%s: a good proof gets %d %s", name, w.Code, w.Body)
		}
		for what, r := range map[string]*http.Request{"a bearer token": request("Bearer " + f.m2m(t)), "a bound token as bearer": request("Bearer " + keyBound)} {
			if w := serve(route, r); w.Code != http.StatusUnauthorized || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), `DPoP error="invalid_token"`) {
				t.Errorf("%s: %s gets %d, %q", name, what, w.Code, w.Header()["Www-Authenticate"])
			}
		}
	}
}

// ways are all ways to protect a handler for machines that answers 200.
func ways(m *middleware.Middleware) map[string]http.Handler {
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	return map[string]http.Handler{
		"Require": m.Require(tokens.TypeM2M)(ok),
		"Handle":  handleM2M(m),
		"Attach": m.Attach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, ok := middleware.ProtectAny(w, r, []tokens.Type{tokens.TypeM2M}); !ok {
				return
			}
		})),
	}
}

// TestS8_MutualTLS: over real TLS, with certificates that nobody signed (RFC 8705 section 2.2).
func TestS8_MutualTLS(t *testing.T) {
	f, me, other := newFixture(t), newHolder(t), newHolder(t)
	m := f.middleware(t, middleware.Config{Binding: middleware.Binding{Mode: middleware.BindingRequired}})
	server := httptest.NewUnstartedServer(m.Require(tokens.TypeM2M)(new(caller)))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	defer server.Close()
	get := func(token string, certificates ...tls.Certificate) int {
		t.Helper()
		client := server.Client()
		transport := client.Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.Certificates = certificates
		defer transport.CloseIdleConnections()
		r, err := http.NewRequest(http.MethodGet, server.URL, nil)
		check(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := (&http.Client{Transport: transport}).Do(r)
		check(t, err)
		defer response.Body.Close()
		if challenge := response.Header.Get("WWW-Authenticate"); response.StatusCode == 401 && !strings.HasPrefix(challenge, `Bearer error="invalid_token"`) {
			t.Errorf("challenge %q", challenge)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
	bound := f.bound(t, me.byTLS())
	for range 2 {
		got := map[string]int{
			"its own":        get(bound, me.certificate),
			"another's":      get(bound, other.certificate),
			"none":           get(bound),
			"a bearer token": get(f.m2m(t), me.certificate),
		}
		if diff := cmp.Diff(map[string]int{"its own": 200, "another's": 401, "none": 401, "a bearer token": 401}, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// TestS8_BehindAProxy: the user's function says which certificate it was, and the connection's own counts for nothing.
func TestS8_BehindAProxy(t *testing.T) {
	f, me, proxy := newFixture(t), newHolder(t), newHolder(t)
	shown := withCertificate(request(), me).TLS.PeerCertificates[0]
	for name, test := range map[string]struct {
		certificate func(*http.Request) *x509.Certificate
		status      int
	}{
		"the client's": {func(*http.Request) *x509.Certificate { return shown }, 200},
		"none":         {func(*http.Request) *x509.Certificate { return nil }, 401},
		"an empty one": {func(*http.Request) *x509.Certificate { return new(x509.Certificate) }, 401},
		"a panic":      {func(*http.Request) *x509.Certificate { panic("x") }, 500},
	} {
		m := f.middleware(t, middleware.Config{Binding: middleware.Binding{Mode: middleware.BindingAllowed, ClientCertificate: test.certificate}})
		for token, status := range map[string]int{f.bound(t, me.byTLS()): test.status, f.bound(t, proxy.byTLS()): max(401, test.status)} {
			if w := serve(m.Require(tokens.TypeM2M)(new(caller)), withCertificate(request("Bearer "+token), proxy)); w.Code != status {
				t.Errorf("%s: status %d, want %d", name, w.Code, status)
			}
		}
	}
}

// TestS8_Target: which URL a proof must be for.
func TestS8_Target(t *testing.T) {
	f, me := newFixture(t), newHolder(t)
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	forwarded := func(r *http.Request) {
		r.RemoteAddr = "10.1.2.3:4567"
		r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Host"] = []string{"https"}, []string{"shop.example.com"}
	}
	tests := []struct {
		name    string
		baseURL string // else the proxies are trusted
		htu     string
		path    string
		change  func(*http.Request)
		ok      bool
	}{
		{name: "the base URL", baseURL: baseURL, htu: baseURL + "/jobs/1", path: "/jobs/1", ok: true},
		{name: "a query", baseURL: baseURL, htu: baseURL + "/jobs", path: "/jobs?x=1", ok: true},
		{name: "an escape", baseURL: baseURL, htu: baseURL + "/jobs%2F1", path: "/jobs%2F1", ok: true},
		{name: "the base URL has a path", baseURL: baseURL + "/v1/", htu: baseURL + "/v1/jobs", path: "/jobs", ok: true},
		{name: "without that path", baseURL: baseURL + "/v1", htu: baseURL + "/jobs", path: "/jobs"},
		{name: "another path", baseURL: baseURL, htu: baseURL + "/jobs", path: "/jobs/1"},
		{name: "the host of the request is not believed", baseURL: baseURL, htu: "https://evil.example.com/jobs", path: "/jobs", change: func(r *http.Request) { r.Host = "evil.example.com" }},
		{name: "nor a proxy that nobody trusts", baseURL: baseURL, htu: "https://shop.example.com/jobs", path: "/jobs", change: forwarded},
		{name: "a router took a prefix away", baseURL: baseURL, htu: baseURL + "/jobs", path: "/jobs", change: func(r *http.Request) { r.URL.Path = "/" }, ok: true},
		{name: "a path that a router invented", baseURL: baseURL, htu: baseURL + "/other", path: "/jobs", change: func(r *http.Request) { r.URL.Path = "/other" }},
		{name: "no request line, as in a test", baseURL: baseURL, htu: baseURL + "/jobs", path: "/jobs", change: func(r *http.Request) { r.RequestURI = "" }, ok: true},
		{name: "a request line with a host", baseURL: baseURL, htu: baseURL + "/jobs", path: "/jobs", change: func(r *http.Request) { r.RequestURI = "https://evil.example.com/jobs" }, ok: true},

		{name: "dots that climb to another path", baseURL: baseURL, htu: baseURL + "/public", path: "/admin/../public"},
		{name: "dots that climb out of the base URL", baseURL: baseURL + "/v1", htu: baseURL + "/v2/jobs", path: "/../v2/jobs"},
		{name: "escaped dots", baseURL: baseURL, htu: baseURL + "/x/%2e%2e/jobs", path: "/x/%2e%2e/jobs"},
		{name: "dots between escaped slashes", baseURL: baseURL, htu: baseURL + "/jobs", path: "/admin/..%2Fjobs"},
		{name: "an escaped slash beside a byte that no path has", baseURL: baseURL, htu: baseURL + "/a/b|c", path: "/a/b", change: func(r *http.Request) { r.RequestURI = "/a%2Fb|c" }},

		{name: "behind a proxy", htu: "https://shop.example.com/jobs", path: "/jobs", change: forwarded, ok: true},
		{name: "behind a proxy, IPv6", htu: "https://shop.example.com/jobs", path: "/jobs", change: func(r *http.Request) { forwarded(r); r.RemoteAddr = "[fd00::1]:1" }, ok: true},
		{name: "behind a proxy, IPv4 in IPv6", htu: "https://shop.example.com/jobs", path: "/jobs", change: func(r *http.Request) { forwarded(r); r.RemoteAddr = "[::ffff:10.0.0.1]:1" }, ok: true},
		{name: "behind a proxy, for another host", htu: baseURL + "/jobs", path: "/jobs", change: forwarded},
		{name: "past the proxy", htu: "https://shop.example.com/jobs", path: "/jobs", change: func(r *http.Request) { forwarded(r); r.RemoteAddr = "192.0.2.1:1" }},
		{name: "past the proxy, by its own name", htu: "http://example.com/jobs", path: "/jobs"},
		{name: "two proxies disagree", htu: "https://shop.example.com/jobs", path: "/jobs", change: func(r *http.Request) { forwarded(r); r.Header.Add("X-Forwarded-Host", "shop.example.com") }},
		{name: "a list of hosts", htu: "https://shop.example.com/jobs", path: "/jobs", change: func(r *http.Request) {
			forwarded(r)
			r.Header.Set("X-Forwarded-Host", "shop.example.com, shop.example.com")
		}},
		{name: "no X-Forwarded-Proto", htu: "https://shop.example.com/jobs", path: "/jobs", change: func(r *http.Request) { forwarded(r); r.Header.Del("X-Forwarded-Proto") }},
		{name: "no X-Forwarded-Host", htu: "http://example.com/jobs", path: "/jobs", change: func(r *http.Request) { forwarded(r); r.Header.Del("X-Forwarded-Host") }},
		{name: "a host with a path in it", htu: "https://shop.example.com/x/jobs", path: "/jobs", change: func(r *http.Request) { forwarded(r); r.Header.Set("X-Forwarded-Host", "shop.example.com/x") }},
		{name: "no address of the peer", htu: "https://shop.example.com/jobs", path: "/jobs", change: func(r *http.Request) { forwarded(r); r.RemoteAddr = "" }},
	}
	for _, test := range tests {
		binding := middleware.Binding{Mode: middleware.BindingAllowed, DPoP: newDPoP(t, tokens.DPoPConfig{}), BaseURL: test.baseURL}
		if test.baseURL == "" {
			binding.TrustedProxies = proxies
		}
		var last middleware.Decision
		m := f.middleware(t, middleware.Config{Binding: binding, Observe: func(_ context.Context, d middleware.Decision) { last = d }})
		r := me.prove(t, f.bound(t, me.byDPoP()), test.path, func(p *tokens.ProofParams) { p.URL = test.htu })
		if test.change != nil {
			test.change(r)
		}
		serve(m.Require(tokens.TypeM2M)(new(caller)), r)
		if test.ok != (last.Err == nil) || !test.ok && !errors.Is(last.Err, tokens.ErrProofURL) {
			t.Errorf("%s: %v", test.name, last.Err)
		}
	}
}

// TestS9_Challenges: one challenge, in the scheme that was tried; where none was, each that would do.
func TestS9_Challenges(t *testing.T) {
	f, me := newFixture(t), newHolder(t)
	const algs = `algs="ES256 EdDSA Ed25519"`
	const invalid = `error="invalid_token", error_description="The token is invalid, expired, or of a type that is not accepted here."`
	dpop := newDPoP(t, tokens.DPoPConfig{})
	allowed := middleware.Binding{Mode: middleware.BindingAllowed, DPoP: dpop, BaseURL: baseURL}
	required := middleware.Binding{Mode: middleware.BindingRequired, DPoP: dpop, BaseURL: baseURL}
	keyBound := f.bound(t, me.byDPoP())
	replayed := me.prove(t, keyBound, "/")
	tests := []struct {
		name    string
		binding middleware.Binding
		request *http.Request
		checks  bool // the route asks for a scope that the token doesn't have
		want    []string
	}{
		{"off", middleware.Binding{}, request(), false, []string{`Bearer realm="r"`}},
		{"off, by DPoP", middleware.Binding{}, me.prove(t, keyBound, "/"), false, []string{`Bearer realm="r"`}},
		{"mutual TLS only", middleware.Binding{Mode: middleware.BindingRequired}, request(), false, []string{`Bearer realm="r"`}},
		{"allowed", allowed, request(), false, []string{`Bearer realm="r"`, `DPoP realm="r", ` + algs}},
		{"somebody else's scheme", allowed, request("Basic x"), false, []string{`Bearer realm="r"`, `DPoP realm="r", ` + algs}},
		{"required", required, request(), false, []string{`DPoP realm="r", ` + algs}},
		{"a bearer token", allowed, request("Bearer x"), false, []string{`Bearer realm="r", ` + invalid}},
		{"a bearer token where it takes more", required, request("Bearer " + f.m2m(t)), false, []string{`DPoP realm="r", ` + invalid + ", " + algs}},
		{"a bad token by DPoP", allowed, request("dpop x"), false, []string{`DPoP realm="r", ` + invalid + ", " + algs}},
		{"an unbound token by DPoP", allowed, me.prove(t, f.m2m(t), "/"), false, []string{`DPoP realm="r", ` + invalid + ", " + algs}},
		{"a good proof", allowed, replayed, false, nil},
		{"the proof again", allowed, replayed, false, []string{`DPoP realm="r", error="invalid_dpop_proof", error_description="The DPoP proof is not one for this request.", ` + algs}},
		{"not allowed", allowed, me.prove(t, keyBound, "/"), true, []string{`DPoP realm="r", error="insufficient_scope", error_description="The caller is not allowed to do this.", scope="admin", ` + algs}},
		{"malformed", allowed, request("DPoP"), false, []string{`DPoP realm="r", error="invalid_request", error_description="The credential is malformed: send one Authorization header, with the scheme Bearer and one token.", ` + algs}},
	}
	for _, test := range tests {
		m := f.middleware(t, middleware.Config{Binding: test.binding, Realm: "r"})
		route := m.RequirePolicy(middleware.Policy{Accept: []tokens.Type{tokens.TypeM2M}, Checks: scoped(test.checks)})(new(caller))
		if diff := cmp.Diff(test.want, serve(route, test.request).Header()["Www-Authenticate"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestS5_NoncesOverHTTP: a client that is told of a nonce comes back with it, and is given the next.
func TestS5_NoncesOverHTTP(t *testing.T) {
	f, me := newFixture(t), newHolder(t)
	binding := middleware.Binding{Mode: middleware.BindingAllowed, BaseURL: baseURL,
		DPoP: newDPoP(t, tokens.DPoPConfig{NonceSecret: tokens.NewSecret(strings.Repeat("s", 32))})}
	route := f.middleware(t, middleware.Config{Binding: binding}).Require(tokens.TypeM2M)(new(caller))
	keyBound := f.bound(t, me.byDPoP())

	w := serve(route, me.prove(t, keyBound, "/"))
	nonce := w.Header().Get("DPoP-Nonce")
	if w.Code != 401 || nonce == "" || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), `DPoP error="use_dpop_nonce"`) {
		t.Fatalf("without a nonce: %d, %v", w.Code, w.Header())
	}
	w = serve(route, me.prove(t, keyBound, "/", func(p *tokens.ProofParams) { p.Nonce = nonce }))
	if w.Code != 200 || w.Header().Get("DPoP-Nonce") == "" {
		t.Errorf("with it: %d, %v", w.Code, w.Header())
	}
	binding.DPoP = newDPoP(t, tokens.DPoPConfig{})
	without := f.middleware(t, middleware.Config{Binding: binding}).Require(tokens.TypeM2M)(new(caller))
	if w = serve(without, me.prove(t, keyBound, "/")); w.Code != 200 || w.Header()["Dpop-Nonce"] != nil {
		t.Errorf("a service that asks for none: %d, %v", w.Code, w.Header())
	}
	if w = serve(route, request("Bearer "+f.m2m(t))); w.Code != 200 || w.Header().Get("DPoP-Nonce") != "" {
		t.Errorf("a bearer token: %d, %v", w.Code, w.Header())
	}
}

func TestS6_NobodyCanTell(t *testing.T) {
	f, me := newFixture(t), newHolder(t)
	memory := tokens.NewReplayMemory(1)
	binding := middleware.Binding{Mode: middleware.BindingAllowed, BaseURL: baseURL, DPoP: newDPoP(t, tokens.DPoPConfig{Replays: memory})}
	handler := new(caller)
	route := f.middleware(t, middleware.Config{Binding: binding, Logger: slog.New(slog.DiscardHandler)}).Require(tokens.TypeM2M)(handler)
	keyBound := f.bound(t, me.byDPoP())
	serve(route, me.prove(t, keyBound, "/"))
	w := serve(route, me.prove(t, keyBound, "/"))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || w.Header().Get("WWW-Authenticate") != "" || handler.runs != 1 {
		t.Errorf("status %d, %v, %d runs", w.Code, w.Header(), handler.runs)
	}
}

// TestR1_ASchemeIsNoBareToken: where tokens without a scheme are taken, the name of a scheme by itself is none.
func TestR1_ASchemeIsNoBareToken(t *testing.T) {
	f := newFixture(t)
	binding := middleware.Binding{Mode: middleware.BindingAllowed, DPoP: newDPoP(t, tokens.DPoPConfig{}), BaseURL: baseURL}
	route := f.middleware(t, middleware.Config{Binding: binding, AllowBareToken: true}).Require(tokens.TypeM2M)(new(caller))
	for header, want := range map[string]int{"Bearer": 400, "bearer": 400, "DPoP": 400, "dpop": 400, f.m2m(t): 200} {
		if w := serve(route, request(header)); w.Code != want {
			t.Errorf("%.10s: status %d, want %d", header, w.Code, want)
		}
	}
}

func TestBinding_ReportsEveryMistake(t *testing.T) {
	dpop := newDPoP(t, tokens.DPoPConfig{})
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	f := newFixture(t)
	verifier, err := tokens.NewVerifier(f.config)
	check(t, err)
	for _, test := range []struct {
		want string
		b    middleware.Binding
	}{
		{"Mode is none", middleware.Binding{Mode: 3}},
		{"Mode is none", middleware.Binding{Mode: -1}},
		{"DPoP is set, but", middleware.Binding{DPoP: dpop, BaseURL: baseURL}},
		{"BaseURL must be set", middleware.Binding{Mode: middleware.BindingAllowed, DPoP: dpop}},
		{"or else TrustedProxies", middleware.Binding{Mode: middleware.BindingAllowed, DPoP: dpop, BaseURL: baseURL, TrustedProxies: proxies}},
		{"are for DPoP", middleware.Binding{Mode: middleware.BindingAllowed, BaseURL: baseURL}},
		{"are for DPoP", middleware.Binding{Mode: middleware.BindingAllowed, TrustedProxies: proxies}},
		{"an invalid prefix", middleware.Binding{Mode: middleware.BindingAllowed, DPoP: dpop, TrustedProxies: []netip.Prefix{{}}}},
	} {
		_, err := middleware.New(middleware.Config{Verifier: verifier, Binding: test.b})
		if !errors.Is(err, middleware.ErrConfig) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %q", test.b, err, test.want)
		}
	}
	for url, ok := range map[string]bool{
		baseURL: true, baseURL + "/v1/": true, "http://localhost:8080": true,
		"api.example.com": false, "/v1": false, "ftp://h": false, "https://": false, "https://h/%zz": false, "https://u@h": false, "https://h?q": false, "https://h#f": false, "https://h?": false, "https://h#": false, "https://:443": false,
	} {
		_, err := middleware.New(middleware.Config{Verifier: verifier, Binding: middleware.Binding{Mode: middleware.BindingAllowed, DPoP: dpop, BaseURL: url}})
		if ok != (err == nil) || !ok && !strings.Contains(err.Error(), "BaseURL must be an http or https URL") {
			t.Errorf("BaseURL %s: %v", url, err)
		}
	}
	m := f.middleware(t, middleware.Config{})
	route := m.RequirePolicy(middleware.Policy{Accept: []tokens.Type{tokens.TypeM2M}, Binding: 3})(new(caller))
	if w := serve(route, request("Bearer "+f.m2m(t))); w.Code != 500 {
		t.Errorf("a route with a mode that there isn't answers %d", w.Code)
	}
}

func handleM2M(m *middleware.Middleware) http.Handler {
	return middleware.Handle(m, func(http.ResponseWriter, *http.Request, *authobj.M2M) {})
}

func scoped(asked bool) []authobj.Check {
	if asked {
		return []authobj.Check{authobj.AllScopes("admin")}
	}
	return nil
}

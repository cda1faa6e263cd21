package attacks

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// bare sends a request past all bookkeeping, for requests that run at the same time.
func (s *service) bare(in request) int {
	r := httptest.NewRequest(in.method, in.target, nil)
	for _, h := range in.headers {
		r.Header.Add(h[0], h[1])
	}
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, r)
	return recorder.Code
}

// sometimes is a backend that may be down.
type sometimes struct {
	*backend
	down *bool
}

func (s sometimes) VerifyOpaque(ctx context.Context, raw string, t tokens.Type) (tokens.Token, error) {
	if *s.down {
		return nil, errors.New("connection refused")
	}
	return s.backend.VerifyOpaque(ctx, raw, t)
}

// TestL02_ForgedAndExpired: who forges a token isn't told, not even in the log, whether its claims would have been good.
func TestL02_ForgedAndExpired(t *testing.T) {
	w, _ := good(t)
	service := w.service(setup{cached: true})
	forged := *w.mint.rows["C01"].Token
	forged.Post = []string{"sig_flip"}
	expired := service.send(bearer("/m2m", w.token(&forged)))
	expectInvalid(t, expired)
	if err := w.seen.lastError(); !errors.Is(err, tokens.ErrSignature) || errors.Is(err, tokens.ErrExpired) {
		t.Errorf("refused because of %v", err)
	}
	for _, id := range []string{"C01", "C25", "J50", "K01", "J01", "J46"} {
		other := w.mint.rows[id]
		if o := service.send(other.request(w.token(other.Token))); o.Body != expired.Body || o.Challenge != expired.Challenge {
			t.Errorf("%s is answered otherwise:\n%s\n%s", id, o.Challenge, o.Body)
		}
	}
}

func TestL03_ChallengeInjection(t *testing.T) {
	verifier := must(tokens.NewVerifier(tokens.Config{Opaque: new(backend)}))
	for _, realm := range []string{`a"b`, "a\r\nSet-Cookie: x=1", "a\\", "a\x00", "a\nb", "é", "a\tb", "a\x7f"} {
		if m, err := middleware.New(middleware.Config{Verifier: verifier, Realm: realm}); m != nil || !errors.Is(err, middleware.ErrConfig) {
			t.Errorf("the realm %q is taken: %v", realm, err)
		}
	}
	// A scope is asked for by a check, which has no constructor that could fail: it denies, and the challenge is without it.
	m := must(middleware.New(middleware.Config{Verifier: verifier, Realm: "api"}))
	for _, scope := range []string{`a"b`, "a\r\nSet-Cookie: x=1", "a b", "", "a\\"} {
		policy := middleware.Policy{Accept: []tokens.Type{tokens.TypeM2M}, Checks: []authobj.Check{authobj.AllScopes(scope)}}
		handler := m.RequirePolicy(policy)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("the scope %q is granted", scope) }))
		server := httptest.NewServer(handler)
		r := must(http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil))
		r.Header.Set("Authorization", "Bearer mt_good")
		response := must(server.Client().Do(r))
		_ = response.Body.Close()
		server.Close()
		challenge := response.Header.Get("WWW-Authenticate")
		if response.StatusCode != http.StatusForbidden || strings.Contains(challenge, "scope=") || response.Header.Get("Set-Cookie") != "" {
			t.Errorf("the scope %q: %d, %s", scope, response.StatusCode, challenge)
		}
	}
}

func TestL04_ProtectWithoutMiddleware(t *testing.T) {
	w := newWorld(t)
	w.mint.rows = byID(t)
	before := slog.Default() // is told of what is behind no middleware
	slog.SetDefault(w.logger())
	t.Cleanup(func() { slog.SetDefault(before) })
	service := w.service(setup{})
	reached := service.reached
	service.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if _, ok := middleware.Protect[*authobj.M2M](rw, r); ok {
			reached.ServeHTTP(rw, r)
		}
	})
	expectRefused(t, service.send(bearer("/m2m", w.token(w.mint.rows["P02"].Token))), http.StatusInternalServerError, "", "")

	// Nor does it help to have somebody in the context of another request, or a Middleware that was never made.
	var never *middleware.Middleware
	for _, handler := range []http.Handler{never.Require(tokens.TypeM2M)(reached), never.Attach(reached),
		middleware.Handle(never, func(rw http.ResponseWriter, r *http.Request, _ *authobj.M2M) { reached.ServeHTTP(rw, r) })} {
		service.handler = handler
		expectRefused(t, service.send(bearer("/m2m", w.token(w.mint.rows["P02"].Token))), http.StatusInternalServerError, "", "")
	}
}

// panics is every hook of a user's, with a bug.
type panics struct{ secret string }

func (p panics) VerifyOpaque(context.Context, string, tokens.Type) (tokens.Token, error) {
	panic(p.secret)
}
func (p panics) Revoked(context.Context, tokens.Token) (bool, error) { panic(p.secret) }
func (p panics) RoundTrip(*http.Request) (*http.Response, error)     { panic(p.secret) }
func (p panics) observe(context.Context, middleware.Decision)        { panic(p.secret) }
func (p panics) check(authobj.Auth) error                            { panic(p.secret) }
func (p panics) answer(http.ResponseWriter, *http.Request, middleware.Refusal) {
	panic(p.secret)
}

func TestL05_Panics(t *testing.T) {
	bug := panics{"sk_test_in_a_panic"}
	for name, tt := range map[string]struct {
		setup  setup
		path   string
		row    string
		status int
	}{
		"opaque verifier":          {setup{tokens: func(cfg *tokens.Config) { cfg.Opaque = bug }}, "/m2m", "P07", 500},
		"revocations":              {setup{tokens: func(cfg *tokens.Config) { cfg.Revocations = bug }}, "/m2m", "P02", 500},
		"key endpoint's transport": {setup{remote: func(cfg *jwk.RemoteConfig) { cfg.Client = &http.Client{Transport: bug} }}, "/m2m", "P02", 503},
		"observer":                 {setup{middleware: func(cfg *middleware.Config) { cfg.Observe = bug.observe }}, "/m2m", "P02", 500},
		"observer of a refusal":    {setup{middleware: func(cfg *middleware.Config) { cfg.Observe = bug.observe }}, "/session", "P02", 500},
		"error handler":            {setup{middleware: func(cfg *middleware.Config) { cfg.OnError = bug.answer }}, "/session", "P02", 401},
	} {
		t.Run(name, func(t *testing.T) {
			eachCache(t, func(t *testing.T, cached bool) {
				w, _ := good(t)
				w.secrets.values[bug.secret] = true
				tt.setup.cached = cached
				service := w.service(tt.setup)
				in := bearer(tt.path, w.token(w.mint.rows[tt.row].Token))
				for range 2 {
					o := service.send(in)
					if o.Status != tt.status || o.Runs != 0 || strings.Contains(o.Body, "goroutine") || strings.Contains(o.Body, ".go:") {
						t.Errorf("status %d, the handler ran %d times, body %s", o.Status, o.Runs, o.Body)
					}
				}
			})
		})
	}

	w, in := good(t)
	w.secrets.values[bug.secret] = true
	service := w.service(setup{})
	m := w.middleware(setup{}, w.a, issuerA, false, w.dpop(""))
	service.handler = m.RequirePolicy(middleware.Policy{Accept: tokens.AnyType(), Checks: []authobj.Check{bug.check}})(service.reached)
	expectRefused(t, service.send(in), http.StatusInternalServerError, "", "")
}

// TestV2_OneStaticKey: a key without a name answers to every kid, but a token must have one all the same.
func TestV2_OneStaticKey(t *testing.T) {
	static, err := jwk.FromPEM(publicBytes(t, "pem", "K1"))
	check(t, err)
	eachCache(t, func(t *testing.T, cached bool) {
		w, in := good(t)
		service := w.service(setup{cached: cached, tokens: func(cfg *tokens.Config) { cfg.Keys = static }})
		expectGood(t, service.send(in))
		expectGood(t, service.send(w.withKeyID("any")))
		for _, id := range []string{"K03", "J68", "own-k01", "own-k02", "own-k03", "own-k04", "own-k05", "J04", "J50", "K01"} {
			r := w.mint.rows[id]
			for range 2 {
				expectInvalid(t, service.send(r.request(w.token(r.Token))))
			}
		}
	})
}

package tokens_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

// introspection is what an OAuth server says of a good token.
var introspection = members{
	"active": `true`, "client_id": `"client_1"`, "sub": `"user_1"`, "username": `"jdoe"`, "scope": `"read write"`,
	"aud": `"https://api.example.com"`, "iss": `"https://as.example.com"`, "exp": `1800003600`, "iat": `1800000000`,
	"nbf": `1800000000`, "jti": `"t-1"`, "token_type": `"Bearer"`, "tenant": `"é"`,
}

// introspects is a handler that knows one good token; pairs alter what it says of it.
func introspects(pairs ...string) http.HandlerFunc {
	return says(http.StatusOK, introspection.with(pairs...).String())
}

const (
	clientID     = "api:é"
	clientSecret = "s3cret +/%:"
)

// introspector returns an Introspector that asks the backend, and lives at now; change alters its configuration.
func (b *fakeBackend) introspector(t testing.TB, change ...func(*tokens.IntrospectorConfig)) *tokens.Introspector {
	t.Helper()
	cfg := tokens.IntrospectorConfig{
		URL: b.URL + "/introspect", ClientID: clientID, ClientSecret: tokens.NewSecret(clientSecret),
		HTTPClient: b.Client(), Now: clock, Logger: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&cfg)
	}
	i, err := tokens.NewIntrospector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestIntrospector_WireFormat(t *testing.T) {
	token := url.Values{"token": {"oat_abc"}, "token_type_hint": {"access_token"}}
	posted := url.Values{"client_id": {clientID}, "client_secret": {clientSecret}}
	tests := map[tokens.AuthMethod]struct{ authorization, body string }{
		"":               {"Basic " + base64.StdEncoding.EncodeToString([]byte("api%3A%C3%A9:s3cret+%2B%2F%25%3A")), token.Encode()},
		tokens.AuthBasic: {"Basic " + base64.StdEncoding.EncodeToString([]byte("api%3A%C3%A9:s3cret+%2B%2F%25%3A")), token.Encode()},
		tokens.AuthPost:  {"", posted.Encode() + "&" + token.Encode()},
	}
	for method, tt := range tests {
		t.Run(string(method), func(t *testing.T) {
			b := newFakeBackend(t, introspects())
			i := b.introspector(t, func(cfg *tokens.IntrospectorConfig) { cfg.AuthMethod = method })
			if _, err := i.VerifyOAuth(t.Context(), "oat_abc"); err != nil {
				t.Fatal(err)
			}
			asked := b.asked()[0]
			got := []string{asked.Method, asked.Path, asked.Header.Get("Authorization"), asked.Header.Get("Content-Type"), asked.Body}
			want := []string{"POST", "/introspect", tt.authorization, "application/x-www-form-urlencoded", tt.body}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestIntrospector_Token(t *testing.T) {
	b := newFakeBackend(t, introspects())
	got, err := b.introspector(t).VerifyOAuth(t.Context(), "oat_abc")
	if err != nil {
		t.Fatal(err)
	}
	want := &tokens.OAuthToken{
		Meta: tokens.Meta{
			ID: "t-1", Subject: "user_1", Issuer: "https://as.example.com", Audience: []string{"https://api.example.com"},
			IssuedAt: now, ExpiresAt: now.Add(time.Hour),
		},
		ClientID: "client_1",
		Scopes:   []string{"read", "write"},
	}
	if diff := cmp.Diff(want, got, ignoreClaims); diff != "" {
		t.Error(diff)
	}
	var claims struct {
		Username string `json:"username"`
		Tenant   string `json:"tenant"`
	}
	if err := got.Claims(&claims); err != nil || claims.Username != "jdoe" || claims.Tenant != "é" {
		t.Errorf("claims = %+v, %v", claims, err)
	}
}

func TestIntrospector_Answers(t *testing.T) {
	tests := []struct {
		name string
		set  []string // of the good answer
		want tokens.Code
	}{
		{"good", nil, ""},
		{"no sub: the client itself", []string{"sub", ``}, ""},
		{"no exp", []string{"exp", ``}, ""},
		{"no iat, nbf, jti", []string{"iat", ``, "nbf", ``, "jti", ``}, ""},
		{"nulls", []string{"scope", `null`, "exp", `null`, "cnf", `null`, "sub", `null`}, ""},
		{"several audiences", []string{"aud", `["https://other.example.com","https://api.example.com"]`}, ""},
		{"no token_type", []string{"token_type", ``}, ""},
		{"bearer", []string{"token_type", `"bearer"`}, ""},
		{"access_token", []string{"token_type", `"access_token"`, "token_use", `"access_token"`}, ""},
		{"expired a moment ago", []string{"exp", `1799999996`}, ""}, // within the skew

		{"inactive", []string{"active", `false`}, tokens.ErrInvalid},
		{"another audience", []string{"aud", `"https://other.example.com"`}, tokens.ErrAudience},
		{"no audience", []string{"aud", ``}, tokens.ErrAudience},
		{"another issuer", []string{"iss", `"https://as.example.com/"`}, tokens.ErrIssuer},
		{"no issuer", []string{"iss", ``}, tokens.ErrIssuer},
		{"expired", []string{"exp", `1799999995`}, tokens.ErrExpired},
		{"not yet", []string{"nbf", `1800000006`}, tokens.ErrNotYetValid},
		{"not yet, forever", []string{"nbf", `1800000006`, "exp", ``}, tokens.ErrNotYetValid},
		{"from the future", []string{"iat", `1800000006`}, tokens.ErrIssuedInFuture},
		{"from the future, forever", []string{"iat", `1800000006`, "exp", ``}, tokens.ErrIssuedInFuture},
		{"a machine", []string{"sub", `"mch_1"`}, tokens.ErrSubject},
		{"DPoP, but not whose", []string{"token_type", `"DPoP"`}, tokens.ErrSenderConstrained},
		{"DPoP, but bound to a certificate", []string{"token_type", `"DPoP"`, "cnf", boundToCert}, tokens.ErrSenderConstrained},
		{"DPoP", []string{"token_type", `"DPoP"`, "cnf", boundToKey}, ""},
		{"bound to a certificate", []string{"cnf", boundToCert}, ""},
		{"cnf not understood", []string{"cnf", `{"x5t#S256":"x"}`}, tokens.ErrSenderConstrained},
		{"a refresh token", []string{"token_type", `"refresh_token"`}, tokens.ErrTypeMismatch},
		{"a refresh token of Hydra's", []string{"token_use", `"refresh_token"`}, tokens.ErrTypeMismatch},

		{"no active", []string{"active", ``}, tokens.ErrBackendUnavailable},
		{"null active", []string{"active", `null`}, tokens.ErrBackendUnavailable},
		{"active is a string", []string{"active", `"true"`}, tokens.ErrBackendUnavailable},
		{"active under another name", []string{"active", ``, "Active", `true`}, tokens.ErrBackendUnavailable},
		{"no client_id", []string{"client_id", ``}, tokens.ErrBackendUnavailable},
		{"no client_id and no sub", []string{"client_id", ``, "sub", ``}, tokens.ErrBackendUnavailable},
		{"client_id is a number", []string{"client_id", `1`}, tokens.ErrBackendUnavailable},
		{"exp is a string", []string{"exp", `"1800003600"`}, tokens.ErrBackendUnavailable},
		{"exp is 0", []string{"exp", `0`}, tokens.ErrBackendUnavailable},
		{"nbf is a string", []string{"nbf", `""`, "exp", ``}, tokens.ErrBackendUnavailable},
		{"sub is a number", []string{"sub", `1`}, tokens.ErrBackendUnavailable},
		{"aud is a number", []string{"aud", `1`}, tokens.ErrBackendUnavailable},
		{"scope is an array", []string{"scope", `["read"]`}, tokens.ErrBackendUnavailable},
		{"token_type is a number", []string{"token_type", `1`}, tokens.ErrBackendUnavailable},
		{"too deep", []string{"ext", nestedArrays(32)}, tokens.ErrBackendUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newFakeBackend(t, introspects(tt.set...))
			i := b.introspector(t, func(cfg *tokens.IntrospectorConfig) {
				cfg.Issuer, cfg.Audience = "https://as.example.com", []string{"https://api.example.com"}
			})
			token, err := i.VerifyOpaque(t.Context(), "oat_abc", tokens.TypeOAuth)
			expect(t, token, err, tt.want)
		})
	}
}

// Only a Verifier, which asks what the sender holds, gets a bound token of an Introspector.
func TestS2_Introspector(t *testing.T) {
	for cnf, want := range map[string]tokens.Confirmation{boundToKey: {JWKThumbprint: clientKey}, boundToCert: {CertificateThumbprint: clientCert}} {
		i := newFakeBackend(t, introspects("cnf", cnf)).introspector(t)
		if token, err := i.VerifyOAuth(t.Context(), "oat_abc"); token != nil || code(err) != tokens.ErrSenderConstrained {
			t.Errorf("VerifyOAuth = %v, %v", token, err)
		}
		v := newVerifier(t, func(c *tokens.Config) { c.Opaque = i })
		token, err := verify(v, "oat_abc")
		expect(t, token, err, tokens.ErrSenderConstrained)
		token, err = v.VerifyBound(t.Context(), "oat_abc", func(got tokens.Confirmation) error {
			if got != want {
				t.Errorf("asked of %v, want %v", got, want)
			}
			return nil
		}, tokens.TypeOAuth)
		expect(t, token, err, "")
	}
}

func TestIntrospector_SubjectOfAClientThatActsForItself(t *testing.T) {
	b := newFakeBackend(t, introspects("sub", ``))
	token, err := b.introspector(t).VerifyOAuth(t.Context(), "oat_abc")
	if err != nil || token.Subject != "client_1" {
		t.Errorf("VerifyOAuth = %+v, %v", token, err)
	}
}

func TestIntrospector_Failures(t *testing.T) {
	for _, tt := range append(backendFailures, struct {
		name    string
		handler http.HandlerFunc
		want    tokens.Code
		asked   int
	}{"404: the URL is wrong", says(404, `{}`), tokens.ErrBackendUnavailable, 1}) {
		t.Run(tt.name, func(t *testing.T) {
			b := newFakeBackend(t, tt.handler)
			i := b.introspector(t, func(cfg *tokens.IntrospectorConfig) { cfg.Timeout = timeoutFor(tt.name) })
			token, err := i.VerifyOpaque(t.Context(), "oat_abc", tokens.TypeOAuth)
			expect(t, token, err, tt.want)
			if got := len(b.asked()); got != tt.asked {
				t.Errorf("the server was asked %d times, want %d", got, tt.asked)
			}
			noSecrets(t, fmt.Sprint(err))
		})
	}
}

func TestIntrospector_ServesOAuthOnly(t *testing.T) {
	b := newFakeBackend(t, introspects())
	for _, kind := range []tokens.Type{tokens.TypeM2M, tokens.TypeAPIKey, tokens.TypeSession} {
		token, err := b.introspector(t).VerifyOpaque(t.Context(), "mt_abc", kind)
		expect(t, token, err, tokens.ErrNoOpaqueVerifier)
	}
	token, err := b.introspector(t).VerifyOpaque(t.Context(), "", tokens.TypeOAuth)
	expect(t, token, err, tokens.ErrMalformed)
	if n := len(b.asked()); n != 0 {
		t.Errorf("the server was asked %d times", n)
	}
}

// A server's own prefix makes its tokens OAuth tokens to a Verifier.
func TestIntrospector_BehindAVerifier(t *testing.T) {
	b := newFakeBackend(t, introspects())
	v := newVerifier(t, func(cfg *tokens.Config) {
		cfg.Opaque, cfg.Conventions = b.introspector(t), prefixed("acme_at_", tokens.TypeOAuth)
	})
	token, err := v.Verify(t.Context(), "acme_at_abc", tokens.TypeOAuth)
	expect(t, token, err, "")
}

func prefixed(text string, t tokens.Type) tokens.Conventions {
	return tokens.Conventions{Prefixes: map[string]tokens.Type{text: t}}
}

func TestIntrospector_CoalescesAndCaches(t *testing.T) {
	b := newFakeBackend(t, introspects())
	i := b.introspector(t, func(cfg *tokens.IntrospectorConfig) { cfg.OpaqueTTL, cfg.Timeout = time.Minute, time.Minute })
	var done sync.WaitGroup
	for range 100 {
		done.Go(func() {
			token, err := i.VerifyOAuth(t.Context(), "oat_abc")
			if err != nil {
				t.Error(err)
				return
			}
			token.Scopes[0], token.Audience[0] = "changed", "changed"
		})
	}
	done.Wait()
	if got := len(b.asked()); got != 1 {
		t.Errorf("the server was asked %d times", got)
	}
	b.answer(introspects("active", `false`))
	i.Invalidate("t-1")
	if _, err := i.VerifyOAuth(t.Context(), "oat_abc"); code(err) != tokens.ErrInvalid {
		t.Errorf("after Invalidate: %v", err)
	}
}

func TestIntrospector_RedirectsAreRefused(t *testing.T) {
	elsewhere := newFakeBackend(t, introspects())
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	token, err := b.introspector(t).VerifyOpaque(t.Context(), "oat_abc", tokens.TypeOAuth)
	expect(t, token, err, tokens.ErrBackendUnavailable)
	if n := len(elsewhere.asked()); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

func TestNewIntrospector_Mistakes(t *testing.T) {
	tests := map[string]struct {
		change func(*tokens.IntrospectorConfig)
		want   string
	}{
		"no URL":     {func(cfg *tokens.IntrospectorConfig) { cfg.URL = "" }, "URL must be an absolute URL"},
		"plain HTTP": {func(cfg *tokens.IntrospectorConfig) { cfg.URL = "http://as.example.com/introspect" }, "must be https"},
		"no ID":      {func(cfg *tokens.IntrospectorConfig) { cfg.ClientID = "" }, "ClientID"},
		"no secret":  {func(cfg *tokens.IntrospectorConfig) { cfg.ClientSecret = tokens.Secret{} }, "ClientSecret"},
		"method":     {func(cfg *tokens.IntrospectorConfig) { cfg.AuthMethod = "private_key_jwt" }, "AuthMethod"},
		"audience":   {func(cfg *tokens.IntrospectorConfig) { cfg.Audience = []string{""} }, "Audience"},
		"skew":       {func(cfg *tokens.IntrospectorConfig) { cfg.ClockSkew = time.Hour }, "ClockSkew"},
		"timeout":    {func(cfg *tokens.IntrospectorConfig) { cfg.Timeout = -1 }, "IntrospectorConfig.Timeout"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := tokens.IntrospectorConfig{URL: "https://as.example.com/introspect", ClientID: clientID, ClientSecret: tokens.NewSecret(clientSecret)}
			tt.change(&cfg)
			i, err := tokens.NewIntrospector(cfg)
			if i != nil || code(err) != tokens.ErrConfig || !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("NewIntrospector = %v, %v; want an error about %q", i, err, tt.want)
			}
		})
	}
}

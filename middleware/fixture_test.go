package middleware_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json"
)

// fixture is an issuer with one key, and a service that trusts it.
type fixture struct {
	key    *jwk.PrivateKey
	signer *tokens.Signer
	config tokens.Config
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	key, err := jwk.NewPrivateKey("ins_1", jwk.EdDSA, private)
	check(t, err)
	signer, err := tokens.NewSigner(tokens.SignerConfig{Key: key, Issuer: "https://clerk.example.com"})
	check(t, err)
	keys, err := jwk.NewStatic(key.Public())
	check(t, err)
	return &fixture{key, signer, tokens.Config{Keys: keys, Opaque: backend{}}}
}

// backend knows one opaque token of each kind.
type backend struct{}

func (backend) VerifyOpaque(_ context.Context, raw string, _ tokens.Type) (tokens.Token, error) {
	switch raw {
	case "mt_good":
		return &tokens.M2MToken{Meta: tokens.Meta{ID: "mt_1", Subject: "mch_1"}}, nil
	case "oat_good":
		return &tokens.OAuthToken{Meta: tokens.Meta{ID: "oat_1", Subject: "user_1"}, ClientID: "client_1"}, nil
	case "ak_good":
		return &tokens.APIKey{Meta: tokens.Meta{ID: "ak_1", Subject: "user_1"}}, nil
	}
	return nil, tokens.ErrInvalid
}

// middleware builds a Middleware for the fixture's verifier.
func (f *fixture) middleware(t testing.TB, cfg middleware.Config) *middleware.Middleware {
	t.Helper()
	verifier, err := tokens.NewVerifier(f.config)
	check(t, err)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Verifier = verifier
	m, err := middleware.New(cfg)
	check(t, err)
	return m
}

func (f *fixture) session(t testing.TB) string {
	t.Helper()
	token, err := f.signer.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Hour,
		Claims: map[string]any{"org_id": "org_1", "org_role": "org:admin", "org_permissions": []string{"org:items:read"}}})
	check(t, err)
	return token
}

func (f *fixture) m2m(t testing.TB) string {
	t.Helper()
	token, err := f.signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", Scopes: []string{"items:read"}, TTL: time.Hour})
	check(t, err)
	return token
}

func (f *fixture) oauth(t testing.TB) string {
	t.Helper()
	token, err := f.signer.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "client_1", Scopes: []string{"items:read"}, TTL: time.Hour})
	check(t, err)
	return token
}

// sign makes a JWT of any header and claims, as an issuer that has lost its mind would.
func (f *fixture) sign(t testing.TB, header, claims map[string]any) string {
	t.Helper()
	h, err := json.Marshal(header)
	check(t, err)
	c, err := json.Marshal(claims)
	check(t, err)
	input := encode(h) + "." + encode(c)
	signature, err := f.key.Sign([]byte(input))
	check(t, err)
	return input + "." + encode(signature)
}

// request builds a GET with the given values of Authorization.
func request(authorization ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if authorization != nil {
		r.Header["Authorization"] = authorization
	}
	return r
}

// caller is a handler that remembers who called it.
type caller struct {
	auth authobj.Auth
	err  error
	runs int
}

func (c *caller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.runs++
	c.auth, c.err = authobj.FromContext(r.Context())
}

// serve sends r through a handler and returns the answer.
func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// logger returns a logger of everything, and where it writes.
func logger() (*slog.Logger, *bytes.Buffer) {
	var buf bytes.Buffer
	return slog.New(slog.NewTextHandler(&buf, &slog.HandlerOptions{Level: slog.LevelDebug})), &buf
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

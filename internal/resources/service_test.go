package resources

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

const maxRefusal = 64 << 10 // bytes that a refusal may allocate, whatever the input

// issuer signs tokens and publishes its key.
type issuer struct {
	key     *jwk.PrivateKey
	signer  *tokens.Signer
	set     []byte
	server  *httptest.Server
	fetches atomic.Int64
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	i := new(issuer)
	i.key, err = jwk.NewPrivateKey("ins_1", jwk.EdDSA, private)
	check(t, err)
	i.signer, err = tokens.NewSigner(tokens.SignerConfig{Key: i.key, Issuer: "https://issuer.example"})
	check(t, err)
	i.set, err = jwk.MarshalJWKS(i.key.Public())
	check(t, err)
	i.server = listen(func(w http.ResponseWriter, _ *http.Request) {
		i.fetches.Add(1)
		_, _ = w.Write(i.set)
	})
	t.Cleanup(i.server.Close)
	return i
}

func (i *issuer) session(t *testing.T) string {
	t.Helper()
	token, err := i.signer.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Hour})
	check(t, err)
	return token
}

// sign makes a token of any header and claims, which this issuer's key has signed.
func (i *issuer) sign(t *testing.T, header, claims string) string {
	t.Helper()
	input := encode(header) + "." + encode(claims)
	signature, err := i.key.Sign([]byte(input))
	check(t, err)
	return input + "." + encode(string(signature))
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// listen starts a server at a URL that is like no other's: its port may have been that of another package's test, whose clients
// still try.
func listen(handler http.HandlerFunc) *httptest.Server {
	path := "/" + rand.Text()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, path) {
			http.NotFound(w, r)
			return
		}
		handler(w, r)
	}))
	server.URL += path
	return server
}

// remote is a source of the keys at a URL. Its clock stands still, so that how often it fetches doesn't depend on how long a test
// takes; its fetches take a second at most.
func remote(t *testing.T, url string) *jwk.Remote {
	t.Helper()
	now := time.Now()
	r, err := jwk.NewRemote(jwk.RemoteConfig{URL: url, Client: &http.Client{Timeout: time.Second}, Logger: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return now }})
	check(t, err)
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// service lets sessions alone through, and opaque tokens where change sets them up.
func service(t *testing.T, keys jwk.Source, change ...func(*tokens.Config)) http.Handler {
	t.Helper()
	config := tokens.Config{Keys: keys}
	for _, f := range change {
		f(&config)
	}
	verifier, err := tokens.NewVerifier(config)
	check(t, err)
	m, err := middleware.New(middleware.Config{Verifier: verifier, SessionCookie: "__session", Logger: slog.New(slog.DiscardHandler)})
	check(t, err)
	return m.Require(tokens.TypeSession, tokens.TypeM2M)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "in") }))
}

func request(token string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header["Authorization"] = []string{"Bearer " + token}
	return r
}

func status(h http.Handler, r *http.Request) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

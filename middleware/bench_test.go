package middleware_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// BenchmarkRequire compares a whole pass through Require with the raw RSA check of the same token, in one run.
func BenchmarkRequire(b *testing.B) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	check(b, err)
	key, err := jwk.NewPrivateKey("ins_1", jwk.RS256, private)
	check(b, err)
	signer, err := tokens.NewSigner(tokens.SignerConfig{Key: key, Issuer: "https://clerk.example.com"})
	check(b, err)
	keys, err := jwk.NewStatic(key.Public())
	check(b, err)
	f := &fixture{key: key, signer: signer, config: tokens.Config{
		Keys: keys, Issuers: []string{"https://clerk.example.com"}, AuthorizedParties: []string{"https://app.example.com"},
	}}
	token, err := signer.SignSession(tokens.SessionParams{
		UserID: "user_2RfWKJREkjKbHZy0Wqa5qrHeAnb", SessionID: "sess_2Ro7e2IxrffdqBboq8KfB6eGbIy", AuthorizedParty: "https://app.example.com", TTL: time.Hour,
		Claims: fullClaims,
	})
	check(b, err)

	b.Run("raw RSA check", func(b *testing.B) {
		dot := strings.LastIndexByte(token, '.')
		input, signature := []byte(token[:dot]), decodeSegment(b, token[dot+1:])
		b.ReportAllocs()
		for b.Loop() {
			digest := sha256.Sum256(input)
			if err := rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, row := range []struct {
		name   string
		cold   bool
		accept []tokens.Type
		status int
	}{{"cold", true, nil, 200}, {"warm", false, nil, 200}, {"refused type", true, []tokens.Type{tokens.TypeM2M}, 401}} {
		b.Run(row.name, func(b *testing.B) {
			f.config.DisableCache = row.cold
			m := f.middleware(b, middleware.Config{})
			h := m.Require(row.accept...)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			r := request("Bearer " + token)
			b.ReportAllocs()
			for b.Loop() {
				w := &discard{header: http.Header{}, status: 200}
				h.ServeHTTP(w, r)
				if w.status != row.status {
					b.Fatalf("status %d", w.status)
				}
			}
		})
	}
}

// fullClaims are those of a Clerk session in an organization.
var fullClaims = map[string]any{
	"v": 2, "sts": "active", "fva": []int{12, -1}, "pla": "o:pro,u:free", "fea": "o:dashboard,o:billing,u:chat",
	"o": map[string]any{"id": "org_2RfWKJREkjKbHZy0Wqa5qrHeAnb", "slg": "acme", "rol": "admin", "per": "read,manage", "fpm": "3,1"},
}

// discard is a ResponseWriter that costs next to nothing.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

package tokens_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// fullSession is what the sessions of a large application say.
func fullSession() tokens.SessionParams {
	return tokens.SessionParams{
		UserID: "user_2vYVtestTESTtestTESTtestTESTtest", SessionID: "sess_2vYVtestTESTtestTESTtestTESTtest", AuthorizedParty: "https://app.example.com", TTL: time.Minute,
		Claims: map[string]any{
			"v": 2, "sts": "active", "fva": []int{3, -1}, "fea": "o:dashboard,o:billing,u:chat", "pla": "o:pro,u:free",
			"o":     map[string]any{"id": "org_2vYVtestTESTtest", "rol": "admin", "slg": "acme", "per": "read,write,manage", "fpm": "3,7"},
			"email": "jane@example.com", "name": "Jane Doe", "meta": map[string]any{"a": 1, "b": []int{1, 2, 3}},
		},
	}
}

// The cost of a signature check is the floor; what Verify adds to it is this package's.
func BenchmarkVerify(b *testing.B) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	key, err := jwk.NewPrivateKey("ins_1", "RS256", private)
	if err != nil {
		b.Fatal(err)
	}
	signer := newSigner(b, func(c *tokens.SignerConfig) { c.Key = key })
	verifier := newVerifier(b, func(c *tokens.Config) {
		c.Keys = trust(b, key.Public())
		c.AuthorizedParties = []string{"https://app.example.com"}
		c.DisableCache = true
	})
	session, err := signer.SignSession(fullSession())
	if err != nil {
		b.Fatal(err)
	}
	m2m, err := signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", Scopes: []string{"mch_2"}, TTL: time.Minute, Claims: map[string]any{"tenant": "acme"}})
	if err != nil {
		b.Fatal(err)
	}
	oauth, err := signer.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "client_1", Audience: []string{"https://api.example.com"}, Scopes: []string{"a", "b"}, TTL: time.Minute})
	if err != nil {
		b.Fatal(err)
	}

	b.Run("raw RSA check", func(b *testing.B) {
		input := []byte(session[:strings.LastIndexByte(session, '.')])
		signature, err := key.Sign(input)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			digest := sha256.Sum256(input)
			if err := rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, bench := range []struct{ name, raw string }{{"session", session}, {"m2m", m2m}, {"oauth", oauth}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := verifier.Verify(b.Context(), bench.raw, tokens.TypeSession, tokens.TypeM2M, tokens.TypeOAuth); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("refused type", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := verifier.Verify(b.Context(), session, tokens.TypeM2M); code(err) != tokens.ErrTypeMismatch {
				b.Fatal(err)
			}
		}
	})
	b.Run("forged", func(b *testing.B) {
		forged := flip(session, 2)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := verifier.Verify(b.Context(), forged); code(err) != tokens.ErrSignature {
				b.Fatal(err)
			}
		}
	})
	b.Run("classify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := verifier.Classify(session); err != nil {
				b.Fatal(err)
			}
		}
	})
}

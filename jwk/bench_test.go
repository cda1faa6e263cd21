package jwk_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"testing"

	"example.com/machineauth/jwk"
)

// BenchmarkVerify compares Key.Verify with what crypto does for the same bytes.
func BenchmarkVerify(b *testing.B) {
	text := bytes.Repeat([]byte("x"), 900) // a session token with full claims
	ecPublic := &p256Key().PublicKey
	edPublic := edKey().Public().(ed25519.PublicKey)
	for _, row := range []struct {
		alg jwk.Algorithm
		raw func(signature []byte) bool
	}{
		{jwk.RS256, func(signature []byte) bool {
			digest := sha256.Sum256(text)
			return rsa.VerifyPKCS1v15(&rsaKey().PublicKey, crypto.SHA256, digest[:], signature) == nil
		}},
		{jwk.ES256, func(signature []byte) bool {
			digest := sha256.Sum256(text)
			r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
			return ecdsa.Verify(ecPublic, digest[:], r, s)
		}},
		{jwk.EdDSA, func(signature []byte) bool { return ed25519.Verify(edPublic, text, signature) }},
	} {
		private := must(jwk.NewPrivateKey("k", row.alg, signerFor(row.alg)))
		key, signature := private.Public(), sign(b, private, text)
		b.Run(string(row.alg)+"/raw", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !row.raw(signature) {
					b.Fatal("not verified")
				}
			}
		})
		b.Run(string(row.alg)+"/key", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := key.Verify(text, signature); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRemote is the way of a known key.
func BenchmarkRemote(b *testing.B) {
	e := &endpoint{body: setOf(edPrivate("a"))}
	r := must(jwk.NewRemote(jwk.RemoteConfig{URL: "https://issuer.example", Client: clientOf(e)}))
	defer r.Close()
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Key(ctx, "a"); err != nil {
			b.Fatal(err)
		}
	}
}

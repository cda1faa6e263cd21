package jwk_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"example.com/machineauth/jwk"
)

func FuzzFromPEM(f *testing.F) {
	for _, alg := range []jwk.Algorithm{jwk.RS256, jwk.ES256, jwk.ES384, jwk.ES512, jwk.EdDSA} {
		text := publicPEM(signerFor(alg).Public())
		f.Add([]byte(text))
		f.Add([]byte(strings.ReplaceAll(text, "\n", `\n`)))
		f.Add([]byte(bare(text)))
		f.Add([]byte(strings.Replace(text, "PUBLIC", "RSA PUBLIC", 2)))
		f.Add([]byte(strings.Replace(text, "PUBLIC", "PRIVATE", 2)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		source, err := jwk.FromPEM(data)
		if err != nil {
			if source != nil || !errors.Is(err, jwk.ErrInvalidKey) {
				t.Fatalf("got %v, %v, want an ErrInvalidKey", source, err)
			}
			return
		}
		key, err := source.Key(t.Context(), "any")
		if err != nil {
			t.Fatal(err)
		}
		usable(t, key)
	})
}

func FuzzFromJWKS(f *testing.F) {
	for _, alg := range algorithms {
		good := jwkOf("k", alg)
		f.Add(rawSet(good))
		f.Add(rawSet(good, good))
		f.Add(rawSet(good.without("alg"), jwkOf("l", alg).with("use", "enc").with("d", "AQ")))
	}
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"AA","kid":"k"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		source, err := jwk.FromJWKS(data)
		if err != nil {
			if source != nil || !errors.Is(err, jwk.ErrInvalidKey) {
				t.Fatalf("got %v, %v, want an ErrInvalidKey", source, err)
			}
			return
		}
		if source.Report().Usable == 0 {
			t.Fatal("a set without a usable key was accepted")
		}
		key, err := source.Key(t.Context(), "k")
		if err != nil {
			return
		}
		usable(t, key)
		// What was read can be written, and reads the same.
		again, err := jwk.FromJWKS(must(jwk.MarshalJWKS(key)))
		if err != nil {
			t.Fatal(err)
		}
		if back := must(again.Key(t.Context(), "k")); back.Algorithm() != key.Algorithm() {
			t.Fatalf("got %s, want %s", back.Algorithm(), key.Algorithm())
		}
	})
}

// usable sees that a key can be verified with: no panic, and no signature that nobody made.
func usable(t *testing.T, key *jwk.Key) {
	t.Helper()
	for _, size := range []int{0, 64, 96, 132, 256, 384, 512} {
		for _, fill := range []byte{0, 1, 0xff} {
			if got := key.Verify(input, bytes.Repeat([]byte{fill}, size)); got != jwk.ErrSignature {
				t.Fatalf("%s: %d bytes of %d verify", key.Algorithm(), size, fill)
			}
		}
	}
}

// Each input is a change to a good signature and the text to hold it against, so that inputs mean the same for any key.
func FuzzKeyVerify(f *testing.F) {
	keys := make([]*jwk.Key, len(algorithms))
	signatures := make([][]byte, len(algorithms))
	for i, alg := range algorithms {
		private := must(jwk.NewPrivateKey("k", alg, signerFor(alg)))
		keys[i], signatures[i] = private.Public(), sign(f, private, input)
		f.Add(uint8(i), input, []byte{})
		f.Add(uint8(i), []byte{}, []byte{})
		f.Add(uint8(i), input, []byte{0, 1})
		f.Add(uint8(i), input, make([]byte, len(signatures[i])+1))
	}
	f.Fuzz(func(t *testing.T, which uint8, text, change []byte) {
		i := int(which) % len(algorithms)
		good, bad := signatures[i], bytes.Clone(signatures[i])
		for n, b := range change { // XORed into the signature, and what is left of it appended
			if n < len(good) {
				bad[n] ^= b
			} else {
				bad = append(bad, b)
			}
		}
		sound := bytes.Equal(good, bad) && bytes.Equal(text, input)
		if err := keys[i].Verify(text, bad); (err == nil) != sound || err != nil && err != jwk.ErrSignature {
			t.Fatalf("%s: got %v", algorithms[i], err)
		}
		if keys[i].Verify(text, change) == nil && !bytes.Equal(change, good) {
			t.Fatalf("%s: a signature that nobody made verifies", algorithms[i])
		}
	})
}

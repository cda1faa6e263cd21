//lint:file-ignore SA1019 malformed EC keys are made by writing their coordinates

package jwk_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"example.com/machineauth/jwk"
)

var input = []byte("eyJhbGciOiJ.eyJzdWIiOiJ")

// Each algorithm verifies what it signed, and nothing that another one signed, with the same RSA key too.
func TestV3_EachAlgorithmVerifiesOnlyItself(t *testing.T) {
	signatures := map[jwk.Algorithm][]byte{}
	keys := map[jwk.Algorithm]*jwk.Key{}
	for _, alg := range algorithms {
		private := must(jwk.NewPrivateKey("k", alg, signerFor(alg)))
		signatures[alg], keys[alg] = sign(t, private, input), private.Public()
	}
	for alg, key := range keys {
		if key.Algorithm() != alg || key.ID() != "k" || key.Retired() {
			t.Errorf("%s: got %q for %s, retired %t", alg, key.ID(), key.Algorithm(), key.Retired())
		}
		for other, signature := range signatures {
			want := error(jwk.ErrSignature)
			if other == alg {
				want = nil
			}
			if got := key.Verify(input, signature); got != want {
				t.Errorf("%s verifies a signature for %s: got %v, want %v", alg, other, got, want)
			}
		}
		if got := key.Verify(append(bytes.Clone(input), 'x'), signatures[alg]); got != jwk.ErrSignature {
			t.Errorf("%s verifies other bytes: got %v", alg, got)
		}
	}
}

func TestV3_AlgorithmIsImplied(t *testing.T) {
	for _, want := range []jwk.Algorithm{jwk.RS256, jwk.ES256, jwk.ES384, jwk.ES512, jwk.EdDSA} {
		if key, err := jwk.NewKey("k", "", signerFor(want).Public()); err != nil || key.Algorithm() != want {
			t.Errorf("got %v, %v, want %s", key.Algorithm(), err, want)
		}
	}
}

func TestV3_AlgorithmMustFitTheKey(t *testing.T) {
	foreign := []jwk.Algorithm{"none", "HS256", "HS512", "ES256K", "RS1", "rs256", "RS256 ", "Ed25519", "RSA-OAEP"}
	for _, signer := range algorithms {
		for _, alg := range slices.Concat(algorithms, foreign) {
			bothRSA := strings.HasPrefix(string(signer[1:]), "S") && signer[0] != 'E' && slices.Contains(algorithms[:6], alg)
			_, err := jwk.NewKey("k", alg, signerFor(signer).Public())
			if fits := alg == signer || bothRSA; fits != (err == nil) {
				t.Errorf("%s with a key for %s: got %v", alg, signer, err)
			} else if err != nil && !errors.Is(err, jwk.ErrInvalidKey) {
				t.Errorf("%s with a key for %s: got %v, want an ErrInvalidKey", alg, signer, err)
			}
		}
	}
}

func TestVerify_RefusesMalformedSignatures(t *testing.T) {
	digest := sha256.Sum256(input)
	der := must(ecdsa.SignASN1(rand.Reader, p256Key(), digest[:]))
	for _, alg := range algorithms {
		key := must(jwk.NewPrivateKey("k", alg, signerFor(alg)))
		good := sign(t, key, input)
		zero := make([]byte, len(good))
		half := len(good) / 2
		for name, bad := range map[string][]byte{
			"empty":          {},
			"nil":            nil,
			"truncated":      good[:len(good)-1],
			"one byte more":  append(bytes.Clone(good), 0),
			"leading zero":   append([]byte{0}, good...),
			"all zero":       zero,
			"all ones":       bytes.Repeat([]byte{0xff}, len(good)),
			"DER":            der,
			"first half 0":   slices.Concat(zero[:half], good[half:]),
			"second half 0":  slices.Concat(good[:half], zero[half:]),
			"halves swapped": slices.Concat(good[half:], good[:half]),
			"bit flipped":    append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1),
		} {
			if got := key.Public().Verify(input, bad); got != jwk.ErrSignature {
				t.Errorf("%s, %s: got %v, want ErrSignature", alg, name, got)
			}
		}
	}
}

// RFC 7518 section 3.5: the salt is as long as the hash.
func TestVerify_PSSSaltLength(t *testing.T) {
	key := must(jwk.NewKey("k", jwk.PS256, rsaKey().Public()))
	digest := sha256.Sum256(input)
	withSalt := func(bytes int) []byte {
		return must(rsa.SignPSS(rand.Reader, rsaKey(), crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: bytes}))
	}
	for salt, row := range map[int]struct {
		signature []byte
		want      error
	}{
		0:  {emptySaltPSS(t, digest[:]), jwk.ErrSignature},
		20: {withSalt(20), jwk.ErrSignature},
		32: {withSalt(32), nil},
		64: {withSalt(64), jwk.ErrSignature},
	} {
		if got := key.Verify(input, row.signature); got != row.want {
			t.Errorf("salt of %d bytes: got %v, want %v", salt, got, row.want)
		}
	}
}

// emptySaltPSS signs with a salt of no bytes (RFC 8017 section 9.1.1), which crypto/rsa doesn't offer.
func emptySaltPSS(t *testing.T, digest []byte) []byte {
	t.Helper()
	h := sha256.Sum256(slices.Concat(make([]byte, 8), digest))
	em := make([]byte, 256)
	db := em[:256-32-1]
	db[len(db)-1] = 1
	for counter, at := byte(0), 0; at < len(db); counter++ { // MGF1
		mask := sha256.Sum256(slices.Concat(h[:], []byte{0, 0, 0, counter}))
		for _, b := range mask[:min(32, len(db)-at)] {
			db[at] ^= b
			at++
		}
	}
	em[0] &= 0x7f
	copy(em[len(db):], h[:])
	em[255] = 0xbc
	signature := new(big.Int).Exp(new(big.Int).SetBytes(em), rsaKey().D, rsaKey().N).FillBytes(make([]byte, 256))
	if err := rsa.VerifyPSS(&rsaKey().PublicKey, crypto.SHA256, digest, signature, nil); err != nil {
		t.Fatalf("the test's own signature is wrong: %v", err)
	}
	return signature
}

func TestVerify_ZeroKeyVerifiesNothing(t *testing.T) {
	if got := new(jwk.Key).Verify(nil, nil); got != jwk.ErrSignature {
		t.Errorf("got %v, want ErrSignature", got)
	}
}

func TestVerify_AllocatesNothingOfItsOwn(t *testing.T) {
	key := must(jwk.NewKey("k", jwk.ES256, p256Key().Public()))
	short := make([]byte, 63)
	if n := testing.AllocsPerRun(100, func() { _ = key.Verify(input, short) }); n != 0 {
		t.Errorf("refusing a signature by its length allocates %v times, want 0", n)
	}
}

func TestNewKey_CopiesTheKey(t *testing.T) {
	private := must(jwk.NewPrivateKey("k", "", rsaKey()))
	public := rsa.PublicKey{N: new(big.Int).Set(rsaKey().N), E: rsaKey().E}
	key := must(jwk.NewKey("k", "", &public))
	public.N.SetInt64(1)
	if err := key.Verify(input, sign(t, private, input)); err != nil {
		t.Errorf("the key changed with its caller's: %v", err)
	}
}

func TestK5_NewKeyRefuses(t *testing.T) {
	p256 := &p256Key().PublicKey
	offCurve := *p256
	offCurve.Y = new(big.Int).Add(p256.Y, big.NewInt(1))
	outside := *p256
	outside.X = new(big.Int).Add(p256.X, p256.Params().P)
	p224 := must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)).PublicKey
	n := rsaKey().N
	for name, row := range map[string]struct {
		public crypto.PublicKey
		want   string
	}{
		"nil":                    {nil, "type <nil>"},
		"X25519":                 {must(ecdh.X25519().GenerateKey(rand.Reader)).PublicKey(), "type *ecdh.PublicKey"},
		"symmetric":              {[]byte("secret"), "type []uint8"},
		"private key":            {rsaKey(), "type *rsa.PrivateKey"},
		"RSA nil":                {(*rsa.PublicKey)(nil), "no modulus"},
		"RSA zero":               {&rsa.PublicKey{}, "no modulus"},
		"RSA negative":           {&rsa.PublicKey{N: new(big.Int).Neg(n), E: 65537}, "no modulus"},
		"RSA 1024":               {&rsa.PublicKey{N: oddNumber(1024), E: 65537}, "1024 bits"},
		"RSA 2047":               {&rsa.PublicKey{N: oddNumber(2047), E: 65537}, "2047 bits"},
		"RSA 4097":               {&rsa.PublicKey{N: oddNumber(4097), E: 65537}, "4097 bits"},
		"RSA 16384":              {&rsa.PublicKey{N: oddNumber(16384), E: 65537}, "16384 bits"},
		"RSA even modulus":       {&rsa.PublicKey{N: new(big.Int).Sub(n, big.NewInt(1)), E: 65537}, "modulus is even"},
		"RSA exponent 0":         {&rsa.PublicKey{N: n}, "exponent"},
		"RSA exponent 1":         {&rsa.PublicKey{N: n, E: 1}, "exponent"},
		"RSA exponent -3":        {&rsa.PublicKey{N: n, E: -3}, "exponent"},
		"RSA exponent even":      {&rsa.PublicKey{N: n, E: 65536}, "exponent"},
		"EC nil":                 {(*ecdsa.PublicKey)(nil), "no point"},
		"EC zero":                {&ecdsa.PublicKey{}, "no point"},
		"EC no coordinates":      {&ecdsa.PublicKey{Curve: elliptic.P256()}, "no point"},
		"EC infinity":            {&ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int), Y: new(big.Int)}, "not on its curve"},
		"EC off curve":           {&offCurve, "not on its curve"},
		"EC coordinate over p":   {&outside, "not on its curve"},
		"EC P-224":               {&p224, "another curve"},
		"EC generic P-256":       {&ecdsa.PublicKey{Curve: p256.Params(), X: p256.X, Y: p256.Y}, "another curve"},
		"Ed25519 nil":            {ed25519.PublicKey(nil), "0 bytes"},
		"Ed25519 3 bytes":        {ed25519.PublicKey("abc"), "3 bytes"},
		"Ed25519 33 bytes":       {ed25519.PublicKey(make([]byte, 33)), "33 bytes"},
		"Ed25519 no point":       {ed25519.PublicKey(unhex("0200000000000000000000000000000000000000000000000000000000000000")), "not a point"},
		"Ed25519 not canonical":  {ed25519.PublicKey(unhex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")), "not canonically"},
		"Ed25519 not canonical-": {ed25519.PublicKey(unhex("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")), "not canonically"},
	} {
		key, err := jwk.NewKey("k", "", row.public)
		if key != nil || !errors.Is(err, jwk.ErrInvalidKey) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want an ErrInvalidKey with %q", name, err, row.want)
		}
	}
}

func TestK5_NewKeyRefusesBadIDs(t *testing.T) {
	for kid, ok := range map[string]bool{
		"": true, strings.Repeat("k", 256): true, strings.Repeat("k", 257): false, "\xff": false,
	} {
		if _, err := jwk.NewKey(kid, "", edKey().Public()); (err == nil) != ok {
			t.Errorf("kid %.10q of %d bytes: got %v", kid, len(kid), err)
		}
	}
}

// A point of small order verifies signatures that nobody made: crypto/ed25519 is shown to accept one for each.
func TestK5_Ed25519SmallOrder(t *testing.T) {
	for _, point := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000080",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	} {
		public := ed25519.PublicKey(unhex(point))
		forgery := append([]byte{1}, make([]byte, 63)...) // R is the neutral point, S is 0
		accepted := slices.ContainsFunc(make([]struct{}, 200), func(struct{}) bool {
			forgery := forgery
			return ed25519.Verify(public, []byte(rand.Text()), forgery)
		})
		if !accepted {
			t.Errorf("%s: not a point of small order", point)
		}
		if _, err := jwk.NewKey("k", "", public); !errors.Is(err, jwk.ErrInvalidKey) || !strings.Contains(fmt.Sprint(err), "small order") {
			t.Errorf("%s: got %v, want an ErrInvalidKey", point, err)
		}
	}
}

func unhex(s string) []byte { return must(hex.DecodeString(s)) }

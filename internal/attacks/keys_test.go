//go:debug rsa1024min=0

package attacks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
)

// keys are made once for all tests. The standard library would refuse R1024 before this module could: the go:debug line
// above leaves the refusal to it.
var keys = sync.OnceValue(func() map[string]crypto.Signer {
	rsaKey := func(bits int) crypto.Signer { return must(rsa.GenerateKey(rand.Reader, bits)) }
	ecKey := func(curve elliptic.Curve) crypto.Signer { return must(ecdsa.GenerateKey(curve, rand.Reader)) }
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	return map[string]crypto.Signer{
		"K1": rsaKey(2048), "KB": rsaKey(2048), "ATT": rsaKey(2048), "KX": rsaKey(2048), "R1024": rsaKey(1024),
		"E1": ecKey(elliptic.P256()), "C1": ecKey(elliptic.P256()), "C2": ecKey(elliptic.P256()), "P384": ecKey(elliptic.P384()),
		"D1": must(edKey, err),
	}
})

// keyIDs are the kids by which the keys are known where a row gives no other.
var keyIDs = map[string]string{"K1": "ins_A", "E1": "ec_A", "D1": "ed_A", "KB": "ins_B", "P384": "p384_A"}

// must is for what fails only where the test itself is wrong.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func keyNamed(t testing.TB, name string) crypto.Signer {
	t.Helper()
	key, ok := keys()[name]
	if !ok {
		t.Fatalf("there is no key %q", name)
	}
	return key
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwkOf writes a key as a JWK (RFC 7517), with the private members that leak where that is wanted.
func jwkOf(key crypto.Signer, private bool) map[string]any {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		jwk := map[string]any{"kty": "RSA", "n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes())}
		if private {
			jwk["d"] = encode(key.D.Bytes())
		}
		return jwk
	case *ecdsa.PrivateKey:
		point := must(key.PublicKey.Bytes()) // SEC 1 section 2.3.3: 4, x, y
		size := len(point) / 2
		jwk := map[string]any{"kty": "EC", "crv": key.Params().Name, "x": encode(point[1 : 1+size]), "y": encode(point[1+size:])}
		if private {
			jwk["d"] = encode(must(key.Bytes()))
		}
		return jwk
	case ed25519.PrivateKey:
		jwk := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": encode(key.Public().(ed25519.PublicKey))}
		if private {
			jwk["d"] = encode(key.Seed())
		}
		return jwk
	}
	panic("no such kind of key")
}

// namedJWK reads "NAME", "NAME:kid" or "NAME:kid:member=value,…". A value that starts with [ is JSON.
func namedJWK(t testing.TB, spec string, private bool) map[string]any {
	t.Helper()
	name, rest, named := strings.Cut(spec, ":")
	jwk := jwkOf(keyNamed(t, name), private)
	kid, members, _ := strings.Cut(rest, ":")
	if !named {
		kid = keyIDs[name]
	}
	if kid != "" {
		jwk["kid"] = kid
	}
	for pair := range strings.SplitSeq(members, ",") {
		member, value, ok := strings.Cut(pair, "=")
		if ok && strings.HasPrefix(value, "[") {
			jwk[member] = json.RawMessage(value)
		} else if ok {
			jwk[member] = value
		}
	}
	return jwk
}

// extraKey reads an element of jwks_extra: $jwk… and $priv… name a key, anything else is a JWK.
func extraKey(t testing.TB, spec string) any {
	t.Helper()
	if name, ok := strings.CutPrefix(spec, "$jwk"); ok {
		return namedJWK(t, name, false)
	}
	if name, ok := strings.CutPrefix(spec, "$priv"); ok {
		return namedJWK(t, name, true)
	}
	return json.RawMessage(spec)
}

// keysOfA is the set that issuer A publishes.
func keysOfA(t testing.TB, extra ...string) []any {
	t.Helper()
	set := []any{namedJWK(t, "K1:ins_A:alg=RS256", false), namedJWK(t, "E1", false), namedJWK(t, "D1", false)}
	for _, spec := range extra {
		set = append(set, extraKey(t, spec))
	}
	return set
}

func keysOfB(t testing.TB) []any { return []any{namedJWK(t, "KB", false)} }

// setOf writes a JWK set.
func setOf(keys ...any) []byte { return must(json.Marshal(map[string]any{"keys": keys})) }

// thumbprint is the jkt of a key (RFC 7638): the required members in the order of their names.
func thumbprint(key crypto.Signer) string {
	digest := sha256.Sum256(must(json.Marshal(jwkOf(key, false))))
	return encode(digest[:])
}

// publicBytes is a public key in the format that an attacker uses as an HMAC key.
func publicBytes(t testing.TB, format, name string) []byte {
	t.Helper()
	key := keyNamed(t, name)
	der := must(x509.MarshalPKIXPublicKey(key.Public()))
	switch format {
	case "pem":
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	case "der":
		return der
	case "jwk":
		return must(json.Marshal(namedJWK(t, name, false)))
	}
	t.Fatalf("there is no format %q of a key", format)
	return nil
}

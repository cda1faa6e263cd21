package jwk_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"sync"
	"testing"

	"example.com/machineauth/jwk"
)

// One key of each kind, made once per run.
var (
	rsaKey  = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	p256Key = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	p384Key = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)) })
	p521Key = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)) })
	edKey   = sync.OnceValue(func() ed25519.PrivateKey { return newEdKey() })
)

func newEdKey() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return must(key, err)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

var algorithms = []jwk.Algorithm{
	jwk.RS256, jwk.RS384, jwk.RS512, jwk.PS256, jwk.PS384, jwk.PS512, jwk.ES256, jwk.ES384, jwk.ES512, jwk.EdDSA,
}

// signerFor is the key in memory that an algorithm goes with.
func signerFor(alg jwk.Algorithm) crypto.Signer {
	switch alg {
	case jwk.ES256:
		return p256Key()
	case jwk.ES384:
		return p384Key()
	case jwk.ES512:
		return p521Key()
	case jwk.EdDSA:
		return edKey()
	default:
		return rsaKey()
	}
}

// edPrivate is a fresh Ed25519 key of this kid: the cheapest kind.
func edPrivate(kid string) *jwk.PrivateKey { return must(jwk.NewPrivateKey(kid, "", newEdKey())) }

// setOf is the JWK set of these keys.
func setOf(keys ...*jwk.PrivateKey) []byte {
	public := make([]*jwk.Key, len(keys))
	for i, k := range keys {
		public[i] = k.Public()
	}
	return must(jwk.MarshalJWKS(public...))
}

// members is a JWK to take apart.
type members map[string]any

// jwkOf is the JWK of the test key for alg.
func jwkOf(kid string, alg jwk.Algorithm) members {
	var set struct{ Keys []members }
	key := must(jwk.NewKey(kid, alg, signerFor(alg).Public()))
	if err := json.Unmarshal(must(jwk.MarshalJWKS(key)), &set); err != nil {
		panic(err)
	}
	return set.Keys[0]
}

func (m members) with(name string, value any) members {
	m = maps.Clone(m)
	m[name] = value
	return m
}

func (m members) without(names ...string) members {
	m = maps.Clone(m)
	for _, name := range names {
		delete(m, name)
	}
	return m
}

func rawSet(keys ...members) []byte { return must(json.Marshal(map[string]any{"keys": keys})) }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// oddNumber has this many bits, which is all that matters where a modulus is refused for its size.
func oddNumber(bits uint) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return n.SetBit(n, 0, 1)
}

func sign(t testing.TB, key *jwk.PrivateKey, input []byte) []byte {
	t.Helper()
	signature, err := key.Sign(input)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

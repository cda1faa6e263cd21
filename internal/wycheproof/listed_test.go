package wycheproof_test

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"example.com/machineauth/jwk"
)

var algorithms = []jwk.Algorithm{
	jwk.RS256, jwk.RS384, jwk.RS512, jwk.PS256, jwk.PS384, jwk.PS512, jwk.ES256, jwk.ES384, jwk.ES512, jwk.EdDSA,
}

// listed says why the verdict about a token may, and then must, differ from the vector's, or "" where it may not.
func listed(t *testing.T, v vector, set keySet) string {
	t.Helper()
	if v.valid() {
		s, _ := cut(v.token())
		return stricter(s, set)
	}
	return laxer(t, set)
}

// stricter says why a valid token is refused.
func stricter(s jws, set keySet) string {
	if set.isSymmetric() {
		return "its key is symmetric"
	}
	if len(set.keys) != 1 {
		return ""
	}
	switch alg := set.keys[0].Algorithm; {
	case alg != "" && !slices.Contains(algorithms, jwk.Algorithm(alg)):
		return fmt.Sprintf("its key is for %s, which is none of the ten algorithms", alg)
	case alg != "" && alg != s.algorithm():
		return fmt.Sprintf("its key is for %s, its header says %s", alg, s.algorithm())
	case s.payload == "":
		return "its payload is empty"
	}
	return ""
}

// laxer says why an invalid token is accepted.
func laxer(t *testing.T, set keySet) string {
	t.Helper()
	for _, k := range set.keys {
		if k.Type != "RSA" {
			continue
		}
		n, err := base64.RawURLEncoding.DecodeString(k.Modulus)
		if err != nil {
			t.Fatal(err)
		}
		if hasROCAFingerprint(new(big.Int).SetBytes(n)) {
			return "its modulus has the fingerprint of ROCA (CVE-2017-15361), which is not looked for"
		}
	}
	return ""
}

// hasROCAFingerprint reports whether n is a power of 65537 modulo each small odd prime, as is the product of two primes that
// the flawed library made (Nemec, Sys, Svenda, Klinec, Matyas: The Return of Coppersmith's Attack, section 2).
func hasROCAFingerprint(n *big.Int) bool {
	for p := int64(3); p <= 167; p += 2 {
		if !big.NewInt(p).ProbablyPrime(0) {
			continue
		}
		residue, power := new(big.Int).Mod(n, big.NewInt(p)).Int64(), int64(1)
		for i := int64(1); i < p && power != residue; i++ {
			power = power * 65537 % p
		}
		if power != residue {
			return false
		}
	}
	return true
}

// TestStricter_NothingElseIsInTheWay takes the reason away from each listed token but those under symmetric keys. What is
// left must be accepted.
func TestStricter_NothingElseIsInTheWay(t *testing.T) {
	for _, name := range []string{"json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"} {
		for _, g := range readVectors(t, name).Groups {
			set := g.keySet(t)
			for _, v := range g.Vectors {
				s, ok := cut(v.token())
				if !ok || !v.valid() || set.isSymmetric() || stricter(s, set) == "" {
					continue
				}
				err := newJudge(t, set.withAlgorithm(t, s.algorithm())).keyAndSignature(s)
				if err != nil {
					t.Errorf("%s tcId %d is refused for another reason than the listed one: %v", name, v.ID, err)
				}
			}
		}
	}
}

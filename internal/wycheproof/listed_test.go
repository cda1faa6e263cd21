package wycheproof_test

import (
	"fmt"
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
	if !v.valid() {
		return ""
	}
	s, _ := cut(v.token())
	return stricter(s, set)
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

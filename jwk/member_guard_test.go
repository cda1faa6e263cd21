package jwk_test

import (
	"strings"
	"testing"

	"example.com/machineauth/jwk"
)

// A key with any private member of RFC 7518 section 6 is compromised, whatever its other members say.
func TestK5_EachPrivateMember(t *testing.T) {
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		for _, alg := range []jwk.Algorithm{jwk.RS256, jwk.ES256, jwk.EdDSA} {
			if got := reasonOf(t, jwkOf("bad", alg).with(name, "AQ")); !strings.Contains(got, "private members") {
				t.Errorf("%s with %q: got %q", alg, name, got)
			}
		}
	}
}

// A curve goes with its own key type only.
func TestK5_TypeAndCurveBelongTogether(t *testing.T) {
	for _, alg := range []jwk.Algorithm{jwk.ES256, jwk.ES384, jwk.ES512, jwk.EdDSA} {
		for _, kty := range []string{"EC", "OKP", "ec", ""} {
			key := jwkOf("bad", alg)
			if key["kty"] == kty {
				continue
			}
			if got := reasonOf(t, key.with("kty", kty)); !strings.Contains(got, `"kty" and "crv"`) {
				t.Errorf("%s as %q: got %q", alg, kty, got)
			}
		}
	}
}

// A report says which member is wrong, and says it without the code that all of them share.
func TestK5_ReasonsAreExact(t *testing.T) {
	for _, test := range []struct {
		alg        jwk.Algorithm
		name, with string
		want       string
	}{
		{jwk.ES256, "x", "", `"x" is missing, or not unpadded base64url`},
		{jwk.ES512, "y", "=", `"y" is missing, or not unpadded base64url`},
		{jwk.ES256, "y", "AQ", `"x" and "y" must have 32 bytes each`},
		{jwk.ES384, "y", "AQ", `"x" and "y" must have 48 bytes each`},
		{jwk.ES512, "y", "AQ", `"x" and "y" must have 66 bytes each`},
		{jwk.RS256, "e", "AQ", "the RSA exponent is even, or outside 3 to 2147483647"},
	} {
		if got := reasonOf(t, jwkOf("bad", test.alg).with(test.name, test.with)); got != test.want {
			t.Errorf("%s with %s %q: got %q, want %q", test.alg, test.name, test.with, got, test.want)
		}
	}
}

// reasonOf says why a key of a set is skipped.
func reasonOf(t *testing.T, key members) string {
	t.Helper()
	source, err := jwk.FromJWKS(rawSet(key, jwkOf("good", jwk.EdDSA)))
	if err != nil {
		t.Fatal(err)
	}
	skipped := source.Report().Skipped
	if len(skipped) != 1 {
		t.Fatalf("%v: %d keys are skipped, want 1", key, len(skipped))
	}
	return skipped[0].Reason
}

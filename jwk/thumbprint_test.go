package jwk_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/machineauth/jwk"
)

// The examples of the RFCs, each with the thumbprint that it has there.
var thumbprints = []struct{ name, key, want string }{
	{"RFC 7638 section 3.1", `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`,
		"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
	{"RFC 8037 appendix A.3", `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
	{"RFC 9449 section 6.1", `{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}`,
		"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
}

func TestThumbprint(t *testing.T) {
	for _, c := range thumbprints {
		key, err := jwk.ParseJWK([]byte(c.key))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := key.Thumbprint(); got != c.want {
			t.Errorf("%s: the thumbprint is %s, want %s", c.name, got, c.want)
		}
	}
	if got := new(jwk.Key).Thumbprint(); got != "" {
		t.Errorf("the zero Key has the thumbprint %q", got)
	}
}

func TestK5_ParseJWKRefuses(t *testing.T) {
	for name, key := range map[string]string{
		"nothing":            ``,
		"no object":          `[]`,
		"null":               `null`,
		"a set":              `{"keys":[]}`,
		"a member twice":     `{"kty":"OKP","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		"a private member":   `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":null}`,
		"a symmetric key":    `{"kty":"oct","k":"AAAA"}`,
		"for encryption":     `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"enc"}`,
		"a short key":        `{"kty":"OKP","crv":"Ed25519","x":"AAAA"}`,
		"off its curve":      `{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}`,
		"another curve":      `{"kty":"EC","crv":"secp256k1","x":"AQ","y":"AQ"}`,
		"another algorithm":  `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","alg":"ES256"}`,
		"members of no kind": `{"kty":1}`,
		"more than 1 MiB":    `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","more":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		key, err := jwk.ParseJWK([]byte(key))
		if key != nil || !errors.Is(err, jwk.ErrInvalidKey) || strings.Count(err.Error(), "key-invalid") != 1 {
			t.Errorf("%s: %v, %v", name, key, err)
		}
	}
}

package tokens_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// Tokens that another implementation, the npm package jose, signed with each of the ten algorithms.
func TestJOSE_TokensOfAnotherImplementation(t *testing.T) {
	type row struct {
		Alg, Kind, Variant, Key, Token string
		Claims                         json.RawMessage
	}
	set, err := os.ReadFile("../testdata/keys/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := jwk.FromJWKS(set)
	if err != nil {
		t.Fatal(err)
	}
	rows := readVectors[row](t, "tokens/jose.json")
	v := newVerifier(t, func(c *tokens.Config) { c.Keys = keys })
	types := map[string]tokens.Type{"session": tokens.TypeSession, "m2m": tokens.TypeM2M, "oauth": tokens.TypeOAuth}
	seen := make(map[string]bool)
	for _, row := range rows {
		t.Run(row.Alg+"/"+row.Kind+"/"+row.Variant, func(t *testing.T) {
			seen[row.Alg] = true
			token, err := v.Verify(t.Context(), row.Token, types[row.Kind])
			if err != nil {
				t.Fatal(err)
			}
			var want, got exactJSON
			if err := want.UnmarshalJSON(row.Claims); err != nil {
				t.Fatal(err)
			}
			var claims json.RawMessage
			if err := metaOf(token).Claims(&claims); err != nil {
				t.Fatal(err)
			}
			if err := got.UnmarshalJSON(claims); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("claims (-want +got)\n%s", diff)
			}

			for segment := range 3 {
				if token, err := verify(v, flip(row.Token, segment)); err == nil || token != nil {
					t.Errorf("with a bit of segment %d flipped: %T, %v", segment, token, err)
				}
			}
			for _, other := range rows {
				if other.Key == row.Key || other.Kind != row.Kind {
					continue
				}
				key, err := keys.Key(t.Context(), other.Key)
				if err != nil {
					t.Fatal(err)
				}
				misled := newVerifier(t, func(c *tokens.Config) { c.Keys = oneKey{key} })
				if token, err := verify(misled, row.Token); code(err) != tokens.ErrAlgorithm || token != nil {
					t.Errorf("with the key %s: %T, %v", other.Key, token, err)
				}
			}
		})
	}
	if len(seen) != 10 {
		t.Errorf("saw the algorithms %v, want all ten", seen)
	}
}

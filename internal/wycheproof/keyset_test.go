package wycheproof_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"example.com/machineauth/jwk"
)

// A keySet is a JWK set as a vector has it, and what the reasons for listing one ask of its keys.
type keySet struct {
	raw  []byte
	keys []keyFacts
}

type keyFacts struct {
	Type      string `json:"kty"`
	Algorithm string `json:"alg"`
	Modulus   string `json:"n"`
}

// keySet is the group's public set, or the symmetric one where it has no other. A single key becomes a set of one, unchanged.
func (g group) keySet(t *testing.T) keySet {
	t.Helper()
	raw := g.Public
	if raw == nil {
		raw = g.Private
	}
	set := struct{ Keys []keyFacts }{}
	if err := json.Unmarshal(raw, &set); err != nil {
		t.Fatal(err)
	}
	if set.Keys == nil {
		raw = fmt.Appendf(nil, `{"keys":[%s]}`, raw)
		if err := json.Unmarshal(raw, &set); err != nil {
			t.Fatal(err)
		}
	}
	return keySet{raw, set.Keys}
}

// isSymmetric reports whether every key is an HMAC key.
func (s keySet) isSymmetric() bool {
	for _, k := range s.keys {
		if k.Type != "oct" {
			return false
		}
	}
	return true
}

// withAlgorithm is the set with the alg of its keys replaced.
func (s keySet) withAlgorithm(t *testing.T, alg string) []byte {
	t.Helper()
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(s.raw, &set); err != nil {
		t.Fatal(err)
	}
	for _, k := range set.Keys {
		k["alg"] = alg
	}
	raw, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A recorder is a key source that remembers the key it gave out last. It is empty where jwk refuses the whole set.
type recorder struct {
	keys  *jwk.Static
	given *jwk.Key
}

func newRecorder(set []byte) *recorder {
	keys, err := jwk.FromJWKS(set)
	if err != nil {
		return &recorder{}
	}
	return &recorder{keys: keys}
}

func (r *recorder) Key(ctx context.Context, kid string) (*jwk.Key, error) {
	if r.keys == nil {
		return nil, jwk.ErrUnknownKey
	}
	key, err := r.keys.Key(ctx, kid)
	r.given = key
	return key, err
}

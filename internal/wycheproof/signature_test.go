package wycheproof_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"example.com/machineauth/jwk"
)

// TestSignatures holds single signatures to V3: each algorithm in the one form that JWS has for it.
func TestSignatures(t *testing.T) {
	for _, name := range []string{
		"ed25519_test.json",
		"ecdsa_secp256r1_sha256_p1363_test.json",
		"rsa_signature_2048_sha256_test.json",
		"rsa_signature_3072_sha256_test.json",
		"rsa_signature_4096_sha256_test.json",
	} {
		t.Run(name, func(t *testing.T) {
			file, count := readVectors(t, name), newTally()
			for _, g := range file.Groups {
				keys := g.keys(t)
				for _, v := range g.Vectors {
					verdict := keys[0].Verify(v.Message, v.Signature)
					for _, key := range keys[1:] {
						if other := key.Verify(v.Message, v.Signature); other != verdict {
							t.Errorf("tcId %d: with the key from PEM the verdict is %v, with the one from JWK it is %v", v.ID, verdict, other)
						}
					}
					count.judge(t, v, verdict, "")
				}
			}
			count.report(t, file.Count)
		})
	}
}

// keys returns the group's key, from each form that the group has it in.
func (g group) keys(t *testing.T) []*jwk.Key {
	t.Helper()
	set, err := jwk.FromPEM([]byte(g.PEM))
	keys := []*jwk.Key{lookUp(t, set, err)}
	for _, raw := range []json.RawMessage{g.JWK, g.RSAJWK} {
		if raw != nil {
			set, err := jwk.FromJWKS(fmt.Appendf(nil, `{"keys":[%s]}`, raw))
			keys = append(keys, lookUp(t, set, err))
		}
	}
	return keys
}

func lookUp(t *testing.T, set *jwk.Static, err error) *jwk.Key {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	key, err := set.Key(t.Context(), "none") // the kid of all these JWKs; a key from PEM answers to any
	if err != nil {
		t.Fatal(err)
	}
	return key
}

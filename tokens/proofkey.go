package tokens

import (
	"example.com/machineauth/jwk"
	"github.com/maypok86/otter/v2"
)

// proofKey is the key in the header of a proof.
type proofKey struct {
	*jwk.Key
	thumbprint string
	text       digest // of the JWK as it was written
}

// proofKeys remembers the keys of proofs that verified for a good token: a client sends the same one with each request, and to
// validate it costs more than to verify a signature with it. What nobody vouched for is never remembered.
type proofKeys struct {
	known *otter.Cache[digest, *proofKey]
}

// maxProofKeys bounds the memory, in clients.
const maxProofKeys = 4096

func newProofKeys() *proofKeys {
	return &proofKeys{otter.Must(&otter.Options[digest, *proofKey]{MaximumSize: maxProofKeys})}
}

// parse returns the key that a JWK describes. A nil proofKeys remembers none.
func (k *proofKeys) parse(members rawValue) (*proofKey, error) {
	text := sum(string(members))
	if k != nil {
		if key, ok := k.known.GetIfPresent(text); ok {
			return key, nil
		}
	}
	key, err := jwk.ParseJWK([]byte(members))
	if err != nil {
		return nil, err
	}
	return &proofKey{key, key.Thumbprint(), text}, nil
}

func (k *proofKeys) remember(key *proofKey) { k.known.SetIfAbsent(key.text, key) }

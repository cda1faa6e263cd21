package jwk

import (
	"errors"

	"github.com/go-json-experiment/json"
)

// ParseJWK returns the public key that one JWK describes (RFC 7517 section 4), such as that in the header of a DPoP proof. It
// asks everything that [NewKey] asks, and refuses what a set would skip: private members, a "use" other than "sig". The kid
// may be absent. Every error is an ErrInvalidKey.
func ParseJWK(data []byte) (*Key, error) {
	var m jwkMembers
	if len(data) > maxSetBytes || json.Unmarshal(data, &m) != nil { // its error would quote what it read
		return nil, fail(ErrInvalidKey, "not a JWK: it must be one JSON object, with no member twice and none of the wrong type")
	}
	key, err := m.key()
	if e, ok := errors.AsType[*Error](err); ok {
		return nil, e
	}
	if err != nil {
		return nil, &Error{Code: ErrInvalidKey, Err: err}
	}
	return key, nil
}

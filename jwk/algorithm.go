package jwk

import (
	"crypto"
	_ "crypto/sha256" // the hashes below register themselves
	_ "crypto/sha512"
)

// Algorithm is a JWS algorithm for public keys (RFC 7518 section 3.1, RFC 8037 section 3.1). There are these ten and no
// others: no "none", no HMAC, no ES256K, not by configuration either.
type Algorithm string

// The algorithms.
const (
	RS256 Algorithm = "RS256"
	RS384 Algorithm = "RS384"
	RS512 Algorithm = "RS512"
	PS256 Algorithm = "PS256"
	PS384 Algorithm = "PS384"
	PS512 Algorithm = "PS512"
	ES256 Algorithm = "ES256"
	ES384 Algorithm = "ES384"
	ES512 Algorithm = "ES512"
	EdDSA Algorithm = "EdDSA"
)

// hash is what the algorithm applies to the bytes before it signs: zero for EdDSA, which takes them as they are.
func (a Algorithm) hash() crypto.Hash {
	switch a {
	case RS256, PS256, ES256:
		return crypto.SHA256
	case RS384, PS384, ES384:
		return crypto.SHA384
	case RS512, PS512, ES512:
		return crypto.SHA512
	default:
		return 0
	}
}

func (a Algorithm) isPSS() bool { return a == PS256 || a == PS384 || a == PS512 }

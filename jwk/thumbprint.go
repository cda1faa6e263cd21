package jwk

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// Thumbprint is the key's SHA-256 thumbprint in base64url (RFC 7638 section 3, RFC 8037 appendix A.3): the same for every JWK
// of this key, whatever its kid, and by all expectation of no other key. It is empty for the zero Key.
func (k *Key) Thumbprint() string {
	if k.public == nil {
		return ""
	}
	m, err := k.members()
	if err != nil {
		return ""
	}
	var required []string // the members that a key must have, in the order of their names; their values need no escapes
	switch m.Type {
	case "RSA":
		required = []string{"e", m.E, "kty", m.Type, "n", m.N}
	case "EC":
		required = []string{"crv", m.Curve, "kty", m.Type, "x", m.X, "y", m.Y}
	case "OKP":
		required = []string{"crv", m.Curve, "kty", m.Type, "x", m.X}
	}
	text := []byte{'{'}
	for i, s := range required {
		if text = strconv.AppendQuote(text, s); i%2 == 0 {
			text = append(text, ':')
		} else {
			text = append(text, ',')
		}
	}
	text[len(text)-1] = '}'
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

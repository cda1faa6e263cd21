package tokens

import (
	"crypto/sha256"

	"github.com/go-json-experiment/json"
)

// Confirmation is the claim cnf (RFC 7800 section 3.1): what a token is bound to. Whoever sends the token must show that he
// holds all of it. The zero value is that of a bearer token, which is bound to nothing.
type Confirmation struct {
	// JWKThumbprint is jkt: the thumbprint (RFC 7638) of the key that signs the sender's DPoP proofs (RFC 9449 section 6.1).
	JWKThumbprint string
	// CertificateThumbprint is x5t#S256: the SHA-256 of the sender's TLS client certificate (RFC 8705 section 3.1). See
	// [CertificateThumbprint].
	CertificateThumbprint string
}

// IsZero reports whether c is that of a bearer token.
func (c Confirmation) IsZero() bool { return c == Confirmation{} }

// The members of cnf that are understood.
const (
	jwkThumbprint         = "jkt"
	certificateThumbprint = "x5t#S256"
)

// CertificateThumbprint returns the SHA-256 of a certificate in DER, in base64url (RFC 8705 section 3.1).
func CertificateThumbprint(der []byte) string {
	sum := sha256.Sum256(der)
	return encoding.EncodeToString(sum[:])
}

// confirmation reads cnf (S1). RFC 7800 would have members that are not understood ignored: a token that is bound to something
// unknown would then pass for one that is bound to nothing.
func (o object) confirmation() (c Confirmation, err error) {
	value, ok := o.lookup("cnf")
	if !ok {
		return c, nil
	}
	var methods map[string]string
	if json.Unmarshal([]byte(value), &methods) != nil || len(methods) == 0 {
		return Confirmation{}, errConfirmation()
	}
	for name, thumbprint := range methods {
		switch {
		case !isThumbprint(thumbprint):
			return Confirmation{}, errConfirmation()
		case name == jwkThumbprint:
			c.JWKThumbprint = thumbprint
		case name == certificateThumbprint:
			c.CertificateThumbprint = thumbprint
		default:
			return Confirmation{}, errConfirmation()
		}
	}
	return c, nil
}

// isThumbprint reports whether s is a SHA-256 in base64url.
func isThumbprint(s string) bool {
	sum, err := encoding.DecodeString(s)
	return err == nil && len(sum) == sha256.Size && isBase64URL(s)
}

func errConfirmation() error {
	return fail(ErrSenderConstrained, "", "cnf must be an object of jkt, x5t#S256 or both, each a SHA-256 in base64url, and of nothing else")
}

// claim is cnf as a Signer writes it.
func (c Confirmation) claim() map[string]string {
	methods := make(map[string]string)
	for name, thumbprint := range map[string]string{jwkThumbprint: c.JWKThumbprint, certificateThumbprint: c.CertificateThumbprint} {
		if thumbprint != "" {
			methods[name] = thumbprint
		}
	}
	return methods
}

// refuseBound is the answer to bound tokens of whoever can't tell what their sender holds.
func refuseBound(c Confirmation) error {
	if c.IsZero() {
		return nil
	}
	return fail(ErrSenderConstrained, "", "the token is bound to its sender (RFC 7800): it is not a bearer token")
}

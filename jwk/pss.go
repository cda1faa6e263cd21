package jwk

import (
	"crypto"
	"crypto/rsa"
	"errors"
)

// pss verifies RSASSA-PSS. The salt must be as long as the hash (RFC 7518 section 3.5); jwx, which verifies the other seven
// algorithms, takes a salt of any length.
type pss struct{ hash crypto.Hash }

func (v pss) Verify(signingInput, signature []byte, public any) error {
	key, ok := public.(*rsa.PublicKey)
	if !ok {
		return errors.New("not an RSA key")
	}
	h := v.hash.New()
	h.Write(signingInput)
	return rsa.VerifyPSS(key, v.hash, h.Sum(nil), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
}

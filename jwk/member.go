package jwk

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// jwkMembers are the members of a JWK that are looked at (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
type jwkMembers struct {
	Type       string    `json:"kty"`
	Use        *string   `json:"use,omitzero"`
	Operations *[]string `json:"key_ops,omitzero"`
	Algorithm  Algorithm `json:"alg"`
	ID         string    `json:"kid,omitzero"`

	N     string `json:"n,omitzero"`
	E     string `json:"e,omitzero"`
	Curve string `json:"crv,omitzero"`
	X     string `json:"x,omitzero"`
	Y     string `json:"y,omitzero"`

	privateMembers `json:",inline"`
}

// privateMembers are looked at only for being there.
type privateMembers struct {
	D   jsontext.Value `json:"d,omitzero"`
	P   jsontext.Value `json:"p,omitzero"`
	Q   jsontext.Value `json:"q,omitzero"`
	DP  jsontext.Value `json:"dp,omitzero"`
	DQ  jsontext.Value `json:"dq,omitzero"`
	QI  jsontext.Value `json:"qi,omitzero"`
	Oth jsontext.Value `json:"oth,omitzero"`
	K   jsontext.Value `json:"k,omitzero"`
}

func (p privateMembers) any() bool {
	return p.D != nil || p.P != nil || p.Q != nil || p.DP != nil || p.DQ != nil || p.QI != nil || p.Oth != nil || p.K != nil
}

// key makes the key that m describes, or says why it can't be used.
func (m jwkMembers) key() (*Key, error) {
	switch {
	case m.Type == "oct":
		return nil, errors.New("a symmetric key: whoever verifies with it can sign with it too")
	case m.any():
		return nil, errors.New("it holds private members: it is compromised, replace it")
	case m.Use != nil && *m.Use != "sig":
		return nil, errors.New(`its "use" is not "sig"`)
	case m.Operations != nil && !slices.Contains(*m.Operations, "verify"):
		return nil, errors.New(`its "key_ops" do not include "verify"`)
	}
	public, err := m.public()
	if err != nil {
		return nil, err
	}
	return NewKey(m.ID, m.Algorithm, public)
}

func (m jwkMembers) public() (crypto.PublicKey, error) {
	switch {
	case m.Type == "RSA":
		return m.rsa()
	case m.Type == "EC" && m.Curve == "P-256":
		return m.ecdsa(elliptic.P256())
	case m.Type == "EC" && m.Curve == "P-384":
		return m.ecdsa(elliptic.P384())
	case m.Type == "EC" && m.Curve == "P-521":
		return m.ecdsa(elliptic.P521())
	case m.Type == "OKP" && m.Curve == "Ed25519":
		x, err := decode("x", m.X)
		return ed25519.PublicKey(x), err
	default:
		return nil, errors.New(`its "kty" and "crv" are not RSA, P-256, P-384, P-521 or Ed25519`)
	}
}

func (m jwkMembers) rsa() (crypto.PublicKey, error) {
	n, errN := decode("n", m.N)
	e, errE := decode("e", m.E)
	if err := errors.Join(errN, errE); err != nil {
		return nil, err
	}
	if n[0] == 0 || e[0] == 0 { // RFC 7518 section 2, Base64urlUInt
		return nil, errors.New(`"n" or "e" starts with a zero byte`)
	}
	if len(e) > 4 {
		return nil, errors.New("the RSA exponent is too large")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
}

func (m jwkMembers) ecdsa(curve elliptic.Curve) (crypto.PublicKey, error) {
	x, errX := decode("x", m.X)
	y, errY := decode("y", m.Y)
	if err := errors.Join(errX, errY); err != nil {
		return nil, err
	}
	if len(x) != fieldSize(curve) || len(y) != fieldSize(curve) { // RFC 7518 section 6.2.1.2
		return nil, fmt.Errorf(`"x" and "y" must have %d bytes each`, fieldSize(curve))
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil, errors.New("its point is not on its curve")
	}
	return public, nil
}

// decode reads unpadded base64url of at least one byte, strictly: Go's decoder would skip line breaks.
func decode(name, text string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) == 0 || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("%q is missing, or not unpadded base64url", name)
	}
	return b, nil
}

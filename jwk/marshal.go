package jwk

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"math/big"

	"github.com/go-json-experiment/json"
)

// MarshalJWKS returns the JWK set (RFC 7517 section 5) that an issuer publishes: public members only, each key with its kid
// and algorithm. Each needs a kid of its own. An error is an ErrInvalidKey.
func MarshalJWKS(keys ...*Key) ([]byte, error) {
	if err := checkSet(keys); err != nil {
		return nil, err
	}
	set := struct {
		Keys []jwkMembers `json:"keys"`
	}{make([]jwkMembers, len(keys))}
	for i, k := range keys {
		m, err := k.members()
		if err != nil {
			return nil, &Error{Code: ErrInvalidKey, Err: err}
		}
		set.Keys[i] = m
	}
	return json.Marshal(set)
}

// MarshalJWK returns one key as a JWK, public members only. An error is an ErrInvalidKey.
func MarshalJWK(key *Key) ([]byte, error) {
	if key == nil || key.public == nil {
		return nil, fail(ErrInvalidKey, "there is no key")
	}
	m, err := key.members()
	if err != nil {
		return nil, &Error{Code: ErrInvalidKey, Err: err}
	}
	return json.Marshal(m)
}

func (k *Key) members() (jwkMembers, error) {
	use := "sig"
	m := jwkMembers{Use: &use, Algorithm: k.algorithm, ID: k.id}
	encode := base64.RawURLEncoding.EncodeToString
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		m.Type = "RSA"
		m.N = encode(public.N.Bytes())
		m.E = encode(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return m, err
		}
		size := fieldSize(public.Curve)
		m.Type = "EC"
		m.Curve = public.Params().Name
		m.X = encode(point[1 : 1+size]) // SEC 1 section 2.3.3: 4, x, y
		m.Y = encode(point[1+size:])
	case ed25519.PublicKey:
		m.Type = "OKP"
		m.Curve = "Ed25519"
		m.X = encode(public)
	}
	return m, nil
}

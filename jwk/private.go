package jwk

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// PrivateKey signs for one kid and one algorithm. The key itself stays in a crypto.Signer, which may be a key in memory or
// one in a KMS or HSM. A PrivateKey prints as its kid and algorithm in every format, and is safe for concurrent use if its
// signer is.
type PrivateKey struct {
	public *Key
	// A method value, and not the signer: fmt reads unexported fields, and an ed25519.PrivateKey is its bytes.
	sign func(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// NewPrivateKey returns a key that signs with signer. Its public half is held to everything that [NewKey] asks for, and an
// empty algorithm means the same. Every error is an ErrInvalidKey.
func NewPrivateKey(kid string, alg Algorithm, signer crypto.Signer) (*PrivateKey, error) {
	if err := checkSigner(signer); err != nil {
		return nil, &Error{Code: ErrInvalidKey, Err: err}
	}
	public, err := NewKey(kid, alg, signer.Public())
	if err != nil {
		return nil, err
	}
	return &PrivateKey{public, signer.Sign}, nil
}

// checkSigner sees that a key in memory is whole. Nil keys and short ones would panic, and an Ed25519 key whose halves
// don't belong together gives itself away with its first signatures.
func checkSigner(signer crypto.Signer) error {
	switch k := signer.(type) {
	case nil:
		return errors.New("there is no signer")
	case *rsa.PrivateKey:
		if k == nil || k.N == nil || k.Validate() != nil {
			return errors.New("the RSA private key is incomplete, or its parts don't belong together")
		}
	case *ecdsa.PrivateKey:
		//lint:ignore SA1019 without these, ECDH and Sign would panic; to look at them is safe
		if k == nil || k.Curve == nil || k.X == nil || k.Y == nil || k.D == nil {
			return errors.New("the EC private key is incomplete")
		}
		private, err := k.ECDH()
		public, errPublic := k.PublicKey.ECDH()
		if err != nil || errPublic != nil || !private.PublicKey().Equal(public) {
			return errors.New("the EC private key is on another curve than P-256, P-384 and P-521, or its halves don't belong together")
		}
	case ed25519.PrivateKey:
		if len(k) != ed25519.PrivateKeySize || !bytes.Equal(ed25519.NewKeyFromSeed(k.Seed()), k) {
			return errors.New("the Ed25519 private key is incomplete, or its halves don't belong together")
		}
	}
	return nil
}

// Public is the key that verifies what this one signs.
func (p *PrivateKey) Public() *Key { return p.public }

// Sign returns the signature of a JWS over its signing input. Errors are ErrSigning and wrap the signer's own.
func (p *PrivateKey) Sign(signingInput []byte) ([]byte, error) {
	if p.sign == nil {
		return nil, fail(ErrSigning, "the private key is zero: make it with NewPrivateKey")
	}
	alg := p.public.algorithm
	digest, opts := signingInput, crypto.SignerOpts(alg.hash())
	if hash := alg.hash(); hash != 0 {
		h := hash.New()
		h.Write(signingInput)
		digest = h.Sum(nil)
		if alg.isPSS() {
			opts = &rsa.PSSOptions{Hash: hash, SaltLength: rsa.PSSSaltLengthEqualsHash} // RFC 7518 section 3.5
		}
	}
	signature, err := p.sign(rand.Reader, digest, opts)
	if err != nil {
		return nil, &Error{Code: ErrSigning, Err: err}
	}
	if _, ok := p.public.public.(*ecdsa.PublicKey); ok {
		if signature, err = fixedWidth(signature, p.public.signatureSize/2); err != nil {
			return nil, &Error{Code: ErrSigning, Err: err}
		}
	}
	if len(signature) != p.public.signatureSize {
		return nil, fail(ErrSigning, fmt.Sprintf("the signer made %d bytes, but a signature for %s has %d", len(signature), alg, p.public.signatureSize))
	}
	return signature, nil
}

// fixedWidth turns the DER that crypto.Signer makes into the r and s of a JWS (RFC 7518 section 3.4).
func fixedWidth(der []byte, size int) ([]byte, error) {
	var sig struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &sig)
	if err != nil || len(rest) > 0 || sig.R.Sign() <= 0 || sig.S.Sign() <= 0 || max(sig.R.BitLen(), sig.S.BitLen()) > 8*size {
		return nil, errors.New("the signer did not make an ECDSA signature for this curve in DER")
	}
	out := make([]byte, 2*size)
	sig.R.FillBytes(out[:size])
	sig.S.FillBytes(out[size:])
	return out, nil
}

// Format prints the key without what it must not show, whatever the verb.
func (p PrivateKey) Format(f fmt.State, _ rune) { io.WriteString(f, p.redacted()) }

// MarshalText does the same for encoding/json and log/slog.
func (p PrivateKey) MarshalText() ([]byte, error) { return []byte(p.redacted()), nil }

func (p PrivateKey) redacted() string {
	if p.public == nil {
		return "jwk.PrivateKey(zero)"
	}
	return fmt.Sprintf("jwk.PrivateKey(kid %q, %s, redacted)", p.public.id, p.public.algorithm)
}

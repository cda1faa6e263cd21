package jwk

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"
	"slices"
	"sync/atomic"
	"unicode/utf8"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

const maxKeyIDBytes = 256

// Key is a public key for one algorithm. It is immutable but for its retirement, and safe for concurrent use. The zero Key
// verifies nothing.
type Key struct {
	id            string
	algorithm     Algorithm
	public        publicKey
	signatureSize int // in bytes; of an ECDSA signature, both halves
	verifier      verifier
	retired       atomic.Bool
}

// verifier is what jws.Verifier has in common with pss.
type verifier interface {
	Verify(signingInput, signature []byte, public any) error
}

// publicKey is what *rsa.PublicKey, *ecdsa.PublicKey and ed25519.PublicKey have in common.
type publicKey interface{ Equal(crypto.PublicKey) bool }

// material is a public key that is known to be sound: a copy, so that nobody can change it any more, and what follows from
// its type and size.
type material struct {
	public        publicKey
	algorithms    []Algorithm // the first is implied where none is named
	signatureSize int
}

// NewKey returns a key after checking everything about it that can be checked (K5). The key is an *rsa.PublicKey, an
// *ecdsa.PublicKey or an ed25519.PublicKey, and is copied. An empty algorithm stands for the one that the key implies: RS256
// for RSA, the curve's own for EC, EdDSA for Ed25519. The kid may be empty only where nothing looks the key up by it. Every
// error is an ErrInvalidKey.
func NewKey(kid string, alg Algorithm, public crypto.PublicKey) (*Key, error) {
	if len(kid) > maxKeyIDBytes {
		return nil, fail(ErrInvalidKey, fmt.Sprintf("the kid is longer than %d bytes", maxKeyIDBytes))
	}
	if !utf8.ValidString(kid) {
		return nil, fail(ErrInvalidKey, "the kid is not valid UTF-8")
	}
	m, err := check(public)
	if err != nil {
		return nil, err
	}
	if alg == "" {
		alg = m.algorithms[0]
	}
	if !slices.Contains(m.algorithms, alg) {
		return nil, fail(ErrInvalidKey, fmt.Sprintf("the algorithm %.20q does not go with this key, which is for %q", alg, m.algorithms))
	}
	k := &Key{id: kid, algorithm: alg, public: m.public, signatureSize: m.signatureSize}
	if alg.isPSS() {
		k.verifier = pss{alg.hash()}
	} else if k.verifier, err = jws.NewVerifier(jwa.SignatureAlgorithm(alg)); err != nil {
		return nil, &Error{Code: ErrInvalidKey, Err: err}
	}
	return k, nil
}

// check finds what is wrong with a public key before any library computes with it: some malformed keys make libraries panic,
// or compute for seconds.
func check(public crypto.PublicKey) (material, error) {
	switch public := public.(type) {
	case *rsa.PublicKey:
		return checkRSA(public)
	case *ecdsa.PublicKey:
		return checkECDSA(public)
	case ed25519.PublicKey:
		return checkEd25519(public)
	default:
		return material{}, fail(ErrInvalidKey, fmt.Sprintf(
			"a key of type %T can't verify: give an *rsa.PublicKey, an *ecdsa.PublicKey or an ed25519.PublicKey", public))
	}
}

// ID is the key's kid.
func (k *Key) ID() string { return k.id }

// Algorithm is the one algorithm that the key is for. A token that names another one in its header is not by this key, and
// it is for the caller to see to that: Verify doesn't see the header.
func (k *Key) Algorithm() Algorithm { return k.algorithm }

// Verify returns nil if signature is by this key over exactly these bytes, and else ErrSignature. A retired key has signed
// nothing. An ECDSA signature is r and s, each as long as the curve's field (RFC 7518 section 3.4), never DER.
func (k *Key) Verify(signingInput, signature []byte) error {
	if k.signatureSize == 0 || len(signature) != k.signatureSize || k.Retired() ||
		k.verifier.Verify(signingInput, signature, k.public) != nil {
		return ErrSignature
	}
	return nil
}

// Retired reports whether the key has left its set, or was replaced in it by another of its kid (K4). It never returns. Ask
// it again for every token, also for one whose signature was verified before.
func (k *Key) Retired() bool { return k.retired.Load() }

func (k *Key) equal(other *Key) bool {
	return k.id == other.id && k.algorithm == other.algorithm && k.public.Equal(other.public)
}

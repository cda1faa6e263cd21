package jwk

import (
	"crypto/rsa"
	"fmt"
	"math"
	"math/big"
)

const (
	minModulusBits = 2048 // RFC 7518 section 3.3
	maxModulusBits = 4096 // a verification costs the square of it
	minExponent    = 3
	maxExponent    = math.MaxInt32 // what crypto/rsa computes with
)

func checkRSA(public *rsa.PublicKey) (material, error) {
	if public == nil || public.N == nil || public.N.Sign() <= 0 {
		return material{}, fail(ErrInvalidKey, "the RSA key has no modulus")
	}
	bits := public.N.BitLen()
	switch {
	case bits < minModulusBits || bits > maxModulusBits:
		return material{}, fail(ErrInvalidKey, fmt.Sprintf("an RSA key of %d bits: %d to %d are accepted", bits, minModulusBits, maxModulusBits))
	case public.N.Bit(0) == 0:
		return material{}, fail(ErrInvalidKey, "the RSA modulus is even")
	case public.E < minExponent || public.E > maxExponent || public.E%2 == 0:
		return material{}, fail(ErrInvalidKey, fmt.Sprintf("the RSA exponent is even, or outside %d to %d", minExponent, maxExponent))
	case isROCA(public.N):
		return material{}, fail(ErrInvalidKey, "the RSA key is by a generator whose keys can be factored (CVE-2017-15361): replace it")
	}
	return material{
		public:        &rsa.PublicKey{N: new(big.Int).Set(public.N), E: public.E},
		algorithms:    []Algorithm{RS256, RS384, RS512, PS256, PS384, PS512},
		signatureSize: public.Size(), // RFC 8017 section 8: exactly as long as the modulus
	}, nil
}

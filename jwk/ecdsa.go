package jwk

import (
	"crypto/ecdsa"
	"crypto/elliptic"
)

func checkECDSA(public *ecdsa.PublicKey) (material, error) {
	//lint:ignore SA1019 without coordinates, Bytes would panic; to look at them is safe
	if public == nil || public.Curve == nil || public.X == nil || public.Y == nil {
		return material{}, fail(ErrInvalidKey, "the EC key has no point")
	}
	alg := curveAlgorithm(public.Curve)
	if alg == "" {
		return material{}, fail(ErrInvalidKey, "an EC key on another curve than P-256, P-384 and P-521")
	}
	// Through the encoding and back: it refuses a point that isn't on the curve, and makes the copy.
	point, err := public.Bytes()
	if err != nil {
		return material{}, fail(ErrInvalidKey, "the EC key's point is not on its curve")
	}
	public, err = ecdsa.ParseUncompressedPublicKey(public.Curve, point)
	if err != nil {
		return material{}, fail(ErrInvalidKey, "the EC key's point is not on its curve")
	}
	return material{public: public, algorithms: []Algorithm{alg}, signatureSize: 2 * fieldSize(public.Curve)}, nil
}

// curveAlgorithm is the one algorithm that a curve goes with (RFC 7518 section 3.4), empty for other curves.
func curveAlgorithm(curve elliptic.Curve) Algorithm {
	switch curve {
	case elliptic.P256():
		return ES256
	case elliptic.P384():
		return ES384
	case elliptic.P521():
		return ES512
	default:
		return ""
	}
}

// fieldSize is the length in bytes of a coordinate, and of each half of a signature.
func fieldSize(curve elliptic.Curve) int { return (curve.Params().BitSize + 7) / 8 }

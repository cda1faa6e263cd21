package jwk

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
	"slices"
)

func checkEd25519(public ed25519.PublicKey) (material, error) {
	if len(public) != ed25519.PublicKeySize {
		return material{}, fail(ErrInvalidKey, fmt.Sprintf("an Ed25519 key of %d bytes: it must have %d", len(public), ed25519.PublicKeySize))
	}
	if err := checkEdwardsPoint(public); err != nil {
		return material{}, err
	}
	return material{public: slices.Clone(public), algorithms: []Algorithm{EdDSA}, signatureSize: ed25519.SignatureSize}, nil
}

// checkEdwardsPoint refuses what crypto/ed25519 would compute with: an encoding that isn't the point's only one (RFC 8032
// section 5.1.3, step 1), bytes that are no point, and points of small order, under which signatures that nobody made verify.
// It runs once per key, which is why it can afford math/big.
func checkEdwardsPoint(public ed25519.PublicKey) error {
	encoded := slices.Clone(public)
	encoded[31] &= 0x7f // the sign of x
	slices.Reverse(encoded)
	y := new(big.Int).SetBytes(encoded)

	one := big.NewInt(1)
	p := new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))
	if y.Cmp(p) >= 0 {
		return fail(ErrInvalidKey, "the Ed25519 key is not canonically encoded")
	}

	// The eight points of small order have these y: 0 and ±1, and of order eight ±order8.
	order8, _ := new(big.Int).SetString("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)
	for _, small := range []*big.Int{new(big.Int), one, order8} {
		if y.Cmp(small) == 0 || new(big.Int).Add(y, small).Cmp(p) == 0 {
			return fail(ErrInvalidKey, "the Ed25519 key is a point of small order")
		}
	}

	// x² = (y²-1) / (dy²+1) with d = -121665/121666 (RFC 8032 section 5.1): multiplied out, a quotient is a square where the
	// product is one.
	y2 := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(y2, one)
	u.Mul(u, big.NewInt(121666))
	v := new(big.Int).Mul(y2, big.NewInt(-121665))
	v.Add(v, big.NewInt(121666))
	if square := u.Mul(u, v); big.Jacobi(square.Mod(square, p), p) != 1 {
		return fail(ErrInvalidKey, "the Ed25519 key is not a point of its curve")
	}
	return nil
}

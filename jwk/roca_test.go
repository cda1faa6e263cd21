package jwk_test

import (
	"crypto/rsa"
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"example.com/machineauth/jwk"
)

// TestK5_ROCA: moduli made as the flawed library made them, of primes k*M + (65537^a mod M), are refused; others are not. The
// factors need not be prime for that. (The public vectors have a real one.)
func TestK5_ROCA(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	number := func(bits int) *big.Int {
		n := big.NewInt(1)
		for n.BitLen() < bits {
			n.Lsh(n, 1).Or(n, big.NewInt(int64(random.IntN(2))))
		}
		return n
	}
	m := big.NewInt(2)
	for p := int64(3); p <= 167; p++ {
		if big.NewInt(p).ProbablyPrime(0) {
			m.Mul(m, big.NewInt(p))
		}
	}
	factor := func() *big.Int {
		f := new(big.Int).Exp(big.NewInt(65537), number(60), m)
		return f.Add(f, new(big.Int).Mul(m, number(1025-m.BitLen())))
	}
	for range 20 {
		n := new(big.Int).Mul(factor(), factor())
		if _, err := jwk.NewKey("k", jwk.RS256, &rsa.PublicKey{N: n, E: 65537}); !errors.Is(err, jwk.ErrInvalidKey) {
			t.Errorf("a modulus of %d bits is accepted: %v", n.BitLen(), err)
		}
	}
	for range 1000 {
		n := number(2048)
		if _, err := jwk.NewKey("k", jwk.RS256, &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537}); err != nil {
			t.Errorf("a random modulus is refused: %v", err)
		}
	}
}

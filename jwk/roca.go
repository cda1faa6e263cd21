package jwk

import "math/big"

// rocaPrimes divide the number with which a widespread chip library made its primes.
var rocaPrimes = [...]uint64{3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
	107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167}

// isROCA reports whether a modulus is by that library, whose keys can be factored (CVE-2017-15361): modulo each of the primes
// it is then a power of 65537. Of other moduli one in two hundred million is taken for such.
func isROCA(modulus *big.Int) bool {
	var remainder, p big.Int
	for _, prime := range rocaPrimes {
		if !isPowerOf65537(remainder.Mod(modulus, p.SetUint64(prime)).Uint64(), prime) {
			return false
		}
	}
	return true
}

// isPowerOf65537 looks for n among the powers of 65537 modulo a prime, of which there are fewer than the prime.
func isPowerOf65537(n, prime uint64) bool {
	for power := uint64(1); ; {
		if power == n {
			return true
		}
		if power = power * 65537 % prime; power == 1 {
			return false
		}
	}
}

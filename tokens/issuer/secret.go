package issuer

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"example.com/machineauth/tokens"
)

// NewSecretKey returns a new random secret key for [Config].SecretKeys.
func NewSecretKey() tokens.Secret { return randomSecret("sk_") }

// Hash is the SHA-256 of a secret. Secrets made here have 256 random bits, so that a plain hash cannot be reversed, and
// a slow one would only slow the issuer down.
type Hash [sha256.Size]byte

func hashOf(secret tokens.Secret) Hash { return sha256.Sum256([]byte(secret.Reveal())) }

// equals compares in constant time.
func (h Hash) equals(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

func randomSecret(prefix string) tokens.Secret {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails: the program ends where there is no randomness
	return tokens.NewSecret(prefix + base64.RawURLEncoding.EncodeToString(random[:]))
}

// derivedSecret returns the secret that only the holder of key can make of id. See reuse.go.
func derivedSecret(prefix string, key tokens.Secret, id string) tokens.Secret {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte("machineauth reusable token\x00" + id))
	return tokens.NewSecret(prefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
}

// newID returns a random identifier that is no secret: 130 bits of it.
func newID(prefix string) string { return prefix + rand.Text() }

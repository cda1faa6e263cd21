package oracle_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"testing"
	"time"

	"example.com/machineauth/internal/oracle"
	"example.com/machineauth/jwk"
)

// now is when every test takes place: 2027-01-15T08:00:00Z.
var now = time.Unix(1_800_000_000, 0)

// trusted are the algorithms whose keys are trusted, the fast ones more often than the slow ones.
var trusted = []string{"EdDSA", "ES256", "EdDSA", "ES256", "RS256", "EdDSA", "ES256", "EdDSA", "ES256", "PS256", "EdDSA"}

// strangers are keys that nobody trusts, by the algorithm for which each can stand in.
var strangers = map[string]string{"RS256": "RS384", "PS256": "PS384", "ES256": "ES256 of a stranger", "EdDSA": "EdDSA of a stranger"}

// ring holds the private keys by name: those of testdata by algorithm, and the strangers.
type ring map[string]crypto.Signer

func newRing(t testing.TB) ring {
	t.Helper()
	keys := make(ring)
	for _, name := range []string{"RS256", "PS256", "ES256", "EdDSA", "RS384", "PS384"} {
		text, err := os.ReadFile("../../testdata/keys/" + name + ".private.pem")
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(text)
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = key.(crypto.Signer)
	}
	keys["EdDSA of a stranger"] = ed25519.NewKeyFromSeed([]byte("nobody trusts this seed: 32 byte"))
	stranger, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), []byte("nor does anybody trust this one."))
	if err != nil {
		t.Fatal(err)
	}
	keys["ES256 of a stranger"] = stranger
	return keys
}

// oracleKeys are the trusted public keys for the oracle, and source is the same for the library.
func (r ring) oracleKeys() map[string]oracle.Key {
	keys := make(map[string]oracle.Key)
	for _, alg := range trusted {
		keys["ins_"+alg] = oracle.Key{Algorithm: alg, Public: r[alg].Public()}
	}
	return keys
}

func (r ring) source(t testing.TB) jwk.Source {
	t.Helper()
	var keys []*jwk.Key
	for kid, key := range r.oracleKeys() {
		k, err := jwk.NewKey(kid, jwk.Algorithm(key.Algorithm), key.Public)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	source, err := jwk.NewStatic(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// sign signs by an algorithm with whatever key fits it. What doesn't fit has an empty signature.
func (r ring) sign(alg, keyName, input string) []byte {
	digest := func() ([]byte, crypto.Hash) {
		switch alg[2:] {
		case "384":
			h := sha512.Sum384([]byte(input))
			return h[:], crypto.SHA384
		case "512":
			h := sha512.Sum512([]byte(input))
			return h[:], crypto.SHA512
		}
		h := sha256.Sum256([]byte(input))
		return h[:], crypto.SHA256
	}
	var signature []byte
	var err error
	switch key := r[keyName].(type) {
	case ed25519.PrivateKey:
		if alg == "EdDSA" {
			signature = ed25519.Sign(key, []byte(input))
		}
	case *ecdsa.PrivateKey:
		if alg[:2] == "ES" {
			hashed, hash := digest()
			var der []byte
			var pair struct{ R, S *big.Int }
			if der, err = key.Sign(nil, hashed, hash); err == nil { // without randomness, so that a program makes one token
				_, err = asn1.Unmarshal(der, &pair)
				signature = append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
			}
		}
	case *rsa.PrivateKey:
		switch alg[:2] {
		case "RS":
			hashed, hash := digest()
			signature, err = key.Sign(rand.Reader, hashed, hash)
		case "PS":
			hashed, hash := digest()
			signature, err = key.Sign(rand.Reader, hashed, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash})
		}
	}
	if err != nil {
		panic(err)
	}
	return signature
}

// signShortSalt signs for PS256 with a salt that is shorter than RFC 7518 section 3.5 has it.
func (r ring) signShortSalt(keyName, input string) []byte {
	h := sha256.Sum256([]byte(input))
	signature, err := r[keyName].Sign(rand.Reader, h[:], &rsa.PSSOptions{SaltLength: 8, Hash: crypto.SHA256})
	if err != nil {
		panic(err)
	}
	return signature
}

// signHMAC signs with a public key as if it were a secret.
func (r ring) signHMAC(keyName, input string) []byte {
	secret, err := x509.MarshalPKIXPublicKey(r[keyName].Public())
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: secret}))
	mac.Write([]byte(input))
	return mac.Sum(nil)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

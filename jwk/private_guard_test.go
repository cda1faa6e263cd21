//lint:file-ignore SA1019 malformed EC keys are made by writing their coordinates

package jwk_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"math/big"
	"strings"
	"testing"

	"example.com/machineauth/jwk"
)

// Each part of a key that is missing is found before anything computes with the rest.
func TestK5_IncompleteKeys(t *testing.T) {
	for name, cut := range map[string]func(*ecdsa.PrivateKey){
		"curve": func(k *ecdsa.PrivateKey) { k.Curve = nil },
		"x":     func(k *ecdsa.PrivateKey) { k.X = nil },
		"y":     func(k *ecdsa.PrivateKey) { k.Y = nil },
	} {
		key := *p256Key()
		cut(&key)
		_, err := jwk.NewKey("k", "", &key.PublicKey)
		expectInvalid(t, "public without its "+name, err, "has no point")
		_, err = jwk.NewPrivateKey("k", "", &key)
		expectInvalid(t, "private without its "+name, err, "incomplete")
	}
	key := *p256Key()
	key.D = nil
	_, err := jwk.NewPrivateKey("k", "", &key)
	expectInvalid(t, "private without its d", err, "incomplete")

	rsaKey := *rsaKey()
	rsaKey.N = nil
	_, err = jwk.NewPrivateKey("k", "", &rsaKey)
	expectInvalid(t, "RSA without its modulus", err, "incomplete")
	_, err = jwk.NewKey("k", "", &rsa.PublicKey{E: 65537})
	expectInvalid(t, "RSA public without its modulus", err, "no modulus")
}

// The halves of an EC key are each sound, and belong together.
func TestK5_HalvesOfECKeys(t *testing.T) {
	for name, change := range map[string]func(*ecdsa.PrivateKey){
		"d is 0":            func(k *ecdsa.PrivateKey) { k.D = new(big.Int) },
		"d is the order":    func(k *ecdsa.PrivateKey) { k.D = elliptic.P256().Params().N },
		"the point is off":  func(k *ecdsa.PrivateKey) { k.Y = new(big.Int).Add(k.Y, big.NewInt(1)) },
		"another d":         func(k *ecdsa.PrivateKey) { k.D = big.NewInt(7) },
		"the curve is P224": func(k *ecdsa.PrivateKey) { k.Curve = elliptic.P224() },
	} {
		key := *p256Key()
		change(&key)
		_, err := jwk.NewPrivateKey("k", "", &key)
		expectInvalid(t, name, err, "its halves don't belong together")
	}
}

func expectInvalid(t *testing.T, name string, err error, want string) {
	t.Helper()
	if !errors.Is(err, jwk.ErrInvalidKey) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want an ErrInvalidKey with %q", name, err, want)
	}
}

// What a signer made is refused for what it is, before its length is looked at.
func TestPrivateKey_SaysWhyItIsNoSignature(t *testing.T) {
	key := must(jwk.NewPrivateKey("k", "", fixed(p256Key().Public(), make([]byte, 64), nil)))
	if _, err := key.Sign(input); err == nil || !strings.Contains(err.Error(), "in DER") {
		t.Errorf("got %v, want an error that speaks of DER", err)
	}
}

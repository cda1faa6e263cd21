//lint:file-ignore SA1019 the private part of an EC key is looked for in what is printed

package jwk_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"example.com/machineauth/jwk"
)

// kms is a signer that keeps its key to itself, as a KMS does.
type kms struct {
	public crypto.PublicKey
	sign   func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

func (k kms) Public() crypto.PublicKey { return k.public }
func (k kms) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.sign(digest, opts)
}

func TestPrivateKey_SignsThroughAnySigner(t *testing.T) {
	for _, alg := range algorithms {
		inner := signerFor(alg)
		key, err := jwk.NewPrivateKey("k", alg, kms{inner.Public(), func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			return inner.Sign(rand.Reader, digest, opts)
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Public().Verify(input, sign(t, key, input)); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

// r and s are padded to the field's width, also where DER has fewer bytes.
func TestPrivateKey_PadsShortECDSA(t *testing.T) {
	der := must(asn1.Marshal(struct{ R, S *big.Int }{big.NewInt(1), big.NewInt(2)}))
	for _, row := range []struct {
		key  *ecdsa.PrivateKey
		size int
	}{{p256Key(), 32}, {p384Key(), 48}, {p521Key(), 66}} {
		key := must(jwk.NewPrivateKey("k", "", fixed(row.key.Public(), der, nil)))
		want := make([]byte, 2*row.size)
		want[row.size-1], want[2*row.size-1] = 1, 2
		if got := sign(t, key, input); !bytes.Equal(got, want) {
			t.Errorf("%s: got %x, want %x", key.Public().Algorithm(), got, want)
		}
	}
}

func fixed(public crypto.PublicKey, signature []byte, err error) crypto.Signer {
	return kms{public, func([]byte, crypto.SignerOpts) ([]byte, error) { return signature, err }}
}

func TestPrivateKey_RefusesWhatIsNoSignature(t *testing.T) {
	type rs struct{ R, S *big.Int }
	down := errors.New("the KMS is down")
	good := must(asn1.Marshal(rs{big.NewInt(1), big.NewInt(2)}))
	for name, signer := range map[string]crypto.Signer{
		"signer fails":    fixed(edKey().Public(), nil, down),
		"short Ed25519":   fixed(edKey().Public(), make([]byte, 63), nil),
		"long RSA":        fixed(rsaKey().Public(), make([]byte, 257), nil),
		"not DER":         fixed(p256Key().Public(), make([]byte, 64), nil),
		"DER and more":    fixed(p256Key().Public(), append(bytes.Clone(good), 0), nil),
		"r is 0":          fixed(p256Key().Public(), must(asn1.Marshal(rs{new(big.Int), big.NewInt(1)})), nil),
		"s is negative":   fixed(p256Key().Public(), must(asn1.Marshal(rs{big.NewInt(1), big.NewInt(-1)})), nil),
		"r over 256 bits": fixed(p256Key().Public(), must(asn1.Marshal(rs{oddNumber(257), big.NewInt(1)})), nil),
	} {
		got, err := must(jwk.NewPrivateKey("k", "", signer)).Sign(input)
		if got != nil || !errors.Is(err, jwk.ErrSigning) {
			t.Errorf("%s: got %x, %v, want an ErrSigning", name, got, err)
		}
		if name == "signer fails" && !errors.Is(err, down) {
			t.Errorf("%s: got %v, want the signer's error inside", name, err)
		}
	}
	if _, err := new(jwk.PrivateKey).Sign(input); !errors.Is(err, jwk.ErrSigning) {
		t.Errorf("zero key: got %v, want an ErrSigning", err)
	}
}

func TestNewPrivateKey_Refuses(t *testing.T) {
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	mixed := append(bytes.Clone(edKey()[:32]), newEdKey()[32:]...)
	broken := *rsaKey()
	broken.D = big.NewInt(3)
	mixedEC := *p256Key()
	mixedEC.PublicKey = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).PublicKey
	for name, row := range map[string]struct {
		alg    jwk.Algorithm
		signer crypto.Signer
	}{
		"nil":                  {"", nil},
		"RSA nil":              {"", (*rsa.PrivateKey)(nil)},
		"RSA zero":             {"", &rsa.PrivateKey{}},
		"RSA 1024":             {"", small},
		"RSA with another d":   {"", &broken},
		"EC nil":               {"", (*ecdsa.PrivateKey)(nil)},
		"EC zero":              {"", &ecdsa.PrivateKey{}},
		"EC mixed halves":      {"", &mixedEC},
		"EC P-224":             {"", must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))},
		"Ed25519 empty":        {"", ed25519.PrivateKey{}},
		"Ed25519 short":        {"", edKey()[:63]},
		"Ed25519 mixed halves": {"", ed25519.PrivateKey(mixed)},
		"P-384 for ES256":      {jwk.ES256, p384Key()},
		"Ed25519 for RS256":    {jwk.RS256, edKey()},
		"HMAC":                 {"HS256", rsaKey()},
		"KMS without a key":    {"", kms{}},
	} {
		if key, err := jwk.NewPrivateKey("k", row.alg, row.signer); key != nil || !errors.Is(err, jwk.ErrInvalidKey) {
			t.Errorf("%s: got %v, %v, want an ErrInvalidKey", name, key, err)
		}
	}
}

func TestPrivateKey_RedactsItself(t *testing.T) {
	type holder struct {
		Name string
		key  *jwk.PrivateKey
		copy jwk.PrivateKey
	}
	for _, alg := range []jwk.Algorithm{jwk.RS256, jwk.ES256, jwk.EdDSA} {
		key := must(jwk.NewPrivateKey("kid-1", alg, signerFor(alg)))
		secrets := secretsOf(signerFor(alg))
		const want = "jwk.PrivateKey(kid "
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			for _, value := range []any{key, *key} {
				if got := fmt.Sprintf(verb, value); !strings.HasPrefix(got, want) {
					t.Errorf("%s, %s of %T: got %.80s", alg, verb, value, got)
				}
			}
			for _, value := range []any{holder{"n", key, *key}, &holder{"n", key, *key}, []*jwk.PrivateKey{key}} {
				if got := fmt.Sprintf(verb, value); containsAny(got, secrets) {
					t.Errorf("%s, %s of %T shows the key: %s", alg, verb, value, got)
				}
			}
		}
		if got := string(must(json.Marshal(map[string]any{"p": key, "v": *key}))); strings.Count(got, want) != 2 {
			t.Errorf("%s, JSON: got %s", alg, got)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Any("p", key), slog.Any("v", *key))
		slog.New(slog.NewJSONHandler(&log, nil)).LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Any("p", key), slog.Any("v", *key))
		if got := log.String(); strings.Count(got, want) != 4 {
			t.Errorf("%s, slog: got %s", alg, got)
		}
	}
	if got := fmt.Sprint(jwk.PrivateKey{}); got != "jwk.PrivateKey(zero)" {
		t.Errorf("zero: got %s", got)
	}
}

// secretsOf is how fmt would write the private part of a key.
func secretsOf(signer crypto.Signer) []string {
	switch k := signer.(type) {
	case *rsa.PrivateKey:
		return []string{k.D.String(), hex.EncodeToString(k.D.Bytes()), k.Primes[0].String(), fmt.Sprint(k.D.Bits())}
	case *ecdsa.PrivateKey:
		return []string{k.D.String(), hex.EncodeToString(k.D.Bytes()), fmt.Sprint(k.D.Bits())}
	case ed25519.PrivateKey:
		return []string{strings.Trim(fmt.Sprint([]byte(k[:8])), "[]"), hex.EncodeToString(k[:8]), fmt.Sprintf("%#v", []byte(k[:4]))[7:]}
	}
	panic("no such key")
}

func containsAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, strings.Trim(part, "[]{}")) {
			return true
		}
	}
	return false
}

package jwk_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/machineauth/jwk"
)

func ExampleFromPEM() {
	// As it comes from an environment variable, its line breaks lost.
	keys, err := jwk.FromPEM([]byte(`-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n`))
	if err != nil {
		log.Fatal(err)
	}
	key, err := keys.Key(context.Background(), "any kid")
	fmt.Println(key.Algorithm(), err)

	_, err = jwk.FromPEM([]byte("-----BEGIN PRIVATE KEY-----\n…"))
	fmt.Println(err)
	// Output:
	// EdDSA <nil>
	// jwk: key-invalid: this is a private key, which a verifier must not have: make its public key with `openssl pkey -pubout`
}

func ExampleFromJWKS() {
	keys, err := jwk.FromJWKS([]byte(`{"keys": [
		{"kid": "2026-01", "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
		{"kid": "backup", "kty": "oct", "alg": "HS256", "k": "bm90IGEgc2VjcmV0IGFueSBtb3Jl"}
	]}`))
	if err != nil {
		log.Fatal(err)
	}
	for _, note := range keys.Report().Skipped {
		fmt.Println("skipped", note)
	}
	key, err := keys.Key(context.Background(), "2026-01")
	fmt.Println(key.Algorithm(), err)
	_, err = keys.Key(context.Background(), "backup")
	fmt.Println(errors.Is(err, jwk.ErrUnknownKey))
	// Output:
	// skipped key 1 (kid "backup"): a symmetric key: whoever verifies with it can sign with it too
	// EdDSA <nil>
	// true
}

func ExampleNewRemote() {
	// The issuer's side: a private key, whose public half is served.
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	private, err := jwk.NewPrivateKey("2026-01", jwk.ES256, secret)
	if err != nil {
		log.Fatal(err)
	}
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		set, _ := jwk.MarshalJWKS(private.Public())
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Write(set)
	}))
	defer issuer.Close()

	// The service's side: one Remote per issuer, for the life of the program.
	keys, err := jwk.NewRemote(jwk.RemoteConfig{URL: issuer.URL, TTL: 5 * time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	defer keys.Close()

	signingInput := []byte("header.payload")
	signature, err := private.Sign(signingInput)
	if err != nil {
		log.Fatal(err)
	}
	key, err := keys.Key(context.Background(), "2026-01")
	switch {
	case errors.Is(err, jwk.ErrUnknownKey):
		fmt.Println("401: no such key")
	case err != nil:
		fmt.Println("503: the keys are out of reach")
	default:
		fmt.Println(key.Verify(signingInput, signature))
		fmt.Println(key.Verify([]byte("header.forgery"), signature))
	}
	_, err = keys.Key(context.Background(), "another")
	fmt.Println(errors.Is(err, jwk.ErrUnknownKey))
	// Output:
	// <nil>
	// signature-invalid
	// true
}

func ExampleNewStatic() {
	// Where the key is not for the algorithm that its type implies, or has no JWK, say so.
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	key, err := jwk.NewKey("2026-01", jwk.EdDSA, public)
	if err != nil {
		log.Fatal(err)
	}
	keys, err := jwk.NewStatic(key)
	if err != nil {
		log.Fatal(err)
	}
	_, err = keys.Key(context.Background(), "2026-01")
	fmt.Println(err)
	// Output: <nil>
}

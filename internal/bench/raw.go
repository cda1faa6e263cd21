package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
)

// rawCheck returns the signature check of w's token and nothing else: hash and public-key operation, on decoded bytes.
func rawCheck(w *workload) (func() bool, error) {
	dot := strings.LastIndexByte(w.token, '.')
	input := []byte(w.token[:dot])
	signature, err := base64.RawURLEncoding.DecodeString(w.token[dot+1:])
	if err != nil {
		return nil, err
	}
	switch public := w.public.(type) {
	case *rsa.PublicKey:
		return func() bool {
			digest := sha256.Sum256(input)
			return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
		}, nil
	case *ecdsa.PublicKey:
		half := len(signature) / 2
		der, err := asn1.Marshal(struct{ R, S *big.Int }{
			new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])})
		if err != nil {
			return nil, err
		}
		return func() bool {
			digest := sha256.Sum256(input)
			return ecdsa.VerifyASN1(public, digest[:], der)
		}, nil
	case ed25519.PublicKey:
		return func() bool { return ed25519.Verify(public, input, signature) }, nil
	}
	return nil, fmt.Errorf("no raw check with a %T", w.public)
}

package oracle

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.Hash
	_ "crypto/sha512"
	"math/big"
	"slices"
)

// The header members that change what is signed, or where the key comes from (V4).
var forbidden = []string{"crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c"}

var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}

const (
	categorySession = "cl_B7d4PD111AAA"
	categoryM2M     = "cl_B7d4PD333AAA"
	categoryIgnore  = "cl_I7d4PD111III"
)

// judgeHeader judges the header before any key is looked up (V2 to V5, C6).
func judgeHeader(_ Config, t jwt) (f faults) {
	typ, hasTyp := t.header["typ"]
	text, _ := typ.(string)
	f.ordinary(t.kind != OAuth && hasTyp && !plainTyp.MatchString(text), BadHeader) // V5

	cat, hasCat := t.header["cat"] // C6
	switch t.kind {
	case Session:
		f.other(hasCat && cat != categorySession && cat != categoryIgnore, WrongType)
	case M2M:
		f.other(hasCat && cat != categoryM2M, WrongCategory)
	}

	alg, _ := t.header["alg"].(string)
	f.ordinary(!slices.Contains(algorithms, alg), BadAlgorithm) // V3
	for _, name := range forbidden {
		_, there := t.header[name]
		f.ordinary(there, BadHeader) // V4
	}
	kid, isText := t.header["kid"].(string)
	f.ordinary(!isText || kid == "" || len(kid) > 256, BadKeyID) // V2
	return f
}

// judgeKey finds the key, which must be for the algorithm of the header (V3).
func judgeKey(cfg Config, t jwt) (f faults) {
	key, known := cfg.Keys[t.header["kid"].(string)]
	f.ordinary(!known, UnknownKey)
	f.ordinary(known && key.Algorithm != t.header["alg"], BadAlgorithm)
	return f
}

// judgeSignature checks the signature over the bytes received (V1).
func judgeSignature(cfg Config, t jwt) (f faults) {
	f.ordinary(!verify(cfg.Keys[t.header["kid"].(string)], t.signed, t.signature), BadSignature)
	return f
}

// verify checks a signature as RFC 7518 sections 3.3 to 3.5 and RFC 8037 section 3.1 have it.
func verify(key Key, signed string, signature []byte) bool {
	if key.Algorithm == "EdDSA" {
		return ed25519.Verify(key.Public.(ed25519.PublicKey), []byte(signed), signature)
	}
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[key.Algorithm[2:]]
	h := hash.New()
	h.Write([]byte(signed))
	digest := h.Sum(nil)
	switch key.Algorithm[:2] {
	case "RS":
		return rsa.VerifyPKCS1v15(key.Public.(*rsa.PublicKey), hash, digest, signature) == nil
	case "PS":
		options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		return rsa.VerifyPSS(key.Public.(*rsa.PublicKey), hash, digest, signature, options) == nil
	case "ES":
		public := key.Public.(*ecdsa.PublicKey)
		size := (public.Curve.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(public, digest, r, s)
	}
	return false
}

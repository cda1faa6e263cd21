package attacks

import (
	"crypto/ecdsa"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
)

// jws is a token on its way, as its three segments.
type jws struct {
	header, payload, signature string
	payloadText                []byte
	sign                       func(input []byte) []byte
	whole                      string // in place of the segments, where it is set
}

func (j *jws) String() string {
	if j.whole != "" {
		return j.whole
	}
	return j.header + "." + j.payload + "." + j.signature
}

func decode(segment string) []byte { return must(base64.RawURLEncoding.DecodeString(segment)) }

// mutations are what a row can do to a token that is signed.
var mutations = map[string]func(*mint, *jws){
	"resign":         func(_ *mint, j *jws) { j.signature = encode(j.sign([]byte(j.header + "." + j.payload))) },
	"hdr_lf":         func(_ *mint, j *jws) { j.header = j.header[:4] + "\n" + j.header[4:] },
	"payload_lf":     func(_ *mint, j *jws) { j.payload = j.payload[:4] + "\n" + j.payload[4:] },
	"sig_crlf":       func(_ *mint, j *jws) { j.signature = j.signature[:4] + "\r\n" + j.signature[4:] },
	"hdr_bits":       func(m *mint, j *jws) { j.header = setSpareBit(m, j.header) },
	"payload_bits":   func(m *mint, j *jws) { j.payload = setSpareBit(m, j.payload) },
	"sig_bits":       func(m *mint, j *jws) { j.signature = setSpareBit(m, j.signature) },
	"hdr_pad":        func(_ *mint, j *jws) { j.header = base64.URLEncoding.EncodeToString(decode(j.header)) },
	"payload_pad":    func(_ *mint, j *jws) { j.payload = base64.URLEncoding.EncodeToString(decode(j.payload)) },
	"sig_std":        func(_ *mint, j *jws) { j.signature = base64.StdEncoding.EncodeToString(decode(j.signature)) },
	"hdr_garbage":    func(_ *mint, j *jws) { j.header = encode(append(decode(j.header), "garbage"...)) },
	"payload_nul":    func(_ *mint, j *jws) { j.payload = encode(append(decode(j.payload), 0)) },
	"hdr_spaces":     func(_ *mint, j *jws) { j.header = encode(append([]byte("  "), decode(j.header)...)) },
	"seg4":           func(_ *mint, j *jws) { j.signature += "." + j.signature },
	"seg2":           func(_ *mint, j *jws) { j.whole = j.header + "." + j.payload },
	"sig_empty":      func(_ *mint, j *jws) { j.signature = "" },
	"payload_empty":  func(_ *mint, j *jws) { j.payload = "" },
	"hdr_empty":      func(_ *mint, j *jws) { j.header = "" },
	"sig_flip":       func(_ *mint, j *jws) { j.mapSignature(func(s []byte) []byte { s[len(s)/2] ^= 1; return s }) },
	"sig_trunc":      func(_ *mint, j *jws) { j.mapSignature(func(s []byte) []byte { return s[:len(s)-1] }) },
	"sig_lead0":      func(_ *mint, j *jws) { j.mapSignature(func(s []byte) []byte { return append([]byte{0}, s...) }) },
	"sig_trail0":     func(_ *mint, j *jws) { j.mapSignature(func(s []byte) []byte { return append(s, 0) }) },
	"payload_swap":   swapPayload,
	"to_flattened":   func(m *mint, j *jws) { j.whole = j.serialize(m, false) },
	"to_general":     func(m *mint, j *jws) { j.whole = j.serialize(m, true) },
	"ecdsa_malleate": func(_ *mint, j *jws) { j.mapSignature(malleate) },
	"ecdsa_der":      func(_ *mint, j *jws) { j.mapSignature(toDER) },
	"eddsa_plus_l":   func(_ *mint, j *jws) { j.mapSignature(plusL) },
	"b64false":       leaveUnencoded,
}

func (j *jws) mapSignature(change func([]byte) []byte) {
	j.signature = encode(change(decode(j.signature)))
}

// setSpareBit sets a bit of the last character that no byte is made of, which a lenient decoder doesn't see.
func setSpareBit(m *mint, segment string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if len(segment)%4 == 0 {
		m.Fatal("the segment has no spare bits: change the length of what is in it")
	}
	last := len(segment) - 1
	return segment[:last] + string(alphabet[strings.IndexByte(alphabet, segment[last])|1])
}

// swapPayload puts other claims under the signature.
func swapPayload(_ *mint, j *jws) {
	j.payload = encode([]byte(strings.Replace(string(decode(j.payload)), "mch_1", "mch_2", 1)))
}

// serialize writes the token as JSON (RFC 7515 sections 7.2.1 and 7.2.2).
func (j *jws) serialize(m *mint, general bool) string {
	signed := map[string]any{"protected": j.header, "signature": j.signature}
	if general {
		return string(must(json.Marshal(map[string]any{"payload": j.payload, "signatures": []any{signed}})))
	}
	signed["payload"] = j.payload
	return string(must(json.Marshal(signed)))
}

// malleate turns (r, s) into (r, n-s), which ECDSA accepts just as well. Only E1's tokens are treated so.
func malleate(signature []byte) []byte {
	n := keys()["E1"].(*ecdsa.PrivateKey).Params().N
	r, s := signature[:32], new(big.Int).SetBytes(signature[32:])
	return append(slices.Clone(r), new(big.Int).Sub(n, s).FillBytes(make([]byte, 32))...)
}

// toDER writes an ECDSA signature as X.509 has it, and JOSE has not.
func toDER(signature []byte) []byte {
	r, s := new(big.Int).SetBytes(signature[:len(signature)/2]), new(big.Int).SetBytes(signature[len(signature)/2:])
	return must(asn1.Marshal(struct{ R, S *big.Int }{r, s}))
}

// plusL adds the order of the group to S, which RFC 8032 section 5.1.7 forbids, and some libraries let pass.
func plusL(signature []byte) []byte {
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	s := slices.Clone(signature[32:]) // little-endian
	slices.Reverse(s)
	sum := new(big.Int).Add(new(big.Int).SetBytes(s), l).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	return append(slices.Clone(signature[:32]), sum...)
}

// leaveUnencoded makes the payload stand as it is, signed as it is (RFC 7797).
func leaveUnencoded(_ *mint, j *jws) {
	j.payload = string(j.payloadText)
	j.signature = encode(j.sign([]byte(j.header + "." + j.payload)))
}

package attacks

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha512" // RS384 to PS512
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	issuerA  = "https://a.example"
	issuerB  = "https://b.example"
	audience = "https://api.example"
)

// mint makes the tokens of rows at a time.
type mint struct {
	testing.TB
	now  time.Time
	rows map[string]*row // for {{tok:ID}}
}

// token makes a row's token.
func (m *mint) token(r *recipe) string {
	m.Helper()
	switch {
	case r == nil:
		return ""
	case r.Kind == "raw":
		return r.Value
	case r.Kind == "repeat":
		return r.Prefix + strings.Repeat(r.Char, r.N)
	case r.Kind != "jws":
		m.Fatalf("there is no kind %q of token", r.Kind)
	}
	return m.jws(r)
}

func (m *mint) jws(r *recipe) string {
	m.Helper()
	header := m.text(r.Hdr, r.HdrRaw, r.HdrHex)
	payload := m.text(r.Claims, r.ClaimsRaw, r.ClaimsHex)
	j := &jws{payloadText: payload, header: encode(header), payload: encode(payload), sign: m.signer(r.Sign)}
	j.signature = encode(j.sign([]byte(j.header + "." + j.payload)))
	for _, name := range r.Post {
		mutate, ok := mutations[name]
		if !ok {
			m.Fatalf("there is no mutation %q", name)
		}
		mutate(m, j)
	}
	return j.String()
}

// text is a header or a payload: JSON with its markers replaced, or literal text with its templates.
func (m *mint) text(object json.RawMessage, raw, inHex *string) []byte {
	m.Helper()
	switch {
	case inHex != nil:
		return must(hex.DecodeString(*inHex))
	case raw != nil:
		return []byte(m.expand(*raw))
	}
	dec := json.NewDecoder(bytes.NewReader(object))
	dec.UseNumber()
	var value any
	check(m, dec.Decode(&value))
	return must(json.Marshal(m.replace(value)))
}

// replace puts values in the place of {"$now": n} and of strings that start with a dollar sign.
func (m *mint) replace(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if offset, ok := value["$now"]; ok {
			return m.now.Unix() + must(offset.(json.Number).Int64())
		}
		for name := range value {
			value[name] = m.replace(value[name])
		}
	case []any:
		for i := range value {
			value[i] = m.replace(value[i])
		}
	case string:
		return m.dollar(value)
	}
	return value
}

func (m *mint) dollar(s string) any {
	fixed := map[string]string{"$issA": issuerA, "$issB": issuerB, "$aud": audience}
	if !strings.HasPrefix(s, "$") {
		return s
	} else if value, ok := fixed[s]; ok {
		return value
	} else if name, ok := strings.CutPrefix(s, "$jkt"); ok {
		return thumbprint(keyNamed(m, name))
	} else if name, ok := strings.CutPrefix(s, "$jwk"); ok {
		return namedJWK(m, name, false)
	}
	m.Fatalf("there is no %q", s)
	return nil
}

var template = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// expand replaces the templates of literal text.
func (m *mint) expand(text string) string {
	return template.ReplaceAllStringFunc(text, func(match string) string {
		name, argument, _ := strings.Cut(match[2:len(match)-2], ":")
		if offset, ok := strings.CutPrefix(name, "now+"); ok {
			return strconv.FormatInt(m.now.Unix()+must(strconv.ParseInt(offset, 10, 64)), 10)
		}
		switch name {
		case "issA":
			return issuerA
		case "aud":
			return audience
		case "deep":
			n := must(strconv.Atoi(argument))
			return strings.Repeat("[", n) + strings.Repeat("]", n)
		case "fill":
			return strings.Repeat("x", must(strconv.Atoi(argument)))
		case "many":
			var members []string
			for i := range must(strconv.Atoi(argument)) {
				members = append(members, strconv.Quote("m"+strconv.Itoa(i))+":0")
			}
			return strings.Join(members, ",")
		case "tok":
			return m.token(m.rows[argument].Token)
		}
		m.Fatalf("there is no template %q", match)
		return ""
	})
}

// signer reads sign: a key and an algorithm, "none", an HMAC key, or a number of zero bytes.
func (m *mint) signer(spec json.RawMessage) func(input []byte) []byte {
	m.Helper()
	if string(spec) == `"none"` {
		return func([]byte) []byte { return nil }
	}
	var s struct {
		Key, Alg, HMAC string
		Const          *int
	}
	check(m, json.Unmarshal(spec, &s))
	switch {
	case s.Const != nil:
		return func([]byte) []byte { return make([]byte, *s.Const) }
	case s.HMAC != "":
		format, name, _ := strings.Cut(s.HMAC, ":")
		var secret []byte
		if format == "hex" {
			secret = must(hex.DecodeString(name))
		} else {
			secret = publicBytes(m, format, name)
		}
		return func(input []byte) []byte {
			h := hmac.New(crypto.SHA256.New, secret)
			h.Write(input)
			return h.Sum(nil)
		}
	}
	key := keyNamed(m, s.Key)
	return func(input []byte) []byte { return sign(key, s.Alg, input) }
}

// sign signs as RFC 7518 section 3 and RFC 8037 say, with any key of the right family.
func sign(key crypto.Signer, alg string, input []byte) []byte {
	if key, ok := key.(ed25519.PrivateKey); ok {
		return ed25519.Sign(key, input)
	}
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[2:]]
	h := hash.New()
	h.Write(input)
	digest := h.Sum(nil)
	if key, ok := key.(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		size := (key.Params().BitSize + 7) / 8
		return append(must(r, err).FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
	}
	if alg[0] == 'P' {
		return must(rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}))
	}
	return must(rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), hash, digest))
}

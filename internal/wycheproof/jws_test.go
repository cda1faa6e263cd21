package wycheproof_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// A jws is a compact JWS, cut at its first and last dot, as a Verifier cuts it.
type jws struct{ header, payload, signature string }

func cut(token string) (s jws, ok bool) {
	first, last := strings.IndexByte(token, '.'), strings.LastIndexByte(token, '.')
	if first == last {
		return jws{}, false
	}
	return jws{token[:first], token[first+1 : last], token[last+1:]}, true
}

func (s jws) signingInput() []byte { return []byte(s.header + "." + s.payload) }

// algorithm is the header's alg, or "" where the header can't be read.
func (s jws) algorithm() string {
	var header struct {
		Algorithm string `json:"alg"`
	}
	raw, err := base64.RawURLEncoding.DecodeString(s.header)
	if err != nil || json.Unmarshal(raw, &header) != nil {
		return ""
	}
	return header.Algorithm
}

// isCompact reports whether token has the form of a compact JWS (RFC 7515 section 7.1), its segments in the one base64url that
// their bytes have.
func isCompact(token string) bool {
	s, ok := cut(token)
	if !ok || s.header == "" || s.signature == "" {
		return false
	}
	for _, segment := range []string{s.header, s.payload, s.signature} {
		raw, err := base64.RawURLEncoding.DecodeString(segment)
		if err != nil || base64.RawURLEncoding.EncodeToString(raw) != segment {
			return false
		}
	}
	return true
}

package oracle

import (
	"encoding/base64"
	"regexp"
	"strings"
)

var (
	b64token  = regexp.MustCompile(`^[A-Za-z0-9\-_~+/]+=*$`) // RFC 6750 section 2.1, without the dot
	base64url = regexp.MustCompile(`^[A-Za-z0-9\-_]+$`)
	accessTyp = regexp.MustCompile(`^(?i:(application/)?at\+jwt)$`) // RFC 9068 section 2.1
	plainTyp  = regexp.MustCompile(`^(?i:jwt)$`)
)

// jwt is a token that has the form of one.
type jwt struct {
	kind            string
	subject         string
	header, payload map[string]any
	signed          string // what the signature is over
	signature       []byte
}

// read takes a JWT apart and says what it claims to be (C2 to C5).
func read(raw string) (jwt, Reason) {
	if strings.HasPrefix(raw, "mt_") || strings.HasPrefix(raw, "oat_") || strings.HasPrefix(raw, "ak_") {
		return jwt{}, Malformed // an opaque token that isn't one is nothing else (C1)
	}
	segments := strings.Split(raw, ".")
	if len(segments) != 3 {
		return jwt{}, Malformed
	}
	var decoded [3][]byte
	for i, segment := range segments {
		b, err := base64.RawURLEncoding.Strict().DecodeString(segment)
		if err != nil || !base64url.MatchString(segment) {
			return jwt{}, Malformed
		}
		decoded[i] = b
	}
	header, ok1 := readObject(decoded[0])
	payload, ok2 := readObject(decoded[1])
	if !ok1 || !ok2 {
		return jwt{}, Malformed
	}
	token := jwt{header: header, payload: payload, signed: segments[0] + "." + segments[1], signature: decoded[2]}

	sub, isText := payload["sub"].(string)
	if !isText || sub == "" || sub == "mch_" || writtenSize(decoded[1], "sub") > 1024 { // C4, C5
		return jwt{}, BadSubject
	}
	token.subject = sub
	switch typ, _ := header["typ"].(string); { // C4, in this order
	case strings.HasPrefix(sub, "mch_"):
		token.kind = M2M
	case accessTyp.MatchString(typ):
		token.kind = OAuth
	default:
		token.kind = Session
	}
	return token, ""
}

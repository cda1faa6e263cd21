package tokens

import (
	"encoding/base64"
	"strings"
	"time"
)

// unverified is a token as it came in: decoded and classified from one strict parse, nothing in it proven. It never
// leaves the package.
type unverified struct {
	class Class
	raw   string

	// Of a JWT:
	header    object
	payload   object
	signature string // as received
	subject   string
	notBefore time.Time // set once the claims are checked
}

// encoding is unpadded base64url that refuses spare bits. It skips CR and LF, which are looked for before.
var encoding = base64.RawURLEncoding.Strict()

// reader parses and classifies tokens.
type reader struct {
	*conventions
	maxBytes int
	headers  headerMemo
}

// read parses and classifies raw. Its errors are ErrTooLarge, ErrMalformed and ErrSubject.
func (r *reader) read(raw string) (*unverified, error) {
	if raw == "" {
		return nil, fail(ErrMalformed, "", "the token is empty")
	}
	if len(raw) > r.maxBytes {
		return nil, fail(ErrTooLarge, "", "the token is longer than Config.MaxTokenBytes")
	}
	if t, wellFormed := r.opaque(raw); t != "" {
		if !wellFormed {
			return nil, fail(ErrMalformed, t, "behind its prefix an opaque token has letters, digits or -_~+/, and no dot")
		}
		return &unverified{class: Class{t, FormatOpaque}, raw: raw}, nil
	}
	u, err := r.readJWT(raw)
	if err != nil {
		return nil, err
	}
	return u, u.classify()
}

// readJWT cuts raw into its three segments and decodes them (C2).
func (r *reader) readJWT(raw string) (*unverified, error) {
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	if header == "" || payload == "" || signature == "" || hasLineEnd(raw) {
		return nil, fail(ErrMalformed, "", "neither a known prefix nor three segments of unpadded base64url")
	}
	u := &unverified{class: Class{Format: FormatJWT}, raw: raw, signature: signature}
	var err error
	if u.header, err = r.headers.parse(header); err != nil {
		return nil, fail(ErrMalformed, "", "the header is not one strict JSON object in base64url")
	}
	if u.payload, err = parseSegment(payload); err != nil {
		return nil, fail(ErrMalformed, "", "the payload is not one strict JSON object in base64url")
	}
	var buf [512]byte
	if _, err := appendDecoded(buf[:0], signature); err != nil {
		return nil, fail(ErrMalformed, "", "the signature is not base64url")
	}
	return u, nil
}

// parseSegment decodes a segment, and parses the JSON object in it.
func parseSegment(segment string) (object, error) {
	var buf [2048]byte // as most segments are shorter, only the text goes to the heap
	text, err := appendDecoded(buf[:0], segment)
	if err != nil {
		return object{}, err
	}
	return parseObject(string(text))
}

// appendDecoded decodes a segment that has no line ends. A dot too many is none of the alphabet.
func appendDecoded(dst []byte, segment string) ([]byte, error) {
	return encoding.AppendDecode(dst, []byte(segment))
}

func hasLineEnd(s string) bool {
	return strings.IndexByte(s, '\n') >= 0 || strings.IndexByte(s, '\r') >= 0
}

// maxSubjectBytes bounds sub as it is written between its quotes. OpenID Connect has 255 (Core section 2).
const maxSubjectBytes = 1 << 10

// classify decides the type of a JWT, once, in the order of C4.
func (u *unverified) classify() error {
	if raw, _ := u.payload.lookup("sub"); len(raw)-len(`""`) > maxSubjectBytes {
		return fail(ErrSubject, "", "the claim sub is longer than 1 KiB")
	}
	sub, err := u.payload.str("sub")
	switch {
	case err != nil:
		return fail(ErrSubject, "", "the claim sub must be a string")
	case sub == "":
		return fail(ErrSubject, "", "the claim sub is absent or empty")
	case sub == machineSubject:
		return fail(ErrSubject, TypeM2M, "the claim sub is a machine's prefix without a machine")
	case strings.HasPrefix(sub, machineSubject):
		u.class.Type = TypeM2M
	case isAccessTokenType(u.header):
		u.class.Type = TypeOAuth
	default:
		u.class.Type = TypeSession
	}
	u.subject = sub
	return nil
}

// signed returns the bytes that the signature covers, header and payload as received (RFC 7515 section 5.2), and the
// signature.
func (u *unverified) signed() (input, signature []byte) {
	length := len(u.raw) - len(".") - len(u.signature)
	all := append(make([]byte, 0, len(u.raw)), u.raw[:length]...)
	all, _ = appendDecoded(all, u.signature) // as it was when the token was read: it cannot fail
	return all[:length], all[length:]
}

// isAccessTokenType reports whether typ is that of an OAuth access token (RFC 9068 section 2.1), in any case.
func isAccessTokenType(header object) bool {
	typ, err := header.str("typ")
	return err == nil && (strings.EqualFold(typ, "at+jwt") || strings.EqualFold(typ, "application/at+jwt"))
}

// isBase64URL reports whether every byte of s is of the URL-safe alphabet: no padding, no line ends, no dots.
func isBase64URL(s string) bool {
	for i := 0; i < len(s); i++ {
		if alphabet[s[i]] != base64URL {
			return false
		}
	}
	return true
}

// isOpaqueBody reports whether s is one or more b64token characters (RFC 6750 section 2.1) without a dot: `=` only at the end.
func isOpaqueBody(s string) bool {
	body := strings.TrimRight(s, "=")
	if body == "" {
		return false
	}
	for i := 0; i < len(body); i++ {
		if alphabet[body[i]] == 0 {
			return false
		}
	}
	return true
}

// alphabet says of each byte whether it may be in a base64url segment, or only in an opaque token.
var alphabet = func() (table [256]uint8) {
	for c := range table {
		switch b := byte(c); {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_':
			table[c] = base64URL
		case b == '~', b == '+', b == '/':
			table[c] = opaqueOnly
		}
	}
	return table
}()

const (
	base64URL  = 1
	opaqueOnly = 2
)

package tokens

import (
	"maps"
	"strings"
	"sync/atomic"
)

// joseHeader is what is left of a JWT's header once it has been judged: which key, and how it signs.
type joseHeader struct{ alg, kid string }

// maxKeyIDBytes bounds kid (V2).
const maxKeyIDBytes = 256

// forbidden are header members that change what is signed or where the key comes from. A token that has one is refused,
// whatever it says (V4).
var forbidden = []string{"crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c"}

// checkHeader judges the header before any key is looked up (V1 to V5, C6).
func (u *unverified) checkHeader(c *conventions) (joseHeader, error) {
	if err := u.checkTyp(); err != nil {
		return joseHeader{}, err
	}
	if err := u.checkCategory(c); err != nil {
		return joseHeader{}, err
	}
	alg, err := u.header.str("alg")
	if err != nil || !allowedAlgorithm(alg) {
		return joseHeader{}, fail(ErrAlgorithm, "", "alg must be RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA")
	}
	for _, name := range forbidden {
		if u.header.has(name) {
			return joseHeader{}, fail(ErrHeader, "", "the header has a "+name)
		}
	}
	kid, err := u.header.str("kid")
	if err != nil || kid == "" || len(kid) > maxKeyIDBytes {
		return joseHeader{}, fail(ErrKeyID, "", "the header must have a kid, a string of 1 to 256 bytes: it names the issuer's key")
	}
	return joseHeader{alg, kid}, nil
}

// checkTyp holds sessions and M2M tokens to the typ JWT or none (V5). An OAuth token has the typ by which it was recognized.
func (u *unverified) checkTyp() error {
	if u.class.Type == TypeOAuth {
		return nil
	}
	typ, err := u.header.str("typ")
	if err != nil || u.header.has("typ") && !strings.EqualFold(typ, "JWT") {
		return fail(ErrHeader, "", "typ must be JWT or absent")
	}
	return nil
}

// checkCategory keeps apart the classes of JWT that an issuer signs with one key (C6). RFC 9068 tokens have a typ for that.
func (u *unverified) checkCategory(c *conventions) error {
	if u.class.Type == TypeOAuth || !u.header.has("cat") {
		return nil
	}
	cat, err := u.header.str("cat")
	switch {
	case err == nil && u.class.Type == TypeM2M && cat == c.M2M:
		return nil
	case u.class.Type == TypeM2M:
		return fail(ErrInvalid, "", "the category is not that of an M2M token")
	case err == nil && (cat == c.Session || cat == c.Ignore):
		return nil
	}
	return fail(ErrTypeMismatch, "", "the category is not that of a session token")
}

// allowedAlgorithm is the whole list (V3): no none, no HMAC, nothing to configure.
func allowedAlgorithm(alg string) bool {
	switch alg {
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA":
		return true
	}
	return false
}

// headerMemo remembers what the header segments of good tokens say: an issuer writes the same header many thousand times.
// Only headers under a verified signature are remembered, so that nobody else decides what is in it.
type headerMemo struct {
	parsed atomic.Pointer[map[string]object] // replaced as a whole, never changed
}

// maxHeaders bounds the memo, in entries and, with maxHeaderBytes, in bytes. Issuers have one header for each key and type.
const (
	maxHeaders     = 64
	maxHeaderBytes = 1024
)

// parse returns the JSON object that a segment encodes.
func (m *headerMemo) parse(segment string) (object, error) {
	if known := m.parsed.Load(); known != nil {
		if header, ok := (*known)[segment]; ok {
			return header, nil
		}
	}
	return parseSegment(segment)
}

// remember keeps the header of a token whose signature has been verified. A full memo starts anew.
func (m *headerMemo) remember(u *unverified) {
	segment := u.raw[:strings.IndexByte(u.raw, '.')]
	known := m.parsed.Load()
	if len(segment) > maxHeaderBytes || known != nil && has(*known, segment) {
		return
	}
	next := make(map[string]object)
	if known != nil && len(*known) < maxHeaders {
		maps.Copy(next, *known)
	}
	next[strings.Clone(segment)] = u.header
	m.parsed.CompareAndSwap(known, &next) // another token's turn, where it was faster
}

func has(m map[string]object, key string) bool {
	_, ok := m[key]
	return ok
}

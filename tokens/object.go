package tokens

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// How deep a token's JSON may nest, and how many members it may have at all depths together (C2): what a decoder spends on
// a refused token must be bounded by more than the token's length.
const (
	maxDepth     = 32
	maxMembers   = 200
	maxNameBytes = 256     // in an object that isn't small
	smallObject  = 4 << 10 // bytes
)

// maxDate is the last second of the year 9999, the last that RFC 3339 can write (V6).
const maxDate = 253402300799

// object is one JSON object: its text, and where in it the values of those members stand that mean something here. Names
// are matched exactly (C3), so SUB is not sub.
type object struct {
	text    string
	members []member // without pointers: a request's garbage is cheaper that way
}

type member struct {
	name       uint8 // index into knownNames
	start, end uint32
}

var errNotStrict = errors.New("not one strict JSON object")

// parseObject reads raw as one JSON object: valid UTF-8, no duplicate member at any depth, nothing behind it, not too deep
// nor too large (C2). The library judges the whole text once; to find the members of what is valid is then simple.
func parseObject(raw []byte) (object, error) {
	raw = bytes.Trim(raw, " \t\r\n") // RFC 8259 section 2; bytes.TrimSpace would take Unicode's white space, too
	if len(raw) == 0 || raw[0] != '{' || tooComplex(raw) || !jsontext.Value(raw).IsValid() {
		return object{}, errNotStrict
	}
	return rawValue(raw).object(), nil
}

// tooComplex reports whether brackets nest deeper than maxDepth, members are more than maxMembers, or the name of one is
// longer than maxNameBytes. It runs before the decoder does. Most texts are so short, with so few brackets and colons, that
// none of it is possible; only of others the strings have to be told apart from the rest.
func tooComplex(raw []byte) bool {
	count := func(c byte) int { return bytes.Count(raw, []byte{c}) }
	if len(raw) <= smallObject && count('{')+count('[') <= maxDepth && count(':') <= maxMembers {
		return false
	}
	depth, members, quote, lastString := 0, 0, -1, 0
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quote >= 0 && c == '\\':
			i++
		case quote >= 0 && c == '"':
			quote, lastString = -1, i-quote
		case quote >= 0:
		case c == '"':
			quote = i
		case c == ':':
			if members++; members > maxMembers || lastString > maxNameBytes {
				return true
			}
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// lookup returns the value of a member; ok is false where there is none.
func (o object) lookup(name string) (value rawValue, ok bool) {
	for _, m := range o.members {
		if knownNames[m.name] == name {
			return rawValue(o.text[m.start:m.end]), true
		}
	}
	return "", false
}

func (o object) has(name string) bool {
	_, ok := o.lookup(name)
	return ok
}

// str returns a member that must be a string where it is present; "" where it is absent.
func (o object) str(name string) (string, error) {
	value, ok := o.lookup(name)
	if !ok {
		return "", nil
	}
	if !value.isString() {
		return "", wrongKind(name, "a string")
	}
	return unquote(value), nil
}

// strs returns a member that must be an array of strings where it is present; nil where it is absent.
func (o object) strs(name string) ([]string, error) {
	value, ok := o.lookup(name)
	if !ok {
		return nil, nil
	}
	if list, ok := value.strings(); ok {
		return list, nil
	}
	return nil, wrongKind(name, "an array of strings")
}

// date returns a member that must be a NumericDate (RFC 7519 section 2) where it is present: a number above 0 and not
// after the year 9999, decimals allowed (V6). The zero time stands for absent.
func (o object) date(name string) (time.Time, error) {
	value, ok := o.lookup(name)
	if !ok {
		return time.Time{}, nil
	}
	seconds, ok := value.number()
	if !ok || seconds <= 0 || seconds > maxDate {
		return time.Time{}, wrongKind(name, "a number of seconds above 0 and before the year 10000")
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(fraction*1e9)), nil
}

// object returns a member that must be an object where it is present.
func (o object) object(name string) (inner object, ok bool, err error) {
	value, ok := o.lookup(name)
	if !ok {
		return object{}, false, nil
	}
	if value[0] != '{' {
		return object{}, false, wrongKind(name, "an object")
	}
	return value.object(), true, nil
}

// knownNames are the member names that this package gives a meaning, in a header, a payload or an object within. Only these
// are kept, so that what a token costs in memory doesn't grow with the number of its members.
var knownNames = strings.Fields(
	"alg kid typ cat crit b64 zip enc jwk jku x5u x5c " + // headers: RFC 7515, 7516 and 7797; cat is Clerk's
		"iss sub aud exp nbf iat jti cnf " + // every payload: RFC 7519, RFC 7800
		"sid azp sts v org_id org_role org_slug org_permissions fva fea pla " + // sessions
		"o id slg rol per fpm act " + // sessions, the objects within
		"scopes " + // M2M
		"client_id scp scope " + // OAuth: RFC 9068
		"htm htu ath nonce") // DPoP proofs: RFC 9449

// nameIndex is the way back from a name to its place in knownNames.
var nameIndex = func() map[string]uint8 {
	index := make(map[string]uint8, len(knownNames))
	for i, name := range knownNames {
		index[name] = uint8(i)
	}
	return index
}()

// wrongKind names the claim and the kind it must have, and never what it was.
func wrongKind(name, want string) *Error {
	return fail(ErrClaims, "", "the claim "+name+" must be "+want)
}

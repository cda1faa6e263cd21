package tokens

import (
	"errors"
	"math"
	"time"
	"unicode/utf8"
)

// How deep a token's JSON may nest, and how many members it may have at all depths together (C2): what is spent on a refused
// token must be bounded by more than the token's length.
const (
	maxDepth     = 32
	maxMembers   = 200
	maxNameBytes = 256     // as it is written, in an object that isn't small
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

// parseObject reads text as one JSON object: valid UTF-8, no duplicate member at any depth, nothing behind it, not too deep
// nor too large (C2).
func parseObject(text string) (object, error) {
	s := scanner{text: text, names: new(names)}
	s.space()
	if !utf8.ValidString(text) || !s.object() {
		return object{}, errNotStrict
	}
	if s.space(); s.at < len(text) {
		return object{}, errNotStrict
	}
	return object{text, s.members()}, nil
}

// lookup returns the value of a member; ok is false where there is none.
func (o object) lookup(name string) (value rawValue, ok bool) {
	index, known := indexOf(name)
	for _, m := range o.members {
		if known && m.name == index {
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

// wrongKind names the claim and the kind it must have, and never what it was.
func wrongKind(name, want string) *Error {
	return fail(ErrClaims, "", "the claim "+name+" must be "+want)
}

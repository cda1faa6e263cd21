package tokens

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// rawValue is one valid JSON value, without white space around it. It is a part of the object's text: reading a string
// from it allocates nothing.
type rawValue string

func (v rawValue) isString() bool { return v[0] == '"' }
func (v rawValue) isArray() bool  { return v[0] == '[' }
func (v rawValue) isNull() bool   { return v[0] == 'n' }

// object finds the members of an object.
func (v rawValue) object() object {
	o := object{text: string(v), members: make([]member, 0, 16)}
	for rest := v.inside(); rest != ""; rest = rest.next() {
		var name, value rawValue
		name, rest = rest.cut()
		value, rest = rest.next().cut()
		if known, ok := nameIndex[unquote(name)]; ok {
			end := len(v) - len(rest) - 1 // rest ends before the closing bracket
			o.members = append(o.members, member{known, uint32(end - len(value)), uint32(end)})
		}
	}
	return o
}

// strings returns the elements of an array of strings; ok is false for any other value.
func (v rawValue) strings() (list []string, ok bool) {
	if !v.isArray() {
		return nil, false
	}
	list = make([]string, 0, 8)
	for rest := v.inside(); rest != ""; rest = rest.next() {
		var element rawValue
		if element, rest = rest.cut(); !element.isString() {
			return nil, false
		}
		list = append(list, unquote(element))
	}
	return list, true
}

// inside returns what stands between the brackets of an object or array.
func (v rawValue) inside() rawValue { return v[1 : len(v)-1].next() }

// next skips what stands between values: white space (RFC 8259 section 2), a comma, a colon.
func (v rawValue) next() rawValue {
	for len(v) > 0 && (isSpace(v[0]) || v[0] == ',' || v[0] == ':') {
		v = v[1:]
	}
	return v
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// cut returns the value that v starts with, and what follows it.
func (v rawValue) cut() (first, rest rawValue) {
	end, depth := 0, 0
	for {
		switch v[end] {
		case '"':
			end += v[end:].stringLen()
		case '{', '[':
			depth++
			end++
		case '}', ']':
			depth--
			end++
		default: // a number or a literal or, inside brackets, what stands between values
			for end++; end < len(v) && !endsScalar(v[end]); end++ {
			}
		}
		if depth == 0 {
			return v[:end], v[end:]
		}
	}
}

// stringLen returns the length of the string that v starts with, both quotes included.
func (v rawValue) stringLen() int {
	for i := 1; ; i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

func endsScalar(c byte) bool {
	switch c {
	case '"', '{', '}', '[', ']', ',':
		return true
	}
	return isSpace(c)
}

// number returns the value of a JSON number; ok is false for any other value, and for a number that float64 can't hold.
func (v rawValue) number() (n float64, ok bool) {
	if v[0] != '-' && (v[0] < '0' || v[0] > '9') {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(v), 64)
	return n, err == nil
}

// unquote returns what a valid JSON string says.
func unquote(quoted rawValue) string {
	if strings.IndexByte(string(quoted), '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	text, _ := jsontext.AppendUnquote(nil, string(quoted)) // valid, so that it cannot fail
	return string(text)
}

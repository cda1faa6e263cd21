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
	s := scanner{text: string(v)}
	s.object() // has been judged with the text that it is from
	return object{string(v), s.members()}
}

// strings returns the elements of an array of strings; ok is false for any other value.
func (v rawValue) strings() (list []string, ok bool) {
	if !v.isArray() {
		return nil, false
	}
	list = make([]string, 0, 8)
	s := scanner{text: string(v)}
	for s.open('['); !s.shut(']'); s.space() {
		begin := s.at
		if !s.str() {
			return nil, false
		}
		list = append(list, unquote(v[begin:s.at]))
		s.space()
		s.skip(',')
	}
	return list, true
}

// isSpace reports whether c is white space in JSON (RFC 8259 section 2).
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

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

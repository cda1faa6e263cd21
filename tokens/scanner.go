package tokens

import (
	"slices"
	"strconv"
	"strings"
)

// scanner judges a JSON text in one pass, and notes on the way where the members stand that mean something here: RFC 8259
// with the limits of RFC 7493, no more lenient anywhere than package jsontext, and at a fraction of its cost, as what it
// finds is never decoded. The text is known to be UTF-8.
type scanner struct {
	text    string
	at      int  // how far it has come
	depth   int  // how many objects and arrays are open
	escaped bool // the last string has an escape sequence

	names      *names                  // nil where the text is known to have none twice
	known      [len(knownNames)]member // of the outermost object
	knownCount int
}

// value passes one value; false where there is none.
func (s *scanner) value() bool {
	if s.at == len(s.text) {
		return false
	}
	switch s.text[s.at] {
	case '"':
		return s.str()
	case '{':
		return s.object()
	case '[':
		return s.array()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		return s.number()
	}
}

// members returns the members of the outermost object that mean something here, once it has been passed.
func (s *scanner) members() []member { return slices.Clone(s.known[:s.knownCount]) }

func (s *scanner) object() bool {
	start := s.at
	if !s.open('{') {
		return false
	}
	if s.shut('}') {
		return true
	}
	for {
		name, ok := s.name(start)
		if !ok {
			return false
		}
		s.space()
		if !s.skip(':') {
			return false
		}
		s.space()
		begin := s.at
		if !s.value() {
			return false
		}
		if s.depth == 1 {
			s.remember(name, begin)
		}
		s.space()
		if !s.skip(',') {
			return s.shut('}')
		}
		s.space()
	}
}

// name passes the name of a member of the object that begins at start.
func (s *scanner) name(start int) (name string, ok bool) {
	begin := s.at
	s.escaped = false
	if !s.str() || len(s.text) > smallObject && s.at-begin-len(`""`) > maxNameBytes {
		return "", false
	}
	if name = s.text[begin+1 : s.at-1]; s.escaped {
		name = unquote(rawValue(s.text[begin:s.at]))
	}
	return name, s.names == nil || s.addName(name, memberName{uint32(start), uint32(begin), uint32(s.at)})
}

// remember notes the member whose value begins at begin and ends here, if its name means something.
func (s *scanner) remember(name string, begin int) {
	if known, ok := indexOf(name); ok {
		s.known[s.knownCount] = member{known, uint32(begin), uint32(s.at)}
		s.knownCount++
	}
}

func (s *scanner) array() bool {
	if !s.open('[') {
		return false
	}
	if s.shut(']') {
		return true
	}
	for {
		if !s.value() {
			return false
		}
		s.space()
		if !s.skip(',') {
			return s.shut(']')
		}
		s.space()
	}
}

func (s *scanner) str() bool {
	if !s.skip('"') {
		return false
	}
	for i := s.at; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return true
		case c == '\\':
			length := escapeLen(s.text[i:])
			if length == 0 {
				return false
			}
			i += length - 1
			s.escaped = true
		case c < ' ':
			return false
		}
	}
	return false
}

// escapeLen returns the length of the escape sequence that text starts with, a pair of surrogates being one; 0 for anything
// else, half a pair included (RFC 7493 section 2.1).
func escapeLen(text string) int {
	if len(text) >= 2 && strings.IndexByte(`"\/bfnrt`, text[1]) >= 0 {
		return 2
	}
	switch unit := escapedUnit(text); {
	case unit < 0 || 0xDC00 <= unit && unit <= 0xDFFF:
		return 0
	case unit < 0xD800 || unit > 0xDFFF:
		return 6
	}
	if low := escapedUnit(text[6:]); low < 0xDC00 || low > 0xDFFF {
		return 0
	}
	return 12
}

// escapedUnit returns the UTF-16 code unit of the \uXXXX that text starts with; -1 where it doesn't.
func escapedUnit(text string) int {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(text[2:6], 16, 16)
	if err != nil {
		return -1
	}
	return int(unit)
}

func (s *scanner) number() bool {
	s.skip('-')
	if !s.skip('0') && !s.digits() {
		return false
	}
	if s.skip('.') && !s.digits() {
		return false
	}
	if s.skip('e') || s.skip('E') {
		if !s.skip('-') {
			s.skip('+')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	begin := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > begin
}

func (s *scanner) literal(word string) bool {
	ok := strings.HasPrefix(s.text[s.at:], word)
	s.at += len(word)
	return ok
}

// open passes an opening bracket, and shut a closing one, each with the white space inside.
func (s *scanner) open(bracket byte) bool {
	s.depth++
	ok := s.depth <= maxDepth && s.skip(bracket)
	s.space()
	return ok
}

func (s *scanner) shut(bracket byte) bool {
	if !s.skip(bracket) {
		return false
	}
	s.depth--
	return true
}

func (s *scanner) skip(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) space() {
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
}

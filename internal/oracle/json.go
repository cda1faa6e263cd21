package oracle

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// What a header or a payload may have in it (C2).
const (
	maxDepth   = 32
	maxMembers = 200  // at all depths together
	maxName    = 256  // bytes as they are written, in a text that is longer than the next
	largeText  = 4096 // bytes
)

// readObject reads a header or a payload: exactly one JSON object (C2). Its values are map[string]any, []any, string,
// json.Number, bool and nil.
func readObject(text []byte) (map[string]any, bool) {
	if !utf8.Valid(text) || !json.Valid(text) || hasLoneSurrogate(text) {
		return nil, false
	}
	text = bytes.Trim(text, " \t\r\n") // RFC 8259 section 2
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	r := reader{decoder: d, text: text}
	value := r.value(1)
	object, isObject := value.(map[string]any)
	return object, isObject && !r.bad
}

// reader reads one JSON value that is known to be valid JSON, and finds what is too much of it, or there twice.
type reader struct {
	decoder *json.Decoder
	text    []byte
	members int
	bad     bool
}

// token returns the next token and how it is written.
func (r *reader) token() (json.Token, []byte) {
	before := r.decoder.InputOffset()
	t, err := r.decoder.Token()
	if err != nil {
		r.bad = true
		return nil, nil
	}
	return t, bytes.TrimLeft(r.text[before:r.decoder.InputOffset()], " \t\r\n,:")
}

// value reads a value; what is in it is at this depth.
func (r *reader) value(depth int) any {
	t, _ := r.token()
	delim, isDelim := t.(json.Delim)
	if r.bad || !isDelim {
		return t
	}
	if depth > maxDepth {
		r.bad = true
		return nil
	}
	if delim == '[' {
		list := []any{}
		for r.decoder.More() && !r.bad {
			list = append(list, r.value(depth+1))
		}
		r.token()
		return list
	}
	object := make(map[string]any)
	for r.decoder.More() && !r.bad {
		t, written := r.token()
		name, _ := t.(string)
		r.members++
		if _, twice := object[name]; twice || r.members > maxMembers || len(r.text) > largeText && len(written)-2 > maxName {
			r.bad = true
		}
		object[name] = r.value(depth + 1)
	}
	r.token()
	return object
}

var escape = regexp.MustCompile(`\\(u[0-9a-fA-F]{4}|.)`)

// hasLoneSurrogate reports whether an escape in a valid JSON text is one half of a code point without the other half
// behind it.
func hasLoneSurrogate(text []byte) bool {
	end, high := -1, false // of the escape before: where it ended, and whether it was a first half
	for _, at := range escape.FindAllIndex(text, -1) {
		code, err := strconv.ParseUint(string(text[at[0]+2:at[1]]), 16, 32)
		surrogate := err == nil && text[at[0]+1] == 'u' && utf16.IsSurrogate(rune(code))
		low := surrogate && code >= 0xDC00
		if adjacent := at[0] == end; high && !(adjacent && low) || low && !(adjacent && high) {
			return true
		}
		end, high = at[1], surrogate && !low
	}
	return high
}

// writtenSize is how many bytes a string member of a valid object takes, between its quotes and as it is escaped.
func writtenSize(object []byte, name string) int {
	d := json.NewDecoder(bytes.NewReader(object))
	r := reader{decoder: d, text: object}
	r.token()
	for d.More() {
		member, _ := r.token()
		if member == name {
			_, written := r.token()
			return len(written) - 2
		}
		r.value(2)
	}
	return 0
}

package tokens_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json/jsontext"
)

func nested(depth int) string {
	return strings.Repeat("[", depth) + strings.Repeat("]", depth)
}

// The JSON that a header and a payload may not be, and what they may. %s stands for the members of a good one.
var (
	notStrictJSON = map[string]string{
		"empty":                        ``,
		"white space only":             ` `,
		"a vertical tab before":        "\v{%s}",
		"a form feed behind":           "{%s}\f",
		"a form feed within":           "{\f%s}",
		"a no-break space before":      "\u00a0{%s}",
		"a next line behind":           "{%s}\u0085",
		"an em space behind":           "{%s}\u2003",
		"an array":                     `[{%s}]`,
		"null":                         `null`,
		"a string":                     `"{}"`,
		"a number":                     `1`,
		"unfinished":                   `{%s`,
		"unfinished string":            `{%s,"x":"`,
		"a comma too many":             `{%s,}`,
		"a comma before":               `{,%s}`,
		"no comma":                     `{%s "x":1}`,
		"no colon":                     `{%s,"x" 1}`,
		"a name that is no string":     `{%s,x:1}`,
		"single quotes":                `{%s,'x':1}`,
		"a comment":                    `{%s/**/}`,
		"NaN":                          `{%s,"x":NaN}`,
		"a leading zero":               `{%s,"x":01}`,
		"a plus sign":                  `{%s,"x":+1}`,
		"a bare point":                 `{%s,"x":1.}`,
		"a control character":          "{%s,\"x\":\"\n\"}",
		"a NUL":                        "{%s,\"x\":\"\x00\"}",
		"an unknown escape":            `{%s,"x":"\x41"}`,
		"a BOM":                        "\xef\xbb\xbf{%s}",
		"an object behind":             `{%s}{}`,
		"a comma behind":               `{%s},`,
		"a NUL behind":                 "{%s}\x00",
		"invalid UTF-8 in a value":     "{%s,\"x\":\"\xff\"}",
		"invalid UTF-8 in a name":      "{%s,\"\xff\":1}",
		"overlong UTF-8":               "{%s,\"x\":\"\xc0\xaf\"}",
		"a surrogate in UTF-8":         "{%s,\"x\":\"\xed\xa0\x80\"}",
		"a lone high surrogate":        `{%s,"x":"\ud800"}`,
		"a lone low surrogate":         `{%s,"x":"\udc00"}`,
		"half a pair before a letter":  `{%s,"x":"\ud83d\u0041"}`,
		"surrogates the wrong way":     `{%s,"x":"\udc00\ud800"}`,
		"two low surrogates":           `{%s,"x":"\udc00\udc00"}`,
		"half a pair before no half":   `{%s,"x":"\ud800\ue000"}`,
		"an escape of no hexadecimal":  `{%s,"x":"\uzzzz"}`,
		"an escape with a sign":        `{%s,"x":"\u+123"}`,
		"an escape that ends early":    `{%s,"x":"\u12"}`,
		"an escape that there isn't":   `{%s,"x":"\x41"}`,
		"an end in an escape":          `{%s,"x":"\`,
		"an end in a \\u":              `{%s,"x":"\u00`,
		"an end in a string":           `{%s,"x":"x`,
		"an end before a value":        `{%s,"x":`,
		"an end before an element":     `{%s,"x":[1,`,
		"an end before a name":         `{%s,`,
		"an end before a colon":        `{%s,"x"`,
		"a lone surrogate in a name":   `{%s,"\ud800":1}`,
		"a duplicate":                  `{%s,"x":1,"x":1}`,
		"an escaped duplicate":         `{%s,"x":1,"\u0078":1}`,
		"a duplicate within":           `{%s,"x":{"y":1,"y":1}}`,
		"a duplicate in an array":      `{%s,"x":[{"y":1,"y":1}]}`,
		"a duplicate far down":         `{%s,"x":[[[{"a":{"b":[{"y":1,"y":2}]}}]]]}`,
		"an empty name twice":          `{%s,"":1,"":1}`,
		"33 deep":                      `{%s,"x":` + nested(32) + `}`,
		"33 deep in objects":           `{%s,"x":` + strings.Repeat(`{"x":`, 32) + `1` + strings.Repeat(`}`, 32) + `}`,
		"33 deep behind tricky quotes": `{%s,"y":"\\\"[[]]","x":` + nested(32) + `}`,
		"10,000 deep":                  `{%s,"x":` + nested(5000) + `}`,
		"10,000 deep and unfinished":   `{%s,"x":` + strings.Repeat("[", 10_000),
	}
	strictJSON = map[string]string{
		"nothing more":                "{%s}",
		"white space":                 "\n { %s \t} \r\n",
		"32 deep":                     `{%s,"x":` + nested(31) + `}`,
		"brackets in strings":         `{%s,"x":"` + strings.Repeat("[", 100) + `"}`,
		"brackets behind an escape":   `{%s,"x":"\"` + strings.Repeat("{", 100) + `"}`,
		"many brackets, none deep":    `{%s,"x":[` + strings.Repeat("[],", 100) + `{}]}`,
		"one name at two depths":      `{%s,"x":{"x":{"x":1}}}`,
		"a pair of surrogates":        `{%s,"x":"\ud83d\ude00"}`,
		"names that differ in case":   `{%s,"x":1,"X":1}`,
		"names that look alike":       "{%s,\"\u00e9\":1,\"e\u0301\":1}",
		"a name of no meaning, empty": `{%s,"":1}`,
	}
)

func TestC2_StrictJSON(t *testing.T) {
	v := newVerifier(t)
	good := kinds[tokens.TypeSession]
	inner := func(m members) string { return strings.Trim(m.String(), "{}") }
	for want, forms := range map[tokens.Code]map[string]string{tokens.ErrMalformed: notStrictJSON, "": strictJSON} {
		for name, form := range forms {
			t.Run("header/"+name, func(t *testing.T) {
				token, err := verify(v, sign(strings.ReplaceAll(form, "%s", inner(good.header)), good.payload.String()))
				expect(t, token, err, want)
			})
			t.Run("payload/"+name, func(t *testing.T) {
				token, err := verify(v, sign(good.header.String(), strings.ReplaceAll(form, "%s", inner(good.payload))))
				expect(t, token, err, want)
			})
		}
	}
}

// Every member that means something, twice: the first good, the second good.
func TestC2_DuplicatesOfKnownNames(t *testing.T) {
	v := newVerifier(t)
	for _, kind := range jwtTypes {
		good := kinds[kind]
		for name, value := range good.header {
			twice := strings.Replace(good.header.String(), "{", `{"`+name+`":`+value+`,`, 1)
			if _, err := v.Classify(sign(twice, good.payload.String())); code(err) != tokens.ErrMalformed {
				t.Errorf("%s twice: %v, want ErrMalformed", name, err)
			}
		}
		for name, value := range good.payload {
			twice := strings.Replace(good.payload.String(), "{", `{"`+name+`":`+value+`,`, 1)
			if _, err := v.Classify(sign(good.header.String(), twice)); code(err) != tokens.ErrMalformed {
				t.Errorf("%s twice: %v, want ErrMalformed", name, err)
			}
		}
	}
}

// A name in another case, or one that folds to the same, stands for nothing: what must be there is then absent.
func TestC3_ExactNames(t *testing.T) {
	v := newVerifier(t)
	for _, test := range []struct {
		kind       tokens.Type
		name, like string
		want       tokens.Code
	}{
		{tokens.TypeSession, "sub", "SUB", tokens.ErrSubject},
		{tokens.TypeSession, "sub", "ſub", tokens.ErrSubject},
		{tokens.TypeSession, "sub", "Sub", tokens.ErrSubject},
		{tokens.TypeSession, "exp", "EXP", tokens.ErrClaims},
		{tokens.TypeSession, "sid", "Sid", tokens.ErrClaims},
		{tokens.TypeSession, "sid", "ſid", tokens.ErrClaims},
		{tokens.TypeOAuth, "client_id", "clientId", tokens.ErrClaims},
		{tokens.TypeOAuth, "client_id", "Client_ID", tokens.ErrClaims},
		{tokens.TypeM2M, "sub", "sub\u0000", tokens.ErrSubject},
	} {
		like := strings.ReplaceAll(test.like, "\x00", `\u0000`)
		payload := strings.Replace(kinds[test.kind].payload.String(), `"`+test.name+`"`, `"`+like+`"`, 1)
		token, err := verify(v, sign(kinds[test.kind].header.String(), payload))
		expect(t, token, err, test.want)
	}

	// Beside the right name the other is nothing but a custom claim.
	token, err := verify(v, mint(tokens.TypeSession, "SUB", `"mch_1"`, "ſub", `"mch_2"`, "EXP", `1`))
	if err != nil || token.Type() != tokens.TypeSession || token.(*tokens.SessionToken).Subject != "user_1" {
		t.Errorf("Verify = %T, %v, want the session of user_1", token, err)
	}
}

// An escaped name is the name (RFC 8259 section 8.3), and an escaped value the value.
func TestC3_EscapedNames(t *testing.T) {
	v := newVerifier(t)
	token, err := verify(v, sign(
		`{"\u0061lg":"\u0045dDSA","k\u0069d":"ins\u005fed"}`,
		`{"su\u0062":"user\u005f1","\u0073id":"sess\u005f\ud83d\ude00","exp":1800000060}`))
	if err != nil {
		t.Fatal(err)
	}
	if s := token.(*tokens.SessionToken); s.Subject != "user_1" || s.SessionID != "sess_😀" {
		t.Errorf("subject %q, session %q", s.Subject, s.SessionID)
	}
	_, err = verify(v, sign(`{"alg":"EdDSA","kid":"ins_ed","cr\u0069t":[]}`, kinds[tokens.TypeSession].payload.String()))
	if code(err) != tokens.ErrHeader {
		t.Errorf("an escaped crit: %v, want ErrHeader", err)
	}
}

// TestC2_TooManyMembers: what a decoder spends on members is bounded by their number, at all depths together.
func TestC2_TooManyMembers(t *testing.T) {
	v := newVerifier(t)
	for count, want := range map[int]tokens.Code{190: "", 197: "", 198: tokens.ErrMalformed, 1000: tokens.ErrMalformed} {
		var b strings.Builder // a session has sub, sid and exp
		for i := range count - 1 {
			fmt.Fprintf(&b, `"%d:":":",`, i) // colons within strings don't count
		}
		token, err := verify(v, sign(kinds[tokens.TypeSession].header.String(), kinds[tokens.TypeSession].payload.with("x", "{"+b.String()[:b.Len()-1]+"}").String()))
		expect(t, token, err, want)
	}
}

// FuzzStrictJSON holds the scanner to package jsontext, which is slower but well kept: the same texts are strict JSON.
func FuzzStrictJSON(f *testing.F) {
	for _, forms := range []map[string]string{strictJSON, notStrictJSON} {
		for _, form := range forms {
			f.Add([]byte(strings.ReplaceAll(form, "%s", `"sub":"user_1"`)))
		}
	}
	for _, size := range []int{255, 256, 257} {
		f.Add([]byte(`{"` + strings.Repeat("n", size) + `":"` + strings.Repeat("x", 4096) + `"}`))
	}
	f.Add([]byte(`{"a":-0.0e+1,"b":1E-2,"c":[1e400,"\/\b\f\n\r\t\"\\\u00e9\uD83D\uDE00"],"d":[true,false,null,{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) == 0 || string(text) == "null" {
			return // no claims, and no object
		}
		var token tokens.M2MToken
		got := token.SetClaims(text) == nil
		if want := isStrict(text); got != want {
			t.Fatalf("%q: taken for strict: %v, want %v", text, got, want)
		}
		var members map[string]jsontext.Value
		if err := token.Meta.Claims(&members); got && err != nil {
			t.Errorf("%q: strict, but %v", text, err)
		}
	})
}

// isStrict is C2 with the means of package jsontext.
func isStrict(text []byte) bool {
	trimmed := bytes.Trim(text, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' || !jsontext.Value(trimmed).IsValid() {
		return false
	}
	members := 0
	for d := jsontext.NewDecoder(bytes.NewReader(text)); ; {
		switch d.PeekKind() {
		case '{', '[', '}', ']':
			_, _ = d.ReadToken() // what is valid can be read
			if d.StackDepth() > 32 {
				return false
			}
		default:
			value, err := d.ReadValue()
			if err != nil {
				return members <= 200
			}
			if kind, length := d.StackIndex(d.StackDepth()); kind == '{' && length%2 == 1 {
				if members++; len(text) > 4096 && len(value)-len(`""`) > 256 {
					return false
				}
			}
		}
	}
}

// A name is too long in a long text only, whatever stands in the strings beside it.
func TestC2_LongNames(t *testing.T) {
	v := newVerifier(t)
	few, many := `"x"`, `"`+strings.Repeat("{:", 250)+`"` // brackets and colons that are none
	long := `"` + strings.Repeat("x", 4<<10) + `"`
	for _, test := range []struct {
		length int
		value  string
		want   tokens.Code
	}{
		{256, few, ""}, {257, few, ""}, {3000, few, ""},
		{256, many, ""}, {257, many, ""}, {3000, many, ""},
		{256, long, ""}, {257, long, tokens.ErrMalformed}, {3000, long, tokens.ErrMalformed},
	} {
		token, err := verify(v, mint(tokens.TypeSession, strings.Repeat("n", test.length), "1", "x", test.value))
		expect(t, token, err, test.want)
	}
}

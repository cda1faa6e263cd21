package attacks

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
)

// Verbs that make sense of any value, and verbs that don't: of a pointer in a struct, fmt shows more under a verb that it has no
// use for.
var (
	verbs   = []string{"%v", "%+v", "%#v"}
	misfits = []string{"%s", "%q", "%d", "%x", "%X", "%o", "%b", "%t"}
)

// usualFormats prints a value in the most common ways, for what there is very much of.
func usualFormats(v any) string {
	text, err := json.Marshal(v)
	return fmt.Sprintf("%v\n%+v\n%#v\n%s %v\n", v, v, v, text, err)
}

// allFormats prints a value in every way that a program might, misfits included.
func allFormats(v any) string {
	b := new(strings.Builder)
	for _, verb := range misfits {
		fmt.Fprintf(b, verb+"\n", v)
	}
	return b.String() + properFormats(v)
}

// properFormats prints a value in every way that makes sense.
func properFormats(v any) string {
	b := new(strings.Builder)
	for _, verb := range verbs {
		fmt.Fprintf(b, verb+"\n", v)
	}
	v1, err1 := json.Marshal(v)
	v2, err2 := jsonv2.Marshal(v)
	fmt.Fprintf(b, "%s %v\n%s %v\n", v1, err1, v2, err2)
	for _, handler := range []slog.Handler{slog.NewTextHandler(b, nil), slog.NewJSONHandler(b, nil)} {
		slog.New(handler).Info("message", "value", v, slog.Group("group", "value", v))
	}
	return b.String()
}

// place is where a program may have put a value that it prints.
type place struct {
	name   string
	hidden bool // in an unexported field: fmt reads those, but calls no methods there
	value  any
}

// places puts a value wherever a program may have it.
func places[T any](v T) []place {
	return []place{
		{"by itself", false, v},
		{"behind a pointer", false, &v},
		{"in a field", false, struct{ Field T }{v}},
		{"in a field of a struct behind a pointer", false, &struct{ Field T }{v}},
		{"behind a pointer in a field", false, struct{ Field *T }{&v}},
		{"in an interface in a field", false, struct{ Field any }{v}},
		{"in a slice", false, []T{v}},
		{"in a slice of pointers", false, []*T{&v}},
		{"in a map", false, map[string]T{"key": v}},
		{"in a slice in a map", false, map[string]any{"key": []any{v}}},
		{"in an unexported field", true, struct{ field T }{v}},
		{"in an unexported field of a struct behind a pointer", true, &struct{ field T }{v}},
		{"behind a pointer in an unexported field", true, struct{ field *T }{&v}},
		{"in an interface in an unexported field", true, struct{ field any }{v}},
		{"behind a pointer in an interface in an unexported field", true, struct{ field any }{&v}},
		{"in a slice in an unexported field", true, struct{ field []T }{[]T{v}}},
		{"in a map in an unexported field", true, struct{ field map[string]T }{map[string]T{"key": v}}},
		{"in a struct in an unexported field", true, struct{ field struct{ Field T } }{struct{ Field T }{v}}},
	}
}

const pieceBytes = 12 // of a secret are enough to know it by

// forms are what pieces of a secret look like when it is printed: as they are, in hex, in base64, as a list of bytes.
func forms(secret []byte) (list []string) {
	for _, start := range []int{0, (len(secret) - pieceBytes) / 2, len(secret) - pieceBytes} {
		piece := secret[start : start+pieceBytes]
		decimal := strings.Trim(fmt.Sprint(piece), "[]")
		list = append(list, string(piece), fmt.Sprintf("%x", piece), fmt.Sprintf("%X", piece), decimal, strings.ReplaceAll(decimal, " ", ","),
			strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", piece), "[]byte{"), "}"))
		for shift := range 3 { // three bytes are four characters, wherever in a text the first of them stands
			list = append(list, base64.StdEncoding.EncodeToString(piece[shift:shift+9]), base64.URLEncoding.EncodeToString(piece[shift:shift+9]))
		}
	}
	return list
}

// numberForms are the forms of a number that is secret: those of its bytes, and those in which package big prints it.
func numberForms(n *big.Int) []string {
	decimal := n.String()
	list := append(forms(n.Bytes()), decimal[len(decimal)/3:len(decimal)*2/3])
	for _, word := range n.Bits() {
		list = append(list, fmt.Sprintf("%d", word), fmt.Sprintf("%#x", word))
	}
	return list
}

// TestForms: what the search for secrets is to find, it finds, wherever in a text it stands.
func TestForms(t *testing.T) {
	secret := []byte("correct horse battery staple")
	number := keyNamed(t, "K1").(*rsa.PrivateKey).D
	found := func(needles []string, text string) bool {
		return slices.ContainsFunc(needles, func(n string) bool { return strings.Contains(text, n) })
	}
	for offset := range 4 {
		padded := append([]byte("xyz"[:min(offset, 3)]), secret...)
		for _, text := range []string{
			string(padded), fmt.Sprint(padded), fmt.Sprintf("%#v", padded), fmt.Sprintf("%x", padded), fmt.Sprintf("%X", padded),
			base64.StdEncoding.EncodeToString(padded), base64.RawURLEncoding.EncodeToString(padded), string(must(json.Marshal([32]byte(append(padded, 0, 0, 0, 0, 0)[:32])))),
			allFormats(string(padded)), allFormats(padded),
		} {
			if !found(forms(secret), text) {
				t.Errorf("not found: %.200s", text)
			}
		}
	}
	for _, text := range []string{number.String(), fmt.Sprintf("%x", number), fmt.Sprint(number.Bits()), fmt.Sprintf("%#v", struct{ n big.Int }{*number}), fmt.Sprint(number.Bytes())} {
		if !found(numberForms(number), text) {
			t.Errorf("not found: %s", text)
		}
	}
	if text := allFormats("nothing of it"); found(forms(secret), text) {
		t.Errorf("found, but not there: %s", text)
	}
}

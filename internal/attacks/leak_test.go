package attacks

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.com/machineauth/authobj"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// secrets are what must not leave a service: the text of tokens, the values of their claims, credentials, names of keys.
type secrets struct {
	fragments map[string]bool // of fragmentBytes each: a piece of a token is too much, too
	values    map[string]bool // whole
	kids      map[string]bool
}

const (
	fragmentBytes = 8
	minValueBytes = 5 // what is shorter may be part of any word
)

// spoken are values that a service may speak of: its own routes ask for two of them, and the third is in an error's code.
var spoken = []string{"read:items", "org:admin", "session-pending"}

func newSecrets() *secrets {
	s := &secrets{make(map[string]bool), make(map[string]bool), make(map[string]bool)}
	s.values[jwksSecret], s.values[dpopSecret] = true, true
	s.values[encode(keys()["K1"].(*rsa.PrivateKey).D.Bytes())] = true
	for _, kid := range keyIDs {
		s.kids[kid] = true
	}
	return s
}

// token mints a row's token, and remembers what of it must not be seen.
func (w *world) token(r *recipe) string {
	w.Helper()
	raw := w.mint.token(r)
	w.secrets.add(raw)
	return raw
}

func (s *secrets) add(raw string) {
	if len(raw) >= minValueBytes {
		s.values[raw] = true
	}
	segments := strings.Split(raw, ".")
	if len(segments) < 2 || raw[0] == '{' {
		return // what an opaque token or a JSON serialization consists of may be plain words
	}
	for _, segment := range segments {
		for i := 0; i+fragmentBytes <= len(segment); i++ {
			s.fragments[segment[i:i+fragmentBytes]] = true
		}
	}
	if len(raw) >= pieceBytes {
		for _, form := range forms([]byte(raw)) {
			s.values[form] = true
		}
	}
	var header struct{ Kid string }
	if json.Unmarshal(text(segments[0]), &header) == nil && len(header.Kid) >= 4 {
		s.kids[header.Kid] = true
	}
	var claims any
	if json.Unmarshal(text(segments[1]), &claims) == nil {
		s.addValues(claims)
	}
}

// text decodes a segment that may have been tampered with.
func text(segment string) []byte {
	b, _ := base64.RawURLEncoding.DecodeString(segment)
	return b
}

// addValues takes every string in the claims that is long enough to be recognized.
func (s *secrets) addValues(value any) {
	switch value := value.(type) {
	case string:
		if len(value) >= minValueBytes && !slices.ContainsFunc(spoken, func(s string) bool { return strings.Contains(s, value) }) {
			s.values[value] = true
		}
	case []any:
		for _, v := range value {
			s.addValues(v)
		}
	case map[string]any:
		for _, v := range value {
			s.addValues(v)
		}
	}
}

// leaks says which secrets are in a text. A service names a key only where it logs what is wrong with its issuer's set, and
// then one.
func (s *secrets) leaks(text string) (found []string) {
	for i := 0; i+fragmentBytes <= len(text); i++ {
		if s.fragments[text[i:i+fragmentBytes]] {
			found = append(found, "a piece of a token")
			break
		}
	}
	for value := range s.values {
		if strings.Contains(text, value) {
			found = append(found, fmt.Sprintf("the value %.40q", value))
		}
	}
	var named []string
	for kid := range s.kids {
		if strings.Contains(text, kid) {
			named = append(named, kid)
		}
	}
	if aboutSet := strings.Contains(text, `msg="jwk: `); len(named) > 1 || len(named) == 1 && !aboutSet {
		found = append(found, fmt.Sprintf("the key IDs %q", named))
	}
	return found
}

// scan looks for secrets in all that left the services of a world.
func (w *world) scan() {
	w.Helper()
	w.seen.mu.Lock()
	defer w.seen.mu.Unlock()
	for what, texts := range map[string][]string{"an answer": w.seen.answers, "a log line": w.seen.lines, "a decision": w.seen.decisions} {
		for _, text := range texts {
			if found := w.secrets.leaks(text); found != nil {
				w.Errorf("%s shows %v:\n%.2000s", what, found, text)
				break // the next would say the same
			}
		}
	}
}

// TestL01_NothingLeaks sends every row through a service, and its token through the service's verifiers, and then looks through
// all that came out of them: answers, log lines, decisions, errors and what they wrap, tokens and callers, in every format. (Each
// other test of this package looks through the first three when it ends.)
func TestL01_NothingLeaks(t *testing.T) {
	rows := byID(t)
	counts := make(map[string]int)
	for _, r := range requests(t) {
		t.Run(r.ID, func(t *testing.T) {
			w := newWorld(t, r.Pre.ExtraKeys...)
			w.mint.rows = rows
			var verifiers []*tokens.Verifier
			s := setup{cached: true, revoking: r.Group == "revocation", nonces: r.Pre.DPoPNonce}
			s.tokens = func(cfg *tokens.Config) { verifiers = append(verifiers, must(tokens.NewVerifier(*cfg))) }
			s.middleware = func(cfg *middleware.Config) {
				observe := cfg.Observe
				cfg.Observe = func(ctx context.Context, d middleware.Decision) { w.search("a decision", d); observe(ctx, d) }
			}
			service := w.service(s)
			token := w.token(r.Token)
			service.call(service.withProof(r, r.request(token), token))
			if len(w.seen.answers) != 1 || len(w.seen.decisions) != 1 {
				t.Errorf("%d answers and %d decisions were seen of one request", len(w.seen.answers), len(w.seen.decisions))
			}
			counts["answers"] += len(w.seen.answers)
			counts["log lines"] += len(w.seen.lines)
			counts["decisions"] += len(w.seen.decisions)

			errs := slices.Clone(w.seen.errs)
			var values []any
			for _, v := range verifiers {
				func() {
					defer func() { _ = recover() }() // of a backend's bug; the middleware is who catches it
					verified, err := v.Verify(t.Context(), token, tokens.AnyType()...)
					if errs = append(errs, err); err == nil {
						values = append(values, verified, authobj.New(verified))
					}
				}()
			}
			for _, err := range errs {
				for _, e := range tree(err) {
					counts["errors"]++
					w.search("an error", e)
				}
			}
			for _, v := range values {
				counts["tokens and callers"]++
				for _, p := range places(v) {
					if !p.hidden {
						w.search("what was verified, "+p.name+",", p.value)
					}
				}
			}
			counts["secrets and pieces of them"] += len(w.secrets.fragments) + len(w.secrets.values)
		})
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%7d %s", counts[what], what)
	}
}

// search looks for secrets in all the formats of a value, and of the struct that it points to.
func (w *world) search(what string, value any) {
	w.Helper()
	text := allFormats(value)
	if v := reflect.ValueOf(value); v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct {
		text += allFormats(v.Elem().Interface())
	}
	if found := w.secrets.leaks(text); found != nil {
		w.Errorf("%s shows %v:\n%.2000s", what, found, text)
	}
}

// tree is an error and all that it wraps.
func tree(err error) []error {
	list := []error{err}
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() error }:
		list = append(list, tree(e.Unwrap())...)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			list = append(list, tree(inner)...)
		}
	}
	return list
}

// TestScan: what the search for secrets is to find, it finds.
func TestScan(t *testing.T) {
	w := newWorld(t)
	token := w.token(byID(t)["P02"].Token)
	segments := strings.Split(token, ".")
	for name, text := range map[string]string{
		"a token":             "refused " + token,
		"a piece of a header": "x" + segments[0][20:28] + "x",
		"a piece of claims":   "x" + segments[1][20:28] + "x",
		"a signature's end":   segments[2][len(segments[2])-8:],
		"a claim's value":     `sub="mch_1"`,
		"a credential":        "Bearer " + jwksSecret,
		"a key":               `level=DEBUG msg="machineauth: request refused" error="no key ins_A"`,
		"a list of keys":      `level=WARN msg="jwk: the set has [ins_A ec_A]"`,
	} {
		if len(w.secrets.leaks(text)) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
	for _, text := range []string{`error="tokens: token-invalid-signature"`, `level=WARN msg="jwk: keys are skipped" first="key 1 (kid \"ec_A\"): …"`} {
		if found := w.secrets.leaks(text); found != nil {
			t.Errorf("%s: %v", text, found)
		}
	}
	if names := slices.Sorted(maps.Keys(w.secrets.kids)); len(names) < 4 {
		t.Errorf("only the keys %v are looked for", names)
	}
}

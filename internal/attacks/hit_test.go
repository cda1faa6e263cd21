package attacks

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

// TestAHitIsNeverMorePermissive takes the token of every row to every route, in the row's own request and in a plain one:
// a service that has seen the token, and the token before it was tampered with, on all routes already must answer as one
// that remembers nothing.
func TestAHitIsNeverMorePermissive(t *testing.T) {
	rows := byID(t)
	compared, good := 0, 0
	for _, r := range requests(t) {
		t.Run(r.ID, func(t *testing.T) {
			w := newWorld(t, r.Pre.ExtraKeys...)
			w.mint.rows = rows
			s := setup{revoking: r.Group == "revocation"}
			off := w.service(s)
			s.cached = true
			on := w.service(s)

			raw, untouched := w.token(r.Token), ""
			if r.Token.Kind == "jws" {
				untouched = w.token(r.Token.withoutPost())
			}
			var all []request
			for _, path := range paths {
				in := r.request(raw)
				in.target = path + strings.TrimPrefix(in.target, r.Route)
				all = append(all, in, bearer(path, raw))
				on.call(bearer(path, untouched))
			}
			for range 2 { // the second time, all that can be remembered is
				for _, in := range all {
					want, got := off.call(off.withProof(r, in, raw)), on.call(on.withProof(r, in, raw))
					if diff := cmp.Diff(want.comparable(), got.comparable()); diff != "" {
						t.Errorf("%s: a service that remembers answers otherwise (-off +on):\n%s", in.target, diff)
					}
					if compared++; want.Status == http.StatusOK {
						good++
					}
				}
			}
		})
	}
	t.Logf("%d answers compared, %d of them good", compared, good)
}

// TestAHitIsNeverMorePermissive_Classes takes every string of the classification vectors through every list of accepted
// types, with and without a cache.
func TestAHitIsNeverMorePermissive_Classes(t *testing.T) {
	var rows []struct{ Name, Token string }
	check(t, json.Unmarshal(must(os.ReadFile("../../testdata/classify.json")), &rows))
	set, err := jwk.FromJWKS(must(os.ReadFile("../../testdata/keys/jwks.json")))
	check(t, err)
	verifier := func(cached bool) *tokens.Verifier {
		return must(tokens.NewVerifier(tokens.Config{Keys: set, Opaque: new(backend), DisableCache: !cached}))
	}
	off, on := verifier(false), verifier(true)
	var lists [][]tokens.Type // every set of types
	for bits := range 1 << len(tokens.AnyType()) {
		var list []tokens.Type
		for i, kind := range tokens.AnyType() {
			if bits>>i&1 == 1 {
				list = append(list, kind)
			}
		}
		lists = append(lists, list)
	}
	answer := func(v *tokens.Verifier, raw string, accept []tokens.Type) string {
		token, err := v.Verify(t.Context(), raw, accept...)
		if err != nil {
			return err.Error()
		}
		return string(token.Type())
	}
	good := 0
	for _, heat := range []string{"cold", "warm"} {
		for _, r := range rows {
			for _, accept := range lists {
				want, got := answer(off, r.Token, accept), answer(on, r.Token, accept)
				if want != got {
					t.Errorf("%s, %s, accepting %v: %q, without a cache %q", r.Name, heat, accept, got, want)
				}
				if !strings.HasPrefix(got, "tokens: ") {
					good++
				}
			}
		}
	}
	if good == 0 {
		t.Error("no token was ever accepted, so that nothing was remembered")
	}
	t.Logf("%d strings, %d lists of types, cold and warm: %d times accepted", len(rows), len(lists), good)
}

package middleware_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// TestC8_NoTokenBecomesAnother crosses every kind of token, every category, every carrier and every accept list, through
// Require and through Attach with Protect. What must happen is said by three sentences of the test's own, not by the
// package: a token is what its issuer meant it to be; it is let in where that is accepted; a cookie carries sessions only.
func TestC8_NoTokenBecomesAnother(t *testing.T) {
	f := newFixture(t)
	categories := []struct {
		name  string
		value any // nil: the member is absent
	}{
		{"none", nil}, {"session", "cl_B7d4PD111AAA"}, {"template", "cl_B7d4PD222AAA"}, {"M2M", "cl_B7d4PD333AAA"},
		{"ignore", "cl_I7d4PD111III"}, {"unknown", "cl_XXXXXXXXXXXX"}, {"empty", ""}, {"null", nullCategory{}}, {"number", 1}, {"array", []string{"cl_B7d4PD111AAA"}},
	}
	kinds := []struct {
		name       string
		typ, sub   string
		is         tokens.Type // what the issuer meant, where the category is right; "" for what is never good
		categories []string    // the categories that are right for it
	}{
		{"session", "JWT", "user_1", tokens.TypeSession, []string{"none", "session", "ignore"}},
		{"session without typ", "", "user_1", tokens.TypeSession, []string{"none", "session", "ignore"}},
		{"M2M", "JWT", "mch_1", tokens.TypeM2M, []string{"none", "M2M"}},
		{"OAuth", "at+jwt", "user_1", tokens.TypeOAuth, nil},
		{"OAuth, long typ", "application/AT+jwt", "user_1", tokens.TypeOAuth, nil},
		{"OAuth of a client", "at+jwt", "client_1", tokens.TypeOAuth, nil},
		{"OAuth of a machine", "at+jwt", "mch_1", "", nil},
		{"a machine without a name", "JWT", "mch_", "", nil},
		{"logout token", "logout+jwt", "user_1", "", nil},
		{"DPoP proof", "dpop+jwt", "user_1", "", nil},
	}
	type token struct {
		name, raw string
		is        tokens.Type
	}
	all := []token{
		{"opaque M2M", "mt_good", tokens.TypeM2M}, {"opaque OAuth", "oat_good", tokens.TypeOAuth}, {"API key", "ak_good", tokens.TypeAPIKey},
		{"unknown opaque", "mt_bad", ""}, {"wrong case", "MT_good", ""},
	}
	for _, kind := range kinds {
		for _, category := range categories {
			header := map[string]any{"alg": "EdDSA", "kid": "ins_1"}
			if kind.typ != "" {
				header["typ"] = kind.typ
			}
			if category.value != nil {
				header["cat"] = category.value
			}
			is := kind.is
			if kind.categories != nil && !slices.Contains(kind.categories, category.name) {
				is = ""
			}
			raw := f.sign(t, header, map[string]any{"sub": kind.sub, "sid": "sess_1", "client_id": "client_1", "jti": "x", "exp": time.Now().Add(time.Hour).Unix()})
			all = append(all, token{kind.name + " with category " + category.name, raw, is})
		}
	}
	accepts := [][]tokens.Type{nil, tokens.AnyType()}
	for i, a := range tokens.AnyType() {
		accepts = append(accepts, []tokens.Type{a})
		for _, b := range tokens.AnyType()[i+1:] {
			accepts = append(accepts, []tokens.Type{a, b})
		}
	}
	m := f.middleware(t, middleware.Config{SessionCookie: "__session"})
	cells := 0
	for _, token := range all {
		for _, carrier := range []middleware.Carrier{middleware.CarrierHeader, middleware.CarrierCookie} {
			for _, accept := range accepts {
				accepted := accept
				if accept == nil {
					accepted = []tokens.Type{tokens.TypeSession}
				}
				letIn := token.is != "" && slices.Contains(accepted, token.is) &&
					(carrier == middleware.CarrierHeader || token.is == tokens.TypeSession)

				r := request("Bearer " + token.raw)
				if carrier == middleware.CarrierCookie {
					r.Header = cookies("__session=" + token.raw)
				}
				for name, mount := range map[string]func(next *caller) http.Handler{
					"Require": func(next *caller) http.Handler { return m.Require(accept...)(next) },
					"Attach, ProtectAny": func(next *caller) http.Handler {
						return m.Attach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							if _, ok := middleware.ProtectAny(w, r, accept); ok {
								next.ServeHTTP(w, r)
							}
						}))
					},
				} {
					next := &caller{}
					w := serve(mount(next), r)
					cells++
					cell := fmt.Sprintf("%s in the %s, where %v is accepted, by %s", token.name, carrier, accept, name)
					switch {
					case letIn && (next.runs != 1 || next.auth.Type() != token.is):
						t.Errorf("%s: status %d, caller %v, want a %s", cell, w.Code, next.auth, token.is)
					case !letIn && (next.runs != 0 || w.Code != 401):
						t.Errorf("%s: status %d, the handler ran %d times, want 401", cell, w.Code, next.runs)
					}
				}
			}
		}
	}
	t.Logf("%d tokens in %d cells", len(all), cells)
}

// nullCategory is encoded as null.
type nullCategory struct{}

func (nullCategory) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

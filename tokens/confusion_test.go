package tokens_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/machineauth/tokens"
)

// confusable is a token together with what its issuer meant by it: "" for what is no token of any accepted kind.
type confusable struct {
	name, raw string
	meant     tokens.Type
}

// confusables crosses subject, typ and cat. All have the claims of all types, so that it is never a missing claim that keeps
// them apart.
func confusables() (list []confusable) {
	for _, sub := range []string{"user_1", "client_1", "mch_1"} {
		for _, typ := range []string{"", `"JWT"`, `"at+jwt"`, `"application/AT+JWT"`} {
			for _, cat := range []string{
				"", `"cl_B7d4PD111AAA"`, `"cl_B7d4PD222AAA"`, `"cl_B7d4PD333AAA"`, `"cl_I7d4PD111III"`, `"cl_B7d4PD444AAA"`, `""`, `null`, `333`, `["cl_B7d4PD111AAA"]`,
			} {
				access := strings.Contains(strings.ToLower(typ), "at+jwt")
				var meant tokens.Type
				switch {
				case sub == "mch_1" && !access && (cat == "" || strings.Contains(cat, "333A")):
					meant = tokens.TypeM2M
				case sub != "mch_1" && access:
					meant = tokens.TypeOAuth
				case sub != "mch_1" && !access && (cat == "" || cat == `"cl_B7d4PD111AAA"` || strings.HasPrefix(cat, `"cl_I`)):
					meant = tokens.TypeSession
				}
				list = append(list, confusable{
					name:  fmt.Sprintf("%s, typ %s, cat %s", sub, typ, cat),
					raw:   mintAll(sub, typ, cat),
					meant: meant,
				})
			}
		}
	}
	return append(list,
		confusable{"opaque M2M", "mt_x", tokens.TypeM2M},
		confusable{"opaque OAuth", "oat_x", tokens.TypeOAuth},
		confusable{"opaque API key", "ak_x", tokens.TypeAPIKey},
		confusable{"custom prefix", "acme_x", tokens.TypeM2M},
		confusable{"unknown prefix", "sess_x", ""},
		confusable{"a session's prefix before a JWT", "sess_" + mint(tokens.TypeSession), ""},
		confusable{"an opaque prefix before a JWT", "mt_" + mint(tokens.TypeSession), ""},
	)
}

func mintAll(sub, typ, cat string) string {
	header := members{"alg": `"EdDSA"`, "kid": `"ins_ed"`}.with("typ", typ, "cat", cat)
	payload := members{"sub": `"` + sub + `"`, "sid": `"sess_1"`, "client_id": `"client_1"`, "scopes": `"mch_2"`, "scope": `"a"`, "jti": `"id"`, "exp": `1800000060`}
	return sign(header.String(), payload.String())
}

// acceptLists are none, each type, all pairs, and all types.
func acceptLists() [][]tokens.Type {
	all := tokens.AnyType()
	lists := [][]tokens.Type{nil, all}
	for i, a := range all {
		lists = append(lists, []tokens.Type{a})
		for _, b := range all[i+1:] {
			lists = append(lists, []tokens.Type{a, b})
		}
	}
	return lists
}

// A backend may answer with any type: it doesn't decide what a token is.
func backends() map[string]tokens.OpaqueVerifierFunc {
	answer := func(t tokens.Type) tokens.Token {
		switch t {
		case tokens.TypeSession:
			return &tokens.SessionToken{Meta: tokens.Meta{Subject: "user_1"}, SessionID: "sess_1"}
		case tokens.TypeM2M:
			return &tokens.M2MToken{Meta: tokens.Meta{Subject: "mch_1"}}
		case tokens.TypeOAuth:
			return &tokens.OAuthToken{Meta: tokens.Meta{Subject: "user_1"}}
		default:
			return &tokens.APIKey{Meta: tokens.Meta{Subject: "user_1"}}
		}
	}
	all := map[string]tokens.OpaqueVerifierFunc{
		"honest": func(_ context.Context, _ string, t tokens.Type) (tokens.Token, error) { return answer(t), nil },
	}
	for _, t := range tokens.AnyType() {
		all["says "+string(t)] = func(context.Context, string, tokens.Type) (tokens.Token, error) { return answer(t), nil }
	}
	return all
}

// Whatever is accepted, a token becomes what it was meant to be or nothing: no machine or template token a session, no session
// a machine.
func TestC8_NoTokenBecomesAnother(t *testing.T) {
	for name, backend := range backends() {
		v := newVerifier(t, func(c *tokens.Config) {
			c.Opaque = backend
			c.Conventions.Prefixes = map[string]tokens.Type{"acme_": tokens.TypeM2M}
		})
		for _, c := range confusables() {
			for _, accept := range acceptLists() {
				token, err := v.Verify(t.Context(), c.raw, accept...)
				got := goType(token)

				opaque := !strings.Contains(c.raw, ".")
				accepted := slices.Contains(accept, c.meant) || accept == nil && c.meant == tokens.TypeSession
				lied := opaque && name != "honest" && name != "says "+string(c.meant)
				var want tokens.Type
				if accepted && !lied {
					want = c.meant
				}
				if got != want || (err == nil) != (want != "") || token != nil && token.Type() != got {
					t.Errorf("%s (backend %s, accept %v): a %q, %v, want a %q", c.name, name, accept, got, err, want)
				}
			}
		}
	}
}

// goType says what a token is by its Go type alone.
func goType(token tokens.Token) tokens.Type {
	switch token.(type) {
	case *tokens.SessionToken:
		return tokens.TypeSession
	case *tokens.M2MToken:
		return tokens.TypeM2M
	case *tokens.OAuthToken:
		return tokens.TypeOAuth
	case *tokens.APIKey:
		return tokens.TypeAPIKey
	}
	return ""
}

// What a signer minted and somebody then cut, glued or re-encoded is still only what was minted.
func TestVerify_SegmentsOfOtherTokens(t *testing.T) {
	v := newVerifier(t)
	var parts [][]string
	for _, kind := range jwtTypes {
		parts = append(parts, strings.Split(mint(kind), "."))
	}
	for i, header := range parts {
		for j, payload := range parts {
			for k, signature := range parts {
				raw := header[0] + "." + payload[1] + "." + signature[2]
				if token, err := verify(v, raw); (err == nil) != (i == j && j == k) {
					t.Errorf("%d.%d.%d: %T, %v", i, j, k, token, err)
				}
			}
		}
	}
	again := encode(strings.Replace(kinds[tokens.TypeM2M].payload.String(), ":", ": ", 1))
	if _, err := verify(v, parts[1][0]+"."+again+"."+parts[1][2]); code(err) != tokens.ErrSignature {
		t.Errorf("re-encoded: %v, want ErrSignature", err)
	}
}

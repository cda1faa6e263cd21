package tokens_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"example.com/machineauth/tokens"
)

// secretive are verified tokens of all types, in which every field is the secret.
func secretive(t *testing.T) map[string]tokens.Token {
	t.Helper()
	text := `"` + secret + `"`
	all := make(map[string]tokens.Token)
	for kind, pairs := range map[tokens.Type][]string{
		tokens.TypeSession: {"sid", text, "azp", text, "org_id", text, "org_role", text, "org_slug", text, "org_permissions", "[" + text + "]", "fea", text, "pla", text, "act", `{"sub":` + text + `}`, "sub", text},
		tokens.TypeM2M:     {"scopes", text, "sub", `"mch_` + secret + `"`},
		tokens.TypeOAuth:   {"client_id", text, "scope", text, "sub", text},
	} {
		token, err := verify(newVerifier(t), mint(kind, append(pairs, "jti", text, "iss", text, "aud", text, "custom", text)...))
		if err != nil {
			t.Fatal(err)
		}
		all[string(kind)] = token
	}
	key := &tokens.APIKey{Meta: tokens.Meta{ID: secret, Subject: secret}, Name: secret, Scopes: []string{secret}}
	if err := key.SetClaims([]byte(`{"x":` + text + `}`)); err != nil {
		t.Fatal(err)
	}
	all["api_key"] = key
	return all
}

func TestTokens_PrintAsRedacted(t *testing.T) {
	type inside struct {
		Exported   tokens.Token
		unexported tokens.Token
	}
	for name, token := range secretive(t) {
		var value any // the token without its pointer
		switch token := token.(type) {
		case *tokens.SessionToken:
			value = *token
		case *tokens.M2MToken:
			value = *token
		case *tokens.OAuthToken:
			value = *token
		case *tokens.APIKey:
			value = *token
		}
		if _, ok := value.(slog.LogValuer); !ok {
			t.Errorf("%s is no slog.LogValuer", name)
		}
		for form, v := range map[string]any{
			"pointer": token, "value": value, "meta": *metaOf(token), "struct": inside{token, token}, "pointer to struct": &inside{token, token}, "slice": []any{token, value}, "map": map[string]tokens.Token{"x": token},
		} {
			verbs := []string{"%v", "%+v", "%#v"}
			if !strings.Contains(form, "struct") { // with other verbs fmt follows pointers in unexported fields, and calls no methods
				verbs = append(verbs, "%s", "%q", "%x", "%X")
			}
			for _, verb := range verbs {
				if text := fmt.Sprintf(verb, v); tells(text) {
					t.Errorf("%s, %s: %s prints %s", name, form, verb, text)
				}
			}
			if text, err := json.Marshal(v); err != nil || tells(string(text)) {
				t.Errorf("%s, %s: encoding/json writes %s, %v", name, form, text, err)
			}
			if l, ok := v.(slog.LogValuer); ok && tells(l.LogValue().String()) {
				t.Errorf("%s, %s: is logged as %s", name, form, l.LogValue())
			}
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", v, slog.Group("g", "token", v))
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", v, slog.Group("g", "token", v))
			if tells(log.String()) {
				t.Errorf("%s, %s: log/slog writes %s", name, form, log.String())
			}
		}
	}
}

// tells reports whether a text has the secret, as it is or in hex.
func tells(text string) bool {
	return strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", secret))
}

// A copy of a token in an unexported field is out of reach of its methods; its claims stay hidden even there.
func TestTokens_ClaimsStayHidden(t *testing.T) {
	token, err := verify(newVerifier(t), mint(tokens.TypeM2M, "custom", `"`+secret+`"`))
	if err != nil {
		t.Fatal(err)
	}
	holder := struct{ token tokens.M2MToken }{*token.(*tokens.M2MToken)}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if text := fmt.Sprintf(verb, holder); tells(text) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
}

func TestClaims_OfASession(t *testing.T) {
	token, err := verify(newVerifier(t), mint(tokens.TypeSession, "email", `"jane@example.com"`, "EMAIL", `"other"`))
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Sub   string `json:"sub"`
		Exp   int64  `json:"exp"`
		Email string `json:"email"` // to the letter
		Other string `json:"eMail"`
	}
	if err := token.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if claims.Sub != "user_1" || claims.Exp != 1_800_000_060 || claims.Email != "jane@example.com" || claims.Other != "" {
		t.Errorf("%+v", claims)
	}
}

package tokens_test

import (
	"context"
	"testing"

	"example.com/machineauth/tokens"
)

func TestO3_OwnerOfAnAPIKey(t *testing.T) {
	for subject, want := range map[string]struct{ user, org string }{
		"user_1":        {"user_1", ""},
		"org_1":         {"", "org_1"},
		"client_1":      {},
		"User_1":        {},
		" user_1":       {},
		"superuser_1":   {},
		"organization1": {},
	} {
		v := newVerifier(t, func(c *tokens.Config) {
			c.Opaque = tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) {
				return &tokens.APIKey{Meta: tokens.Meta{Subject: subject}, Name: "CI", Scopes: []string{"a"}}, nil
			})
		})
		token, err := verify(v, "ak_x")
		if err != nil {
			t.Fatal(err)
		}
		key := token.(*tokens.APIKey)
		if key.UserID() != want.user || key.OrgID() != want.org {
			t.Errorf("%s: user %q, organization %q", subject, key.UserID(), key.OrgID())
		}
	}
}

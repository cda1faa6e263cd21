package tokens_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/machineauth/tokens"
)

// Vectors that were also run against the npm package; the row of each says where this package differs.
func TestO2_OAuthVectors(t *testing.T) {
	type oauth struct {
		Error       bool
		ID, Subject string
		ClientID    string `json:"client_id"`
		Scopes      []string
	}
	type row struct {
		Name, Rule string
		Claims     json.RawMessage
		Want       oauth
	}
	v := newVerifier(t)
	for _, row := range readVectors[row](t, "oauth_claims.json") {
		t.Run(row.Rule+" "+row.Name, func(t *testing.T) {
			token, err := verify(v, sign(kinds[tokens.TypeOAuth].header.String(), string(row.Claims)))
			got := oauth{Error: true}
			if err == nil {
				o := token.(*tokens.OAuthToken)
				got = oauth{false, o.ID, o.Subject, o.ClientID, o.Scopes}
			}
			if diff := cmp.Diff(row.Want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

func TestO2_Claims(t *testing.T) {
	v := newVerifier(t)
	for _, test := range []struct {
		pairs []string
		want  []string
		code  tokens.Code
	}{
		{pairs: nil},
		{pairs: []string{"scope", `"a b"`}, want: []string{"a", "b"}},
		{pairs: []string{"scope", `" a  b "`}, want: []string{"a", "b"}},
		{pairs: []string{"scope", `"a\tb"`}, want: []string{"a\tb"}},
		{pairs: []string{"scp", `["a","b c"]`}, want: []string{"a", "b c"}},
		{pairs: []string{"scope", `"a b"`, "scp", `["b","a"]`}, want: []string{"b", "a"}},
		{pairs: []string{"scope", `"a b a"`, "scp", `["b","b","a"]`}, want: []string{"b", "b", "a"}},
		{pairs: []string{"scope", `""`, "scp", `[]`}},
		{pairs: []string{"scope", `"a"`, "scp", `[]`}, code: tokens.ErrClaims},
		{pairs: []string{"scope", `""`, "scp", `["a"]`}, code: tokens.ErrClaims},
		{pairs: []string{"scope", `"a b"`, "scp", `["a"]`}, code: tokens.ErrClaims},
		{pairs: []string{"scope", `"a b"`, "scp", `["a b"]`}, code: tokens.ErrClaims},
		{pairs: []string{"scope", `["a"]`}, code: tokens.ErrClaims},
		{pairs: []string{"scope", `null`}, code: tokens.ErrClaims},
		{pairs: []string{"scp", `"a"`}, code: tokens.ErrClaims},
		{pairs: []string{"scp", `["a",1]`}, code: tokens.ErrClaims},
		{pairs: []string{"client_id", ""}, code: tokens.ErrClaims},
		{pairs: []string{"client_id", `""`}, code: tokens.ErrClaims},
		{pairs: []string{"client_id", `null`}, code: tokens.ErrClaims},
		{pairs: []string{"client_id", `7`}, code: tokens.ErrClaims},
	} {
		token, err := verify(v, mint(tokens.TypeOAuth, test.pairs...))
		expect(t, token, err, test.code)
		if err != nil {
			continue
		}
		want := &tokens.OAuthToken{
			Meta:     tokens.Meta{Subject: "user_1", ExpiresAt: now.Add(time.Minute)},
			ClientID: "client_1", Scopes: test.want,
		}
		if diff := cmp.Diff(want, token, cmpopts.IgnoreUnexported(tokens.Meta{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.pairs, diff)
		}
	}
}

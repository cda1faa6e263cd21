package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// answering is a Verifier whose backend gives one answer to everything.
func answering(t testing.TB, token tokens.Token, err error) *tokens.Verifier {
	return newVerifier(t, func(c *tokens.Config) {
		c.Opaque = tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) { return token, err })
	})
}

// opaques has one opaque token of each type that has them.
var opaques = map[tokens.Type]string{tokens.TypeM2M: "mt_x", tokens.TypeOAuth: "oat_x", tokens.TypeAPIKey: "ak_x"}

func TestOpaque_NotConfigured(t *testing.T) {
	for kind, raw := range opaques {
		token, err := verify(newVerifier(t), raw)
		expect(t, token, err, tokens.ErrNoOpaqueVerifier)
		if e, ok := err.(*tokens.Error); ok && e.Type != kind {
			t.Errorf("Error.Type = %q, want %q", e.Type, kind)
		}
	}
}

func TestJWT_NotConfigured(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) {
		c.Keys = nil
		c.Opaque = tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) {
			t.Error("the backend was asked about a JWT")
			return nil, nil
		})
	})
	for _, kind := range jwtTypes {
		token, err := verify(v, mint(kind))
		expect(t, token, err, tokens.ErrNoKeys)
	}
}

// The backend is told what it needs to know.
func TestOpaque_Question(t *testing.T) {
	type key struct{}
	asked := 0
	v := newVerifier(t, func(c *tokens.Config) {
		c.Opaque = tokens.OpaqueVerifierFunc(func(ctx context.Context, raw string, kind tokens.Type) (tokens.Token, error) {
			if asked++; raw != opaques[kind] || ctx.Value(key{}) != "here" {
				t.Errorf("asked about %q, type %q, context %v", raw, kind, ctx)
			}
			return nil, tokens.ErrInvalid
		})
	})
	for _, raw := range opaques {
		token, err := v.Verify(context.WithValue(t.Context(), key{}, "here"), raw, tokens.AnyType()...)
		expect(t, token, err, tokens.ErrInvalid)
	}
	if asked != len(opaques) {
		t.Errorf("the backend was asked %d times", asked)
	}
}

// An answer is believed only if it is complete, and of the type that the token claimed to be.
func TestB3_Answers(t *testing.T) {
	meta := func(subject string) tokens.Meta { return tokens.Meta{ID: "1", Subject: subject} }
	expiring := func(subject string, at time.Time) tokens.Meta {
		return tokens.Meta{ID: "1", Subject: subject, ExpiresAt: at}
	}
	type codes map[tokens.Type]tokens.Code // what the answer is to a token of each type
	all := func(c tokens.Code) codes {
		return codes{tokens.TypeM2M: c, tokens.TypeOAuth: c, tokens.TypeAPIKey: c}
	}
	only := func(kind tokens.Type) codes {
		c := all(tokens.ErrTypeMismatch)
		c[kind] = ""
		return c
	}
	for name, test := range map[string]struct {
		token tokens.Token
		err   error
		want  codes
	}{
		"M2M":                  {token: &tokens.M2MToken{Meta: meta("mch_1")}, want: only(tokens.TypeM2M)},
		"OAuth of a user":      {token: &tokens.OAuthToken{Meta: meta("user_1")}, want: only(tokens.TypeOAuth)},
		"OAuth of a client":    {token: &tokens.OAuthToken{Meta: meta("client_1")}, want: only(tokens.TypeOAuth)},
		"API key":              {token: &tokens.APIKey{Meta: meta("org_1")}, want: only(tokens.TypeAPIKey)},
		"session":              {token: &tokens.SessionToken{Meta: meta("user_1"), SessionID: "sess_1"}, want: all(tokens.ErrTypeMismatch)},
		"M2M of a user":        {token: &tokens.M2MToken{Meta: meta("user_1")}, want: all(tokens.ErrSubject)},
		"M2M of nobody":        {token: &tokens.M2MToken{}, want: all(tokens.ErrSubject)},
		"M2M of a bare mch_":   {token: &tokens.M2MToken{Meta: meta("mch_")}, want: all(tokens.ErrSubject)},
		"OAuth of a machine":   {token: &tokens.OAuthToken{Meta: meta("mch_1")}, want: all(tokens.ErrSubject)},
		"OAuth of nobody":      {token: &tokens.OAuthToken{}, want: all(tokens.ErrSubject)},
		"key of a machine":     {token: &tokens.APIKey{Meta: meta("mch_1")}, want: all(tokens.ErrSubject)},
		"key of nobody":        {token: &tokens.APIKey{}, want: all(tokens.ErrSubject)},
		"session of a machine": {token: &tokens.SessionToken{Meta: meta("mch_1")}, want: all(tokens.ErrSubject)},

		"expires later":   {token: &tokens.M2MToken{Meta: expiring("mch_1", now.Add(1))}, want: only(tokens.TypeM2M)},
		"expires now":     {token: &tokens.M2MToken{Meta: expiring("mch_1", now)}, want: all(tokens.ErrExpired)},
		"expired":         {token: &tokens.APIKey{Meta: expiring("user_1", now.Add(-1))}, want: all(tokens.ErrExpired)},
		"expired in 1970": {token: &tokens.OAuthToken{Meta: expiring("user_1", time.Unix(0, 0))}, want: all(tokens.ErrExpired)},

		"nothing":     {want: all(tokens.ErrBackendUnavailable)},
		"nil session": {token: (*tokens.SessionToken)(nil), want: all(tokens.ErrBackendUnavailable)},
		"nil M2M":     {token: (*tokens.M2MToken)(nil), want: all(tokens.ErrBackendUnavailable)},
		"nil OAuth":   {token: (*tokens.OAuthToken)(nil), want: all(tokens.ErrBackendUnavailable)},
		"nil key":     {token: (*tokens.APIKey)(nil), want: all(tokens.ErrBackendUnavailable)},

		"any error":         {err: errors.New("boom"), want: all(tokens.ErrBackendUnavailable)},
		"a cancelled call":  {err: context.Canceled, want: all(tokens.ErrBackendUnavailable)},
		"a code":            {err: tokens.ErrRevoked, want: all(tokens.ErrRevoked)},
		"a wrapped code":    {err: fmt.Errorf("backend: %w", tokens.ErrSecretKey), want: all(tokens.ErrSecretKey)},
		"an Error":          {err: &tokens.Error{Code: tokens.ErrExpired}, want: all(tokens.ErrExpired)},
		"a wrapped Error":   {err: fmt.Errorf("backend: %w", &tokens.Error{Code: tokens.ErrInvalid}), want: all(tokens.ErrInvalid)},
		"a nil Error":       {err: (*tokens.Error)(nil), want: all(tokens.ErrBackendUnavailable)},
		"token and error":   {token: &tokens.M2MToken{Meta: meta("mch_1")}, err: tokens.ErrRevoked, want: all(tokens.ErrRevoked)},
		"an impostor":       {token: impostor{&tokens.M2MToken{Meta: meta("mch_1")}}, want: all(tokens.ErrBackendUnavailable)},
		"an empty impostor": {token: impostor{}, want: all(tokens.ErrBackendUnavailable)},
	} {
		for kind, raw := range opaques {
			t.Run(name+" for "+raw, func(t *testing.T) {
				token, err := verify(answering(t, test.token, test.err), raw)
				expect(t, token, err, test.want[kind])
				if e, ok := err.(*tokens.Error); ok && e.Type != kind {
					t.Errorf("Error.Type = %q, want %q", e.Type, kind)
				}
			})
		}
	}
}

// impostor has the methods of a Token by embedding one, but is none of the four.
type impostor struct{ *tokens.M2MToken }

// The cause stays reachable, and an error that the backend shares isn't written to.
func TestOpaque_Cause(t *testing.T) {
	cause := errors.New("boom")
	shared := &tokens.Error{Code: tokens.ErrBackendUnavailable, Err: cause}
	for _, err := range []error{cause, shared, fmt.Errorf("backend: %w", shared)} {
		if _, got := verify(answering(t, nil, err), "mt_x"); !errors.Is(got, cause) {
			t.Errorf("%v doesn't lead to its cause", got)
		}
	}
	if shared.Type != "" {
		t.Error("the backend's error was changed")
	}
}

// A backend may give the same answer to many: what one caller does to it, the next doesn't see.
func TestOpaque_ResultIsTheCallers(t *testing.T) {
	for kind, shared := range map[tokens.Type]tokens.Token{
		tokens.TypeM2M:    &tokens.M2MToken{Meta: tokens.Meta{Subject: "mch_1", Audience: []string{"a"}}, Scopes: []string{"a"}},
		tokens.TypeOAuth:  &tokens.OAuthToken{Meta: tokens.Meta{Subject: "user_1", Audience: []string{"a"}}, Scopes: []string{"a"}},
		tokens.TypeAPIKey: &tokens.APIKey{Meta: tokens.Meta{Subject: "user_1", Audience: []string{"a"}}, Scopes: []string{"a"}},
	} {
		v := answering(t, shared, nil)
		var group sync.WaitGroup
		for range 4 { // the race detector sees what the assertions don't
			group.Go(func() {
				token, err := verify(v, opaques[kind])
				if err != nil {
					t.Error(err)
					return
				}
				m := metaOf(token)
				if m.Subject == "evil" || m.Audience[0] == "evil" || scopesOf(token)[0] == "evil" {
					t.Errorf("%s: sees what another caller did", kind)
				}
				m.Subject, m.Audience[0], scopesOf(token)[0] = "evil", "evil", "evil"
			})
		}
		group.Wait()
	}
}

func scopesOf(token tokens.Token) []string {
	switch token := token.(type) {
	case *tokens.M2MToken:
		return token.Scopes
	case *tokens.OAuthToken:
		return token.Scopes
	case *tokens.APIKey:
		return token.Scopes
	}
	return nil
}

func TestOpaque_Claims(t *testing.T) {
	m2m := &tokens.M2MToken{Meta: tokens.Meta{Subject: "mch_1"}}
	if err := m2m.SetClaims([]byte(`{"sub":"as the backend has it","n":9007199254740993}`)); err != nil {
		t.Fatal(err)
	}
	token, err := verify(answering(t, m2m, nil), "mt_x")
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Sub string `json:"sub"`
		N   int64  `json:"n"`
	}
	if err := token.Claims(&claims); err != nil || claims.Sub == "" || claims.N != 9007199254740993 {
		t.Errorf("Claims = %v, %+v", err, claims)
	}

	for _, none := range []string{"", "null"} {
		if err := m2m.SetClaims([]byte(none)); err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := m2m.Claims(&claims); err != nil || claims != nil {
			t.Errorf("SetClaims(%q): Claims = %v, %v, want none", none, claims, err)
		}
	}
	for _, bad := range []string{`[]`, `1`, `{`, `{}{}`, `{"a":1,"a":2}`, "{\"a\":\"\xff\"}", nested(33)} {
		if err := m2m.SetClaims([]byte(bad)); code(err) != tokens.ErrClaims {
			t.Errorf("SetClaims(%.20q) = %v, want ErrClaims", bad, err)
		}
	}
}

// V7 holds for opaque tokens too: a machine or an audience of this service is for it to ask about, whoever verifies.
func TestV7_OpaqueTokens(t *testing.T) {
	for name, test := range map[string]struct {
		raw   string
		token tokens.Token
		want  tokens.Code
	}{
		"M2M that names this machine": {"mt_x", &tokens.M2MToken{Meta: tokens.Meta{Subject: "mch_1"}, Scopes: []string{"mch_x", "mch_me"}}, ""},
		"M2M for another machine":     {"mt_x", &tokens.M2MToken{Meta: tokens.Meta{Subject: "mch_1"}, Scopes: []string{"mch_x"}}, tokens.ErrAudience},
		"M2M for no machine":          {"mt_x", &tokens.M2MToken{Meta: tokens.Meta{Subject: "mch_1"}}, tokens.ErrAudience},
		"OAuth for this service":      {"oat_x", &tokens.OAuthToken{Meta: tokens.Meta{Subject: "user_1", Audience: []string{"me"}}}, ""},
		"OAuth for another service":   {"oat_x", &tokens.OAuthToken{Meta: tokens.Meta{Subject: "user_1", Audience: []string{"x"}}}, tokens.ErrAudience},
		"OAuth for no service":        {"oat_x", &tokens.OAuthToken{Meta: tokens.Meta{Subject: "user_1"}}, tokens.ErrAudience},
		"API key, which has neither":  {"ak_x", &tokens.APIKey{Meta: tokens.Meta{Subject: "user_1"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVerifier(t, func(c *tokens.Config) {
				c.Machine, c.Audience = "mch_me", []string{"me"}
				c.Opaque = tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) { return test.token, nil })
			})
			token, err := verify(v, test.raw)
			expect(t, token, err, test.want)
		})
	}
}

func TestConfig_NilPointers(t *testing.T) {
	for name, cfg := range map[string]tokens.Config{
		"Static":             {Keys: (*jwk.Static)(nil)},
		"Remote":             {Keys: (*jwk.Remote)(nil)},
		"OpaqueVerifierFunc": {Opaque: tokens.OpaqueVerifierFunc(nil)},
		"RevocationList":     {Keys: trust(t, edPrivateKey(t).Public()), Revocations: (*tokens.RevocationList)(nil)},
	} {
		if _, err := tokens.NewVerifier(cfg); code(err) != tokens.ErrConfig {
			t.Errorf("%s: error %v, want ErrConfig", name, err)
		}
	}
	for _, raw := range []string{"", "x", mint(tokens.TypeSession)} {
		if token, err := verify(new(tokens.Verifier), raw); err == nil {
			t.Errorf("the zero Verifier accepts %v", token)
		}
	}
}

package tokens_test

import (
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// With a skew of 5 s at 1800000000, what expires at …995 has expired, and what begins at …005 has begun.
func TestV6_Times(t *testing.T) {
	never := []string{
		`0`, `-0`, `-1`, `-1800000060`, `0.0`, `1e-400`, `"1800000060"`, `""`, `true`, `false`, `null`, `{}`, `[]`, `[1800000060]`,
		`253402300800`, `253402300799.5`, `9223372036854775807`, `9223372036854775808`, `18446744073709551616`, `1e20`, `1e308`, `1e400`, `-1e400`,
	}
	for name, values := range map[string]map[string]tokens.Code{
		"exp": {
			"": tokens.ErrClaims, `1`: tokens.ErrExpired, `0.5`: tokens.ErrExpired, `5e-324`: tokens.ErrExpired,
			`1799999994`: tokens.ErrExpired, `1799999995`: tokens.ErrExpired, `1799999995.0`: tokens.ErrExpired, `1799999994.999`: tokens.ErrExpired,
			`1799999995.001`: "", `1799999996`: "", `1800000000`: "", `1800000001.5`: "", `18e8`: "", `18000000e2`: "", `1.8e+9`: "",
			`253402300799`: "", `253402300799.0`: "",
		},
		"nbf": {
			"": "", `1`: "", `0.5`: "", `1799999999.9`: "", `1800000000`: "", `1800000004`: "", `1800000005`: "", `1800000005.0`: "",
			`1800000005.001`: tokens.ErrNotYetValid, `1800000006`: tokens.ErrNotYetValid, `253402300799`: tokens.ErrNotYetValid,
		},
		"iat": {
			"": "", `1`: "", `1800000000`: "", `1800000004.5`: "", `1800000005`: "",
			`1800000005.001`: tokens.ErrIssuedInFuture, `1800000006`: tokens.ErrIssuedInFuture, `253402300799`: tokens.ErrIssuedInFuture,
		},
	} {
		for _, value := range never {
			values[value] = tokens.ErrClaims
		}
		for value, want := range values {
			for _, kind := range jwtTypes {
				t.Run(string(kind)+"/"+name+"="+value, func(t *testing.T) {
					token, err := verify(newVerifier(t), mint(kind, name, value))
					expect(t, token, err, want)
				})
			}
		}
	}
}

func TestV6_Skew(t *testing.T) {
	for _, test := range []struct {
		skew       time.Duration
		name, last string // the last value that is still accepted
		beyond     string
		want       tokens.Code
	}{
		{time.Second, "exp", `1800000000`, `1799999999`, tokens.ErrExpired},
		{time.Second, "nbf", `1800000001`, `1800000002`, tokens.ErrNotYetValid},
		{time.Second, "iat", `1800000001`, `1800000002`, tokens.ErrIssuedInFuture},
		{time.Nanosecond, "exp", `1800000000`, `1799999999`, tokens.ErrExpired},
		{5 * time.Minute, "exp", `1799999701`, `1799999700`, tokens.ErrExpired},
		{5 * time.Minute, "nbf", `1800000300`, `1800000301`, tokens.ErrNotYetValid},
	} {
		v := newVerifier(t, func(c *tokens.Config) { c.ClockSkew = test.skew })
		token, err := verify(v, mint(tokens.TypeSession, test.name, test.last))
		expect(t, token, err, "")
		token, err = verify(v, mint(tokens.TypeSession, test.name, test.beyond))
		expect(t, token, err, test.want)
	}
}

func TestO5_TimesOfJWT(t *testing.T) {
	for _, kind := range jwtTypes {
		token, err := verify(newVerifier(t), mint(kind, "exp", `1800000060.25`, "iat", `1799999999`, "nbf", `1799999990`, "jti", `"id"`, "iss", `"issuer"`))
		if err != nil {
			t.Fatal(err)
		}
		m := metaOf(token)
		if !m.ExpiresAt.Equal(time.UnixMilli(1_800_000_060_250)) || !m.IssuedAt.Equal(time.Unix(1_799_999_999, 0)) {
			t.Errorf("%s: issued %v, expires %v", kind, m.IssuedAt, m.ExpiresAt)
		}
		if m.ID != "id" || m.Issuer != "issuer" {
			t.Errorf("%s: ID %q, issuer %q", kind, m.ID, m.Issuer)
		}
		token, err = verify(newVerifier(t), mint(kind))
		if err != nil || !metaOf(token).IssuedAt.IsZero() {
			t.Errorf("%s without iat: %v, issued %v", kind, err, metaOf(token).IssuedAt)
		}
	}
}

// metaOf is what a token of any type has in common with the others.
func metaOf(token tokens.Token) *tokens.Meta {
	switch token := token.(type) {
	case *tokens.SessionToken:
		return &token.Meta
	case *tokens.M2MToken:
		return &token.Meta
	case *tokens.OAuthToken:
		return &token.Meta
	case *tokens.APIKey:
		return &token.Meta
	}
	return nil
}

func TestV7_Audience(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) { c.Audience = []string{"https://api.example", "billing"} })
	open := newVerifier(t)
	for _, test := range []struct {
		aud        string
		configured tokens.Code // with an audience configured
		otherwise  tokens.Code
	}{
		{`"https://api.example"`, "", ""},
		{`"billing"`, "", ""},
		{`["billing"]`, "", ""},
		{` [ "other" , "billing" ] `, "", ""},
		{`["\u0062illing"]`, "", ""},
		{`["a","b","c","d","e","f","g","h","i","https://api.example"]`, "", ""},
		{`["a]\\","b\"],","billing"]`, "", ""},
		{`"other"`, tokens.ErrAudience, ""},
		{`"Billing"`, tokens.ErrAudience, ""},
		{`"billing "`, tokens.ErrAudience, ""},
		{`"https://api.example/"`, tokens.ErrAudience, ""},
		{`"https://api.example billing"`, tokens.ErrAudience, ""},
		{`"billing,other"`, tokens.ErrAudience, ""},
		{`""`, tokens.ErrAudience, ""},
		{`[]`, tokens.ErrAudience, ""},
		{`[""]`, tokens.ErrAudience, ""},
		{`["other","\"billing\""]`, tokens.ErrAudience, ""},
		{`null`, tokens.ErrClaims, tokens.ErrClaims},
		{`1`, tokens.ErrClaims, tokens.ErrClaims},
		{`true`, tokens.ErrClaims, tokens.ErrClaims},
		{`{"billing":true}`, tokens.ErrClaims, tokens.ErrClaims},
		{`["billing",1]`, tokens.ErrClaims, tokens.ErrClaims},
		{`["billing",null]`, tokens.ErrClaims, tokens.ErrClaims},
		{`["billing",["billing"]]`, tokens.ErrClaims, tokens.ErrClaims},
		{`[["billing"]]`, tokens.ErrClaims, tokens.ErrClaims},
	} {
		for _, kind := range jwtTypes {
			t.Run(string(kind)+"/aud="+test.aud, func(t *testing.T) {
				token, err := verify(v, mint(kind, "aud", test.aud))
				expect(t, token, err, test.configured)
				token, err = verify(open, mint(kind, "aud", test.aud))
				expect(t, token, err, test.otherwise)
			})
		}
	}
	for kind, want := range map[tokens.Type]tokens.Code{
		tokens.TypeSession: "", tokens.TypeM2M: "", tokens.TypeOAuth: tokens.ErrAudience,
	} {
		t.Run(string(kind)+"/no aud", func(t *testing.T) {
			token, err := verify(v, mint(kind))
			expect(t, token, err, want)
		})
	}
}

func TestV7_Machine(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) { c.Machine = "mch_here" })
	for _, test := range []struct {
		pairs []string
		want  tokens.Code
	}{
		{[]string{"scopes", `"mch_here"`}, ""},
		{[]string{"scopes", `"mch_a mch_here jobs:run"`}, ""},
		{[]string{"scopes", `["mch_a","mch_here"]`}, ""},
		{[]string{"aud", `["mch_a","mch_here"]`}, ""}, // aud stands in for scopes (O1)
		{nil, tokens.ErrAudience},
		{[]string{"scopes", `""`}, tokens.ErrAudience},
		{[]string{"scopes", `[]`}, tokens.ErrAudience},
		{[]string{"scopes", `"mch_a"`}, tokens.ErrAudience},
		{[]string{"scopes", `"mch_here2"`}, tokens.ErrAudience},
		{[]string{"scopes", `"mch_her"`}, tokens.ErrAudience},
		{[]string{"scopes", `"MCH_HERE"`}, tokens.ErrAudience},
		{[]string{"scopes", `"mch_a,mch_here"`}, tokens.ErrAudience},
		{[]string{"scopes", `["mch_a mch_here"]`}, tokens.ErrAudience},
		{[]string{"aud", `"mch_here"`}, tokens.ErrAudience},
		{[]string{"scopes", `"mch_a"`, "aud", `["mch_here"]`}, tokens.ErrAudience},
		{[]string{"sub", `"mch_here"`}, tokens.ErrAudience},
	} {
		token, err := verify(v, mint(tokens.TypeM2M, test.pairs...))
		expect(t, token, err, test.want)
	}
	for _, kind := range []tokens.Type{tokens.TypeSession, tokens.TypeOAuth} { // is a rule for M2M tokens
		token, err := verify(v, mint(kind))
		expect(t, token, err, "")
	}
}

func TestV8_AuthorizedParties(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) {
		c.AuthorizedParties = []string{"https://app.example.com", "http://localhost:3000"}
	})
	for azp, want := range map[string]tokens.Code{
		`"https://app.example.com"`:             "",
		`"http://localhost:3000"`:               "",
		`"https:\/\/app.example.com"`:           "",
		"":                                      tokens.ErrAuthorizedParty,
		`""`:                                    tokens.ErrAuthorizedParty,
		`null`:                                  tokens.ErrAuthorizedParty,
		`1`:                                     tokens.ErrAuthorizedParty,
		`["https://app.example.com"]`:           tokens.ErrAuthorizedParty,
		`"https://app.example.com/"`:            tokens.ErrAuthorizedParty,
		`"https://app.example.com:443"`:         tokens.ErrAuthorizedParty,
		`"HTTPS://app.example.com"`:             tokens.ErrAuthorizedParty,
		`"http://app.example.com"`:              tokens.ErrAuthorizedParty,
		`"https://app.example.com.evil.com"`:    tokens.ErrAuthorizedParty,
		`"https://evil.com"`:                    tokens.ErrAuthorizedParty,
		`" https://app.example.com"`:            tokens.ErrAuthorizedParty,
		`"https://app.example.com\u0000"`:       tokens.ErrAuthorizedParty,
		`"app.example.com"`:                     tokens.ErrAuthorizedParty,
		`"https://app.example.com evil.com"`:    tokens.ErrAuthorizedParty,
		`{"azp":"https://app.example.com"}`:     tokens.ErrAuthorizedParty,
		`"https://sub.https://app.example.com"`: tokens.ErrAuthorizedParty,
	} {
		t.Run("azp="+azp, func(t *testing.T) {
			token, err := verify(v, mint(tokens.TypeSession, "azp", azp))
			expect(t, token, err, want)
			for _, kind := range []tokens.Type{tokens.TypeM2M, tokens.TypeOAuth} { // machines have none
				token, err := verify(v, mint(kind, "azp", azp))
				expect(t, token, err, "")
			}
		})
	}
}

func TestV9_Issuer(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) { c.Issuers = []string{"https://clerk.example", "https://other.example"} })
	open := newVerifier(t)
	for iss, want := range map[string]struct{ configured, otherwise tokens.Code }{
		`"https://clerk.example"`:      {"", ""},
		`"https://other.example"`:      {"", ""},
		`"https:\/\/clerk.example"`:    {"", ""},
		"":                             {tokens.ErrIssuer, ""},
		`""`:                           {tokens.ErrIssuer, ""},
		`"https://clerk.example/"`:     {tokens.ErrIssuer, ""},
		`"https://Clerk.example"`:      {tokens.ErrIssuer, ""},
		`"http://clerk.example"`:       {tokens.ErrIssuer, ""},
		`"https://clerk.example:443"`:  {tokens.ErrIssuer, ""},
		`"https://clerk.example.evil"`: {tokens.ErrIssuer, ""},
		`"clerk.example"`:              {tokens.ErrIssuer, ""},
		`null`:                         {tokens.ErrClaims, tokens.ErrClaims},
		`1`:                            {tokens.ErrClaims, tokens.ErrClaims},
		`["https://clerk.example"]`:    {tokens.ErrClaims, tokens.ErrClaims},
	} {
		for _, kind := range jwtTypes {
			t.Run(string(kind)+"/iss="+iss, func(t *testing.T) {
				token, err := verify(v, mint(kind, "iss", iss))
				expect(t, token, err, want.configured)
				token, err = verify(open, mint(kind, "iss", iss))
				expect(t, token, err, want.otherwise)
			})
		}
	}
}

// The token ID is optional, and a string.
func TestTokenID(t *testing.T) {
	v := newVerifier(t)
	for jti, want := range map[string]tokens.Code{
		"": "", `"x"`: "", `""`: "", `null`: tokens.ErrClaims, `1`: tokens.ErrClaims, `["x"]`: tokens.ErrClaims, `{}`: tokens.ErrClaims,
	} {
		for _, kind := range jwtTypes {
			token, err := verify(v, mint(kind, "jti", jti))
			expect(t, token, err, want)
		}
	}
}

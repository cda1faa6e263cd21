package tokens_test

import (
	"maps"
	"strings"
	"testing"

	"example.com/machineauth/tokens"
)

func TestC1_CustomPrefixes(t *testing.T) {
	prefixes := map[string]tokens.Type{
		"acme_key_":   tokens.TypeAPIKey,
		"acme_m2m_":   tokens.TypeM2M,
		"A-1_":        tokens.TypeOAuth,
		"_":           tokens.TypeAPIKey,
		"mtx_":        tokens.TypeAPIKey, // only resembles mt_
		"sk_live_eu_": tokens.TypeAPIKey,
	}
	v := newVerifier(t, func(c *tokens.Config) { c.Conventions.Prefixes = prefixes })
	standard := map[string]tokens.Type{"mt_": tokens.TypeM2M, "oat_": tokens.TypeOAuth, "ak_": tokens.TypeAPIKey}
	maps.Copy(standard, prefixes)
	clear(prefixes) // the Verifier has its own
	for prefix, want := range standard {
		if got, err := v.Classify(prefix + "x"); err != nil || got != opaque(want) {
			t.Errorf("Classify(%sx) = %v, %v, want %v", prefix, got, err, want)
		}
		if _, err := v.Classify(prefix); code(err) != tokens.ErrMalformed {
			t.Errorf("Classify(%s) = %v, want ErrMalformed", prefix, err)
		}
		if _, err := v.Classify(prefix + "a.b.c"); code(err) != tokens.ErrMalformed {
			t.Errorf("Classify(%sa.b.c) = %v, want ErrMalformed", prefix, err)
		}
	}
	if _, err := newVerifier(t).Classify("acme_key_x"); code(err) != tokens.ErrMalformed {
		t.Errorf("another Verifier: %v, want ErrMalformed", err)
	}
}

func TestC6_CustomCategories(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) {
		c.Conventions.Categories = tokens.Categories{Session: "people", M2M: "machines"} // Ignore stays Clerk's
	})
	for _, test := range []struct {
		kind     tokens.Type
		category string
		want     tokens.Code
	}{
		{tokens.TypeSession, `"people"`, ""},
		{tokens.TypeSession, `"cl_I7d4PD111III"`, ""},
		{tokens.TypeSession, `"machines"`, tokens.ErrTypeMismatch},
		{tokens.TypeSession, `"cl_B7d4PD111AAA"`, tokens.ErrTypeMismatch},
		{tokens.TypeM2M, `"machines"`, ""},
		{tokens.TypeM2M, `"people"`, tokens.ErrInvalid},
		{tokens.TypeM2M, `"cl_B7d4PD333AAA"`, tokens.ErrInvalid},
	} {
		token, err := verify(v, mintHeader(test.kind, "cat", test.category))
		expect(t, token, err, test.want)
	}
}

func TestConventions_Mistakes(t *testing.T) {
	for name, test := range map[string]struct {
		conventions tokens.Conventions
		want        string // in the error's text
	}{
		"empty prefix":                 {prefixes("", tokens.TypeM2M), `"" must be`},
		"no underscore at the end":     {prefixes("acme", tokens.TypeM2M), `"acme" must be`},
		"a dot":                        {prefixes("ac.me_", tokens.TypeM2M), `"ac.me_" must be`},
		"a space":                      {prefixes("ac me_", tokens.TypeM2M), `"ac me_" must be`},
		"a character of opaque bodies": {prefixes("ac~me_", tokens.TypeM2M), `"ac~me_" must be`},
		"not ASCII":                    {prefixes("äcme_", tokens.TypeM2M), `must be letters`},
		"like a JWT":                   {prefixes("eyJ_", tokens.TypeM2M), `"eyJ_" must be`},
		"for sessions":                 {prefixes("acme_", tokens.TypeSession), `"acme_" must stand for`},
		"for no type":                  {prefixes("acme_", ""), `"acme_" must stand for`},
		"for an unknown type":          {prefixes("acme_", "machine"), `"acme_" must stand for`},
		"Clerk's own":                  {prefixes("mt_", tokens.TypeM2M), `overlap`},
		"starts with Clerk's":          {prefixes("ak_live_", tokens.TypeAPIKey), `overlap`},
		"overlap": {tokens.Conventions{Prefixes: map[string]tokens.Type{"a_": tokens.TypeM2M, "a_b_": tokens.TypeOAuth}},
			`overlap`},
		"one category for two":         {categories("x", "x", ""), "must differ"},
		"session is Clerk's M2M":       {categories("cl_B7d4PD333AAA", "", ""), "must differ"},
		"M2M is Clerk's session":       {categories("", "cl_B7d4PD111AAA", ""), "must differ"},
		"ignore is the session's":      {categories("", "", "cl_B7d4PD111AAA"), "must differ"},
		"ignore is the machines'":      {categories("", "", "cl_B7d4PD333AAA"), "must differ"},
		"M2M is what sessions ignore":  {categories("", "cl_I7d4PD111III", ""), "must differ"},
		"session is what says nothing": {categories("cl_I7d4PD111III", "", ""), "must differ"},
	} {
		_, err := tokens.NewVerifier(tokens.Config{Keys: untouchedKeys{t}, Conventions: test.conventions})
		if code(err) != tokens.ErrConfig || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: NewVerifier = %v, want an ErrConfig with %q", name, err, test.want)
		}
		_, err = tokens.NewSigner(tokens.SignerConfig{Key: edPrivateKey(t), Issuer: "https://clerk.example", Conventions: test.conventions})
		if code(err) != tokens.ErrConfig || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: NewSigner = %v, want an ErrConfig with %q", name, err, test.want)
		}
	}
}

func prefixes(text string, t tokens.Type) tokens.Conventions {
	return tokens.Conventions{Prefixes: map[string]tokens.Type{text: t}}
}

func categories(session, m2m, ignore string) tokens.Conventions {
	return tokens.Conventions{Categories: tokens.Categories{Session: session, M2M: m2m, Ignore: ignore}}
}

// C1 for issuers whose opaque tokens have no prefix, or a dot.
func TestC1_OtherIssuers(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) {
		c.Conventions = tokens.Conventions{Prefixes: map[string]tokens.Type{"acme_": tokens.TypeOAuth}, Unprefixed: tokens.TypeAPIKey}
	})
	oauth, key := tokens.Class{Type: tokens.TypeOAuth, Format: tokens.FormatOpaque}, tokens.Class{Type: tokens.TypeAPIKey, Format: tokens.FormatOpaque}
	for raw, want := range map[string]tokens.Class{
		"acme_abc": oauth, "acme_a.b": {}, "acme_": {}, "ory_at_abc.def": key,
		"Xy7-_~+/": key, "a.b": key, "a.b.c.d": key, "MT_x": key, "a=": key, "=": {}, "a=b": {}, "a,b": {}, "a b": {},
		"mt_a.b": {}, "mt_": {}, "a.b.c": {}, "..": {}, // Clerk's prefixes and what looks like a JWT stay what they are
		"mt_x":                   {Type: tokens.TypeM2M, Format: tokens.FormatOpaque},
		mint(tokens.TypeSession): {Type: tokens.TypeSession, Format: tokens.FormatJWT},
	} {
		class, err := v.Classify(raw)
		if class != want || (err == nil) != (want != tokens.Class{}) {
			t.Errorf("%.20s: %v, %v, want %v", raw, class, err, want)
		}
	}
	_, err := tokens.NewVerifier(tokens.Config{Keys: trust(t, edPrivateKey(t).Public()), Conventions: tokens.Conventions{Unprefixed: tokens.TypeSession}})
	if code(err) != tokens.ErrConfig {
		t.Errorf("unprefixed sessions: %v, want ErrConfig", err)
	}
}

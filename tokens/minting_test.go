package tokens_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// mintings mints a token of each type with the same custom claims, and whatever else is good.
func mintings(s *tokens.Signer, ttl time.Duration, claims map[string]any) map[tokens.Type]error {
	_, err1 := s.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: ttl, Claims: claims})
	_, err2 := s.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: ttl, Claims: claims, Scopes: []string{"a"}})
	_, err3 := s.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "client_1", TTL: ttl, Claims: claims})
	return map[tokens.Type]error{tokens.TypeSession: err1, tokens.TypeM2M: err2, tokens.TypeOAuth: err3}
}

// refused sees that minting ended with ErrParams, no token, and a text that says what is wrong.
func refused(t *testing.T, name, token string, err error, want ...string) {
	t.Helper()
	if code(err) != tokens.ErrParams || token != "" {
		t.Errorf("%s: %v, want ErrParams", name, err)
		return
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v doesn't say %q", name, err, text)
		}
	}
}

func TestB5_ReservedClaims(t *testing.T) {
	s := newSigner(t)
	for _, name := range []string{"iss", "sub", "exp", "nbf", "iat", "jti", "aud", "cnf", "cat"} {
		for kind, err := range mintings(s, time.Minute, map[string]any{name: "mch_2", "fine": 1}) {
			refused(t, string(kind), "", err, name)
		}
	}
	own := map[tokens.Type][]string{
		tokens.TypeSession: {"sid", "azp"},
		tokens.TypeM2M:     {"scopes"},
		tokens.TypeOAuth:   {"client_id", "scope", "scp"},
	}
	for kind, names := range own {
		for _, name := range names {
			refused(t, string(kind), "", mintings(s, time.Minute, map[string]any{name: "x"})[kind], name)
		}
	}
	// Every mistake is named at once.
	_, err := s.SignSession(tokens.SessionParams{UserID: "mch_1", Claims: map[string]any{"iss": "x", "exp": 1, "": 1}})
	refused(t, "many mistakes", "", err, "iss", "exp", "name", "TTL", "subject", "SessionID")
}

// The claims of another type are fine where they don't make it one, and names that only resemble reserved ones.
func TestB5_CustomClaims(t *testing.T) {
	s, v := newSigner(t), newVerifier(t)
	raw, err := s.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute, Claims: map[string]any{
		"sid": "sess_1", "azp": "x", "client_id": "c", "typ": "at+jwt", "CAT": "cl_B7d4PD111AAA", "SUB": "user_1", "scopes": "b c",
		"https://example.com/claim": map[string]any{"sub": "user_1"}, "a.b:c-d_e": true,
	}})
	if err != nil {
		t.Fatal(err)
	}
	token, err := verify(v, raw)
	expect(t, token, err, "")
	if m, ok := token.(*tokens.M2MToken); !ok || m.Subject != "mch_1" || len(m.Scopes) != 2 {
		t.Errorf("became a %T", token)
	}
}

func TestB5_Subjects(t *testing.T) {
	s := newSigner(t)
	for subject, fits := range map[string]map[tokens.Type]bool{
		"user_1":       {tokens.TypeSession: true, tokens.TypeOAuth: true},
		"client_1":     {tokens.TypeSession: true, tokens.TypeOAuth: true},
		"MCH_1":        {tokens.TypeSession: true, tokens.TypeOAuth: true},
		"mch_1":        {tokens.TypeM2M: true},
		"mch_":         {},
		"":             {},
		"user_\xff":    {},
		"mch_\xff":     {},
		"mch_\u0000":   {tokens.TypeM2M: true},
		" mch_1":       {tokens.TypeSession: true, tokens.TypeOAuth: true},
		"mch_user_1":   {tokens.TypeM2M: true},
		"user_\u00a01": {tokens.TypeSession: true, tokens.TypeOAuth: true},
	} {
		session, err1 := s.SignSession(tokens.SessionParams{UserID: subject, SessionID: "sess_1", TTL: time.Minute})
		m2m, err2 := s.SignM2M(tokens.M2MParams{MachineID: subject, TTL: time.Minute})
		oauth, err3 := s.SignOAuth(tokens.OAuthParams{Subject: subject, ClientID: "client_1", TTL: time.Minute})
		for kind, got := range map[tokens.Type]struct {
			raw string
			err error
		}{tokens.TypeSession: {session, err1}, tokens.TypeM2M: {m2m, err2}, tokens.TypeOAuth: {oauth, err3}} {
			if !fits[kind] {
				refused(t, string(kind), got.raw, got.err)
			} else if token, err := verify(newVerifier(t), got.raw); got.err != nil || err != nil || token.Type() != kind {
				t.Errorf("%q as %s: %v, %v", subject, kind, got.err, err)
			}
		}
	}
}

func TestSigner_ClaimNames(t *testing.T) {
	s := newSigner(t)
	for name, ok := range map[string]bool{
		"a": true, strings.Repeat("a", 128): true, "A-z0_9.:/": true,
		"": false, strings.Repeat("a", 129): false, "a b": false, "ä": false, "a\n": false, "a\x00": false, `a"`: false, "a\\": false, "a,b": false, "\xff": false,
	} {
		for kind, err := range mintings(s, time.Minute, map[string]any{name: 1}) {
			if ok && err != nil {
				t.Errorf("%s: the name %.20q is refused: %v", kind, name, err)
			} else if !ok {
				refused(t, name, "", err, "name")
			}
		}
	}
}

func TestSigner_TTL(t *testing.T) {
	s := newSigner(t)
	short := newSigner(t, func(c *tokens.SignerConfig) { c.MaxTTL = time.Minute })
	long := newSigner(t, func(c *tokens.SignerConfig) { c.MaxTTL = math.MaxInt64 })
	for _, test := range []struct {
		s   *tokens.Signer
		ttl time.Duration
		ok  bool
	}{
		{s, time.Second, true}, {s, 24 * time.Hour, true},
		{s, 0, false}, {s, -1, false}, {s, math.MinInt64, false}, {s, 24*time.Hour + 1, false}, {s, math.MaxInt64, false},
		{short, time.Minute, true}, {short, time.Minute + 1, false},
		{long, math.MaxInt64, true}, {long, 0, false},
	} {
		for kind, err := range mintings(test.s, test.ttl, nil) {
			if test.ok && err != nil {
				t.Errorf("%s: TTL %v: %v", kind, test.ttl, err)
			} else if !test.ok {
				refused(t, test.ttl.String(), "", err, "TTL")
			}
		}
	}
}

func TestSigner_Parameters(t *testing.T) {
	s := newSigner(t)
	_, err := s.SignSession(tokens.SessionParams{UserID: "user_1", TTL: time.Minute})
	refused(t, "no session ID", "", err, "SessionID")
	_, err = s.SignOAuth(tokens.OAuthParams{Subject: "user_1", TTL: time.Minute})
	refused(t, "no client", "", err, "ClientID")
	_, err = s.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "c", Audience: []string{"a", ""}, TTL: time.Minute})
	refused(t, "an empty audience", "", err, "Audience")
	for _, scope := range []string{"", "a b", " ", "a\"", "a\\b", "a\n", "ä", "\x7f", "a\x00"} {
		_, err := s.SignM2M(tokens.M2MParams{MachineID: "mch_1", Scopes: []string{"fine", scope}, TTL: time.Minute})
		refused(t, scope, "", err, "Scopes")
		_, err = s.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "c", Scopes: []string{scope}, TTL: time.Minute})
		refused(t, scope, "", err, "Scopes")
	}
}

// deep nests n objects.
func deep(n int) any {
	var value any = 1
	for range n {
		value = map[string]any{"x": value}
	}
	return value
}

func TestSigner_UnencodableClaims(t *testing.T) {
	s := newSigner(t)
	cycle := make(map[string]any)
	cycle["x"] = cycle
	for name, value := range map[string]any{
		"NaN": math.NaN(), "infinity": math.Inf(1), "a function": func() {}, "a channel": make(chan int), "complex": 1i,
		"invalid UTF-8": "\xff", "invalid UTF-8 in a name": map[string]any{"\xff": 1}, "invalid UTF-8 within": []any{[]string{"\xff"}},
		"a cycle": cycle, "nested too deep": deep(32), "nested far too deep": deep(20_000),
		"too much": strings.Repeat("x", 16<<10), "a bit too much": strings.Repeat("x", 12<<10),
	} {
		for _, err := range mintings(s, time.Minute, map[string]any{"claim": value}) {
			refused(t, name, "", err)
		}
	}
	for name, value := range map[string]any{"deep enough": deep(31), "much": strings.Repeat("x", 11<<10), "null": nil, "an integer": uint64(math.MaxUint64)} {
		for kind, err := range mintings(s, time.Minute, map[string]any{"claim": value}) {
			if err != nil {
				t.Errorf("%s: %s: %v", kind, name, err)
			}
		}
	}
}

// Claims that a Verifier would refuse are refused when they are minted, and not on the first request.
func TestSigner_MintsNothingThatDoesNotVerify(t *testing.T) {
	s := newSigner(t)
	for kind, list := range map[tokens.Type][]map[string]any{
		tokens.TypeSession: {
			{"org_id": 5}, {"org_permissions": "org:a:b"}, {"v": 2, "o": "org_1"}, {"act": "user_2"}, {"act": map[string]any{}}, {"sts": true}, {"fea": []string{"o:x"}},
		},
	} {
		for _, claims := range list {
			refused(t, string(kind), "", mintings(s, time.Minute, claims)[kind])
		}
	}
	raw, err := s.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute, Claims: map[string]any{"scopes": 5}})
	refused(t, "scopes", raw, err)
	// What only some Verifiers refuse is for them to judge.
	if err := mintings(s, time.Minute, map[string]any{"sts": "pending"})[tokens.TypeSession]; err != nil {
		t.Error(err)
	}
}

func TestSigner_Audience(t *testing.T) {
	s, v := newSigner(t), newVerifier(t)
	for _, want := range [][]string{nil, {"https://api.example"}, {"a", "b"}} {
		session, err1 := s.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute, Audience: want})
		m2m, err2 := s.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute, Scopes: []string{"x"}, Audience: want})
		oauth, err3 := s.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "client_1", TTL: time.Minute, Audience: want})
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		for _, raw := range []string{session, m2m, oauth} {
			token, err := verify(v, raw)
			expect(t, token, err, "")
			var got struct {
				Audience []string `json:"aud"`
			}
			if err := token.Claims(&got); err != nil || !slices.Equal(got.Audience, want) {
				t.Errorf("%s: aud %q, want %q: %v", token.Type(), got.Audience, want, err)
			}
		}
	}
	_, err := s.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute, Audience: []string{""}})
	refused(t, "an empty audience", "", err, "Audience")
}

package tokens_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// later is far enough away, on the clock of any machine, for an entry not to expire during a test.
var later = time.Now().AddDate(100, 0, 0)

func TestX1_RevocationList(t *testing.T) {
	const issuer, other = "https://clerk.example", "https://other.example"
	issued := now.Add(-10 * time.Second) // when the token below was issued
	for name, test := range map[string]struct {
		revoke func(*tokens.RevocationList)
		want   tokens.Code
	}{
		"nothing":              {func(*tokens.RevocationList) {}, ""},
		"the token":            {func(l *tokens.RevocationList) { l.RevokeToken(issuer, "id", later) }, tokens.ErrRevoked},
		"another token":        {func(l *tokens.RevocationList) { l.RevokeToken(issuer, "ID", later) }, ""},
		"of another issuer":    {func(l *tokens.RevocationList) { l.RevokeToken(other, "id", later) }, ""},
		"of no issuer":         {func(l *tokens.RevocationList) { l.RevokeToken("", "id", later) }, ""},
		"subject as token":     {func(l *tokens.RevocationList) { l.RevokeToken(issuer, "user_1", later) }, ""},
		"issued before":        {func(l *tokens.RevocationList) { l.RevokeSubject(issuer, "user_1", now, later) }, tokens.ErrRevoked},
		"issued just before":   {func(l *tokens.RevocationList) { l.RevokeSubject(issuer, "user_1", issued.Add(1), later) }, tokens.ErrRevoked},
		"issued then":          {func(l *tokens.RevocationList) { l.RevokeSubject(issuer, "user_1", issued, later) }, ""},
		"issued after":         {func(l *tokens.RevocationList) { l.RevokeSubject(issuer, "user_1", issued.Add(-1), later) }, ""},
		"another subject":      {func(l *tokens.RevocationList) { l.RevokeSubject(issuer, "user_2", now, later) }, ""},
		"token as subject":     {func(l *tokens.RevocationList) { l.RevokeSubject(issuer, "id", now, later) }, ""},
		"its namesake":         {func(l *tokens.RevocationList) { l.RevokeSubject(other, "user_1", now, later) }, ""},
		"the issuer":           {func(l *tokens.RevocationList) { l.RevokeIssuer(issuer, now, later) }, tokens.ErrRevoked},
		"the issuer, too long": {func(l *tokens.RevocationList) { l.RevokeIssuer(issuer, issued, later) }, ""},
		"another issuer":       {func(l *tokens.RevocationList) { l.RevokeIssuer(other, now, later) }, ""},
		"no issuer":            {func(l *tokens.RevocationList) { l.RevokeIssuer("", now, later) }, ""},
		"twice, the later first": {func(l *tokens.RevocationList) {
			l.RevokeSubject(issuer, "user_1", now, later)
			l.RevokeSubject(issuer, "user_1", issued, later)
		}, tokens.ErrRevoked},
		"twice, the earlier first": {func(l *tokens.RevocationList) {
			l.RevokeIssuer(issuer, issued, later)
			l.RevokeIssuer(issuer, now, later)
		}, tokens.ErrRevoked},
		"twice, the shorter last": {func(l *tokens.RevocationList) {
			l.RevokeToken(issuer, "id", later)
			l.RevokeToken(issuer, "id", time.Unix(1, 0))
			l.RevokeToken(issuer, "id2", later) // has expired entries dropped
		}, tokens.ErrRevoked},
		"a subject after all": {func(l *tokens.RevocationList) {
			l.RevokeIssuer(issuer, issued, later)
			l.RevokeSubject(issuer, "user_1", now, later)
		}, tokens.ErrRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			list := new(tokens.RevocationList)
			test.revoke(list)
			v := newVerifier(t, func(c *tokens.Config) { c.Revocations = list })
			token, err := verify(v, mint(tokens.TypeSession, "iss", `"https://clerk.example"`, "jti", `"id"`, "iat", `1799999990`))
			expect(t, token, err, test.want)
		})
	}
}

// A token that doesn't say when it was issued is as old as any.
func TestX1_NoIssuedAt(t *testing.T) {
	list := new(tokens.RevocationList)
	list.RevokeSubject("", "mch_1", time.Unix(1, 0), later)
	v := newVerifier(t, func(c *tokens.Config) { c.Revocations = list })
	token, err := verify(v, mint(tokens.TypeM2M, "jti", `"id"`))
	expect(t, token, err, tokens.ErrRevoked)
	token, err = verify(v, mint(tokens.TypeM2M, "jti", `"id"`, "iat", `2`))
	expect(t, token, err, "")
}

func TestX1_ExpiredEntriesAreDropped(t *testing.T) {
	list := new(tokens.RevocationList)
	revoked := func(id string) bool {
		t.Helper()
		answer, err := list.Revoked(t.Context(), &tokens.SessionToken{Meta: tokens.Meta{Issuer: "i", ID: id}})
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	list.RevokeToken("i", "long gone", time.Now().Add(-time.Hour))
	list.RevokeToken("i", "within the skew", time.Now().Add(-time.Minute)) // a Verifier may still take the token
	list.RevokeToken("i", "alive", time.Now().Add(time.Hour))
	for i := range 2000 { // dropping is left until it is worth it
		if err := list.RevokeToken("i", strconv.Itoa(i), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if revoked("long gone") || !revoked("within the skew") || !revoked("alive") {
		t.Errorf("revoked: %v, %v, %v, want false, true, true", revoked("long gone"), revoked("within the skew"), revoked("alive"))
	}
}

func TestX1_SenselessRevocations(t *testing.T) {
	list := new(tokens.RevocationList)
	for name, err := range map[string]error{
		"token without an ID":      list.RevokeToken("i", "", later),
		"token that never expires": list.RevokeToken("i", "id", time.Time{}),
		"subject without a name":   list.RevokeSubject("i", "", now, later),
		"subject without a time":   list.RevokeSubject("i", "user_1", time.Time{}, later),
		"subject without an end":   list.RevokeSubject("i", "user_1", now, time.Time{}),
		"issuer without a name":    list.RevokeIssuer("", now, later),
		"issuer without a time":    list.RevokeIssuer("i", time.Time{}, later),
		"issuer without an end":    list.RevokeIssuer("i", now, time.Time{}),
	} {
		if code(err) != tokens.ErrParams {
			t.Errorf("%s: error %v, want ErrParams", name, err)
		}
	}
	if revoked, _ := list.Revoked(t.Context(), &tokens.SessionToken{Meta: tokens.Meta{Issuer: "i", ID: "id", Subject: "user_1"}}); revoked {
		t.Error("one of them has revoked something")
	}
}

func TestX1_TokenWithoutID(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) { c.Revocations = new(tokens.RevocationList) })
	for _, kind := range jwtTypes {
		for _, jti := range []string{"", `""`} {
			token, err := verify(v, mint(kind, "jti", jti))
			expect(t, token, err, tokens.ErrClaims)
		}
		token, err := verify(v, mint(kind, "jti", `"id"`))
		expect(t, token, err, "")
	}
}

// asked is a Revocations that remembers what it was asked.
type asked struct {
	tokens  []tokens.Token
	revoked bool
	err     error
}

func (a *asked) Revoked(_ context.Context, token tokens.Token) (bool, error) {
	a.tokens = append(a.tokens, token)
	return a.revoked, a.err
}

func TestX2_AskedOnEveryRequest(t *testing.T) {
	revocations := new(asked)
	v := newVerifier(t, func(c *tokens.Config) { c.Revocations = revocations })
	for _, kind := range jwtTypes {
		revocations.tokens = nil
		raw := mint(kind, "jti", `"id"`)
		for range 3 {
			token, err := verify(v, raw)
			expect(t, token, err, "")
		}
		if len(revocations.tokens) != 3 || metaOf(revocations.tokens[2]).ID != "id" || revocations.tokens[2].Type() != kind {
			t.Errorf("%s: asked about %d tokens", kind, len(revocations.tokens))
		}
		revocations.revoked = true
		token, err := verify(v, raw)
		expect(t, token, err, tokens.ErrRevoked)
		if e, ok := err.(*tokens.Error); ok && e.Type != kind {
			t.Errorf("Error.Type = %q, want %q", e.Type, kind)
		}
		revocations.revoked = false
	}

	// Of a token that is no good they hear nothing.
	revocations.tokens = nil
	for _, raw := range []string{flip(mint(tokens.TypeM2M, "jti", `"id"`), 2), mint(tokens.TypeM2M, "jti", `"id"`, "exp", `1`)} {
		if _, err := verify(v, raw); err == nil {
			t.Error("accepted")
		}
	}
	if len(revocations.tokens) != 0 {
		t.Error("asked about a bad token")
	}
}

func TestX2_StoreUnusable(t *testing.T) {
	cause := errors.New("no route to the store")
	for _, answer := range []bool{false, true} {
		v := newVerifier(t, func(c *tokens.Config) { c.Revocations = &asked{revoked: answer, err: cause} })
		token, err := verify(v, mint(tokens.TypeSession, "jti", `"id"`))
		expect(t, token, err, tokens.ErrRevocationsUnavailable)
		if !errors.Is(err, cause) {
			t.Errorf("%v doesn't lead to its cause", err)
		}
	}
}

// The race detector sees what the assertions don't.
func TestX1_ConcurrentUse(t *testing.T) {
	list := new(tokens.RevocationList)
	v := newVerifier(t, func(c *tokens.Config) { c.Revocations = list })
	raw := mint(tokens.TypeSession, "jti", `"id"`, "iss", `"i"`)
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			list.RevokeToken("i", strconv.Itoa(n), later)
			if _, err := verify(v, raw); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

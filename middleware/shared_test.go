package middleware_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// TestRemembered_IsNobodysToChange: a token that is remembered is one for all requests. Whatever sees the caller of one, a
// hook, a check or a handler, changes nothing for the next.
func TestRemembered_IsNobodysToChange(t *testing.T) {
	vandalize := func(a authobj.Auth) {
		s := a.(*authobj.Session)
		if s.UserID != "user_1" || s.OrgPermissions[0] != "org:items:read" || s.Actor.Subject != "user_2" {
			t.Errorf("somebody has changed the caller to %q, %q, %q", s.UserID, s.OrgPermissions, s.Actor.Subject)
		}
		s.UserID, s.OrgPermissions[0], s.Actor.Subject = "user_3", "org:items:write", "user_4"
	}
	f := newFixture(t)
	f.config.Revocations = revocationsFunc(func(token tokens.Token) {
		s := token.(*tokens.SessionToken)
		s.Subject, s.OrgPermissions[0], s.Actor.Subject = "user_3", "org:items:write", "user_4"
	})
	m := f.middleware(t, middleware.Config{Observe: func(_ context.Context, d middleware.Decision) { vandalize(d.Auth) }})
	alter := func(a authobj.Auth) error { vandalize(a); return nil }
	h := m.RequirePolicy(middleware.Policy{Checks: []authobj.Check{alter}})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, err := authobj.FromContext(r.Context())
		check(t, err)
		vandalize(a)
		s, _ := authobj.As[*authobj.Session](r.Context())
		vandalize(s)
		s, _ = middleware.Protect[*authobj.Session](w, r)
		vandalize(s)
	}))
	token, err := f.signer.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Hour, Claims: map[string]any{
		"org_id": "org_1", "org_permissions": []string{"org:items:read"}, "act": map[string]any{"sub": "user_2"}}})
	check(t, err)
	for range 3 {
		if w := serve(h, request("Bearer "+token)); w.Code != 200 {
			t.Fatalf("status %d", w.Code)
		}
	}
}

// revocationsFunc takes nothing back, but looks at every token.
type revocationsFunc func(tokens.Token)

func (f revocationsFunc) Revoked(_ context.Context, t tokens.Token) (bool, error) {
	f(t)
	return false, nil
}

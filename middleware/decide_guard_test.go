package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"example.com/machineauth/authobj"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// R2: where no cookie is configured none is read, the one without a name neither.
func TestR2_NoCookieUnlessConfigured(t *testing.T) {
	f := newFixture(t)
	r := request()
	r.Header.Set("Cookie", "="+f.session(t)+"; __session="+f.session(t))
	next := &caller{}
	if got := serve(f.middleware(t, middleware.Config{}).Require()(next), r); got.Code != http.StatusUnauthorized || next.runs != 0 {
		t.Errorf("status %d, the handler ran %d times", got.Code, next.runs)
	}
}

// Who is not allowed is nobody to those who watch, also behind another middleware that let him in.
func TestObserve_TheDeniedAreNobody(t *testing.T) {
	f := newFixture(t)
	var d middleware.Decision
	m := f.middleware(t, middleware.Config{Observe: record(&d)})
	h := m.Attach(m.RequirePolicy(middleware.Policy{Accept: tokens.AnyType(), Checks: []authobj.Check{authobj.AllScopes("items:write")}})(&caller{}))
	if got := serve(h, request("Bearer "+f.m2m(t))); got.Code != http.StatusForbidden || d.Status != http.StatusForbidden || d.Auth != nil {
		t.Errorf("status %d, decision %+v", got.Code, d)
	}
}

// A hook that panics over a refusal makes it a failure of the program, and no less of a refusal.
func TestObserve_PanicsOverARefusal(t *testing.T) {
	f := newFixture(t)
	next := &caller{}
	m := f.middleware(t, middleware.Config{Observe: func(_ context.Context, d middleware.Decision) {
		if errors.Is(d.Err, middleware.ErrNoCredential) {
			panic("oops")
		}
	}})
	if got := serve(m.Require()(next), request()); got.Code != http.StatusInternalServerError || next.runs != 0 {
		t.Errorf("status %d, the handler ran %d times", got.Code, next.runs)
	}
}

package middleware_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// record returns an Observe hook that keeps the last decision.
func record(d *middleware.Decision) func(context.Context, middleware.Decision) {
	return func(_ context.Context, decision middleware.Decision) { *d = decision }
}

func TestObserve_EveryDecisionOnce(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name, authorization string
		status              int
		kind                tokens.Type
		err                 error
	}{
		{"let in", "Bearer " + f.m2m(t), 0, tokens.TypeM2M, nil},
		{"nobody", "", 401, "", middleware.ErrNoCredential},
		{"wrong type", "Bearer " + f.session(t), 401, tokens.TypeSession, tokens.ErrTypeMismatch},
		{"garbage", "Bearer garbage", 401, "", tokens.ErrMalformed},
		{"malformed", "Bearer", 400, "", middleware.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var decisions []middleware.Decision
			m := f.middleware(t, middleware.Config{Observe: func(_ context.Context, d middleware.Decision) { decisions = append(decisions, d) }})
			serve(m.Require(tokens.TypeM2M)(&caller{}), request(test.authorization))
			if len(decisions) != 1 {
				t.Fatalf("%d decisions, want 1", len(decisions))
			}
			d := decisions[0]
			if d.Status != test.status || d.Type != test.kind || !errors.Is(d.Err, test.err) || (d.Auth != nil) != (test.err == nil) || d.Duration <= 0 {
				t.Errorf("decision %+v", d)
			}
		})
	}
}

// source is a source of keys of the test's own.
type source func() (*jwk.Key, error)

func (s source) Key(context.Context, string) (*jwk.Key, error) { return s() }

func TestPanics_AreAnswered(t *testing.T) {
	f := newFixture(t)
	session := "Bearer " + f.session(t)
	panicking := func(authobj.Auth) error { panic("secret") }
	tests := map[string]struct {
		prepare func(f *fixture, cfg *middleware.Config)
		mount   func(m *middleware.Middleware, next http.Handler) http.Handler
	}{
		"source of keys": {prepare: func(f *fixture, _ *middleware.Config) {
			f.config.Keys = source(func() (*jwk.Key, error) { panic("secret") })
		}},
		"Observe": {prepare: func(_ *fixture, cfg *middleware.Config) {
			cfg.Observe = func(context.Context, middleware.Decision) { panic("secret") }
		}},
		"check": {mount: func(m *middleware.Middleware, next http.Handler) http.Handler {
			return m.RequirePolicy(middleware.Policy{Checks: []authobj.Check{panicking}})(next)
		}},
		"check in Protect": {mount: func(m *middleware.Middleware, next http.Handler) http.Handler {
			return m.Attach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, ok := middleware.Protect[*authobj.Session](w, r, panicking); ok {
					next.ServeHTTP(w, r)
				}
			}))
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := &fixture{key: f.key, signer: f.signer, config: f.config}
			log, text := logger()
			cfg := middleware.Config{Logger: log}
			if test.prepare != nil {
				test.prepare(f, &cfg)
			}
			m, next := f.middleware(t, cfg), &caller{}
			mounted := m.Require()(next)
			if test.mount != nil {
				mounted = test.mount(m, next)
			}
			w := serve(mounted, request(session))
			assertAnswer(t, w, 500, "")
			if next.runs != 0 {
				t.Error("the handler ran")
			}
			if strings.Contains(text.String(), "secret") || strings.Contains(w.Body.String(), "secret") || strings.Contains(w.Body.String(), "goroutine") {
				t.Errorf("a leak: log %s, body %s", text, w.Body)
			}
			if !strings.Contains(text.String(), "level=ERROR") {
				t.Errorf("nothing for the programmer in the log: %s", text)
			}
		})
	}
}

func TestPanics_OfHandlersAreTheirOwn(t *testing.T) {
	f := newFixture(t)
	defer func() {
		if recover() != "mine" {
			t.Error("the handler's panic was swallowed")
		}
	}()
	serve(f.middleware(t, middleware.Config{}).Require()(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("mine") })), request("Bearer "+f.session(t)))
}

func TestLog_Levels(t *testing.T) {
	f := newFixture(t)
	down := func(f *fixture) { f.config.Keys = source(func() (*jwk.Key, error) { return nil, jwk.ErrUnavailable }) }
	for name, test := range map[string]struct {
		prepare       func(*fixture)
		authorization string
		level         string
	}{
		"a caller's fault": {nil, "Bearer garbage", "level=DEBUG"},
		"an outage":        {down, "Bearer " + f.session(t), "level=WARN"},
	} {
		f := &fixture{key: f.key, signer: f.signer, config: f.config}
		if test.prepare != nil {
			test.prepare(f)
		}
		log, text := logger()
		serve(f.middleware(t, middleware.Config{Logger: log}).Require()(&caller{}), request(test.authorization))
		if !strings.Contains(text.String(), test.level) {
			t.Errorf("%s: log %q, want %s", name, text, test.level)
		}
	}
}

func TestLogsAndDecisions_HoldNoToken(t *testing.T) {
	f := newFixture(t)
	log, text := logger()
	m := f.middleware(t, middleware.Config{Logger: log, Observe: func(ctx context.Context, d middleware.Decision) {
		log.InfoContext(ctx, "decision", slog.Any("decision", d))
		log.InfoContext(ctx, "auth", slog.Any("auth", d.Auth))
	}})
	for _, token := range []string{f.session(t), f.m2m(t), f.oauth(t), f.session(t) + "x", "mt_good", "mt_bad", "garbage.garbage.garbage"} {
		text.Reset()
		w := serve(m.Require()(&caller{}), request("Bearer "+token))
		for place, s := range map[string]string{"log": text.String(), "body": w.Body.String(), "challenge": w.Header().Get("WWW-Authenticate")} {
			for _, part := range strings.Split(token, ".") {
				if len(part) > 4 && strings.Contains(s, part) {
					t.Errorf("the %s holds a part of the token: %s", place, s)
				}
			}
			for _, claim := range []string{"user_1", "sess_1", "mch_1", "org_1", "client_1"} {
				if strings.Contains(s, claim) {
					t.Errorf("the %s holds the claim %s: %s", place, claim, s)
				}
			}
		}
	}
}

// brokenLog is a log whose disk is full, and which takes that badly.
type brokenLog struct{ slog.Handler }

func (brokenLog) Enabled(context.Context, slog.Level) bool  { return true }
func (brokenLog) Handle(context.Context, slog.Record) error { panic("no space left") }

func TestLog_MayFail(t *testing.T) {
	m := newFixture(t).middleware(t, middleware.Config{Logger: slog.New(brokenLog{})})
	assertAnswer(t, serve(m.Require()(&caller{}), request()), 401, "")
}

// TestObserve_ChangesNobody: whoever watches can't make the caller somebody else.
func TestObserve_ChangesNobody(t *testing.T) {
	f := newFixture(t)
	m := f.middleware(t, middleware.Config{Observe: func(_ context.Context, d middleware.Decision) {
		if s, ok := d.Auth.(*authobj.Session); ok {
			s.UserID, s.OrgPermissions[0] = "user_root", "org:everything"
		}
	}})
	next := &caller{}
	serve(m.Require()(next), request("Bearer "+f.session(t)))
	if next.auth.Subject() != "user_1" || next.auth.(*authobj.Session).OrgPermissions[0] != "org:items:read" {
		t.Errorf("the handler sees %s with %v", next.auth.Subject(), next.auth.(*authobj.Session).OrgPermissions)
	}
}

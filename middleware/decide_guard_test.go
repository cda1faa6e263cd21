package middleware_test

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"strings"
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

// What a log shows of a decision: the error where there is one, and nothing instead where there is none.
func TestDecision_LogsItsError(t *testing.T) {
	log, lines := logger()
	log.Info("refused", "decision", middleware.Decision{Err: middleware.ErrMalformed})
	if got := lines.String(); !strings.Contains(got, "decision.error=malformed-credential") {
		t.Errorf("logged %s", got)
	}
	lines.Reset()
	log.Info("let in", "decision", middleware.Decision{})
	if got := lines.String(); strings.Contains(got, "error") || strings.Contains(got, "panic") || !strings.Contains(got, "decision.status=0") {
		t.Errorf("logged %s", got)
	}
}

// Without a logger of its own the middleware logs where the program does.
func TestLog_DefaultLogger(t *testing.T) {
	logger, lines := logger()
	old, writer, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(logger) // redirects package log, too
	defer func() {
		slog.SetDefault(old)
		log.SetOutput(writer)
		log.SetFlags(flags)
	}()
	verifier, err := tokens.NewVerifier(newFixture(t).config)
	check(t, err)
	m, err := middleware.New(middleware.Config{Verifier: verifier})
	check(t, err)
	serve(m.Require()(&caller{}), request())
	if got := lines.String(); !strings.Contains(got, "no-credential") {
		t.Errorf("logged %q", got)
	}
}

// Who watches hears of which type the caller was that Protect refused.
func TestProtect_TellsWhomItRefused(t *testing.T) {
	f := newFixture(t)
	var d middleware.Decision
	m := f.middleware(t, middleware.Config{Observe: record(&d)})
	h := m.Attach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { middleware.Protect[*authobj.M2M](w, r) }))
	if got := serve(h, request("Bearer "+f.session(t))); got.Code != http.StatusUnauthorized || d.Type != tokens.TypeSession || d.Status != http.StatusUnauthorized {
		t.Errorf("status %d, decision %+v", got.Code, d)
	}
}

package middleware_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"example.com/machineauth/authobj"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// protect is a handler of T, guarded by Protect.
func protect[T authobj.Object](next http.Handler, checks ...authobj.Check) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := middleware.Protect[T](w, r, checks...); ok {
			next.ServeHTTP(w, r)
		}
	})
}

func TestProtectAndHandle(t *testing.T) {
	f := newFixture(t)
	m := f.middleware(t, middleware.Config{})
	credentials := map[tokens.Type]string{
		tokens.TypeSession: f.session(t), tokens.TypeM2M: f.m2m(t), tokens.TypeOAuth: f.oauth(t), tokens.TypeAPIKey: "ak_good",
	}
	routes := []struct {
		wants  tokens.Type
		mounts map[string]func(next http.Handler, checks ...authobj.Check) http.Handler
	}{
		{tokens.TypeSession, mounts[*authobj.Session](m)}, {tokens.TypeM2M, mounts[*authobj.M2M](m)},
		{tokens.TypeOAuth, mounts[*authobj.OAuth](m)}, {tokens.TypeAPIKey, mounts[*authobj.APIKey](m)},
	}
	fails := func(authobj.Auth) error { return &authobj.Denied{} }
	for _, route := range routes {
		for name, mount := range route.mounts {
			for is, token := range credentials {
				next := &caller{}
				w := serve(mount(next), request("Bearer "+token))
				if is == route.wants && (w.Code != 200 || next.runs != 1 || next.auth.Type() != is) {
					t.Errorf("%s of %s: status %d for its own type", name, route.wants, w.Code)
				}
				if is != route.wants && (w.Code != 401 || next.runs != 0) {
					t.Errorf("%s of %s: status %d for a %s", name, route.wants, w.Code, is)
				}
			}
			next := &caller{}
			assertAnswer(t, serve(mount(next, fails), request("Bearer "+credentials[route.wants])), 403, "insufficient_scope")
			assertAnswer(t, serve(mount(next), request()), 401, "")
			assertAnswer(t, serve(mount(next), request("Bearer x y")), 400, "invalid_request")
			assertAnswer(t, serve(mount(next, nil), request("Bearer "+credentials[route.wants])), 500, "")
			if next.runs != 0 {
				t.Errorf("%s of %s: the handler ran", name, route.wants)
			}
		}
	}
}

// mounts are the two ways to a handler that gets its caller typed.
func mounts[T authobj.Object](m *middleware.Middleware) map[string]func(http.Handler, ...authobj.Check) http.Handler {
	return map[string]func(http.Handler, ...authobj.Check) http.Handler{
		"Protect": func(next http.Handler, checks ...authobj.Check) http.Handler {
			return m.Attach(protect[T](next, checks...))
		},
		"Handle": func(next http.Handler, checks ...authobj.Check) http.Handler {
			return middleware.Handle(m, func(w http.ResponseWriter, r *http.Request, _ T) { next.ServeHTTP(w, r) }, checks...)
		},
	}
}

func TestProtect_WithoutMiddleware(t *testing.T) {
	next := &caller{}
	w := serve(protect[*authobj.Session](next), request("Bearer "+newFixture(t).session(t)))
	assertAnswer(t, w, 500, "")
	if next.runs != 0 {
		t.Error("the handler ran")
	}
}

func TestProtect_InHandlerTests(t *testing.T) {
	session := &authobj.Session{UserID: "user_1"}
	next := &caller{}
	r := request()
	r = r.WithContext(authobj.NewContext(r.Context(), session))
	if w := serve(protect[*authobj.Session](next), r); w.Code != 200 || next.auth.Subject() != "user_1" {
		t.Errorf("status %d, caller %v", w.Code, next.auth)
	}
	assertAnswer(t, serve(protect[*authobj.M2M](next), r), 401, "invalid_token")
}

func TestPolicy_Optional(t *testing.T) {
	f := newFixture(t)
	policy := f.middleware(t, middleware.Config{}).RequirePolicy(middleware.Policy{Optional: true})
	for name, test := range map[string]struct {
		authorization []string
		status        int
		nobody        bool
	}{
		"nobody":        {nil, 200, true},
		"other scheme":  {[]string{"Basic x"}, 200, true},
		"somebody":      {[]string{"Bearer " + f.session(t)}, 200, false},
		"a bad token":   {[]string{"Bearer " + f.session(t) + "A"}, 401, false},
		"a wrong type":  {[]string{"Bearer " + f.m2m(t)}, 401, false},
		"two headers":   {[]string{"Bearer a", "Bearer b"}, 400, false},
		"scheme, alone": {[]string{"Bearer"}, 400, false},
	} {
		next := &caller{}
		w := serve(policy(next), request(test.authorization...))
		if w.Code != test.status || (next.runs == 1) != (test.status == 200) {
			t.Errorf("%s: status %d, the handler ran %d times", name, w.Code, next.runs)
		}
		if next.runs == 1 && errors.Is(next.err, middleware.ErrNoCredential) != test.nobody {
			t.Errorf("%s: caller %v, error %v", name, next.auth, next.err)
		}
	}
}

func TestMisuse_IsAnsweredWith500AndLogged(t *testing.T) {
	f := newFixture(t)
	log, text := logger()
	m := f.middleware(t, middleware.Config{Logger: log})
	next := &caller{}
	for name, h := range map[string]http.Handler{
		"unknown type":            m.Require("session")(next),
		"empty type":              m.Require("")(next),
		"unknown among known":     m.Require(tokens.TypeM2M, "jwt")(next),
		"nil check":               m.RequirePolicy(middleware.Policy{Checks: []authobj.Check{nil}})(next),
		"nil check, optional":     m.RequirePolicy(middleware.Policy{Checks: []authobj.Check{nil}, Optional: true})(next),
		"nil handler":             m.Require()(nil),
		"nil handler, attached":   m.Attach(nil),
		"nil function":            middleware.Handle[*authobj.Session](m, nil),
		"unknown type in Protect": m.Attach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { middleware.ProtectAny(w, r, []tokens.Type{"session"}) })),
	} {
		text.Reset()
		assertAnswer(t, serve(h, request("Bearer "+f.session(t))), 500, "")
		if next.runs != 0 || !strings.Contains(text.String(), "level=ERROR") {
			t.Errorf("%s: the handler ran %d times; log %q", name, next.runs, text)
		}
	}
	var none *middleware.Middleware
	assertAnswer(t, serve(none.Require()(next), request("Bearer "+f.session(t))), 500, "")
	assertAnswer(t, serve(none.Attach(next), request("Bearer "+f.session(t))), 500, "")
	assertAnswer(t, serve(new(middleware.Middleware).Require()(next), request("Bearer "+f.session(t))), 500, "")
	assertAnswer(t, serve(new(middleware.Middleware).Require()(next), request()), 401, "")
}

func TestNew_ReportsEveryMistake(t *testing.T) {
	_, err := middleware.New(middleware.Config{Realm: "a\"b\r\n", SessionCookie: "a b"})
	for _, want := range []string{"Verifier", "Realm", "SessionCookie"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
	if !errors.Is(err, middleware.ErrConfig) {
		t.Errorf("error %v is not ErrConfig", err)
	}
}

func TestPolicy_IsCopied(t *testing.T) {
	f := newFixture(t)
	accept := []tokens.Type{tokens.TypeSession}
	h := f.middleware(t, middleware.Config{}).Require(accept...)(&caller{})
	accept[0] = tokens.TypeM2M
	assertAnswer(t, serve(h, request("Bearer "+f.m2m(t))), 401, "invalid_token")
}

func TestConcurrentRequests(t *testing.T) {
	f := newFixture(t)
	m := f.middleware(t, middleware.Config{})
	token := f.session(t)
	h := middleware.Handle(m, func(w http.ResponseWriter, _ *http.Request, s *authobj.Session) {
		for i := range s.OrgPermissions { // ours to change
			s.OrgPermissions[i] = "org:everything"
		}
		s.UserID = "user_2"
	}, authobj.Permission("org:items:read"))
	done := make(chan int)
	for range 50 {
		go func() {
			status := 200
			for range 20 {
				if w := serve(h, request("Bearer "+token)); w.Code != 200 {
					status = w.Code
				}
			}
			done <- status
		}()
	}
	for range 50 {
		if status := <-done; status != 200 {
			t.Errorf("status %d", status)
		}
	}
}

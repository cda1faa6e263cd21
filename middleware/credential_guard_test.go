package middleware_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"example.com/machineauth/middleware"
)

// RFC 6265 section 5.2: what has no = is no cookie, and doesn't make the session's ambiguous.
func TestR2_ANameWithoutAValueIsNoCookie(t *testing.T) {
	f := newFixture(t)
	r := request()
	r.Header.Set("Cookie", "__session; __session="+f.session(t))
	next := &caller{}
	m := f.middleware(t, middleware.Config{SessionCookie: "__session"})
	if got := serve(m.Require()(next), r); got.Code != http.StatusOK || next.runs != 1 {
		t.Errorf("status %d, the handler ran %d times", got.Code, next.runs)
	}
}

// R1: where bare tokens are taken, another scheme is still no credential, and its name no token.
func TestR1_AnotherSchemeBesideBareTokens(t *testing.T) {
	f := newFixture(t)
	m := f.middleware(t, middleware.Config{AllowBareToken: true})
	if got := serve(m.Require()(&caller{}), request("Basic dXNlcjpwYXNz")); !strings.Contains(got.Body.String(), `"no_credential"`) {
		t.Errorf("status %d, %s", got.Code, got.Body)
	}
	if got := serve(m.Require()(&caller{}), request(f.session(t))); got.Code != http.StatusOK {
		t.Errorf("a bare token: status %d", got.Code)
	}
}

// R1: a tab or a list before the first space is a malformed header, not somebody else's scheme.
func TestR1_TheSchemeIsOneToken(t *testing.T) {
	m := newFixture(t).middleware(t, middleware.Config{})
	for authorization, status := range map[string]int{"Basic\t x": 400, "Digest, Bearer x": 400, "Bearer\t x": 400, "Basic x": 401} {
		if got := serve(m.Require()(&caller{}), request(authorization)); got.Code != status {
			t.Errorf("%q: status %d, want %d", authorization, got.Code, status)
		}
	}
}

func TestNew_RealmIsQuotable(t *testing.T) {
	for _, realm := range []string{"a\tb", "a\nb", "\x00", "a\x7f", "ä", `a"b`, `a\b`} {
		if _, err := middleware.New(middleware.Config{Realm: realm}); err == nil || !strings.Contains(err.Error(), "Config.Realm") {
			t.Errorf("%q: %v", realm, err)
		}
	}
}

func TestError_HasItsCause(t *testing.T) {
	cause := errors.New("cause")
	err := error(&middleware.Error{Code: middleware.ErrMalformed, Err: cause})
	if !errors.Is(err, cause) || !errors.Is(err, middleware.ErrMalformed) {
		t.Errorf("%v lacks its code or its cause", err)
	}
}

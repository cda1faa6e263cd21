package middleware_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decodeSegment(t testing.TB, segment string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(segment)
	check(t, err)
	return b
}

func TestR1_AuthorizationHeader(t *testing.T) {
	f := newFixture(t)
	token := f.m2m(t)
	tests := []struct {
		name   string
		values []string
		status int
		code   string // of the challenge; "" is a bare one
	}{
		{"good", []string{"Bearer " + token}, 200, ""},
		{"scheme in any case", []string{"bEaReR " + token}, 200, ""},
		{"several spaces", []string{"Bearer    " + token}, 200, ""},
		{"no header", nil, 401, ""},
		{"empty header", []string{""}, 401, ""},
		{"another scheme", []string{"Basic dXNlcjpwYXNz"}, 401, ""},
		{"another scheme with parameters", []string{`Digest username="a", realm="b"`}, 401, ""},
		{"a scheme that starts like Bearer", []string{"BearerX " + token}, 401, ""},
		{"two headers", []string{"Bearer " + token, "Bearer " + token}, 400, "invalid_request"},
		{"two headers, one of another scheme", []string{"Bearer " + token, "Basic dXNlcjpwYXNz"}, 400, "invalid_request"},
		{"two headers, one empty", []string{"Bearer " + token, ""}, 400, "invalid_request"},
		{"a list", []string{"Bearer " + token + ", Bearer " + token}, 400, "invalid_request"},
		{"a list without spaces", []string{"Bearer " + token + ",x"}, 400, "invalid_request"},
		{"a JWS in JSON", []string{`Bearer {"payload":"e30","signatures":[]}`}, 401, "invalid_token"},
		{"a list without a token", []string{"Bearer ,"}, 400, "invalid_request"},
		{"junk behind the token", []string{"Bearer " + token + " x"}, 400, "invalid_request"},
		{"a space behind the token", []string{"Bearer " + token + " "}, 400, "invalid_request"},
		{"a tab for the space", []string{"Bearer\t" + token}, 400, "invalid_request"},
		{"a tab behind the space", []string{"Bearer \t" + token}, 400, "invalid_request"},
		{"a space before the scheme", []string{" Bearer " + token}, 400, "invalid_request"},
		{"no token", []string{"Bearer"}, 400, "invalid_request"},
		{"no token but spaces", []string{"Bearer   "}, 400, "invalid_request"},
		{"no scheme", []string{token}, 400, "invalid_request"},
		{"no separator", []string{"Bearer" + token}, 400, "invalid_request"},
		{"a byte that is no b64token character", []string{"Bearer " + token + "\x80"}, 401, "invalid_token"},
		{"a NUL", []string{"Bearer " + token + "\x00"}, 401, "invalid_token"},
		{"a quoted token", []string{`Bearer "` + token + `"`}, 401, "invalid_token"},
		{"16 KiB and a byte", []string{"Bearer " + strings.Repeat("a", 16<<10+1)}, 401, "invalid_token"},
		{"a MiB", []string{"Bearer " + strings.Repeat("a.", 1<<19)}, 401, "invalid_token"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			next := &caller{}
			w := serve(f.middleware(t, middleware.Config{}).Require(tokens.TypeM2M)(next), request(test.values...))
			assertAnswer(t, w, test.status, test.code)
			if got := next.runs == 1; got != (test.status == 200) {
				t.Errorf("the handler ran: %v", got)
			}
		})
	}
}

// assertAnswer checks status and challenge.
func assertAnswer(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d", w.Code, status)
	}
	challenge := w.Header().Get("WWW-Authenticate")
	switch {
	case status == 200 || status >= 500:
		if challenge != "" {
			t.Errorf("challenge %q, want none", challenge)
		}
	case code == "":
		if challenge != "Bearer" {
			t.Errorf("challenge %q, want a bare one", challenge)
		}
	case !strings.HasPrefix(challenge, "Bearer ") || !strings.Contains(challenge, `error="`+code+`"`):
		t.Errorf("challenge %q, want the error %s", challenge, code)
	}
}

func TestR1_BareTokenIsAnOption(t *testing.T) {
	f := newFixture(t)
	m := f.middleware(t, middleware.Config{AllowBareToken: true})
	for value, status := range map[string]int{
		f.m2m(t):                     200,
		"Bearer " + f.m2m(t):         200,
		"Bearer":                     400,
		f.m2m(t) + "," + f.m2m(t):    400,
		f.m2m(t) + "\t":              400,
		"garbage":                    401,
		"Basic dXNlcjpwYXNzd29yZA==": 401,
	} {
		if w := serve(m.Require(tokens.TypeM2M)(&caller{}), request(value)); w.Code != status {
			t.Errorf("%.20q: status %d, want %d", value, w.Code, status)
		}
	}
}

func TestR2_SessionCookie(t *testing.T) {
	f := newFixture(t)
	session, m2m := f.session(t), f.m2m(t)
	anyType := tokens.AnyType()
	tests := []struct {
		name    string
		cookie  string // name of the configured cookie
		headers http.Header
		accept  []tokens.Type
		status  int
		carrier middleware.Carrier
	}{
		{"session in the cookie", "__session", cookies("__session=" + session), nil, 200, middleware.CarrierCookie},
		{"another name", "sid", cookies("sid=" + session), nil, 200, middleware.CarrierCookie},
		{"no cookie configured", "", cookies("__session=" + session), nil, 401, ""},
		{"cookie of another name", "__session", cookies("session=" + session), nil, 401, ""},
		{"empty cookie", "__session", cookies("__session="), nil, 401, ""},
		{"machine token in the cookie", "__session", cookies("__session=" + m2m), nil, 401, middleware.CarrierCookie},
		{"machine token in the cookie of a route for machines", "__session", cookies("__session=" + m2m), []tokens.Type{tokens.TypeM2M}, 401, ""},
		{"machine token in the cookie of a route for all", "__session", cookies("__session=" + m2m), anyType, 401, middleware.CarrierCookie},
		{"opaque machine token in the cookie", "__session", cookies("__session=mt_good"), anyType, 401, middleware.CarrierCookie},
		{"API key in the cookie", "__session", cookies("__session=ak_good"), anyType, 401, middleware.CarrierCookie},
		{"session in the cookie of a route for all", "__session", cookies("__session=" + session), anyType, 200, middleware.CarrierCookie},
		{"two cookies of the name", "__session", cookies("__session=" + session + "; __session=" + session), nil, 400, ""},
		{"the header wins", "__session", with(cookies("__session="+session), "Bearer "+m2m), []tokens.Type{tokens.TypeM2M}, 200, middleware.CarrierHeader},
		{"a bad header wins, too", "__session", with(cookies("__session="+session), "Bearer "+m2m), nil, 401, middleware.CarrierHeader},
		{"a malformed header wins, too", "__session", with(cookies("__session="+session), "Bearer"), nil, 400, ""},
		{"another scheme doesn't", "__session", with(cookies("__session="+session), "Basic dXNlcjpwYXNz"), nil, 200, middleware.CarrierCookie},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var decision middleware.Decision
			m := f.middleware(t, middleware.Config{SessionCookie: test.cookie, Observe: record(&decision)})
			r := request()
			r.Header = test.headers
			if w := serve(m.Require(test.accept...)(&caller{}), r); w.Code != test.status {
				t.Errorf("status %d, want %d", w.Code, test.status)
			}
			if decision.Carrier != test.carrier {
				t.Errorf("carrier %q, want %q", decision.Carrier, test.carrier)
			}
		})
	}
}

// TestR2_CookiesAreCheap: a client that sends thousands of cookies doesn't make the server build thousands of objects.
func TestR2_CookiesAreCheap(t *testing.T) {
	f := newFixture(t)
	h := f.middleware(t, middleware.Config{SessionCookie: "__session"}).Require()(&caller{})
	for _, pair := range []string{"__session=a; ", "session=a; ", "a; ", ";;;;"} {
		r := request()
		r.Header = cookies(strings.Repeat(pair, 3000))
		w := &discard{header: http.Header{}}
		allocated := testing.AllocsPerRun(20, func() { h.ServeHTTP(w, r) })
		if w.status < 400 || allocated > 60 {
			t.Errorf("%q: status %d with %v allocations", pair, w.status, allocated)
		}
	}
}

func cookies(value string) http.Header { return http.Header{"Cookie": {value}} }

func with(h http.Header, authorization string) http.Header {
	h["Authorization"] = []string{authorization}
	return h
}

func TestR3_NothingElseAuthenticates(t *testing.T) {
	f := newFixture(t)
	token := f.session(t)
	body := strings.NewReader("access_token=" + token)
	r := httptest.NewRequest(http.MethodPost, "/?access_token="+token+"&token="+token, body)
	for _, name := range []string{"Proxy-Authorization", "X-Forwarded-Authorization", "X-Authorization", "X-Access-Token"} {
		r.Header.Set(name, "Bearer "+token)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-User", "user_1")
	r.Header.Set("X-Clerk-Auth-Status", "signed-in")
	r.Header.Set("X-HTTP-Method-Override", "OPTIONS")
	m := f.middleware(t, middleware.Config{SessionCookie: "__session"})
	assertAnswer(t, serve(m.Require()(&caller{}), r), 401, "")
	if body.Len() != len("access_token="+token) {
		t.Error("the body has been read")
	}
	for _, method := range []string{http.MethodOptions, http.MethodHead, http.MethodTrace, "PURGE"} {
		if w := serve(m.Require()(&caller{}), httptest.NewRequest(method, "/", nil)); w.Code != 401 {
			t.Errorf("%s: status %d, want 401", method, w.Code)
		}
	}
}

func FuzzAuthorizationHeader(f *testing.F) {
	fix := newFixture(f)
	good := fix.session(f)
	m := fix.middleware(f, middleware.Config{})
	for _, seed := range []string{"Bearer " + good, "bearer  " + good, "Bearer", "", "Basic x", good, "Bearer a,b", "Bearer\t" + good, " ", ",", "Bearer mt_good", "Bearer " + good + "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		next := &caller{}
		w := serve(m.Require()(next), request(value))
		switch {
		case next.runs == 1 && (next.err != nil || next.auth.Subject() != "user_1"):
			t.Fatalf("let in %v, %v", next.auth, next.err)
		case next.runs == 1 && !strings.HasSuffix(value, " "+good):
			t.Fatalf("let in by %q, which does not end in the one good token", value)
		case next.runs == 0 && w.Code != 400 && w.Code != 401:
			t.Fatalf("status %d", w.Code)
		case next.runs == 0 && w.Header().Get("WWW-Authenticate") == "":
			t.Fatal("no challenge")
		}
	})
}

func TestNoCredentialIsKnownToHandlers(t *testing.T) {
	next := &caller{}
	serve(newFixture(t).middleware(t, middleware.Config{}).Attach(next), request())
	if !errors.Is(next.err, middleware.ErrNoCredential) {
		t.Errorf("error %v, want ErrNoCredential", next.err)
	}
}

package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/outbound"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

// service is a service that is called: it remembers what it was sent, and refuses the tokens that are revoked.
type service struct {
	*httptest.Server
	mu      sync.Mutex
	seen    []string // "<method> <path> <Authorization> <body>"
	revoked []string
}

func newService(t testing.TB, next http.HandlerFunc) *service {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
			}
		}
	})
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		authorization := r.Header.Get("Authorization")
		s.mu.Lock()
		s.seen = append(s.seen, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Method, r.URL.Path, authorization, body)))
		refused := slices.Contains(s.revoked, strings.TrimPrefix(authorization, "Bearer "))
		s.mu.Unlock()
		switch {
		case refused:
			w.Header().Set("WWW-Authenticate", `Bearer realm="reports", error="invalid_token"`)
			http.Error(w, "no", http.StatusUnauthorized)
		case next != nil:
			next(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *service) revoke(tokens ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = append(s.revoked, tokens...)
}

func (s *service) saw() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// caller returns a client of the service that has its tokens from m.
func (s *service) caller(t testing.TB, m *mint) *http.Client {
	client := *s.Client()
	client.Transport = newSource(t, m).Transport(s.Client().Transport)
	return &client
}

// send sends a request and returns the status.
func send(t *testing.T, client *http.Client, method, url string, body io.Reader) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if r.Header.Get("Authorization") != "" {
		t.Error("the caller's request was changed")
	}
	if response.Request.Header.Get("Authorization") != "" {
		t.Error("the response shows the token")
	}
	return response.StatusCode
}

// expectSeen sees that the service has seen these requests and no others.
func (s *service) expectSeen(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, s.saw()); diff != "" {
		t.Error(diff)
	}
}

func TestTransport_SendsTheToken(t *testing.T) {
	s := newService(t, nil)
	client := s.caller(t, &mint{life: time.Hour})
	send(t, client, "GET", s.URL+"/a", nil)
	send(t, client, "POST", s.URL+"/b", strings.NewReader("body"))
	s.expectSeen(t, "GET /a Bearer token-1", "POST /b Bearer token-1 body")
}

func TestTransport_RepeatsOnceWithAFreshToken(t *testing.T) {
	s := newService(t, nil)
	client := s.caller(t, &mint{life: time.Hour})
	s.revoke("token-1")
	if got := send(t, client, "POST", s.URL+"/a", strings.NewReader("body")); got != http.StatusOK {
		t.Errorf("status = %d", got)
	}
	send(t, client, "GET", s.URL+"/b", nil)
	s.expectSeen(t, "POST /a Bearer token-1 body", "POST /a Bearer token-2 body", "GET /b Bearer token-2")
}

func TestTransport_RepeatsOnlyOnce(t *testing.T) {
	s := newService(t, nil)
	m := &mint{life: time.Hour}
	client := s.caller(t, m)
	s.revoke("token-1", "token-2", "token-3")
	for range 10 {
		if got := send(t, client, "GET", s.URL, nil); got != http.StatusUnauthorized {
			t.Errorf("status = %d", got)
		}
	}
	if got := m.n.Load(); got != 2 {
		t.Errorf("minted %d tokens for a service that takes none, want 2", got)
	}
	if got := len(s.saw()); got != 11 {
		t.Errorf("sent %d requests, want 11", got)
	}
}

// A body that can be read only once isn't sent half, or empty; but the next request has a new token.
func TestTransport_BodyThatCannotBeReplayed(t *testing.T) {
	s := newService(t, nil)
	client := s.caller(t, &mint{life: time.Hour})
	s.revoke("token-1")
	if got := send(t, client, "POST", s.URL+"/a", io.MultiReader(strings.NewReader("body"))); got != http.StatusUnauthorized {
		t.Errorf("status = %d", got)
	}
	send(t, client, "GET", s.URL+"/b", nil)
	s.expectSeen(t, "POST /a Bearer token-1 body", "GET /b Bearer token-2")
}

func TestTransport_BodyThatFailsToReplay(t *testing.T) {
	s := newService(t, nil)
	client := s.caller(t, &mint{life: time.Hour})
	s.revoke("token-1")
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/a", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	r.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("the file is gone") }
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized {
		t.Errorf("status = %d", response.StatusCode)
	}
	s.expectSeen(t, "POST /a Bearer token-1 body")
}

func TestTransport_NoOtherAnswerIsAReasonToRepeat(t *testing.T) {
	for _, tt := range []struct {
		status    int
		challenge string
	}{
		{401, ""},
		{401, "Bearer"},
		{401, `Bearer error="insufficient_scope"`},
		{403, `Bearer error="invalid_token"`},
		{500, `Bearer error="invalid_token"`},
	} {
		s := newService(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", tt.challenge)
			w.WriteHeader(tt.status)
		})
		if got := send(t, s.caller(t, &mint{life: time.Hour}), "GET", s.URL+"/", nil); got != tt.status {
			t.Errorf("status = %d, want %d", got, tt.status)
		}
		s.expectSeen(t, "GET / Bearer token-1")
	}
}

// Where no new token can be had, the caller gets the 401, with its body.
func TestTransport_RefusedAndNoFreshToken(t *testing.T) {
	s := newService(t, nil)
	m := &mint{life: time.Hour}
	client := s.caller(t, m)
	send(t, client, "GET", s.URL+"/", nil)
	s.revoke("token-1")
	m.err = errors.New("the issuer is down")
	response, err := client.Get(s.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); response.StatusCode != 401 || string(body) != "no\n" || err != nil {
		t.Errorf("%d %q, %v", response.StatusCode, body, err)
	}
	s.expectSeen(t, "GET / Bearer token-1", "GET / Bearer token-1")
}

func TestTransport_ManyRefusalsMintOneToken(t *testing.T) {
	s := newService(t, nil)
	m := &mint{life: time.Hour, took: 10 * time.Millisecond}
	client := s.caller(t, m)
	send(t, client, "GET", s.URL+"/", nil)
	s.revoke("token-1")
	var done sync.WaitGroup
	for range 50 {
		done.Go(func() {
			if got := send(t, client, "GET", s.URL+"/", nil); got != http.StatusOK {
				t.Errorf("status = %d", got)
			}
		})
	}
	done.Wait()
	if got := m.n.Load(); got != 2 {
		t.Errorf("minted %d tokens, want 2", got)
	}
}

func TestTransport_Redirects(t *testing.T) {
	var home *service
	away := newService(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/and-back":
			http.Redirect(w, r, home.URL+"/end", http.StatusTemporaryRedirect)
		case "/and-on":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		}
	})
	home = newService(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/here":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/away":
			http.Redirect(w, r, away.URL+"/end", http.StatusTemporaryRedirect)
		case "/away-and-back":
			http.Redirect(w, r, away.URL+"/and-back", http.StatusTemporaryRedirect)
		case "/away-and-on":
			http.Redirect(w, r, away.URL+"/and-on", http.StatusTemporaryRedirect)
		}
	})
	client := home.caller(t, &mint{life: time.Hour})
	send(t, client, "GET", home.URL+"/here", nil)
	send(t, client, "GET", home.URL+"/away", nil)
	send(t, client, "GET", home.URL+"/away-and-back", nil)
	send(t, client, "GET", home.URL+"/away-and-on", nil)
	home.expectSeen(t,
		"GET /here Bearer token-1", "GET /end Bearer token-1",
		"GET /away Bearer token-1",
		"GET /away-and-back Bearer token-1", "GET /end",
		"GET /away-and-on Bearer token-1")
	away.expectSeen(t, "GET /end", "GET /and-back", "GET /and-on", "GET /end")
}

// A transport that doesn't say which request a redirect answers leaves no way to tell where it came from.
func TestTransport_RedirectFromNowhere(t *testing.T) {
	s := newService(t, nil)
	r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Response = &http.Response{}
	response, err := s.caller(t, &mint{life: time.Hour}).Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	s.expectSeen(t, "GET /")
}

// closing is a body that tells whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestTransport_PlainHTTP(t *testing.T) {
	m := &mint{life: time.Hour}
	transport := newSource(t, m).Transport(roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
	}))
	for url, want := range map[string]error{
		"http://reports.example.com/":           outbound.ErrInsecure,
		"http://localhost.example.com/":         outbound.ErrInsecure,
		"http://127.0.0.1.example.com/":         outbound.ErrInsecure,
		"http://10.0.0.1/":                      outbound.ErrInsecure,
		"ftp://reports.example.com/":            outbound.ErrInsecure,
		"https://reports.example.com/":          nil,
		"http://localhost:1234/":                nil,
		"http://127.0.0.2/":                     nil,
		"http://[::1]:1234/":                    nil,
		"http://user@localhost@reports.invalid": outbound.ErrInsecure,
	} {
		body := &closing{Reader: strings.NewReader("body")}
		r, err := http.NewRequestWithContext(t.Context(), "POST", url, body)
		if err != nil {
			continue
		}
		response, err := transport.RoundTrip(r)
		if !errors.Is(err, want) || (response == nil) != (err != nil) {
			t.Errorf("%s: %v, %v", url, response, err)
		}
		if want != nil && !body.closed {
			t.Errorf("%s: the body was not closed", url)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTransport_NoToken(t *testing.T) {
	s := newService(t, nil)
	m := &mint{err: errors.New("the issuer is down")}
	_, err := s.caller(t, m).Get(s.URL)
	if !errors.Is(err, outbound.ErrToken) || !errors.Is(err, m.err) {
		t.Error(err)
	}
	s.expectSeen(t)
}

// What package oauth2 makes of a Source works as its users expect.
func TestSource_IsATokenSource(t *testing.T) {
	s := newService(t, nil)
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, s.Client())
	client := oauth2.NewClient(ctx, newSource(t, &mint{life: time.Hour}))
	response, err := client.Get(s.URL + "/a")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	s.expectSeen(t, "GET /a Bearer token-1")
}

func TestTransport_OddRequests(t *testing.T) {
	source, err := outbound.NewSource(outbound.SourceConfig{Mint: func(context.Context) (tokens.Secret, time.Time, error) {
		return tokens.NewSecret("good"), time.Now().Add(time.Hour), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Transport(nil).RoundTrip(&http.Request{Header: http.Header{}}); err == nil {
		t.Error("a request without a URL was sent")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer good" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	response, err := source.Transport(nil).RoundTrip(&http.Request{Method: http.MethodGet, URL: u})
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("a request without a header: %v, %v", response, err)
	}
	_ = response.Body.Close()
}

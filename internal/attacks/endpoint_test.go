package attacks

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// jwksSecret is what a service sends to its key endpoint, and to nobody else.
const jwksSecret = "sk_test_of_the_key_endpoint"

// endpoint is an issuer's JWKS endpoint on loopback, which can be made to fail.
type endpoint struct {
	*httptest.Server

	mu      sync.Mutex
	handler http.HandlerFunc
	fetches int
}

// newEndpoint returns an endpoint that serves keys until the test ends. Its URL is like no other's: its port may have been that
// of another package's test, whose clients still try.
func newEndpoint(t testing.TB, keys ...any) *endpoint {
	e, path := new(endpoint), "/"+rand.Text()
	e.serve(keys...)
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		e.mu.Lock()
		e.fetches++
		handler := e.handler
		e.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer "+jwksSecret {
			t.Error("the key endpoint was asked without its secret")
		}
		handler(w, r)
	}))
	e.URL += path
	t.Cleanup(e.Close)
	return e
}

// answer changes what the endpoint does from now on.
func (e *endpoint) answer(handler http.HandlerFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handler = handler
}

// serve changes the set that the endpoint serves.
func (e *endpoint) serve(keys ...any) { e.answer(says(http.StatusOK, string(setOf(keys...)))) }

func (e *endpoint) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fetches
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// hangs returns a handler that answers nothing before release is called, and what it was asked is gone by then.
func hangs(t testing.TB) (handler http.HandlerFunc, release func()) {
	released := make(chan struct{})
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(release)
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-released:
		case <-r.Context().Done():
		}
	}, release
}

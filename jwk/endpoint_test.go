package jwk_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/jwk"
)

// endpoint is a JWKS endpoint without a network, for tests in a synctest bubble.
type endpoint struct {
	mu      sync.Mutex
	body    []byte
	status  int           // zero means 200
	delay   time.Duration // before it answers
	fetches int
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	e.mu.Lock()
	e.fetches++
	body, status, delay := e.body, e.status, e.delay
	e.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if status < 0 {
		return nil, errors.New("connection refused")
	}
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

const (
	down = -1        // a status that means: no answer
	hang = time.Hour // longer than any deadline
)

// serve changes what the endpoint answers from now on.
func (e *endpoint) serve(status int, delay time.Duration, keys ...*jwk.PrivateKey) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status, e.delay = status, delay
	if len(keys) > 0 {
		e.body = setOf(keys...)
	}
}

func (e *endpoint) fetched(t *testing.T, want int) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fetches != want {
		t.Errorf("got %d fetches, want %d", e.fetches, want)
	}
}

// newRemote returns a Remote over a fresh endpoint that serves keys.
func newRemote(t *testing.T, cfg jwk.RemoteConfig, keys ...*jwk.PrivateKey) (*jwk.Remote, *endpoint) {
	t.Helper()
	e := &endpoint{}
	if len(keys) > 0 {
		e.serve(0, 0, keys...)
	}
	cfg.URL = "https://issuer.example/jwks"
	cfg.Client = &http.Client{Transport: e}
	r, err := jwk.NewRemote(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, e
}

// expect asks for a key, and says what should come back: nil is the key of that kid.
func expect(t *testing.T, r *jwk.Remote, kid string, want error) *jwk.Key {
	t.Helper()
	key, err := r.Key(t.Context(), kid)
	switch {
	case want == nil && (err != nil || key.ID() != kid || key.Retired()):
		t.Fatalf("kid %s: got %v, %v, want the key", kid, key, err)
	case want != nil && (key != nil || !errors.Is(err, want)):
		t.Fatalf("kid %s: got %v, %v, want %v", kid, key, err, want)
	}
	return key
}

func clientOf(e *endpoint) *http.Client { return &http.Client{Transport: e} }

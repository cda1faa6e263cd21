package issuer_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
)

func development(t *testing.T, url string) *issuer.Issuer {
	t.Helper()
	iss, err := issuer.New(issuer.Config{Issuer: url, SecretKeys: []tokens.Secret{issuer.NewSecretKey()}, Development: true})
	if err != nil {
		t.Fatal(err)
	}
	return iss
}

// TestDevelopment_Host: a web page whose name resolves to 127.0.0.1 is refused (DNS rebinding).
func TestDevelopment_Host(t *testing.T) {
	iss := development(t, "http://localhost:8089")
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8089": 200, "LocalHost:1": 200, "127.0.0.1:8089": 200, "127.1.2.3": 200, "[::1]:8089": 200, "[::1]": 200,
		"evil.example": 403, "localhost.evil.example": 403, "127.0.0.1.evil.example:8089": 403, "10.0.0.1": 403, "": 403, "0.0.0.0": 403, "[::]:1": 403,
	} {
		for _, path := range []string{"/.well-known/jwks.json", "/.well-known/oauth-authorization-server"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = host
			recorder := httptest.NewRecorder()
			iss.ServeHTTP(recorder, r)
			if recorder.Code != want {
				t.Errorf("%s as %q: %d, want %d", path, host, recorder.Code, want)
			}
		}
	}
	r := httptest.NewRequest("GET", "http://localhost/jwks", nil)
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(192, 168, 1, 2), Port: 80}))
	recorder := httptest.NewRecorder()
	if iss.ServeHTTP(recorder, r); recorder.Code != 403 {
		t.Errorf("on an address of the network: %d", recorder.Code)
	}
	w := newWorld(t)
	if a := w.do("GET", "/jwks", "", nil); a.status != 200 {
		t.Errorf("otherwise the host is the server's business: %d", a.status)
	}
}

func TestDevelopment_KeysAreEphemeral(t *testing.T) {
	one, err1 := development(t, "http://localhost").JWKS()
	two, err2 := development(t, "http://localhost").JWKS()
	if err := errors.Join(err1, err2); err != nil || string(one) == string(two) {
		t.Errorf("two issuers have one key, or: %v", err)
	}
}

func TestServe(t *testing.T) {
	iss := development(t, "http://127.0.0.1")
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "10.0.0.1:80", "example.com:80", "localhost", ""} {
		if err := iss.ListenAndServe(t.Context(), addr); !errors.Is(err, issuer.ErrConfig) {
			t.Errorf("%q: %v", addr, err)
		}
	}
	everywhere, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	if err := iss.Serve(t.Context(), everywhere); !errors.Is(err, issuer.ErrConfig) {
		t.Errorf("a listener on every address: %v", err)
	}
	if _, err := everywhere.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is still open: %v", err)
	}

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- iss.Serve(ctx, ln) }()
	resp, err := http.Get("http://" + ln.Addr().String() + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Serve ends with its context: %v", err)
	}
	if err := iss.ListenAndServe(ctx, "127.0.0.1:0"); err != nil {
		t.Errorf("a context that has ended: %v", err)
	}
}

package jwk_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/jwk"
)

// serveHTTP starts a real server, and returns a Remote over it.
func serveHTTP(t *testing.T, handler http.HandlerFunc, cfg jwk.RemoteConfig) *jwk.Remote {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg.URL = server.URL + "/jwks?token=s3cret-query"
	if cfg.Logger == nil {
		cfg.Logger = quiet
	}
	r, err := jwk.NewRemote(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestK2_1000GoroutinesOnAColdSetCauseOneFetch(t *testing.T) {
	var fetches atomic.Int32
	set := setOf(edPrivate("a"))
	r := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		fetches.Add(1)
		w.Write(set)
	}, jwk.RemoteConfig{})
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for range 1000 {
		wg.Go(func() {
			<-begin
			if key, err := r.Key(t.Context(), "a"); err != nil || key.ID() != "a" {
				t.Errorf("got %v, %v", key, err)
			}
		})
	}
	close(begin)
	wg.Wait()
	if n := fetches.Load(); n != 1 {
		t.Errorf("got %d fetches, want 1", n)
	}
}

func TestK5_OnlyAGoodAnswerIsASet(t *testing.T) {
	set := setOf(edPrivate("a"))
	const secret = "s3cret"
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			w.Write(set)
		}
	}
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
	}
	for name, row := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"500 with a set":    {status(500), "status 500"},
		"201 with a set":    {status(201), "status 201"},
		"206 with a set":    {status(206), "status 206"},
		"404 with a set":    {status(404), "status 404"},
		"304":               {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, "status 304"},
		"empty":             {body(""), "not a JWK set"},
		"HTML":              {body("<html>" + secret), "not a JWK set"},
		"JSON with a typo":  {body(`{"keys":["` + secret + `"`), "not a JWK set"},
		"no keys":           {body(`{"keys":[]}`), "no usable key"},
		"1,001 keys":        {body(`{"keys":[` + strings.Repeat("{},", 1000) + "{}]}"), "more than 1000 keys"},
		"more than 1 MiB":   {body(string(set) + strings.Repeat(" ", 1<<20)), "more than 1048576 bytes"},
		"gzip bomb":         {gzipBomb, "more than 1048576 bytes"},
		"connection is cut": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"body is cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write(set[:10])
		}, "EOF"},
	} {
		r := serveHTTP(t, row.handler, jwk.RemoteConfig{Header: http.Header{"Authorization": {"Bearer s3cret-header"}}})
		_, err := r.Key(t.Context(), "a")
		if !isCode(err, jwk.ErrUnavailable) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want an ErrUnavailable with %q", name, err, row.want)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows query, header or body: %v", name, err)
		}
	}
	r := serveHTTP(t, body(string(set)+strings.Repeat(" ", 1<<20-len(set))), jwk.RemoteConfig{})
	if _, err := r.Key(t.Context(), "a"); err != nil {
		t.Errorf("1 MiB exactly: %v", err)
	}
}

func gzipBomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	chunk := make([]byte, 1<<20)
	for range 64 {
		if _, err := z.Write(chunk); err != nil {
			return
		}
	}
	z.Close()
}

func TestK5_AHugeBodyIsNotRead(t *testing.T) {
	served := make(chan int64, 1)
	r := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 64<<10))
		var n int64
		for n < 300<<20 {
			if _, err := w.Write(chunk); err != nil {
				break
			}
			n += int64(len(chunk))
		}
		served <- n
	}, jwk.RemoteConfig{})
	if _, err := r.Key(t.Context(), "a"); !isCode(err, jwk.ErrUnavailable) {
		t.Errorf("got %v, want an ErrUnavailable", err)
	}
	if n := <-served; n > 32<<20 { // 1 MiB is read, the rest sits in the sockets' buffers
		t.Errorf("%d MiB of 300 were taken", n>>20)
	}
}

func TestK5_RedirectsAreRefused(t *testing.T) {
	var followed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		followed.Add(1)
		w.Write(setOf(edPrivate("a")))
	}))
	defer elsewhere.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	for _, code := range []int{301, 302, 303, 307, 308} {
		r := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, code) },
			jwk.RemoteConfig{Client: client})
		if _, err := r.Key(t.Context(), "a"); !isCode(err, jwk.ErrUnavailable) || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: got %v, want an ErrUnavailable about a redirect", code, err)
		}
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
	if client.CheckRedirect(nil, nil) != nil {
		t.Error("the caller's client was changed")
	}
}

// A body that comes byte by byte, for ever, ends at the same deadline as no answer at all.
func TestK5_TheDeadlineCoversTheBody(t *testing.T) {
	r := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	}, jwk.RemoteConfig{})
	r.SetTimeout(50 * time.Millisecond)
	if _, err := r.Key(t.Context(), "a"); !isCode(err, jwk.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want an ErrUnavailable because of the deadline", err)
	}
}

func TestRemote_SendsTheHeader(t *testing.T) {
	got := make(chan http.Header, 1)
	header := http.Header{"Authorization": {"Bearer s3cret"}, "X-Own": {"1", "2"}}
	r := serveHTTP(t, func(w http.ResponseWriter, r *http.Request) {
		if !r.Close {
			t.Error("the connection is kept")
		}
		got <- r.Header
		w.Write(setOf(edPrivate("a")))
	}, jwk.RemoteConfig{Header: header})
	header.Set("Authorization", "changed")
	if _, err := r.Key(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	sent := <-got
	if sent.Get("Authorization") != "Bearer s3cret" || !strings.Contains(sent.Get("Accept"), "application/json") {
		t.Errorf("got %v", sent)
	}
	if len(header) != 2 || len(sent["X-Own"]) != 2 {
		t.Errorf("the caller's header was changed: %v", header)
	}
}

func TestClose_LeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	arrived := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			arrived <- struct{}{}
			<-r.Context().Done()
			return
		}
		w.Write(setOf(edPrivate("a")))
	}))
	for _, path := range []string{"/hang", "/set"} {
		r := must(jwk.NewRemote(jwk.RemoteConfig{URL: server.URL + path, Logger: quiet}))
		done := make(chan error)
		go func() {
			_, err := r.Key(t.Context(), "a")
			done <- err
		}()
		if path == "/hang" {
			<-arrived
			r.Close()
			if err := <-done; !isCode(err, jwk.ErrUnavailable) {
				t.Errorf("got %v, want an ErrUnavailable", err)
			}
		} else if err := errors.Join(<-done, r.Close()); err != nil {
			t.Error(err)
		}
	}
	server.Close()
	for deadline := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("goroutines are left:\n%s", stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// Readers and a set that changes with every fetch, for the race detector. A key is either refused or it verifies what its
// private half signed.
func TestRemote_UnderRotation(t *testing.T) {
	keys := make([]*jwk.PrivateKey, 20)
	for i := range keys {
		keys[i] = edPrivate(fmt.Sprint(i))
	}
	var fetches, underWay atomic.Int32
	r := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request) {
		i := int(fetches.Add(1))
		w.Write(setOf(keys[i%20], keys[(i+1)%20], keys[(i+2)%20]))
	}, jwk.RemoteConfig{TTL: 1, Cooldown: 1, Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if underWay.Add(1) > 1 {
			t.Error("two fetches at a time")
		}
		defer underWay.Add(-1)
		return http.DefaultTransport.RoundTrip(r)
	})}})
	var wg sync.WaitGroup
	var verified atomic.Int32
	for worker := range 8 {
		wg.Go(func() {
			for i := range 300 {
				private := keys[(i+worker)%20]
				key, err := r.Key(t.Context(), private.Public().ID())
				switch {
				case isCode(err, jwk.ErrUnknownKey):
				case err != nil:
					t.Errorf("got %v", err)
				case key.Verify(input, sign(t, private, input)) == nil:
					verified.Add(1)
				case !key.Retired():
					t.Errorf("key %s refuses its own signature", key.ID())
				}
				r.Report()
			}
		})
	}
	wg.Wait()
	if verified.Load() == 0 || fetches.Load() < 2 {
		t.Errorf("%d verified, %d fetches: nothing was tested", verified.Load(), fetches.Load())
	}
}

package resources

import (
	"compress/gzip"
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
)

// endpoints are key endpoints that no service should survive badly.
var endpoints = []struct {
	name    string
	serve   func(w http.ResponseWriter, r *http.Request)
	hangs   bool
	mostRAM uint64 // that one fetch may allocate
}{
	{"a JWKS with 100,000 keys", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"keys":[`)
		for i := range 100_000 {
			fmt.Fprintf(w, `{"kty":"OKP","crv":"Ed25519","kid":"%d","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},`, i)
		}
		_, _ = io.WriteString(w, `{}]}`)
	}, false, 16 << 20},
	{"a JWKS with 200,000 keys in 1 MiB", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"keys":[`+strings.Repeat("{},", 200_000)+`{}]}`)
	}, false, 16 << 20},
	{"1 GiB of a JWKS", func(w http.ResponseWriter, _ *http.Request) {
		for block := []byte(strings.Repeat(" ", 1<<20)); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}, false, 16 << 20},
	{"1 GiB in 1 MiB of gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		for block, i := []byte(strings.Repeat(" ", 1<<20)), 0; i < 1024; i++ {
			if _, err := z.Write(block); err != nil {
				return
			}
		}
	}, false, 16 << 20},
	{"an endpoint that never answers", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, true, 16 << 20},
	{"an endpoint that sends a byte of body now and then", func(w http.ResponseWriter, r *http.Request) {
		trickle(r, func() {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
		})
	}, true, 16 << 20},
	{"an endpoint that sends hints now and then", func(w http.ResponseWriter, r *http.Request) {
		trickle(r, func() { w.WriteHeader(http.StatusEarlyHints) })
	}, true, 16 << 20},
}

// trickle sends for as long as somebody listens.
func trickle(r *http.Request, send func()) {
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case <-r.Context().Done():
			tick.Stop()
			return
		case <-tick.C:
			send()
		}
	}
}

// TestEndpoints: 1,000 requests wait for the keys of an endpoint that means no good. They share one fetch, get a 503 in the
// time that a fetch may take, and leave nothing behind.
func TestEndpoints(t *testing.T) {
	const waiting = 1000
	i := newIssuer(t)
	token := i.session(t)
	for _, endpoint := range endpoints {
		t.Run(endpoint.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			var fetches atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				fetches.Add(1)
				endpoint.serve(w, r)
			}))
			keys := remote(t, server.URL)
			h := service(t, keys)
			var answers [1000]int
			c := measure(func() {
				var group sync.WaitGroup
				for n := range waiting {
					group.Go(func() { answers[n] = status(h, request(token)) })
				}
				group.Wait()
			})
			for _, got := range answers {
				if got != http.StatusServiceUnavailable {
					t.Fatalf("status %d, want 503", got)
				}
			}
			if fetches.Load() != 1 {
				t.Errorf("%d requests caused %d fetches", waiting, fetches.Load())
			}
			if limit := endpoint.mostRAM + waiting*maxRefusal; c.allocated > limit {
				t.Errorf("%d bytes are allocated, which is more than %d", c.allocated, limit)
			}
			check(t, keys.Close())
			server.CloseClientConnections()
			server.Close()
			settled(t, before)
			print(t, endpoint.name, "503", c, fmt.Sprintf("%d requests, %d fetch", waiting, fetches.Load()))
		})
	}
}

// TestKnownKeysDoNotWait: while the endpoint hangs, tokens by known keys go on being verified.
func TestKnownKeysDoNotWait(t *testing.T) {
	i := newIssuer(t)
	var hanging atomic.Bool
	hang := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hanging.Load() {
			<-r.Context().Done()
			return
		}
		i.server.Config.Handler.ServeHTTP(w, r)
	})
	server := httptest.NewServer(hang)
	defer server.Close()
	defer server.CloseClientConnections()
	h := service(t, remote(t, server.URL))
	if got := status(h, request(i.session(t))); got != http.StatusOK {
		t.Fatalf("status %d", got)
	}
	hanging.Store(true)
	unknown := i.sign(t, `{"alg":"EdDSA","kid":"other"}`, `{"sub":"user_1","sid":"s","exp":4000000000}`)
	var group sync.WaitGroup
	group.Go(func() {
		if got := status(h, request(unknown)); got != http.StatusServiceUnavailable {
			t.Errorf("an unknown kid gets %d", got)
		}
	})
	c := measure(func() {
		for range 1000 {
			if got := status(h, request(i.session(t))); got != http.StatusOK {
				t.Errorf("a known key's token gets %d", got)
			}
		}
	})
	print(t, "1,000 good tokens while the endpoint hangs", "200", c, "")
	group.Wait()
}

package resources

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// TestFloods: 10,000 bad tokens at a time, all different, of each kind.
func TestFloods(t *testing.T) {
	const flood = 10_000
	i := newIssuer(t)
	keys := remote(t, i.server.URL)
	var asked, most, now atomic.Int64
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		n := now.Add(1)
		defer now.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		w.WriteHeader(http.StatusNotFound)
	}))
	defer backend.Close()
	client, err := tokens.NewClient(tokens.ClientConfig{SecretKey: tokens.NewSecret("sk_test"), BaseURL: backend.URL, Timeout: 2 * time.Second})
	check(t, err)
	h := service(t, keys, func(c *tokens.Config) { c.Opaque = client })
	good := i.session(t)
	if got := status(h, request(good)); got != http.StatusOK {
		t.Fatalf("a good token gets %d", got)
	}
	claims := func(n int) string { return fmt.Sprintf(`{"sub":"user_%d","sid":"s","exp":4000000000}`, n) }
	const header = `{"alg":"EdDSA","kid":"ins_1"}`
	kinds := map[string]func(n int) string{
		"signature": func(n int) string { return encode(header) + "." + encode(claims(n)) + "." + strings.Repeat("A", 86) },
		"unknown kid": func(n int) string {
			return encode(fmt.Sprintf(`{"alg":"EdDSA","kid":"%d"}`, n)) + "." + encode(claims(n)) + ".AAAA"
		},
		"wrong type": func(n int) string {
			return encode(`{"alg":"EdDSA","kid":"ins_1","typ":"at+jwt"}`) + "." + encode(claims(n)) + ".AAAA"
		},
		"malformed": func(n int) string { return fmt.Sprintf("%d.%d.%d", n, n, n) },
		"malformed, 16 KiB": func(n int) string {
			return encode(fmt.Sprint(n)+strings.Repeat("[", 6000)) + "." + encode(strings.Repeat("[", 6000)) + ".AAAA"
		},
		"expired":                    func(n int) string { return i.sign(t, header, fmt.Sprintf(`{"sub":"user_%d","sid":"s","exp":1}`, n)) },
		"opaque, and a slow backend": func(n int) string { return fmt.Sprintf("mt_%d", n) },
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		t.Run(name, func(t *testing.T) {
			raw := make([]string, flood)
			for n := range raw {
				raw[n] = kinds[name](n)
			}
			i.fetches.Store(0)
			before := runtime.NumGoroutine()
			var answers sync.Map
			start := make(chan struct{})
			c := measure(func() {
				var group sync.WaitGroup
				for _, token := range raw {
					group.Go(func() {
						<-start
						w := new(discard)
						w.reset()
						h.ServeHTTP(w, request(token))
						counter, _ := answers.LoadOrStore(w.status, new(atomic.Int64))
						counter.(*atomic.Int64).Add(1)
					})
				}
				close(start)
				group.Wait()
			})
			outcome := ""
			answers.Range(func(status, count any) bool {
				outcome += fmt.Sprintf("%d: %d ", status, count.(*atomic.Int64).Load())
				slow := strings.HasPrefix(name, "opaque")
				if status != http.StatusUnauthorized && !(slow && status == http.StatusServiceUnavailable) {
					t.Errorf("status %d", status)
				}
				return true
			})
			if i.fetches.Load() > 1 {
				t.Errorf("%d fetches", i.fetches.Load())
			}
			if c.allocated > flood*maxRefusal {
				t.Errorf("%d bytes are allocated for each", c.allocated/flood)
			}
			if got := status(h, request(good)); got != http.StatusOK {
				t.Errorf("afterwards a good token gets %d", got)
			}
			backend.CloseClientConnections()
			http.DefaultTransport.(*http.Transport).CloseIdleConnections()
			settled(t, before)
			print(t, "10,000 at a time: "+name, strings.TrimSpace(outcome), c, fmt.Sprintf("%d bytes each", c.allocated/flood))
		})
	}
	if most.Load() > 64 {
		t.Errorf("the backend had %d requests at a time", most.Load())
	}
	t.Logf("the backend was asked %d times, at most %d at a time", asked.Load(), most.Load())
}

package attacks

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/jwk"
)

// good returns a world, the M2M token of row P02 in it, and a request for it.
func good(t *testing.T) (*world, request) {
	t.Helper()
	w := newWorld(t)
	w.mint.rows = byID(t)
	return w, bearer("/m2m", w.token(w.mint.rows["P02"].Token))
}

// withKeyID returns a request whose token names another key.
func (w *world) withKeyID(kid string) request {
	w.Helper()
	recipe := *w.mint.rows["P02"].Token
	recipe.Hdr = must(json.Marshal(map[string]string{"alg": "RS256", "kid": kid}))
	return bearer("/m2m", w.token(&recipe))
}

// eachCache runs a story with the cache of verified tokens off and on.
func eachCache(t *testing.T, story func(t *testing.T, cached bool)) {
	for _, cached := range []bool{false, true} {
		t.Run(setup{cached: cached}.String(), func(t *testing.T) { story(t, cached) })
	}
}

// eventually waits for what a fetch in the background brings about.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestF01_UnknownKidFlood(t *testing.T) {
	w, in := good(t)
	service := w.service(setup{})
	expectGood(t, service.send(in))

	hang, release := hangs(t)
	set := says(http.StatusOK, string(setOf(keysOfA(t)...)))
	w.a.answer(func(rw http.ResponseWriter, r *http.Request) { hang(rw, r); set(rw, r) })
	var flood sync.WaitGroup
	var refused atomic.Int64
	for range 200 {
		forged := w.withKeyID(rand.Text())
		flood.Go(func() {
			if service.bare(forged) == http.StatusUnauthorized {
				refused.Add(1)
			}
		})
	}
	eventually(t, "the flood asks for the set", func() bool { return w.a.count() == 2 })
	for range 100 { // nobody else waits for what the flood waits for
		if status := service.bare(in); status != http.StatusOK {
			t.Fatalf("a good token gets %d during the flood", status)
		}
	}
	release()
	flood.Wait()
	if refused.Load() != 200 || w.a.count() != 2 {
		t.Errorf("%d of 200 refused, after %d fetches, want all after 2", refused.Load(), w.a.count())
	}
	w.pass(31 * time.Second)
	for range 10 {
		expectInvalid(t, service.send(w.withKeyID(rand.Text())))
	}
	if w.a.count() != 3 {
		t.Errorf("%d fetches after another cooldown, want 3", w.a.count())
	}
}

func TestF02_ColdAndDown(t *testing.T) {
	w, in := good(t)
	w.a.answer(says(http.StatusInternalServerError, "upstream says: out of disk"))
	service := w.service(setup{})
	expectUnavailable(t, service.send(in))
	expectUnavailable(t, service.send(in))
	w.a.serve(keysOfA(t)...)
	w.pass(2 * time.Second) // the pause after one failure
	expectGood(t, service.send(in))
	for _, text := range append(w.seen.answers, w.seen.lines...) {
		if strings.Contains(text, "out of disk") {
			t.Errorf("the endpoint's body is shown: %s", text)
		}
	}
}

func TestF03_WarmThenDown(t *testing.T) {
	eachCache(t, func(t *testing.T, cached bool) {
		w, _ := good(t)
		in := bearer("/m2m", w.token(w.mint.rows["P02"].Token.set("exp", `{"$now": 864000}`)))
		service := w.service(setup{cached: cached})
		expectGood(t, service.send(in))
		w.a.answer(says(http.StatusInternalServerError, ""))
		for range 23 {
			w.pass(time.Hour)
			expectGood(t, service.send(in))
		}
		w.pass(59 * time.Minute)
		expectGood(t, service.send(in))
		w.pass(2 * time.Minute) // past MaxStale
		expectUnavailable(t, service.send(in))
		w.a.serve(keysOfA(t)...)
		w.pass(time.Minute)
		expectGood(t, service.send(in))
	})
}

func TestF04_Hangs(t *testing.T) {
	w, in := good(t)
	hang, release := hangs(t)
	w.a.answer(hang)
	service := w.service(setup{})
	handler := service.handler
	service.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 200*time.Millisecond)
		defer cancel()
		handler.ServeHTTP(rw, r.WithContext(ctx))
	})
	start := time.Now()
	expectUnavailable(t, service.send(in))
	if took := time.Since(start); took > 4*time.Second { // a fetch may take 5 s, its callers don't wait for it
		t.Errorf("the request outlived its context: %v", took)
	}
	release()
	w.a.serve(keysOfA(t)...)
	eventually(t, "the keys come", func() bool { w.pass(time.Second); return service.send(in).Status == http.StatusOK })

	hang, _ = hangs(t)
	w.a.answer(hang)
	before := w.a.count()
	w.pass(11 * time.Minute) // a refresh is due, and hangs
	for range 10 {
		expectGood(t, service.send(in))
	}
	eventually(t, "a refresh begins", func() bool { return w.a.count() > before })
	expectGood(t, service.send(in))
}

func TestF05_HugeSet(t *testing.T) {
	w, in := good(t)
	var written atomic.Int64
	w.a.answer(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, `{"keys":[`)
		for piece := strings.Repeat(" ", 1<<20); written.Load() < 300<<20; {
			n, err := io.WriteString(rw, piece)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	service := w.service(setup{})
	expectUnavailable(t, service.send(in))
	runtime.ReadMemStats(&after)
	if n := written.Load(); n > 32<<20 { // what is read, and what the sockets' buffers hold
		t.Errorf("%d MiB of the set were sent before the connection was cut", n>>20)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 32<<20 {
		t.Errorf("%d MiB were allocated", n>>20)
	}
}

func TestF06_Redirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		w, in := good(t)
		w.a.answer(func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "http://169.254.169.254/latest/meta-data", status)
		})
		var dialled sync.Map
		transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled.Store(address, true)
			if address != w.a.Listener.Addr().String() {
				return nil, fmt.Errorf("%s must not be asked", address)
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
		service := w.service(setup{remote: func(cfg *jwk.RemoteConfig) { cfg.Client = &http.Client{Transport: transport} }})
		expectUnavailable(t, service.send(in))
		dialled.Range(func(address, _ any) bool {
			if address != w.a.Listener.Addr().String() {
				t.Errorf("%d: %v was dialled", status, address)
			}
			return true
		})
	}
}

func TestF07_RemovedKey(t *testing.T) {
	eachCache(t, func(t *testing.T, cached bool) {
		w, in := good(t)
		other := bearer("/m2m", w.token(w.mint.rows["P08"].Token)) // by E1
		service := w.service(setup{cached: cached})
		for range 2 {
			expectGood(t, service.send(in))
			expectGood(t, service.send(other))
		}
		w.a.serve(keysOfA(t)[1:]...) // without K1
		w.pass(11 * time.Minute)
		service.send(in) // starts the refresh
		eventually(t, "the removed key's token is refused", func() bool { return service.send(in).Status != http.StatusOK })
		for range 3 {
			expectInvalid(t, service.send(in))
			expectGood(t, service.send(other))
		}
	})
}

func TestF08_StatusCounts(t *testing.T) {
	for _, status := range []int{201, 203, 206, 400, 401, 404, 429, 500, 503} {
		w, in := good(t)
		w.a.answer(says(status, string(setOf(keysOfA(t)...))))
		expectUnavailable(t, w.service(setup{}).send(in))
	}
}

func TestF09_ConcurrentCold(t *testing.T) {
	w, in := good(t)
	hang, release := hangs(t)
	set := says(http.StatusOK, string(setOf(keysOfA(t)...)))
	w.a.answer(func(rw http.ResponseWriter, r *http.Request) { hang(rw, r); set(rw, r) })
	service := w.service(setup{cached: true})
	var callers sync.WaitGroup
	var let atomic.Int64
	for range 100 {
		callers.Go(func() {
			if service.bare(in) == http.StatusOK {
				let.Add(1)
			}
		})
	}
	eventually(t, "somebody asks for the set", func() bool { return w.a.count() > 0 })
	release()
	callers.Wait()
	if let.Load() != 100 || w.a.count() != 1 {
		t.Errorf("%d of 100 got in, after %d fetches, want all after 1", let.Load(), w.a.count())
	}
}

func TestF10_UselessSets(t *testing.T) {
	many := make([]any, 1001) // one more than a set may have
	for i := range many {
		many[i] = namedJWK(t, fmt.Sprintf("E1:ec_%d", i), false)
	}
	for name, body := range map[string]string{
		"no keys":       `{"keys":[]}`,
		"keys null":     `{"keys":null}`,
		"no member":     `{}`,
		"too many keys": string(setOf(append(many, keysOfA(t)...)...)),
		"not JSON":      `<html>{"keys":[]}</html>`,
		"twice":         string(setOf(keysOfA(t)...)) + string(setOf(keysOfA(t)...)),
		"empty":         "",
	} {
		t.Run(name, func(t *testing.T) {
			w, in := good(t)
			w.a.answer(says(http.StatusOK, body))
			expectUnavailable(t, w.service(setup{}).send(in)) // cold

			w.a.serve(keysOfA(t)...)
			service := w.service(setup{})
			expectGood(t, service.send(in))
			w.a.answer(says(http.StatusOK, body))
			before := w.a.count()
			w.pass(11 * time.Minute)
			expectGood(t, service.send(in)) // starts the refresh
			eventually(t, "the refresh is over", func() bool {
				return w.a.count() > before && strings.Contains(strings.Join(w.seen.log(), ""), "could not be fetched")
			})
			expectGood(t, service.send(in)) // by the last good set
		})
	}
}

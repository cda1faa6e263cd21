package resources

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

const (
	flood = 10_000

	maxHeld = 16 << 10 // bytes that a request may hold while it is judged, its stack included; the request itself is not counted
)

// kinds are bad tokens, a new one for each n.
var kinds = map[string]func(t *testing.T, i *issuer, n int) string{
	"signature": func(_ *testing.T, _ *issuer, n int) string {
		return encode(knownKey) + "." + encode(user(n, 4_000_000_000)) + "." + strings.Repeat("A", 86)
	},
	"unknown kid": func(_ *testing.T, _ *issuer, n int) string {
		return encode(fmt.Sprintf(`{"alg":"EdDSA","kid":"%d"}`, n)) + "." + encode(user(n, 4_000_000_000)) + ".AAAA"
	},
	"wrong type": func(_ *testing.T, _ *issuer, n int) string {
		return encode(`{"alg":"EdDSA","kid":"ins_1","typ":"at+jwt"}`) + "." + encode(user(n, 4_000_000_000)) + ".AAAA"
	},
	"malformed": func(_ *testing.T, _ *issuer, n int) string { return fmt.Sprintf("%d.%d.%d", n, n, n) },
	"malformed, 16 KiB": func(_ *testing.T, _ *issuer, n int) string {
		return encode(fmt.Sprint(n)+strings.Repeat("[", 6000)) + "." + encode(strings.Repeat("[", 6000)) + ".AAAA"
	},
	"expired": func(t *testing.T, i *issuer, n int) string { return i.sign(t, knownKey, user(n, 1)) },
}

const knownKey = `{"alg":"EdDSA","kid":"ins_1"}`

func user(n, expires int) string {
	return fmt.Sprintf(`{"sub":"user_%d","sid":"s","exp":%d}`, n, expires)
}

// requests makes a flood of one kind.
func requests(t *testing.T, i *issuer, kind func(*testing.T, *issuer, int) string) []*http.Request {
	t.Helper()
	list := make([]*http.Request, flood)
	for n := range list {
		list[n] = request(kind(t, i, n))
	}
	return list
}

// TestFloods: 10,000 bad tokens at the same time, all different, of each kind.
func TestFloods(t *testing.T) {
	i := newIssuer(t)
	h := service(t, remote(t, i.server.URL))
	good := i.session(t)
	if got := status(h, request(good)); got != http.StatusOK {
		t.Fatalf("a good token gets %d", got)
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		t.Run(name, func(t *testing.T) {
			list := requests(t, i, kinds[name])
			i.fetches.Store(0)
			before, memory := runtime.NumGoroutine(), live()
			answers, c := new(crowd).send(t, h, list)
			if answers[http.StatusUnauthorized] != flood {
				t.Errorf("answers %v, want 401", answers)
			}
			want := int64(0)
			if name == "unknown kid" {
				want = 1
			}
			if i.fetches.Load() != want {
				t.Errorf("%d fetches, want %d", i.fetches.Load(), want)
			}
			expectModest(t, c)
			if got := status(h, request(good)); got != http.StatusOK {
				t.Errorf("afterwards a good token gets %d", got)
			}
			settled(t, before)
			if kept := since(memory); kept > 1<<20 { // nothing of them is
				t.Errorf("%d bytes are kept", kept)
			}
			print(t, "10,000 at a time: "+name, outcome(answers), c, fmt.Sprintf("%d bytes allocated for each", c.allocated/flood))
		})
	}
}

// TestFloods_SlowBackend: 10,000 opaque tokens that nobody knows, while the backend answers nothing. A bounded number of them
// wait, the others hear at once that they can't be checked, and JWTs don't notice.
func TestFloods_SlowBackend(t *testing.T) {
	const atATime, mayWait = 64, 1024 // what a Client asks, and has wait, by default
	var asked atomic.Int64
	answer := make(chan struct{})
	backend := listen(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		<-answer
		w.WriteHeader(http.StatusNotFound)
	})
	defer backend.Close()
	before := runtime.NumGoroutine()
	transport := &http.Transport{}
	client, err := tokens.NewClient(tokens.ClientConfig{SecretKey: tokens.NewSecret("sk_test"), BaseURL: backend.URL,
		HTTPClient: &http.Client{Transport: transport}, Timeout: time.Minute})
	check(t, err)
	i := newIssuer(t)
	h := service(t, remote(t, i.server.URL), func(c *tokens.Config) { c.Opaque = client })
	good := i.session(t)
	if got := status(h, request(good)); got != http.StatusOK {
		t.Fatalf("a good JWT gets %d", got)
	}

	people, watched := new(crowd), make(chan struct{})
	go func() {
		defer close(watched)
		for asked.Load() < atATime || people.begun.Load() < flood-mayWait {
			time.Sleep(time.Millisecond)
		}
		for range 100 {
			if got := status(h, request(good)); got != http.StatusOK {
				t.Errorf("meanwhile a good JWT gets %d", got)
			}
		}
		if n := asked.Load(); n != atATime {
			t.Errorf("the backend has %d requests at a time", n)
		}
		close(answer)
	}()
	answers, c := people.send(t, h, requests(t, i, func(_ *testing.T, _ *issuer, n int) string { return fmt.Sprintf("mt_%d", n) }))
	<-watched
	if answers[http.StatusServiceUnavailable] != flood-mayWait || answers[http.StatusUnauthorized] != mayWait || asked.Load() != mayWait {
		t.Errorf("answers %v, and the backend was asked %d times", answers, asked.Load())
	}
	if limit := flood + mayWait + 4*atATime + 50; c.goroutines > limit { // a connection has two at each end
		t.Errorf("%d goroutines, want at most %d", c.goroutines, limit)
	}
	expectModest(t, c)
	transport.CloseIdleConnections()
	i.server.Close()
	settled(t, before)
	print(t, "10,000 at a time: opaque, while the backend hangs", outcome(answers), c, fmt.Sprintf("the backend was asked %d times, %d at a time", asked.Load(), atATime))
}

// expectModest holds a flood to what its requests may cost.
func expectModest(t *testing.T, c cost) {
	t.Helper()
	if c.allocated > flood*maxRefusal {
		t.Errorf("%d bytes are allocated for each", c.allocated/flood)
	}
	if c.live > flood*maxHeld {
		t.Errorf("%d bytes are held by each", c.live/flood)
	}
}

// outcome lists answers, "503: 8932, 401: 1068".
func outcome(answers map[int]int) string {
	var list []string
	for _, status := range slices.Sorted(maps.Keys(answers)) {
		list = append(list, fmt.Sprintf("%d: %d", status, answers[status]))
	}
	return strings.Join(list, ", ")
}

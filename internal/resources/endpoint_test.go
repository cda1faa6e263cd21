package resources

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const (
	waiting    = 1000      // requests, at a time, for the keys of a bad endpoint
	maxFetch   = 16 << 20  // bytes that one fetch may allocate, at both ends
	maxHeaders = 128 << 20 // the same where there is no end of headers: net/http reads 10 MiB of them
)

// endpoints are key endpoints that mean no good.
var endpoints = []struct {
	name  string
	serve func(w http.ResponseWriter, r *http.Request)
}{
	{"a JWKS with 100,000 keys", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"keys":[`)
		for i := range 100_000 {
			fmt.Fprintf(w, `{"kty":"OKP","crv":"Ed25519","kid":"%d","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},`, i)
		}
		_, _ = io.WriteString(w, `{}]}`)
	}},
	{"a JWKS with 200,000 keys in 1 MiB", body(`{"keys":[` + strings.Repeat("{},", 200_000) + `{}]}`)},
	{"a JWKS of exactly 1 MiB, all of it brackets", body(strings.Repeat("[", 1<<20))},
	{"a JWKS of exactly 1 MiB, all of it one key", body(`{"keys":[{"kid":"` + strings.Repeat("k", 1<<20-21) + `"}]}`)},
	{"1 GiB of a JWKS", func(w http.ResponseWriter, _ *http.Request) {
		for block := make([]byte, 64<<10); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}},
	{"1 GiB in 1 MiB of gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb())
	}},
	{"16 MiB of headers", func(w http.ResponseWriter, r *http.Request) {
		hijack(w, func(conn io.Writer) {
			_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nX: ")
			for block, n := bytes.Repeat([]byte("x"), 64<<10), 0; n < 256 && err == nil; n++ {
				_, err = conn.Write(block)
			}
		})
	}},
	{"an endpoint that never answers", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
	{"an endpoint that sends a byte of its headers now and then", func(w http.ResponseWriter, r *http.Request) {
		hijack(w, func(conn io.Writer) {
			_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nX: ")
			for ; err == nil; time.Sleep(20 * time.Millisecond) {
				_, err = io.WriteString(conn, "x")
			}
		})
	}},
	{"an endpoint that sends a byte of its body now and then", func(w http.ResponseWriter, r *http.Request) {
		for ; r.Context().Err() == nil; time.Sleep(20 * time.Millisecond) {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
		}
	}},
	{"an endpoint that sends hints now and then", func(w http.ResponseWriter, r *http.Request) {
		for ; r.Context().Err() == nil; time.Sleep(20 * time.Millisecond) {
			w.WriteHeader(http.StatusEarlyHints)
		}
	}},
}

func body(text string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// hijack answers with what net/http would not.
func hijack(w http.ResponseWriter, write func(conn io.Writer)) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		write(conn)
		_ = conn.Close()
	}
}

// bomb is 1 GiB of spaces, compressed.
func bomb() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = z.Flush()
	// A block that follows a flush says the same as the one before it, as long as it refers to nothing before itself; so the
	// second one does, whose window is the first.
	first := b.Len()
	_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20))
	_ = z.Flush()
	again := bytes.Clone(b.Bytes()[first:])
	for range 1022 {
		b.Write(again)
	}
	return b.Bytes()
}

// TestEndpoints: 1,000 requests wait for the keys of an endpoint that means no good. They share one fetch, get a 503 when it
// fails, at the latest when its time is up, and leave nothing behind.
func TestEndpoints(t *testing.T) {
	i := newIssuer(t)
	token := i.session(t)
	for _, endpoint := range endpoints {
		t.Run(endpoint.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			var fetches atomic.Int64
			server := listen(func(w http.ResponseWriter, r *http.Request) {
				fetches.Add(1)
				endpoint.serve(w, r)
			})
			keys := remote(t, server.URL)
			h := service(t, keys)
			list := make([]*http.Request, waiting)
			for n := range list {
				list[n] = request(token)
			}
			answers, c := new(crowd).send(t, h, list)
			if answers[http.StatusServiceUnavailable] != waiting {
				t.Errorf("answers %v, want 503", answers)
			}
			if fetches.Load() != 1 {
				t.Errorf("%d requests caused %d fetches", waiting, fetches.Load())
			}
			limit := uint64(maxFetch + waiting*maxHeld)
			if endpoint.name == "16 MiB of headers" {
				limit = maxHeaders
			}
			if c.allocated > limit || c.live > limit {
				t.Errorf("%d bytes are allocated, %d held, want at most %d", c.allocated, c.live, limit)
			}
			if limit := waiting + 20; c.goroutines > limit { // the fetch has a few, and the endpoint
				t.Errorf("%d goroutines, want at most %d", c.goroutines, limit)
			}
			check(t, keys.Close())
			server.CloseClientConnections()
			server.Close()
			settled(t, before)
			print(t, endpoint.name, outcome(answers), c, fmt.Sprintf("%d requests, %d fetch", waiting, fetches.Load()))
		})
	}
}

// TestKnownKeysDoNotWait: while the endpoint hangs and 1,000 tokens by unknown keys wait for it, tokens by known keys go on being
// verified.
func TestKnownKeysDoNotWait(t *testing.T) {
	i := newIssuer(t)
	var fetches atomic.Int64
	hang := make(chan struct{})
	server := listen(func(w http.ResponseWriter, r *http.Request) {
		if fetches.Add(1) > 1 {
			<-r.Context().Done() // the fetch's time is up
			<-hang
			return
		}
		_, _ = w.Write(i.set)
	})
	defer server.Close()
	h := service(t, remote(t, server.URL))
	good := i.session(t)
	if got := status(h, request(good)); got != http.StatusOK {
		t.Fatalf("status %d", got)
	}
	list := make([]*http.Request, waiting)
	for n := range list {
		list[n] = request(kinds["unknown kid"](t, i, n))
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for fetches.Load() < 2 {
			time.Sleep(time.Millisecond)
		}
		for range 1000 {
			if got := status(h, request(good)); got != http.StatusOK {
				t.Errorf("a known key's token gets %d", got)
			}
		}
		close(hang)
	}()
	answers, c := new(crowd).send(t, h, list)
	<-watched
	if answers[http.StatusServiceUnavailable] != waiting || fetches.Load() != 2 {
		t.Errorf("answers %v after %d fetches, want 503 after 2", answers, fetches.Load())
	}
	print(t, "unknown kids while the endpoint hangs, and 1,000 good tokens among them", outcome(answers)+", 200: 1000", c, "1 fetch")
}

// TestLargestSet loads the most expensive set that is taken: 1,000 keys, all but one of them RSA of 4,096 bits.
func TestLargestSet(t *testing.T) {
	i := newIssuer(t)
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	check(t, json.Unmarshal(i.set, &set))
	for n := range 999 {
		modulus, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 4095))
		check(t, err)
		modulus.SetBit(modulus.SetBit(modulus, 4095, 1), 0, 1)
		set.Keys = append(set.Keys, map[string]string{"kty": "RSA", "kid": fmt.Sprint(n), "alg": "RS256", "e": "AQAB", "n": encode(string(modulus.Bytes()))})
	}
	text, err := json.Marshal(set)
	check(t, err)
	server := listen(body(string(text)))
	defer server.Close()
	keys := remote(t, server.URL)
	h := service(t, keys)
	got := 0
	before := live()
	c := measure(func() { got = status(h, request(i.session(t))) })
	c.live = since(before)
	if got != http.StatusOK || keys.Report().Usable != 1000 {
		t.Errorf("status %d, %d keys", got, keys.Report().Usable)
	}
	if c.allocated > maxFetch || c.live > 4<<20 {
		t.Errorf("%d bytes are allocated, %d kept", c.allocated, c.live)
	}
	print(t, "1,000 keys in one set, RSA of 4,096 bits", fmt.Sprint(got), c, fmt.Sprintf("%d KiB of JSON", len(text)>>10))
}

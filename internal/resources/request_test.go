package resources

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// odd is a request that is too large or too strange, and what must come of it.
type odd struct {
	name   string
	large  bool // for a service that takes tokens of 1 MiB
	header http.Header
	status int
}

func odds(t *testing.T, i *issuer) []odd {
	t.Helper()
	const claims = `"sub":"user_1","sid":"sess_1","exp":4000000000`
	nested := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	bearer := func(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
	beside := func(name string, values ...string) http.Header {
		h := bearer(i.session(t))
		h[name] = values
		return h
	}
	return []odd{
		{"a header of 16 MiB", false, bearer(strings.Repeat("a", 16<<20)), 401},
		{"16 MiB in three segments", false, bearer(strings.Repeat(strings.Repeat("a", 16<<20/3)+".", 3) + "a"), 401},
		{"16 KiB of dots", false, bearer(strings.Repeat(".", 16<<10)), 401},
		{"16 MiB of dots", false, bearer(strings.Repeat(".", 16<<20)), 401},
		{"16 MiB without a scheme", false, http.Header{"Authorization": {strings.Repeat("a", 16<<20)}}, 400},
		{"16 MiB of spaces", false, bearer(strings.Repeat(" ", 16<<20) + "a b"), 400},
		{"16 MiB of commas", false, bearer("a" + strings.Repeat(",", 16<<20)), 400},
		{"10,000 Authorization headers", false, http.Header{"Authorization": slices.Repeat([]string{"Bearer a.b.c"}, 10_000)}, 400},
		{"10,000 cookies", false, http.Header{"Cookie": {strings.Repeat("a=b; ", 10_000)}}, 401},
		{"10,000 Cookie headers", false, http.Header{"Cookie": slices.Repeat([]string{"a=b"}, 10_000)}, 401},
		{"10,000 session cookies", false, http.Header{"Cookie": {strings.Repeat("__session=b; ", 10_000)}}, 400},
		{"a session cookie of 16 MiB", false, http.Header{"Cookie": {"__session=" + strings.Repeat("a", 16<<20)}}, 401},
		{"a DPoP header of 16 MiB beside a good token", false, beside("Dpop", strings.Repeat("a", 16<<20)), 200},
		{"10,000 DPoP headers beside a good token", false, beside("Dpop", slices.Repeat([]string{"a.b.c"}, 10_000)...), 200},
		{"100,000 nested arrays, where 16 KiB are the limit", false, bearer(i.sign(t, knownKey, "{"+claims+`,"x":`+nested+"}")), 401},
		{"100,000 nested arrays, signed", true, bearer(i.sign(t, knownKey, "{"+claims+`,"x":`+nested+"}")), 401},
		{"100,000 nested arrays in the header", true, bearer(i.sign(t, `{"x":`+nested+"}", "{"+claims+"}")), 401},
		{"100,000 members, signed", true, bearer(i.sign(t, knownKey, "{"+claims+strings.Repeat(`,"m":0`, 100_000)+"}")), 401},
		{"a kid of 10,000 characters, signed", false, bearer(i.sign(t, `{"alg":"EdDSA","kid":"`+strings.Repeat("k", 10_000)+`"}`, "{"+claims+"}")), 401},
		{"a kid of 700,000 characters, signed", true, bearer(i.sign(t, `{"alg":"EdDSA","kid":"`+strings.Repeat("k", 700_000)+`"}`, "{"+claims+"}")), 401},
		{"a kid of 1,000,000 characters, signed", true, bearer(i.sign(t, `{"alg":"EdDSA","kid":"`+strings.Repeat("k", 1_000_000)+`"}`, "{"+claims+"}")), 401},
	}
}

// services are one that takes tokens of the usual length, and one that takes tokens of 1 MiB. Each has loaded its keys.
func services(t *testing.T, i *issuer) map[bool]http.Handler {
	t.Helper()
	both := map[bool]http.Handler{
		false: service(t, remote(t, i.server.URL)),
		true:  service(t, remote(t, i.server.URL), func(c *tokens.Config) { c.MaxTokenBytes = 1 << 20 }),
	}
	for _, h := range both {
		if got := status(h, request(i.session(t))); got != http.StatusOK {
			t.Fatalf("a good token gets %d", got)
		}
	}
	return both
}

// limit is what a request may allocate. Who takes tokens of 1 MiB pays for decoding them.
func (o odd) limit() uint64 {
	if o.large {
		return 4 << 20
	}
	return maxRefusal
}

// TestRequests: no request, however large or odd, costs more than it may. They go to the handler directly, so that what is
// counted is not what net/http takes to read them.
func TestRequests(t *testing.T) {
	i := newIssuer(t)
	both := services(t, i)
	before := runtime.NumGoroutine()
	for _, o := range odds(t, i) {
		t.Run(o.name, func(t *testing.T) {
			w, r := new(discard), httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header = o.header
			c := least(func() {
				w.reset()
				both[o.large].ServeHTTP(w, r)
			})
			if w.status != o.status {
				t.Errorf("status %d, want %d", w.status, o.status)
			}
			if c.allocated > o.limit() {
				t.Errorf("%d bytes are allocated", c.allocated)
			}
			print(t, o.name, fmt.Sprint(w.status), c, "")
		})
	}
	settled(t, before)
}

// TestOverTCP sends the same to real servers. By default net/http itself refuses headers of more than 1 MiB; where that limit is
// raised, they get the same answer as before, at no higher cost.
func TestOverTCP(t *testing.T) {
	i := newIssuer(t)
	both := services(t, i)
	before := runtime.NumGoroutine()
	for _, o := range odds(t, i) {
		var spent uint64
		metered := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			both[o.large].ServeHTTP(w, r)
			runtime.ReadMemStats(&end)
			spent = end.TotalAlloc - start.TotalAlloc
		})
		for _, server := range []struct {
			name  string
			limit int
		}{{"net/http's default", 0}, {"MaxHeaderBytes of 32 MiB", 32 << 20}} {
			want := o.status
			if server.limit == 0 && size(o.header) > http.DefaultMaxHeaderBytes {
				want = http.StatusRequestHeaderFieldsTooLarge
			}
			spent = 0
			got := 0
			c := measure(func() { got = send(t, metered, server.limit, o.header) })
			if got != want {
				t.Errorf("%s, %s: status %d, want %d", o.name, server.name, got, want)
			}
			if spent > o.limit() {
				t.Errorf("%s, %s: the handler allocates %d bytes", o.name, server.name, spent)
			}
			if strings.Contains(o.name, "header of 16 MiB") {
				print(t, o.name+" over TCP, "+server.name, fmt.Sprint(got), c, fmt.Sprintf("client and server; %d bytes of it are ours", spent))
			}
		}
	}
	settled(t, before)
}

// size is about what a header takes on the wire.
func size(header http.Header) (n int) {
	for name, values := range header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// send sends a request with this header to a server of its own, and returns the answer's status.
func send(t *testing.T, h http.Handler, maxHeaderBytes int, header http.Header) int {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.MaxHeaderBytes = maxHeaderBytes
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	check(t, err)
	defer conn.Close()
	check(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	go func() { // a server that has seen enough stops reading
		w := bufio.NewWriter(conn)
		_, _ = io.WriteString(w, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
		_ = header.Write(w)
		_, _ = io.WriteString(w, "\r\n")
		_ = w.Flush()
	}()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	check(t, err)
	_ = response.Body.Close()
	return response.StatusCode
}

// discard is a ResponseWriter that keeps the status alone.
type discard struct {
	header http.Header
	status int
}

func (d *discard) reset()              { d.header, d.status = make(http.Header), 0 }
func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(status int) {
	if d.status == 0 {
		d.status = status
	}
}
func (d *discard) Write(b []byte) (int, error) { d.WriteHeader(http.StatusOK); return len(b), nil }

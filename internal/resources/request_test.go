package resources

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// TestRequests: no request, however large or odd, costs more than it may. They go to the handler directly, so that what is
// counted is not what net/http takes to read them.
func TestRequests(t *testing.T) {
	i := newIssuer(t)
	h := service(t, remote(t, i.server.URL))
	huge := service(t, remote(t, i.server.URL), func(c *tokens.Config) { c.MaxTokenBytes = 1 << 20 })
	for _, h := range []http.Handler{h, huge} {
		if got := status(h, request(i.session(t))); got != http.StatusOK {
			t.Fatalf("a good token gets %d", got)
		}
	}
	const header, claims = `{"alg":"EdDSA","kid":"ins_1"}`, `"sub":"user_1","sid":"sess_1","exp":4000000000`
	nested := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	bearer := func(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
	tests := []struct {
		name   string
		large  bool // the service takes tokens of 1 MiB
		header http.Header
		status int
	}{
		{"a header of 16 MiB", false, bearer(strings.Repeat("a", 16<<20)), 401},
		{"16 MiB of dots", false, bearer(strings.Repeat(".", 16<<20)), 401},
		{"16 MiB without a scheme", false, http.Header{"Authorization": {strings.Repeat("a", 16<<20)}}, 400},
		{"16 MiB of spaces", false, http.Header{"Authorization": {"Bearer" + strings.Repeat(" ", 16<<20)}}, 400},
		{"16 MiB of commas", false, bearer(strings.Repeat(",", 16<<20)), 400},
		{"10,000 Authorization headers", false, http.Header{"Authorization": slicesRepeat("Bearer a.b.c", 10_000)}, 400},
		{"10,000 cookies", false, http.Header{"Cookie": {strings.Repeat("a=b; ", 10_000)}}, 401},
		{"10,000 session cookies", false, http.Header{"Cookie": {strings.Repeat("__session=b; ", 10_000)}}, 400},
		{"a DPoP header of 16 MiB beside a good token", false, http.Header{"Authorization": {"Bearer " + i.session(t)}, "Dpop": {strings.Repeat("a", 16<<20)}}, 200},
		{"100,000 nested arrays, signed", true, bearer(i.sign(t, header, "{"+claims+`,"x":`+nested+"}")), 401},
		{"100,000 nested arrays in the header", true, bearer(i.sign(t, `{"x":`+nested+"}", "{"+claims+"}")), 401},
		{"100,000 nested arrays, where 16 KiB are the limit", false, bearer(i.sign(t, header, "{"+claims+`,"x":`+nested+"}")), 401},
		{"a kid of 700,000 characters, signed", true, bearer(i.sign(t, `{"alg":"EdDSA","kid":"`+strings.Repeat("k", 700_000)+`"}`, "{"+claims+"}")), 401},
		{"a kid of 1,000,000 characters", true, bearer(i.sign(t, `{"alg":"EdDSA","kid":"`+strings.Repeat("k", 1_000_000)+`"}`, "{"+claims+"}")), 401},
		{"100,000 members, signed", true, bearer(i.sign(t, header, "{"+claims+strings.Repeat(`,"m":0`, 100_000)+"}")), 401},
	}
	before := runtime.NumGoroutine()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, limit, handler := 0, uint64(maxRefusal), h
			if test.large { // who takes such tokens pays for decoding them
				handler, limit = huge, 4<<20
			}
			w := new(discard)
			c := least(func() {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.Header = test.header
				w.reset()
				handler.ServeHTTP(w, r)
				got = w.status
			})
			if got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			if c.allocated > limit {
				t.Errorf("%d bytes are allocated", c.allocated)
			}
			c.peak = 0
			print(t, test.name, fmt.Sprint(got), c, "")
		})
	}
	settled(t, before)
}

// TestOverTCP sends 16 MiB of header to a real server: by default net/http refuses it, and where its limit is raised we do.
func TestOverTCP(t *testing.T) {
	i := newIssuer(t)
	h := service(t, remote(t, i.server.URL))
	for name, test := range map[string]struct{ limit, status int }{"net/http's default": {0, 431}, "MaxHeaderBytes of 32 MiB": {32 << 20, 401}} {
		before := runtime.NumGoroutine()
		server := httptest.NewUnstartedServer(h)
		server.Config.MaxHeaderBytes = test.limit
		server.Start()
		got := 0
		c := measure(func() {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			check(t, err)
			defer conn.Close()
			check(t, conn.SetDeadline(time.Now().Add(time.Minute)))
			go func() { // a server that has seen enough stops reading
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ")
				_, _ = io.WriteString(conn, strings.Repeat("a", 16<<20))
				_, _ = io.WriteString(conn, "\r\n\r\n")
			}()
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			check(t, err)
			got = response.StatusCode
		})
		server.Close()
		if got != test.status {
			t.Errorf("%s: status %d, want %d", name, got, test.status)
		}
		print(t, "16 MiB over TCP, "+name, fmt.Sprint(got), c, "client and server")
		settled(t, before)
	}
}

func slicesRepeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
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

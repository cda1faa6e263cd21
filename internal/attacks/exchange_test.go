package attacks

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"time"
)

// request is what goes over the wire, byte for byte.
type request struct {
	method, target string
	headers        [][2]string // with their bytes in Latin-1: U+0080 is the byte 0x80
	body           string
}

// request fills in a row's token.
func (r *row) request(token string) request {
	fill := func(s string) string { return strings.ReplaceAll(s, "{T}", token) }
	out := request{method: r.Method, target: r.Route, body: fill(r.Body)}
	if out.method == "" {
		out.method = http.MethodGet
	}
	if r.URL != "" {
		out.target = fill(r.URL)
	}
	for _, h := range r.Headers {
		out.headers = append(out.headers, [2]string{h[0], fill(h[1])})
	}
	return out
}

// bearer is the plainest request with a token.
func bearer(path, token string) request {
	return request{method: http.MethodGet, target: path, headers: [][2]string{{"Authorization", "Bearer " + token}}}
}

// latin1 writes each character of s as one byte.
func latin1(s string) string {
	var b strings.Builder
	for _, c := range s {
		b.WriteByte(byte(c))
	}
	return b.String()
}

// bytes writes the request as HTTP/1.1 has it (RFC 9112), without asking whether it may be sent.
func (r request) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n", r.method, r.target)
	for _, h := range r.headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h[0], latin1(h[1]))
	}
	if r.body != "" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.body))
	}
	b.WriteString("\r\n" + r.body)
	return b.Bytes()
}

// isHTTP reports whether net/http lets the request's headers through to a handler: no control character but the tab
// (RFC 9110 section 5.5).
func (r request) isHTTP() bool {
	for _, h := range r.headers {
		if strings.ContainsFunc(h[1], func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			return false
		}
	}
	return true
}

// send sends a request over TCP to an http.Server of its own.
func (s *service) send(r request) outcome {
	s.Helper()
	server := httptest.NewUnstartedServer(s.handler)
	server.Config.ErrorLog = s.seen.serverLog()
	server.Start()
	defer server.Close()

	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	check(s, err)
	defer conn.Close()
	check(s, conn.SetDeadline(time.Now().Add(time.Minute)))
	s.prepare()
	_, err = conn.Write(r.bytes())
	check(s, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.method})
	check(s, err)
	return s.outcome(response)
}

// call hands a request to the handler, without a network and without what net/http checks before.
func (s *service) call(r request) outcome {
	s.Helper()
	in := httptest.NewRequest(r.method, r.target, strings.NewReader(r.body))
	for _, h := range r.headers {
		name := http.CanonicalHeaderKey(h[0])
		in.Header[name] = append(in.Header[name], latin1(h[1]))
	}
	recorder := httptest.NewRecorder()
	s.prepare()
	s.handler.ServeHTTP(recorder, in)
	return s.outcome(recorder.Result())
}

func (s *service) prepare() {
	s.reached.mu.Lock()
	defer s.reached.mu.Unlock()
	s.reached.runs, s.reached.auth = 0, nil
}

func (s *service) outcome(response *http.Response) outcome {
	s.Helper()
	dump, err := httputil.DumpResponse(response, true)
	check(s, err)
	s.seen.mu.Lock()
	s.seen.answers = append(s.seen.answers, string(dump))
	s.seen.mu.Unlock()
	body, err := io.ReadAll(response.Body)
	check(s, err)
	s.reached.mu.Lock()
	defer s.reached.mu.Unlock()
	o := outcome{Status: response.StatusCode, Challenge: strings.Join(response.Header["Www-Authenticate"], " AND "),
		Body: string(body), Runs: s.reached.runs, header: response.Header}
	if s.reached.auth != nil {
		o.Subject, o.Type = s.reached.auth.Subject(), s.reached.auth.Type()
	}
	return o
}

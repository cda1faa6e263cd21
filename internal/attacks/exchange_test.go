package attacks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"time"

	"example.com/machineauth/tokens"
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

// outcome is what came of a request.
type outcome struct {
	Status    int
	Challenge string // the whole WWW-Authenticate
	Body      string
	Runs      int // of the handler
	Subject   string
	Type      tokens.Type

	header http.Header
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

// scheme and parameter read the challenge.
func (o outcome) scheme() string {
	scheme, _, _ := strings.Cut(o.Challenge, " ")
	return scheme
}

func (o outcome) parameter(name string) string {
	_, rest, found := strings.Cut(o.Challenge, name+`="`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// problems says how the outcome of a request differs from what must come of it, and from what every refusal has in common.
func (o outcome) problems(want expectation, method string) []string {
	var list []string
	differs := func(what string, got, want any) {
		if got != want {
			list = append(list, fmt.Sprintf("%s is %v, want %v", what, got, want))
		}
	}
	wantRuns, wantScheme, wantError := 0, "", ""
	if want.HandlerRuns {
		wantRuns = 1
	}
	if want.Challenge != nil {
		wantScheme = *want.Challenge
	}
	if want.Error != nil {
		wantError = *want.Error
	}
	differs("the status", o.Status, want.Status)
	differs("the number of the handler's runs", o.Runs, wantRuns)
	differs("the challenge's scheme", o.scheme(), wantScheme)
	differs("the challenge's error", o.parameter("error"), wantError)
	if o.Status == http.StatusOK {
		differs("whether somebody is signed in", o.Subject != "", want.HandlerRuns)
		return list
	}
	differs("Cache-Control", o.header.Get("Cache-Control"), "no-store")
	differs("Content-Type", o.header.Get("Content-Type"), "application/problem+json")
	differs("whether there is a Retry-After", o.header.Get("Retry-After") != "", o.Status == http.StatusServiceUnavailable)
	if method == http.MethodHead {
		return list
	}
	var body struct {
		Status int
		Code   string
	}
	if err := json.Unmarshal([]byte(o.Body), &body); err != nil {
		list = append(list, "the body is no JSON")
	}
	differs("the body's status", body.Status, o.Status)
	differs("the body's code", body.Code, codeOf(o.Status, wantError))
	return list
}

// codeOf is the code in the body that goes with a status and the challenge's error.
func codeOf(status int, challengeError string) string {
	switch {
	case challengeError != "":
		return challengeError
	case status == http.StatusUnauthorized:
		return "no_credential"
	case status == http.StatusServiceUnavailable:
		return "temporarily_unavailable"
	}
	return "server_error"
}

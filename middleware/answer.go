package middleware

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"example.com/machineauth/authobj"
)

// retryAfter is the Retry-After of a 503, in seconds (RFC 9110 section 10.2.3).
const retryAfter = "5"

// problem is the body of a refusal (RFC 9457), application/problem+json.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// Refusal is what an [ErrorHandler] has to work with. Code and Detail are safe to show to anybody; Err is for logs only.
type Refusal struct {
	Status int    // what the answer's status is, unless the ErrorHandler writes another
	Code   string // no_credential, invalid_request, invalid_token, insufficient_scope, temporarily_unavailable or server_error
	Detail string // a sentence for people; for insufficient_scope it names what is missing
	Err    error  // why; never put it into the answer
}

// ErrorHandler writes the body of a refusal. WWW-Authenticate, Retry-After and Cache-Control are set already. Where it
// writes no status, Status is used; where it writes nothing at all, or panics first, the problem+json body is.
type ErrorHandler func(w http.ResponseWriter, r *http.Request, refusal Refusal)

// answer writes the response to a request that is refused because of err.
func (m *Middleware) answer(w http.ResponseWriter, r *http.Request, err error) {
	f := failureOf(err)
	m.log(r.Context(), f, err)

	refusal := Refusal{f.status, f.code, f.description, err}
	scope := ""
	if d, ok := errors.AsType[*authobj.Denied](err); ok {
		refusal.Detail, scope = d.Error(), d.Scope()
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	switch f.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		h.Set("WWW-Authenticate", m.challenge(f, scope))
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", retryAfter)
	}
	guard := &statusGuard{ResponseWriter: w, status: f.status}
	if m.cfg.OnError != nil {
		m.onError(guard, r, refusal)
	}
	if !guard.written {
		writeProblem(guard, refusal)
	}
}

// challenge builds the value of WWW-Authenticate (RFC 6750 section 3). All of it is constant or checked configuration.
func (m *Middleware) challenge(f failure, scope string) string {
	var b strings.Builder
	b.WriteString("Bearer")
	separator := " "
	description := f.description
	if f.error == "" {
		description = "" // a bare challenge (RFC 6750 section 3.1)
	}
	for _, parameter := range [...]struct{ name, value string }{{"realm", m.cfg.Realm}, {"error", f.error}, {"error_description", description}, {"scope", scope}} {
		if parameter.value != "" {
			b.WriteString(separator + parameter.name + `="` + parameter.value + `"`)
			separator = ", "
		}
	}
	return b.String()
}

// onError runs the user's ErrorHandler; a panic in it leaves the answer to be written here.
func (m *Middleware) onError(w *statusGuard, r *http.Request, refusal Refusal) {
	defer func() {
		if v := recover(); v == http.ErrAbortHandler {
			panic(v) // the handler wants the connection cut
		} else if v != nil {
			err := recovered(v)
			m.log(r.Context(), failureOf(err), err)
		}
	}()
	m.cfg.OnError(w, r, refusal)
}

func writeProblem(w http.ResponseWriter, refusal Refusal) {
	body, _ := json.Marshal(problem{http.StatusText(refusal.Status), refusal.Status, refusal.Code, refusal.Detail}) // strings and an int: cannot fail
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(refusal.Status)
	_, _ = w.Write(body) // the client may be gone
}

// statusGuard sees to it that a refusal is never answered with an implicit 200. It has no Unwrap, by which a handler could
// go round it.
type statusGuard struct {
	http.ResponseWriter
	status  int
	written bool
}

// WriteHeader passes on the status that is meant.
func (g *statusGuard) WriteHeader(status int) {
	g.ResponseWriter.WriteHeader(status) // panics where status is none
	g.written = g.written || status >= 200
}

// Write writes the refusal's status first where nothing else has been.
func (g *statusGuard) Write(b []byte) (int, error) {
	if !g.written {
		g.WriteHeader(g.status)
	}
	return g.ResponseWriter.Write(b)
}

package middleware

import (
	"encoding/json"
	"errors"
	"net/http"

	"example.com/machineauth/authobj"
)

// retryAfter is the Retry-After of a 503, in seconds (RFC 9110 section 10.2.3).
const retryAfter = "5"

// Refusal is what an [ErrorHandler] has to work with. Code and Detail are safe to show to anybody; Err is for logs only.
type Refusal struct {
	Status int    // what the answer's status is, unless the ErrorHandler writes another
	Code   string // no_credential, invalid_request, invalid_token, invalid_dpop_proof, use_dpop_nonce, insufficient_scope, temporarily_unavailable or server_error
	Detail string // a sentence for people; for insufficient_scope it names what is missing
	Err    error  // why; never put it into the answer
}

// ErrorHandler writes the body of a refusal. WWW-Authenticate, Retry-After and Cache-Control are set already. Where it
// writes no status, Status is used; where it writes nothing at all, or panics first, the problem+json body is.
type ErrorHandler func(w http.ResponseWriter, r *http.Request, refusal Refusal)

// answer writes the response to a request that is refused because of d.Err.
func (m *Middleware) answer(w http.ResponseWriter, r *http.Request, d Decision) {
	f := failureOf(d.Err)
	m.log(r.Context(), f, d.Err)

	detail, scope := f.description, ""
	if f == denied {
		missing, _ := errors.AsType[*authobj.Denied](d.Err)
		detail, scope = missing.Error(), missing.Scope()
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	switch f.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		h["Www-Authenticate"] = m.challenges(r, d, f, scope)
		m.offerNonce(h, r)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", retryAfter)
	}
	if m.cfg.OnError != nil {
		guard := &statusGuard{ResponseWriter: w, status: f.status}
		m.onError(guard, r, Refusal{f.status, f.code, detail, d.Err})
		if guard.written {
			return
		}
	}
	body := f.body
	if detail != f.description {
		body = problemOf(f.status, f.code, detail)
	}
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.status)
	_, _ = w.Write(body) // the client may be gone
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

// problemOf is the body of a refusal (RFC 9457), application/problem+json.
func problemOf(status int, code, detail string) []byte {
	body, _ := json.Marshal(struct { // strings and an int: cannot fail
		Title  string `json:"title"`
		Status int    `json:"status"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, code, detail})
	return body
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

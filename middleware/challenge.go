package middleware

import (
	"errors"
	"net/http"
	"strings"

	"example.com/machineauth/tokens"
)

// challenges returns the values of WWW-Authenticate (S9): one in the scheme that the client used, or should have. Where it
// tried none, all that would do are told.
func (m *Middleware) challenges(r *http.Request, d Decision, f failure, scope string) []string {
	dpop := m.cfg.Binding.DPoP != nil
	switch {
	case !dpop:
		return []string{m.challenge(schemeBearer, f, scope)}
	case m.usesDPoP(r) || d.binding == BindingRequired || errors.Is(d.Err, tokens.ErrUnbound):
		return []string{m.challenge(schemeDPoP, f, scope)}
	case f.error == "":
		return []string{m.challenge(schemeBearer, f, scope), m.challenge(schemeDPoP, f, scope)}
	}
	return []string{m.challenge(schemeBearer, f, scope)}
}

// challenge builds one challenge (RFC 6750 section 3, RFC 9449 section 7.1). All of it is constant or checked configuration.
func (m *Middleware) challenge(s scheme, f failure, scope string) string {
	var b strings.Builder
	b.WriteString(string(s))
	separator := " "
	description, algorithms := f.description, ""
	if f.error == "" {
		description = "" // a bare challenge (RFC 6750 section 3.1)
	}
	if s == schemeDPoP {
		algorithms = tokens.ProofAlgorithms
	}
	for _, parameter := range [...]struct{ name, value string }{{"realm", m.cfg.Realm}, {"error", f.error},
		{"error_description", description}, {"scope", scope}, {"algs", algorithms}} {
		if parameter.value != "" {
			b.WriteString(separator + parameter.name + `="` + parameter.value + `"`)
			separator = ", "
		}
	}
	return b.String()
}

// usesDPoP reports whether a request has a credential of the scheme DPoP, and this service knows the scheme.
func (m *Middleware) usesDPoP(r *http.Request) bool {
	values := r.Header["Authorization"]
	if m.cfg.Binding.DPoP == nil || len(values) != 1 {
		return false
	}
	name, _, _ := strings.Cut(values[0], " ")
	return schemeDPoP.is(name)
}

// offerNonce gives a client that proves its key the nonce for its next proof (RFC 9449 section 8.2).
func (m *Middleware) offerNonce(h http.Header, r *http.Request) {
	if m.usesDPoP(r) {
		if nonce := m.cfg.Binding.DPoP.Nonce(); nonce != "" {
			h.Set("DPoP-Nonce", nonce)
		}
	}
}

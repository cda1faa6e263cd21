package middleware

import (
	"errors"
	"net/http"
	"strings"

	"example.com/machineauth/tokens"
)

// challenges returns the values of WWW-Authenticate (S9): one in the scheme that the client used, or should have. Where it
// tried none, all that would do are told.
func (m *Middleware) challenges(r *http.Request, d Decision, f *failure, scope string) []string {
	dpop := m.cfg.Binding.DPoP != nil
	switch {
	case !dpop:
		return []string{m.challenge(schemeBearer, f, scope)}
	case m.usesDPoP(r) || d.binding == BindingRequired || errors.Is(d.Err, tokens.ErrUnbound):
		return []string{m.challenge(schemeDPoP, f, scope)}
	case f.parameters == "":
		return []string{m.challenge(schemeBearer, f, scope), m.challenge(schemeDPoP, f, scope)}
	}
	return []string{m.challenge(schemeBearer, f, scope)}
}

// challenge builds one challenge (RFC 6750 section 3, RFC 9449 section 7.1). All of it is constant or checked configuration.
func (m *Middleware) challenge(s scheme, f *failure, scope string) string {
	challenge, separator := string(s), " "
	add := func(parameters string) { challenge, separator = challenge+separator+parameters, ", " }
	if m.cfg.Realm != "" {
		add(`realm="` + m.cfg.Realm + `"`)
	}
	if f.parameters != "" {
		add(f.parameters)
	}
	if scope != "" {
		add(`scope="` + scope + `"`)
	}
	if s == schemeDPoP {
		add(`algs="` + tokens.ProofAlgorithms + `"`)
	}
	return challenge
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

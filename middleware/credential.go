package middleware

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"example.com/machineauth/tokens"
)

// Carrier says where a request had its credential.
type Carrier string

// The carriers of a credential.
const (
	CarrierHeader Carrier = "header" // Authorization: Bearer (RFC 6750 section 2.1), or DPoP (RFC 9449 section 7.1)
	CarrierCookie Carrier = "cookie"
)

// scheme is an authentication scheme (RFC 9110 section 11.1).
type scheme string

const (
	schemeBearer scheme = "Bearer"
	schemeDPoP   scheme = "DPoP"
)

// is reports whether name is the scheme's, in any case.
func (s scheme) is(name string) bool { return strings.EqualFold(name, string(s)) }

// credential is the one credential of a request, and the types that it may turn out to be.
type credential struct {
	token   string
	scheme  scheme // empty in a cookie
	carrier Carrier
	accept  []tokens.Type
}

// extract returns the request's credential. Query and body are never looked at: tokens in them end up in logs (R3). It
// fails with ErrNoCredential or ErrMalformed.
func (m *Middleware) extract(r *http.Request, accept []tokens.Type) (credential, error) {
	token, scheme, err := m.authorization(r.Header["Authorization"])
	if err != nil {
		return credential{}, err
	}
	if token != "" {
		return credential{token, scheme, CarrierHeader, accept}, nil
	}
	// Only a session may come from a cookie, whatever the route accepts (R2).
	if m.cfg.SessionCookie == "" || !slices.Contains(accept, tokens.TypeSession) {
		return credential{}, ErrNoCredential
	}
	switch value, count := cookie(r.Header["Cookie"], m.cfg.SessionCookie); {
	case count > 1: // one of them was set by somebody else, and the order proves nothing (RFC 6265 section 8.6)
		return credential{}, malformed("more than one session cookie")
	case value != "":
		return credential{value, "", CarrierCookie, sessionOnly}, nil
	}
	return credential{}, ErrNoCredential
}

// cookie returns the value of the cookie of a name, and how many there are, as far as it matters. http.Request.CookiesNamed
// would make objects of all that a client sends.
func cookie(headers []string, name string) (value string, count int) {
	for _, header := range headers {
		for pair := range strings.SplitSeq(header, ";") {
			if n, v, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && n == name {
				if count++; count > 1 {
					return "", count
				}
				value = v
			}
		}
	}
	return value, count
}

var sessionOnly = []tokens.Type{tokens.TypeSession}

// authorization reads the values of Authorization (R1): "" and no error where there is no credential for this middleware. Which
// bytes a token may have, and how many, the Verifier knows.
func (m *Middleware) authorization(values []string) (token string, s scheme, err error) {
	if len(values) > 1 {
		return "", "", malformed("more than one Authorization header")
	}
	if len(values) == 0 || values[0] == "" {
		return "", "", nil
	}
	name, rest, spaced := strings.Cut(values[0], " ")
	token = strings.TrimLeft(rest, " ")
	if !spaced && m.cfg.AllowBareToken && !schemeBearer.is(name) && !schemeDPoP.is(name) {
		name, token = string(schemeBearer), name
	}
	switch {
	case strings.ContainsAny(name, "\t,") || name == "":
		return "", "", malformed("no scheme before the first space")
	case token == "":
		return "", "", malformed("a scheme without a token, or a token without a scheme")
	case schemeBearer.is(name):
		s = schemeBearer
	case schemeDPoP.is(name) && m.cfg.Binding.DPoP != nil:
		s = schemeDPoP
	default:
		return "", "", nil // somebody else's scheme (RFC 9110 section 11.4)
	}
	if strings.IndexByte(token, ' ') >= 0 || strings.IndexByte(token, '\t') >= 0 || isList(token) {
		return "", "", malformed("more than one token")
	}
	return token, s, nil
}

// isList reports whether a comma stands behind what could be a token. Where anything else is before it, this is no list of
// tokens but no token at all, such as a JWS in JSON.
func isList(s string) bool {
	const b64token = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=" // RFC 6750 section 2.1
	comma := strings.IndexByte(s, ',')
	return comma >= 0 && strings.Trim(s[:comma], b64token) == ""
}

func malformed(detail string) error {
	return &Error{Code: ErrMalformed, Err: errors.New(detail)}
}

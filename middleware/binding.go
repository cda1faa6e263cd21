package middleware

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"example.com/machineauth/tokens"
)

// Binding says what becomes of tokens that are bound to their sender: by DPoP to a key that signs a proof for each request (RFC
// 9449), by mutual TLS to a client certificate (RFC 8705), or to both. The zero value refuses all of them.
type Binding struct {
	// Mode is that of every route; a Policy can ask for more.
	Mode BindingMode

	// DPoP verifies proofs. nil refuses tokens that are bound to a DPoP key, and doesn't know the scheme DPoP.
	DPoP *tokens.DPoP

	// BaseURL is what clients call this service, such as https://api.example.com, with the path that a proxy takes away where
	// there is one. Proofs must be for URLs below it.
	BaseURL string

	// TrustedProxies take the place of BaseURL in a service with many names: what a client called is then X-Forwarded-Proto,
	// X-Forwarded-Host and the path, believed only of these peers, which must overwrite both headers. A proof that comes
	// another way is refused.
	TrustedProxies []netip.Prefix

	// ClientCertificate returns the certificate that a client has proven to hold; nil where there is none. It is for services
	// behind a proxy that ends TLS, and must not believe a header that a client can set. A nil function is the certificate of
	// the connection itself.
	ClientCertificate func(r *http.Request) *x509.Certificate
}

// BindingMode is what a route makes of tokens that are bound to their sender. A later mode asks for more.
type BindingMode int

const (
	// BindingOff refuses tokens that are bound: what they are bound to is not looked at.
	BindingOff BindingMode = iota
	// BindingAllowed takes bearer tokens, and bound ones from a sender who holds what they are bound to.
	BindingAllowed
	// BindingRequired takes bound tokens alone.
	BindingRequired
)

// complete checks b and copies what could change.
func (b *Binding) complete() error {
	var problems []error
	problem := func(text string) { problems = append(problems, errors.New(text)) }
	if !isBindingMode(b.Mode) {
		problem("Config.Binding.Mode is none of BindingOff, BindingAllowed and BindingRequired")
	}
	if b.DPoP == nil && (b.BaseURL != "" || len(b.TrustedProxies) > 0) {
		problem("Config.Binding.BaseURL and TrustedProxies are for DPoP, which is not set")
	}
	if b.DPoP != nil && b.Mode == BindingOff {
		problem("Config.Binding.DPoP is set, but Mode is BindingOff")
	}
	if b.DPoP != nil && (b.BaseURL == "") == (len(b.TrustedProxies) == 0) {
		problem("Config.Binding.BaseURL must be set where DPoP is, or else TrustedProxies")
	}
	if u, err := url.Parse(b.BaseURL); b.BaseURL != "" &&
		(err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsAny(b.BaseURL, "?#")) {
		problem("Config.Binding.BaseURL must be an http or https URL without user, query and fragment")
	}
	if slices.ContainsFunc(b.TrustedProxies, func(p netip.Prefix) bool { return !p.IsValid() }) {
		problem("Config.Binding.TrustedProxies has an invalid prefix")
	}
	b.BaseURL = strings.TrimRight(b.BaseURL, "/")
	b.TrustedProxies = slices.Clone(b.TrustedProxies)
	return errors.Join(problems...)
}

func isBindingMode(m BindingMode) bool { return BindingOff <= m && m <= BindingRequired }

// target returns the URL that the client called, as far as anybody trustworthy can say; empty where nobody can. The path is
// that of the request line: routers change the one in r.URL.
func (b *Binding) target(r *http.Request) string {
	path, ok := requestPath(r)
	if !ok {
		return ""
	}
	if b.BaseURL != "" {
		return b.BaseURL + path
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !slices.ContainsFunc(b.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(peer.Addr().Unmap()) }) {
		return ""
	}
	scheme, host := r.Header["X-Forwarded-Proto"], r.Header["X-Forwarded-Host"]
	if len(scheme) != 1 || len(host) != 1 || scheme[0] != "http" && scheme[0] != "https" || strings.ContainsAny(host[0], `/\?#@,`) {
		return ""
	}
	return scheme[0] + "://" + host[0] + path
}

// requestPath returns the escaped path of the request line; ok is false where it could mean one thing to a router and another
// to the comparison of URLs: where it has dot segments, escaped or not, or bytes that a path can't have.
func requestPath(r *http.Request) (path string, ok bool) {
	u, text := r.URL, r.URL.EscapedPath()
	if parsed, err := url.ParseRequestURI(r.RequestURI); err == nil {
		u = parsed
		text, _, _ = strings.Cut(r.RequestURI, "?")
	}
	path = u.EscapedPath()
	if !strings.HasSuffix(text, path) || path != "" && path[0] != '/' {
		return "", false
	}
	for _, segment := range strings.FieldsFunc(u.Path, func(c rune) bool { return c == '/' || c == '\\' }) {
		if segment == "." || segment == ".." {
			return "", false
		}
	}
	return path, true
}

// certificate returns the certificate that the client has proven to hold, by the handshake or to a proxy.
func (b *Binding) certificate(r *http.Request) *x509.Certificate {
	if b.ClientCertificate != nil {
		return b.ClientCertificate(r)
	}
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return nil
	}
	return r.TLS.PeerCertificates[0]
}

package outbound

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

// Transport returns an http.RoundTripper that sends s's token with every request. nil means http.DefaultTransport as its base.
//
// A request over plain http, but to loopback, is refused with ErrInsecure. A request that a redirect has led to another scheme,
// host or port goes without the token. A request that is answered with 401 and error="invalid_token" is sent once more with a
// new token, if it has no body or a GetBody to read it again, as those of http.NewRequest mostly have; else the token is
// replaced for the next request.
func (s *Source) Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{s, base}
}

type transport struct {
	source *Source
	base   http.RoundTripper
}

// RoundTrip sends r. As an http.RoundTripper has to, it leaves r as it is and closes its body.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL == nil || strayed(r) { // without a URL the base has the error
		return t.base.RoundTrip(r)
	}
	token, err := t.token(r)
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	response, err := t.send(r, token)
	if err != nil || response.StatusCode != http.StatusUnauthorized || !saysInvalidToken(response.Header.Values("WWW-Authenticate")) {
		return response, err
	}
	t.source.Invalidate(token.AccessToken)
	again, fresh := t.again(r, token)
	if again == nil {
		return response, nil
	}
	_ = response.Body.Close()
	return t.send(again, fresh)
}

func (t *transport) token(r *http.Request) (*oauth2.Token, error) {
	if !isSecure(r.URL) {
		return nil, &Error{ErrInsecure, errors.New("a token is sent over https only, or to loopback")}
	}
	return t.source.TokenContext(r.Context())
}

// again returns r to be sent once more, and another token than the refused one, or nil where that isn't possible.
func (t *transport) again(r *http.Request, refused *oauth2.Token) (*http.Request, *oauth2.Token) {
	hasBody := r.Body != nil && r.Body != http.NoBody
	if hasBody && r.GetBody == nil {
		return nil, nil
	}
	fresh, err := t.source.TokenContext(r.Context())
	if err != nil || fresh.AccessToken == refused.AccessToken {
		return nil, nil
	}
	again := *r
	if hasBody {
		if again.Body, err = r.GetBody(); err != nil {
			return nil, nil
		}
	}
	return &again, fresh
}

// send sends r with a token. The response belongs to r, not to the copy with the token, which nobody else gets to see.
func (t *transport) send(r *http.Request, token *oauth2.Token) (*http.Response, error) {
	authorized := r.Clone(r.Context())
	if authorized.Header == nil {
		authorized.Header = make(http.Header)
	}
	authorized.Header.Set("Authorization", "Bearer "+token.AccessToken)
	response, err := t.base.RoundTrip(authorized)
	if response != nil {
		response.Request = r
	}
	return response, err
}

// CloseIdleConnections is for http.Client's method of that name.
func (t *transport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// strayed reports whether redirects have led r away from where it was first sent, be it by a detour. A client sets Response on
// the requests that follow a redirect, and nowhere else.
func strayed(r *http.Request) bool {
	for hop := r; hop.Response != nil; hop = hop.Response.Request {
		if hop.Response.Request == nil || origin(hop.Response.Request.URL) != origin(r.URL) {
			return true
		}
	}
	return false
}

// origin is scheme, host and port (RFC 6454 section 4).
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// isSecure reports whether what is sent to u can't be read on the way.
func isSecure(u *url.URL) bool {
	host := u.Hostname()
	return u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

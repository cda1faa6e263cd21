package issuer

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/machineauth/tokens"
)

// oauthErrors says how the token endpoint refuses (RFC 6749 section 5.2, RFC 8707 section 2).
var oauthErrors = map[Code]struct {
	status int
	code   string
}{
	ErrBody:         {http.StatusBadRequest, "invalid_request"},
	ErrBodyTooLarge: {http.StatusRequestEntityTooLarge, "invalid_request"},
	ErrMediaType:    {http.StatusUnsupportedMediaType, "invalid_request"},
	ErrParams:       {http.StatusBadRequest, "invalid_request"},
	ErrMethod:       {http.StatusMethodNotAllowed, "invalid_request"},
	errClient:       {http.StatusUnauthorized, "invalid_client"},
	errGrant:        {http.StatusBadRequest, "unsupported_grant_type"},
	errScope:        {http.StatusBadRequest, "invalid_scope"},
	errTarget:       {http.StatusBadRequest, "invalid_target"},
	ErrFull:         {http.StatusServiceUnavailable, "temporarily_unavailable"},
	ErrStore:        {http.StatusServiceUnavailable, "temporarily_unavailable"},
	ErrSigning:      {http.StatusServiceUnavailable, "temporarily_unavailable"},
}

// grantJSON is the answer to a grant (RFC 6749 section 5.1).
type grantJSON struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string `json:"scope,omitempty"`
}

// serveToken is the token endpoint (RFC 6749 section 3.2).
func (i *Issuer) serveToken(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Pragma", "no-cache") // section 5.1 asks for it beside Cache-Control
	granted, err := i.clientCredentials(r)
	if err == nil {
		writeJSON(w, http.StatusOK, granted)
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		e = &Error{Code: ErrStore, Err: err}
	}
	answer, ok := oauthErrors[e.Code]
	if !ok {
		answer = oauthErrors[ErrStore]
	}
	i.logOutage(r, answer.status, "", e)
	description := string(e.Code)
	switch answer.status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="oauth"`)
		description = e.Err.Error()
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
		description = e.Err.Error()
	default:
		description = e.Err.Error()
	}
	writeJSON(w, answer.status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{answer.code, description})
}

// clientCredentials grants a client a token that it asks for in its own name (RFC 6749 section 4.4).
func (i *Issuer) clientCredentials(r *http.Request) (*grantJSON, error) {
	if r.Method != http.MethodPost {
		return nil, fail(ErrMethod, "the token endpoint takes POST")
	}
	body, err := readBody(r, "application/x-www-form-urlencoded")
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fail(ErrBody, "the body is not a form")
	}
	for name, values := range form {
		if len(values) > 1 && name != "resource" {
			return nil, fail(ErrParams, "no parameter may be given twice")
		}
	}
	a, err := i.authenticateClient(r, form)
	if err != nil {
		return nil, err
	}
	switch form.Get("grant_type") {
	case "client_credentials":
	case "":
		return nil, fail(ErrParams, "grant_type must be set")
	default:
		return nil, fail(errGrant, "grant_type must be client_credentials")
	}
	scopes := a.Scopes
	if asked := strings.Fields(form.Get("scope")); len(asked) > 0 {
		if !containsAll(a.Scopes, asked) {
			return nil, fail(errScope, "the application may not have all of these scopes")
		}
		slices.Sort(asked)
		scopes = slices.Compact(asked)
	}
	audience := a.Audience
	if asked := form["resource"]; len(asked) > 0 { // RFC 8707 section 2.2
		if !containsAll(a.Audience, asked) {
			return nil, fail(errTarget, "the application may not have tokens for all of these resources")
		}
		slices.Sort(asked)
		audience = slices.Compact(asked)
	}
	text, ttl, err := i.grant(r.Context(), a, scopes, audience)
	if err != nil {
		return nil, err
	}
	return &grantJSON{text, "Bearer", int64(ttl / time.Second), strings.Join(scopes, " ")}, nil
}

func containsAll(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// authenticateClient reads the client's ID and secret from the Authorization header or from the body, but not from both
// (RFC 6749 section 2.3). Whether it was the ID or the secret that is wrong isn't said.
func (i *Issuer) authenticateClient(r *http.Request, form url.Values) (*application, error) {
	id, secret := form.Get("client_id"), form.Get("client_secret")
	if headers := r.Header.Values("Authorization"); len(headers) > 0 {
		user, password, ok := r.BasicAuth()
		decodedID, err1 := url.QueryUnescape(user) // section 2.3.1: both are form-encoded first
		decodedSecret, err2 := url.QueryUnescape(password)
		if len(headers) > 1 || !ok || err1 != nil || err2 != nil {
			return nil, fail(errClient, "the Authorization header must be Basic, with the ID and the secret of the application")
		}
		if form.Has("client_secret") || form.Has("client_id") && id != decodedID {
			return nil, fail(ErrParams, "the client must authenticate once: in the Authorization header or in the body")
		}
		id, secret = decodedID, decodedSecret
	}
	a := new(application)
	record, err := i.get(r.Context(), KindApplication, applicationPrefix+id, a)
	if isNotFound(err) || err == nil && !record.holds(tokens.NewSecret(secret), i.now()) {
		return nil, fail(errClient, "the ID or the secret of the application is wrong")
	}
	return a, err
}

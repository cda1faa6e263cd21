package issuer

import (
	"context"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"

	"example.com/machineauth/tokens"
)

// caller is who calls the Backend API.
type caller struct {
	machine *machine // nil: it has the instance's secret key
	secret  tokens.Secret
}

// access says which secret keys open a route.
type access int

const (
	instanceOnly access = iota
	machineOnly
	either
)

// endpoint answers a call of the Backend API: with a body, with nil for none, or with an *Error.
type endpoint func(r *http.Request, c caller) (any, error)

type route struct {
	method string
	access access
	call   endpoint
}

// api is the Backend API, by path.
func (i *Issuer) api() map[string][]route {
	return map[string][]route{
		"/m2m_tokens":             {{"POST", machineOnly, i.createM2M}, {"GET", either, i.listM2M}},
		"/m2m_tokens/verify":      {{"POST", either, i.verifyM2M}},
		"/m2m_tokens/{id}/revoke": {{"POST", either, i.revokeM2M}},

		"/api_keys":             {{"POST", instanceOnly, i.createAPIKey}, {"GET", instanceOnly, i.listAPIKeys}},
		"/api_keys/verify":      {{"POST", instanceOnly, i.verifyAPIKey}},
		"/api_keys/{id}":        {{"GET", instanceOnly, i.getAPIKey}, {"DELETE", instanceOnly, i.deleteAPIKey}},
		"/api_keys/{id}/revoke": {{"POST", instanceOnly, i.revokeAPIKey}},
		"/api_keys/{id}/secret": {{"GET", instanceOnly, shownOnce}},

		"/machines":                        {{"POST", instanceOnly, i.createMachine}, {"GET", instanceOnly, i.listMachines}},
		"/machines/{id}":                   {{"GET", instanceOnly, i.getMachine}, {"PATCH", instanceOnly, i.updateMachine}, {"DELETE", instanceOnly, i.deleteMachine}},
		"/machines/{id}/secret_key":        {{"GET", instanceOnly, shownOnce}},
		"/machines/{id}/secret_key/rotate": {{"POST", instanceOnly, i.rotateMachine}},
		"/machines/{id}/scopes":            {{"POST", instanceOnly, i.createScope}},
		"/machines/{id}/scopes/{other}":    {{"DELETE", instanceOnly, i.deleteScope}},

		"/oauth_applications":                      {{"POST", instanceOnly, i.createApplication}, {"GET", instanceOnly, i.listApplications}},
		"/oauth_applications/{id}":                 {{"GET", instanceOnly, i.getApplication}, {"DELETE", instanceOnly, i.deleteApplication}},
		"/oauth_applications/{id}/rotate_secret":   {{"POST", instanceOnly, i.rotateApplication}},
		"/oauth_applications/{id}/revoke_token":    {{"POST", instanceOnly, i.revokeOAuth}},
		"/oauth_applications/access_tokens/verify": {{"POST", instanceOnly, i.verifyOAuth}},
	}
}

// routes puts everything together.
func (i *Issuer) routes() http.Handler {
	mux := http.NewServeMux()
	for p, routes := range i.api() {
		mux.Handle(p, i.dispatch(routes))
		mux.Handle("/v1"+p, i.dispatch(routes)) // Clerk's client leaves /v1 out for machine tokens (B1)
	}
	for _, p := range []string{"/jwks", "/v1/jwks", "/.well-known/jwks.json"} {
		mux.Handle(p, i.public(i.serveJWKS))
	}
	mux.Handle("/.well-known/oauth-authorization-server", i.public(i.serveMetadata))
	mux.HandleFunc("/oauth/token", i.serveToken)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { i.refuse(w, r, errNoSuchPath) })

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := i.checkHost(r); err != nil {
			i.refuse(w, r, err)
			return
		}
		if path.Clean("/"+r.URL.Path) != r.URL.Path { // an ID may not be a dot or two (B4); the mux would redirect
			i.refuse(w, r, errNoSuchPath)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

var errNoSuchPath = fail(ErrNotFound, "there is no such path")

// dispatch serves one path of the Backend API.
func (i *Issuer) dispatch(routes []route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := slices.IndexFunc(routes, func(known route) bool { return known.method == r.Method })
		if n < 0 {
			for _, known := range routes {
				w.Header().Add("Allow", known.method)
			}
			i.refuse(w, r, fail(ErrMethod, "the path has no such method"))
			return
		}
		body, err := i.serve(r, routes[n])
		switch {
		case err != nil:
			i.refuse(w, r, err)
		case body == nil:
			w.Header().Set("Cache-Control", "no-store")
			w.WriteHeader(http.StatusNoContent)
		default:
			writeJSON(w, http.StatusOK, body)
		}
	})
}

func (i *Issuer) serve(r *http.Request, to route) (any, error) {
	c, err := i.authenticate(r)
	switch {
	case err != nil:
		return nil, err
	case to.access == machineOnly && c.machine == nil:
		return nil, fail(ErrForbidden, "this needs the secret key of a machine, which POST /machines makes")
	case to.access == instanceOnly && c.machine != nil:
		return nil, fail(ErrForbidden, "this needs the instance's secret key: a machine's opens only /m2m_tokens")
	}
	return to.call(r, c)
}

// authenticate finds out whose secret key a request has: the instance's, or a machine's.
func (i *Issuer) authenticate(r *http.Request) (caller, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return caller{}, fail(ErrUnauthenticated, "one Authorization header is needed, with a secret key as bearer token")
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return caller{}, fail(ErrUnauthenticated, "the Authorization header must be of the scheme Bearer")
	}
	secret := tokens.NewSecret(text)
	hash, isInstance := hashOf(secret), false
	for _, known := range i.secrets {
		if known.equals(hash) {
			isInstance = true
		}
	}
	if isInstance {
		return caller{secret: secret}, nil
	}
	m, err := i.machineBySecret(r.Context(), secret)
	if errors.Is(err, ErrNotFound) {
		return caller{}, fail(ErrUnauthenticated, "the secret key is not known: is it of another instance, or replaced?")
	}
	return caller{m, secret}, err
}

func (i *Issuer) machineBySecret(ctx context.Context, secret tokens.Secret) (*machine, error) {
	m := new(machine)
	if _, err := i.find(ctx, KindMachine, secret, m); err != nil {
		return nil, err
	}
	return m, nil
}

// public serves a document that everybody may read and cache.
func (i *Issuer) public(document func() ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			i.refuse(w, r, fail(ErrMethod, "the path has no such method"))
			return
		}
		text, err := document()
		if err != nil {
			i.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", i.cacheControl())
		_, _ = w.Write(text)
	})
}

package attacks

import (
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
	"github.com/go-chi/chi/v5"
)

// world is what surrounds the services of a test: two issuers, a backend, a clock, and somebody who sees everything that
// leaves a service.
type world struct {
	testing.TB
	mint    *mint
	a, b    *endpoint
	backend *backend
	seen    *witness
	secrets *secrets

	mu    sync.Mutex
	clock time.Time
}

// newWorld returns a world in which A also publishes the extra keys.
func newWorld(t testing.TB, extraKeys ...string) *world {
	t.Helper()
	now := time.Now().Truncate(time.Second) // the clock stands still, so that a row can be about a single second
	w := &world{
		TB:      t,
		mint:    &mint{t, now, nil},
		a:       newEndpoint(t, keysOfA(t, extraKeys...)...),
		b:       newEndpoint(t, keysOfB(t)...),
		backend: &backend{now: now},
		seen:    new(witness),
		secrets: newSecrets(),
		clock:   now,
	}
	t.Cleanup(w.scan)
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(w.seen, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// setup is how a service differs from another.
type setup struct {
	serveMux bool // instead of chi
	cached   bool
	revoking bool // also the routes other than /m2m-revocable ask the revocations
	nonces   bool // DPoP proofs need a nonce

	remote     func(*jwk.RemoteConfig)
	tokens     func(*tokens.Config)
	middleware func(*middleware.Config)
}

// setups are all four ways in which rows are run.
var setups = []setup{{}, {cached: true}, {serveMux: true}, {serveMux: true, cached: true}}

func (s setup) String() string {
	name := "chi"
	if s.serveMux {
		name = "ServeMux"
	}
	if s.cached {
		return name + ", cache on"
	}
	return name + ", cache off"
}

// service is a program that uses the middleware: tenant A, and tenant B below /b, which share nothing.
type service struct {
	*world
	handler http.Handler
	reached *reached     // by the request under way
	nonces  *tokens.DPoP // gives out the nonces that are good at the routes of A
}

// reached is the handler behind all routes.
type reached struct {
	mu   sync.Mutex
	runs int
	auth authobj.Auth
	then func(http.ResponseWriter, *http.Request)
}

func (h *reached) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.runs++
	h.auth, _ = authobj.FromContext(r.Context())
	then := h.then
	h.mu.Unlock()
	if then != nil {
		then(w, r)
	}
}

// paths are the routes of every service.
var paths = []string{"/session", "/m2m", "/oauth", "/any", "/oauth-scoped", "/session-perm", "/any-perm", "/m2m-revocable",
	"/b/session", "/b/m2m", "/b/any"}

func (w *world) service(s setup) *service {
	w.Helper()
	handler := new(reached)
	nonceSecret := ""
	if s.nonces {
		nonceSecret = dpopSecret
	}
	dpop := w.dpop(nonceSecret)
	a := w.middleware(s, w.a, issuerA, s.revoking, dpop)
	revocable := w.middleware(s, w.a, issuerA, true, dpop)
	b := w.middleware(s, w.b, issuerB, false, w.dpop(""))
	routes := map[string]func(http.Handler) http.Handler{
		"/session":       a.Require(),
		"/m2m":           a.Require(tokens.TypeM2M),
		"/oauth":         a.Require(tokens.TypeOAuth),
		"/any":           a.Require(tokens.AnyType()...),
		"/oauth-scoped":  a.RequirePolicy(middleware.Policy{Accept: []tokens.Type{tokens.TypeOAuth}, Checks: []authobj.Check{authobj.AllScopes("read:items")}}),
		"/session-perm":  a.RequirePolicy(middleware.Policy{Checks: []authobj.Check{authobj.Permission("org:admin")}}),
		"/any-perm":      a.RequirePolicy(middleware.Policy{Accept: tokens.AnyType(), Checks: []authobj.Check{authobj.Permission("org:admin")}}),
		"/m2m-revocable": revocable.Require(tokens.TypeM2M),
		"/b/session":     b.Require(),
		"/b/m2m":         b.Require(tokens.TypeM2M),
		"/b/any":         b.Require(tokens.AnyType()...),
	}
	service := &service{world: w, reached: handler, nonces: dpop}
	if s.serveMux {
		mux := http.NewServeMux()
		for _, path := range paths {
			mux.Handle(path, routes[path](handler))
		}
		service.handler = mux
	} else {
		router := chi.NewRouter()
		for _, path := range paths {
			router.With(routes[path]).Handle(path, handler)
		}
		service.handler = router
	}
	return service
}

// middleware protects the routes of one tenant.
func (w *world) middleware(s setup, keys *endpoint, issuer string, revoking bool, dpop *tokens.DPoP) *middleware.Middleware {
	w.Helper()
	remoteConfig := jwk.RemoteConfig{URL: keys.URL, Header: http.Header{"Authorization": {"Bearer " + jwksSecret}}, Logger: w.logger(), Now: w.now}
	if s.remote != nil {
		s.remote(&remoteConfig)
	}
	remote, err := jwk.NewRemote(remoteConfig)
	check(w, err)
	w.Cleanup(func() { remote.Close() })

	config := tokens.Config{
		Keys:              remote,
		Opaque:            w.backend,
		Issuers:           []string{issuer},
		Audience:          []string{audience},
		AuthorizedParties: []string{"https://app.example"},
		DisableCache:      !s.cached,
		Now:               w.now,
	}
	if revoking {
		config.Revocations = w.revocations()
	}
	if s.tokens != nil {
		s.tokens(&config)
	}
	verifier, err := tokens.NewVerifier(config)
	check(w, err)

	cfg := middleware.Config{Verifier: verifier, SessionCookie: "__session", Logger: w.logger(), Observe: w.seen.observe, Binding: w.binding(dpop)}
	if s.middleware != nil {
		s.middleware(&cfg)
	}
	m, err := middleware.New(cfg)
	check(w, err)
	return m
}

// revocations are those of tenant A: one token, and all that a machine had before now.
func (w *world) revocations() *tokens.RevocationList {
	list := &tokens.RevocationList{Now: w.now}
	check(w, list.RevokeToken(issuerA, "mt_revoked", w.now().Add(time.Hour)))
	check(w, list.RevokeSubject(issuerA, "mch_banned", w.now(), w.now().Add(time.Hour)))
	return list
}

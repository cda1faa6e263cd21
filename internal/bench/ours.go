package main

import (
	"log/slog"
	"net/http"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

const ourModule = "example.com/machineauth"

// cold verifies every token from its signature on; warm has seen the token before.
var (
	cold = contender{name: "machineauth, cold", module: ourModule, protect: func(w *workload) (http.Handler, error) {
		return ours(w, w.kind, true)
	}}
	warm = contender{name: "machineauth, warm", module: ourModule, protect: func(w *workload) (http.Handler, error) {
		h, err := ours(w, w.kind, false)
		if err == nil {
			status(h, w.token)
		}
		return h, err
	}}
)

// refusing is the route for the other kind of token.
func refusing(w *workload) (http.Handler, error) {
	if w.kind == session {
		return ours(w, m2m, true)
	}
	return ours(w, session, true)
}

func ours(w *workload, accept kind, disableCache bool) (http.Handler, error) {
	keys, err := jwk.FromJWKS(w.jwks)
	if err != nil {
		return nil, err
	}
	cfg := ourConfig(keys)
	cfg.DisableCache = disableCache
	return protectedBy(cfg, accept, w.subject)
}

func ourConfig(keys jwk.Source) tokens.Config {
	return tokens.Config{Keys: keys, Issuers: []string{issuer}, Audience: []string{audience}, AuthorizedParties: []string{party}}
}

func ourMiddleware(cfg tokens.Config) (*middleware.Middleware, error) {
	verifier, err := tokens.NewVerifier(cfg)
	if err != nil {
		return nil, err
	}
	return middleware.New(middleware.Config{Verifier: verifier, Logger: slog.New(slog.DiscardHandler)})
}

func protectedBy(cfg tokens.Config, accept kind, subject string) (http.Handler, error) {
	m, err := ourMiddleware(cfg)
	if err != nil {
		return nil, err
	}
	if accept == m2m {
		return m.Require(tokens.TypeM2M)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			caller, _ := authobj.As[*authobj.M2M](r.Context())
			answer(w, caller.MachineID, subject)
		})), nil
	}
	return m.Require()(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, _ := authobj.As[*authobj.Session](r.Context())
		answer(w, caller.UserID, subject)
	})), nil
}

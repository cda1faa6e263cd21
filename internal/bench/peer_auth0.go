package main

import (
	"context"
	"net/http"

	jwtmiddleware "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/validator"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

var auth0 = contender{
	name: "auth0/go-jwt-middleware", module: "github.com/auth0/go-jwt-middleware/v3",
	protect: func(w *workload) (http.Handler, error) {
		keys, err := jwk.Parse(w.jwks)
		if err != nil {
			return nil, err
		}
		options := []validator.Option{
			validator.WithKeyFunc(func(context.Context) (any, error) { return keys, nil }),
			validator.WithAlgorithm(validator.SignatureAlgorithm(w.alg)),
			validator.WithIssuer(issuer),
			validator.WithAudience(audience),
		}
		if w.kind == session {
			options = append(options, validator.WithCustomClaims(func() *sessionClaims { return &sessionClaims{} }))
		}
		v, err := validator.New(options...)
		if err != nil {
			return nil, err
		}
		m, err := jwtmiddleware.New(jwtmiddleware.WithValidator(v))
		if err != nil {
			return nil, err
		}
		return m.CheckJWT(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			claims, _ := jwtmiddleware.GetClaims[*validator.ValidatedClaims](r.Context())
			answer(rw, claims.RegisteredClaims.Subject, w.subject)
		})), nil
	},
	misses: map[kind][]string{m2m: {wrongType}},
}

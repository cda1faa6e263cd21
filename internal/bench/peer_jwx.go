package main

import (
	"context"
	"net/http"

	"github.com/lestrrat-go/jwx/v2/jwk"
	"github.com/lestrrat-go/jwx/v2/jwt"
)

var jwxParse = contender{
	name: "jwx/v2 jwt.Parse", module: "github.com/lestrrat-go/jwx/v2",
	protect: func(w *workload) (http.Handler, error) {
		keys, err := jwk.Parse(w.jwks)
		if err != nil {
			return nil, err
		}
		options := []jwt.ParseOption{jwt.WithKeySet(keys)}
		for _, o := range jwxChecks(w) {
			options = append(options, o)
		}
		return handmade(func(_ context.Context, token string) (jwt.Token, error) {
			return jwt.ParseString(token, options...)
		}, func(rw http.ResponseWriter, token jwt.Token) { answer(rw, token.Subject(), w.subject) }), nil
	},
	misses: map[kind][]string{m2m: {wrongType}},
}

// jwxChecks are what jwx/v2 checks beside the signature and the times.
func jwxChecks(w *workload) []jwt.ValidateOption {
	checks := []jwt.ValidateOption{jwt.WithRequiredClaim(jwt.ExpirationKey), jwt.WithIssuer(issuer), jwt.WithAudience(audience)}
	if w.kind == session {
		checks = append(checks, jwt.WithClaimValue("azp", party))
	}
	return checks
}

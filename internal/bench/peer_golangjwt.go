package main

import (
	"context"
	"net/http"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

var golangJWT = contender{
	name: "golang-jwt + keyfunc", module: "github.com/golang-jwt/jwt/v5",
	protect: func(w *workload) (http.Handler, error) {
		verify, err := golangVerifier(w)
		if err != nil {
			return nil, err
		}
		return handmade(func(_ context.Context, token string) (jwt.Claims, error) { return verify(token) },
			func(rw http.ResponseWriter, claims jwt.Claims) {
				subject, _ := claims.GetSubject()
				answer(rw, subject, w.subject)
			}), nil
	},
	misses: map[kind][]string{m2m: {wrongType}},
}

// golangClaims are a session's; its Validate is called by the library.
type golangClaims struct {
	jwt.RegisteredClaims
	sessionClaims
}

func (c *golangClaims) Validate() error { return c.sessionClaims.Validate(context.Background()) }

func golangVerifier(w *workload) (func(token string) (jwt.Claims, error), error) {
	keys, err := keyfunc.NewJWKSetJSON(w.jwks)
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{string(w.alg)}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithIssuer(issuer), jwt.WithAudience(audience))
	return func(token string) (jwt.Claims, error) {
		var claims jwt.Claims = &jwt.RegisteredClaims{}
		if w.kind == session {
			claims = &golangClaims{}
		}
		_, err := parser.ParseWithClaims(token, claims, keys.Keyfunc)
		return claims, err
	}, nil
}

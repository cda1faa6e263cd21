package main

import (
	"net/http"

	"github.com/go-chi/jwtauth/v5"
)

// jwtauthChi has one key, and doesn't look at kid.
var jwtauthChi = contender{
	name: "go-chi/jwtauth", module: "github.com/go-chi/jwtauth/v5",
	protect: func(w *workload) (http.Handler, error) {
		auth := jwtauth.New(string(w.alg), nil, w.public, jwxChecks(w)...)
		return jwtauth.Verifier(auth)(jwtauth.Authenticator(auth)(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			token, _, _ := jwtauth.FromContext(r.Context())
			answer(rw, token.Subject(), w.subject)
		}))), nil
	},
	misses: map[kind][]string{m2m: {wrongType}},
}

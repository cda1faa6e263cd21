package main

import (
	"encoding/json"
	"net/http"

	"github.com/clerk/clerk-sdk-go/v2"
	clerkhttp "github.com/clerk/clerk-sdk-go/v2/http"
)

// clerkSDK has its key from an option that hands over a parsed one: its JSONWebKey option parses the PEM again for every
// request, and its JWKS client takes a process-wide write lock for every request.
var clerkSDK = contender{
	name: "clerk-sdk-go", module: "github.com/clerk/clerk-sdk-go/v2",
	protect: func(w *workload) (http.Handler, error) {
		var keys clerk.JSONWebKeySet
		if err := json.Unmarshal(w.jwks, &keys); err != nil {
			return nil, err
		}
		options := []clerkhttp.AuthorizationOption{
			func(p *clerkhttp.AuthorizationParams) error { p.JWK = keys.Keys[0]; return nil },
			clerkhttp.ProxyURL(issuer), // without it every issuer that starts with https://clerk. would do
		}
		if w.kind == session {
			options = append(options, clerkhttp.AuthorizedPartyMatches(party))
		}
		return clerkhttp.RequireHeaderAuthorization(options...)(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			claims, _ := clerk.SessionClaimsFromContext(r.Context())
			answer(rw, claims.Subject, w.subject)
		})), nil
	},
	misses: map[kind][]string{session: {wrongAud, wrongType}, m2m: {wrongAud, wrongType}},
}

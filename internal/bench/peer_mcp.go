package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/auth"
)

// mcp's middleware leaves the token to a function of the user's: here the one of golang-jwt, the fastest there is.
var mcp = contender{
	name: "mcp go-sdk + golang-jwt", module: "github.com/modelcontextprotocol/go-sdk",
	protect: func(w *workload) (http.Handler, error) {
		verify, err := golangVerifier(w)
		if err != nil {
			return nil, err
		}
		require := auth.RequireBearerToken(func(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
			claims, err := verify(token)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", auth.ErrInvalidToken, err)
			}
			subject, _ := claims.GetSubject()
			expiry, _ := claims.GetExpirationTime()
			return &auth.TokenInfo{UserID: subject, Expiration: expiry.Time}, nil
		}, nil)
		return require(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			answer(rw, auth.TokenInfoFromContext(r.Context()).UserID, w.subject)
		})), nil
	},
	misses: golangJWT.misses,
}

package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
)

// contender is one way to authenticate requests.
type contender struct {
	name   string
	module string // whose version is printed

	// protect returns a handler that answers 200 to w.subject, and the library's refusal to everybody it can tell to be
	// somebody else. A library that doesn't have w's algorithm returns an error that says so.
	protect func(w *workload) (http.Handler, error)

	// misses are the flaws that the library has no setting to refuse, by the kind of token that the route is for.
	misses map[kind][]string
}

// contenders are all there are: this module's two regimes first.
var contenders = []contender{cold, warm, golangJWT, mcp, oidcVerifier, jwxParse, jwtauthChi, auth0, clerkSDK}

// peers are those of others.
var peers = contenders[2:]

// answer is the end of every contender's chain: 200 to the right subject and 421 to any other, which no library answers
// by itself.
func answer(w http.ResponseWriter, got, want string) {
	if got != want {
		w.WriteHeader(http.StatusMisdirectedRequest)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// handmade is the middleware that the users of a library without one write: bearer token in, claims into the context.
func handmade[C any](verify func(ctx context.Context, token string) (C, error), next func(http.ResponseWriter, C)) http.Handler {
	type contextKey struct{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next(w, r.Context().Value(contextKey{}).(C))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		claims, err := verify(r.Context(), token)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, claims)))
	})
}

// request is the one that every contender gets.
func request(token string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// status asks a handler once.
func status(h http.Handler, token string) int {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(token))
	return w.Code
}

// refused reports whether a status is a library's refusal.
func refused(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

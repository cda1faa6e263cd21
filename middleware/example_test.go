package middleware_test

import (
	"crypto/ed25519"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
	"github.com/go-chi/chi/v5"
)

// An issuer of the examples' own; a service has a jwk.NewRemote or a jwk.FromPEM in its place.
var (
	exampleKey    = must(jwk.NewPrivateKey("ins_1", jwk.EdDSA, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))))
	exampleKeys   = must(jwk.NewStatic(exampleKey.Public()))
	exampleSigner = must(tokens.NewSigner(tokens.SignerConfig{Key: exampleKey, Issuer: "https://clerk.example.com"}))
	session       = must(exampleSigner.SignSession(tokens.SessionParams{UserID: "user_jane", SessionID: "sess_1", TTL: time.Hour}))
	machine       = must(exampleSigner.SignM2M(tokens.M2MParams{MachineID: "mch_indexer", Scopes: []string{"reports:read"}, TTL: time.Hour}))
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// newAuth is what a service does once, at its start.
func newAuth() *middleware.Middleware {
	verifier := must(tokens.NewVerifier(tokens.Config{Keys: exampleKeys, Issuers: []string{"https://clerk.example.com"}}))
	return must(middleware.New(middleware.Config{Verifier: verifier}))
}

// get calls a handler with a token, and prints the answer.
func get(h http.Handler, path, token string) {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
}

func Example_chi() {
	auth := newAuth()
	r := chi.NewRouter()
	r.With(auth.Require()).Get("/me", func(w http.ResponseWriter, r *http.Request) {
		if session, ok := authobj.As[*authobj.Session](r.Context()); ok {
			fmt.Fprint(w, "Hello ", session.UserID)
		}
	})
	get(r, "/me", session)
	get(r, "/me", machine) // people only
	// Output:
	// 200 Hello user_jane
	// 401 {"title":"Unauthorized","status":401,"code":"invalid_token","detail":"The token is invalid, expired, or of a type that is not accepted here."}
}

func ExampleHandle() {
	auth := newAuth()
	mux := http.NewServeMux()
	mux.Handle("GET /reports", middleware.Handle(auth, func(w http.ResponseWriter, r *http.Request, caller *authobj.M2M) {
		fmt.Fprint(w, "Reports for ", caller.MachineID)
	}, authobj.AllScopes("reports:read")))
	get(mux, "/reports", machine)
	get(mux, "/reports", "")
	// Output:
	// 200 Reports for mch_indexer
	// 401 {"title":"Unauthorized","status":401,"code":"no_credential","detail":"This resource needs a bearer token."}
}

func ExampleProtect() {
	auth := newAuth()
	handler := auth.Attach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, ok := middleware.Protect[*authobj.M2M](w, r, authobj.AllScopes("reports:write"))
		if !ok {
			return // Protect has answered
		}
		fmt.Fprint(w, "Written by ", caller.MachineID)
	}))
	get(handler, "/", machine)
	// Output:
	// 403 {"title":"Forbidden","status":403,"code":"insufficient_scope","detail":"missing scope reports:write"}
}

func ExampleProtectAny() {
	auth := newAuth()
	handler := auth.Attach(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if caller, ok := middleware.ProtectAny(w, r, tokens.AnyType()); ok {
			fmt.Fprint(w, caller.Type(), " of ", caller.Subject())
		}
	}))
	get(handler, "/", session)
	get(handler, "/", machine)
	// Output:
	// 200 session_token of user_jane
	// 200 m2m_token of mch_indexer
}

func ExampleMiddleware_RequirePolicy() {
	auth := newAuth()
	welcome := auth.RequirePolicy(middleware.Policy{Optional: true})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if caller, err := authobj.FromContext(r.Context()); err == nil {
			fmt.Fprint(w, "Welcome back, ", caller.Subject())
		} else {
			fmt.Fprint(w, "Welcome, stranger")
		}
	}))
	get(welcome, "/", session)
	get(welcome, "/", "")
	// Output:
	// 200 Welcome back, user_jane
	// 200 Welcome, stranger
}

func ExampleErrorHandler() {
	auth := must(middleware.New(middleware.Config{
		Verifier: must(tokens.NewVerifier(tokens.Config{Keys: exampleKeys})),
		OnError: func(w http.ResponseWriter, r *http.Request, refusal middleware.Refusal) {
			fmt.Fprintf(w, "no: %s", refusal.Code) // the status is that of the refusal
		},
	}))
	get(auth.Require()(http.NotFoundHandler()), "/", "")
	// Output: 401 no: no_credential
}

// A token that is bound to the client's key is of no use to who steals it: each request needs a proof by that key, and each
// proof is good once.
func ExampleBinding() {
	dpop := must(tokens.NewDPoP(tokens.DPoPConfig{}))
	verifier := must(tokens.NewVerifier(tokens.Config{Keys: exampleKeys}))
	auth := must(middleware.New(middleware.Config{Verifier: verifier, Binding: middleware.Binding{
		Mode: middleware.BindingAllowed, DPoP: dpop, BaseURL: "https://api.example.com",
	}}))
	jobs := auth.Require(tokens.TypeM2M)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "started") }))

	// The client has a key of its own, to which its issuer binds the token.
	clientKey := must(jwk.NewPrivateKey("", jwk.EdDSA, ed25519.NewKeyFromSeed([]byte("a seed of 32 bytes, of a client."))))
	token := must(exampleSigner.SignM2M(tokens.M2MParams{MachineID: "mch_indexer", TTL: time.Hour,
		Confirmation: tokens.Confirmation{JWKThumbprint: clientKey.Public().Thumbprint()}}))
	proof := must(tokens.SignProof(clientKey, tokens.ProofParams{Method: "GET", URL: "https://api.example.com/jobs", Token: tokens.NewSecret(token)}))

	r := httptest.NewRequest(http.MethodGet, "/jobs", nil)
	r.Header.Set("Authorization", "DPoP "+token)
	r.Header.Set("DPoP", proof)
	for range 2 {
		w := httptest.NewRecorder()
		jobs.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header()["Www-Authenticate"])
	}
	get(jobs, "/jobs", token)
	// Output:
	// 200 []
	// 401 [DPoP error="invalid_dpop_proof", error_description="The DPoP proof is not one for this request.", algs="ES256 EdDSA Ed25519"]
	// 401 {"title":"Unauthorized","status":401,"code":"invalid_token","detail":"The token is invalid, expired, or of a type that is not accepted here."}
}

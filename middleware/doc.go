// Package middleware authenticates HTTP requests with the tokens of people and machines, and keeps each where it belongs.
//
// A [Middleware] reads a request's one credential, has it verified, and puts an auth object into the request's context. It
// is plain func(http.Handler) http.Handler, for chi, http.ServeMux and every other router:
//
//	auth, err := middleware.New(middleware.Config{Verifier: verifier})
//	…
//	r.With(auth.Require()).Get("/me", me)                       // chi: people only
//	r.With(auth.Require(tokens.TypeM2M)).Post("/jobs", jobs)    // machines only
//	mux.Handle("GET /me", auth.Require()(http.HandlerFunc(me))) // http.ServeMux
//
// # Four ways to protect a route
//
//   - [Middleware.Require] names the types of token that a route takes. None means sessions only: a machine token on such a
//     route is answered with 401.
//   - [Middleware.RequirePolicy] adds checks, such as scopes and roles, and routes that may be called by nobody.
//   - [Handle] makes the handler's third parameter the policy: a function that wants an *authobj.M2M gets one, or isn't called.
//   - [Middleware.Attach] refuses nothing. Behind it, each handler starts with [Protect] or [ProtectAny].
//
// Each of them authenticates by itself, and a DPoP proof is good once: put one before a handler, not two.
//
// # Reading the request
//
//   - R1: There is one Authorization header: the scheme Bearer in any case, one or more spaces, one token (RFC 6750 section
//     2.1); or the scheme DPoP, where it is set up. Two headers, a list, anything behind the token, a tab, no scheme or no token are malformed. Another scheme, or an
//     empty header, is no credential.
//   - R2: A session may also come in a cookie, where [Config] names one. The header wins. A machine token in a cookie is
//     never accepted.
//   - R3: Neither query nor body is read, and no header is believed that says who somebody is. No method and no path is
//     exempt, OPTIONS included: put CORS handling before the middleware.
//
// # Sender-constrained tokens
//
// A stolen bearer token is as good as one's own. A token that is bound to a key or a certificate isn't, and [Binding] lets a
// service take such tokens, or nothing else:
//
//	dpop, err := tokens.NewDPoP(tokens.DPoPConfig{})
//	…
//	auth, err := middleware.New(middleware.Config{Verifier: verifier, Binding: middleware.Binding{
//		Mode: middleware.BindingAllowed, DPoP: dpop, BaseURL: "https://api.example.com",
//	}})
//
// What becomes of a token then follows from the mode, the scheme and what the sender shows:
//
//   - S7: Off, bound tokens are refused. Allowed, a token that is bound to a DPoP key comes with the scheme DPoP and one proof,
//     and all others with the scheme Bearer: the wrong scheme refuses the token, and a DPoP header beside the scheme Bearer is
//     ignored. Required, what is bound to nothing is refused too. A route can ask for more than the configuration, not for less.
//   - S8: What proofs are for is the configured base URL, or what trusted proxies say, with the path of the request line; Host
//     is never believed, and a path with dot segments, which routers and URLs read differently, is refused. The client certificate is that of the connection, or what the user's function says.
//   - S9: The challenge is in the scheme that was tried; where none was, there is one for each that would do. A bad proof is
//     invalid_dpop_proof, one by another key than the token's invalid_token, one without a nonce use_dpop_nonce, and every
//     answer to the scheme DPoP, but for those of 500 and more, has the nonce for the next.
//
// # Answers
//
//	no credential                                                 401  Bearer, and nothing else
//	malformed header or cookie                                    400  invalid_request
//	a bad token, or one of a type that is not accepted here       401  invalid_token
//	a bad DPoP proof; one that needs a nonce                      401  invalid_dpop_proof, use_dpop_nonce
//	the right type without the scope, role or permission          403  insufficient_scope, naming what is missing
//	keys, backend or revocations out of reach                     503  with Retry-After, and no challenge
//	a mistake of the program, or a panic in one of its hooks      500
//
// The body is application/problem+json (RFC 9457) with a stable code. All bad tokens get the same answer, so that nobody
// learns how far he got; the reason is in the log (log/slog) and goes to the Observe hook. Nothing here prints a token.
package middleware

// Package tokens tells session, M2M, OAuth and API-key tokens apart, verifies them, and mints those that are JWTs.
//
// A [Verifier] answers three questions about a token: what kind is it, is it genuine and alive, and is it meant for this
// service? It reads a token once and strictly, decides its type from that reading, and refuses a type that isn't wanted
// before it looks up a key or calls a backend. JWTs are verified locally with keys from package jwk; opaque tokens by an
// [OpaqueVerifier]. A [Signer] mints what a Verifier accepts.
//
//	keys, err := jwk.NewRemote(jwk.RemoteConfig{URL: "https://clerk.example.com/.well-known/jwks.json"})
//	…
//	verifier, err := tokens.NewVerifier(tokens.Config{
//		Keys:              keys,
//		Issuers:           []string{"https://clerk.example.com"},
//		AuthorizedParties: []string{"https://app.example.com"},
//	})
//	…
//	token, err := verifier.Verify(ctx, raw, tokens.TypeM2M)
//
// The rules below have short names, which the tests bear too.
//
// # Classifying
//
//   - C1: A token that starts with mt_, oat_ or ak_ (or a prefix of [Conventions]) is opaque: M2M, OAuth or API key. Behind
//     the prefix come one or more b64token characters (RFC 6750 section 2.1) without a dot.
//   - C2: A JWT is three non-empty segments of unpadded base64url without spare bits (RFC 7515 section 2). Header and payload
//     are each one JSON object: no duplicate member at any depth, at most 32 deep and 200 members in all, valid UTF-8,
//     nothing behind it. In one of more than 4 KiB no name is longer than 256 bytes as it is written. The signature is checked
//     over the bytes received.
//   - C3: Members are found by their exact names: SUB is not sub.
//   - C4: A sub that starts with mch_ makes a JWT an M2M token; else a typ of at+jwt or application/at+jwt, in any case, an
//     OAuth token (RFC 9068); else it is a session. A sub of just mch_ is invalid.
//   - C5: A sub that is absent, empty, no string or longer than 1 KiB as it is written is [ErrSubject].
//   - C6: The header member cat keeps apart what one key signs. A session may have none, the session category or the one that
//     says nothing; an M2M token none or its own. Anything else is refused before the key is looked up. OAuth tokens are
//     known by typ.
//   - C7: A type that isn't accepted is refused before any key lookup or network call.
//   - C8: There is one way to a verified token, whoever calls: no machine or template token becomes a session, and no session
//     a machine.
//
// # Verifying a JWT
//
//   - V1: In this order: size, form, typ, alg, crit, kid, key, signature; then aud, azp, iss, exp, nbf, iat, and what is
//     particular to the type. Of a forged token nothing is said but that it is forged.
//   - V2: kid is a string of 1 to 256 bytes, also where there is one key only.
//   - V3: alg is one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 and EdDSA, and the key's own. There is
//     no switch for none or HMAC.
//   - V4: A header with crit, b64, zip, enc, jwk, jku, x5u or x5c is refused, whatever it says.
//   - V5: typ is JWT, in any case, or absent, but for the two of OAuth tokens.
//   - V6: exp is required, nbf and iat are optional: numbers above 0 and up to the year 9999. A token is expired when
//     exp <= now - skew, and too early when nbf or iat > now + skew.
//   - V7: aud is a string or an array of strings. Where an audience is configured, an OAuth token must name it, other tokens
//     only if they have an aud. Where this service has a machine ID, an M2M token's scopes must name it.
//   - V8: Where authorized parties are configured, a session's azp must be one of them.
//   - V9: Where issuers are configured, iss must be one of them, to the byte.
//   - V10: A session has a sid.
//   - V11: A session with sts pending is refused, unless [Config] lets it through.
//
// # Sender-constrained tokens
//
// A token of any type can be bound to what its sender holds, so that nobody else can use it: to a key that signs a proof for
// each request (DPoP, RFC 9449), or to a TLS client certificate (RFC 8705). [Verifier.VerifyBound] asks about it, and a [DPoP]
// verifies proofs; package middleware does both. [SignProof] is the client's side.
//
//   - S1: The claim cnf is an object of jkt, x5t#S256 or both, each a SHA-256 in base64url. Any other cnf refuses the token,
//     whoever presents it; RFC 7800 section 3.1 would have unknown members ignored.
//   - S2: A bound token is never taken as a bearer token. Only VerifyBound returns it, and asks what the sender holds after
//     everything else has been checked.
//   - S3: A proof is a JWS of at most 8 KiB, read as strictly as a token: typ dpop+jwt, alg ES256, EdDSA or Ed25519, a
//     public key in jwk that is validated first, none of crit, b64, zip, enc, jku, x5u and x5c. It is by the key that the token
//     is bound to, which is asked before the signature.
//   - S4: It has a jti of 1 to 256 bytes, htm, htu, iat and ath, all of them of this request: the method to the letter, the URL
//     without query and fragment and normalized (RFC 3986 section 6.2), the SHA-256 of the token. iat is less than the window
//     ago, and at most the skew ahead.
//   - S5: Where nonces are asked for, it has one that this service gave out a short while ago.
//   - S6: It is good once. While nobody can tell whether it was used, the answer is 503.
//
// # What the claims become
//
//   - O1: An M2M token's ID is jti. Its scopes are scopes, a string or an array; else aud where that is an array. Its custom
//     claims are all but iss, sub, exp, nbf, iat and jti.
//   - O2: An OAuth token's ID is jti. client_id is required. Its scopes are scp, an array, or scope, a string; where both are
//     there, they must agree.
//   - O3: An API key belongs to a user (user_…), an organization (org_…) or somebody else.
//   - O4: A session's organization is in org_id, org_role, org_slug and org_permissions or, where v is 2, in o, whose
//     permissions are packed into bit masks by feature: at most 256 KiB of them.
//   - O5: Times are time.Time; JWTs and this package count in seconds, Clerk's Backend API in milliseconds.
//
// # Opaque tokens
//
// A [Client] asks Clerk's Backend API, or the issuer of package tokens/issuer; an [Introspector] any OAuth server (RFC 7662).
//
//   - B1: M2M tokens are verified at POST /m2m_tokens/verify, with the machine's secret key where there is one; OAuth tokens
//     at /oauth_applications/access_tokens/verify and API keys at /api_keys/verify, with the application's. The token
//     travels in the JSON body.
//   - B2: 404 is [ErrInvalid]. All that isn't the caller's fault says nothing of the token: a refusal of the service's own
//     secret is [ErrSecretKey]; 429, 5xx, a redirect, a timeout, and an answer that isn't the JSON expected or is larger
//     than 1 MiB are [ErrBackendUnavailable].
//   - B3: An answer that says revoked or expired, whose expiration has passed, or whose subject is of the wrong kind is refused.
//   - B4: M2M tokens are created, opaque or JWT, listed and revoked. Claims arrive with their names as they are; an ID with
//     a dot or a slash is refused, encoded or not.
//   - B6: IDs start with mt_ (M2M token), mch_ (machine), oat_, ak_, user_, org_, sess_ or ins_ (key).
//
// # Minting and revoking
//
//   - B5: Custom claims may not set iss, sub, exp, nbf, iat or jti, nor anything that would make the token another type.
//   - X1: A JWT is revoked by issuer and jti, by subject, or by when it was issued; never by its text, which its holder can
//     vary. Where revocations are configured, a token without jti is refused.
//   - X2: Revocations are asked on every request. Where nobody can tell, the answer is 503.
//
// # Errors
//
// Every error is an [*Error] with a [Code]; each code is itself a target for errors.Is. Error texts are for logs: they say
// what to do, and contain neither a token nor the value of a claim.
package tokens

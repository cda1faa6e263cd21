// Package jwk answers one question: did a key that I trust sign these bytes?
//
// A [Source] finds the [Key] that a token names by its kid, and [Key.Verify] checks the signature:
//
//	keys, err := jwk.NewRemote(jwk.RemoteConfig{URL: "https://issuer.example/.well-known/jwks.json"})
//	…
//	key, err := keys.Key(ctx, kid)
//	if errors.Is(err, jwk.ErrUnknownKey) { … }  // the token's fault: 401
//	if err != nil { … }                         // the keys are out of reach: 503
//	if string(key.Algorithm()) != alg { … }     // the token's fault: 401
//	err = key.Verify(signingInput, signature)   // nil, or ErrSignature
//
// What the signed bytes say, and whether it still holds, is for package tokens.
//
// # Sources
//
// [FromPEM] takes one public key, as PEM or as the bare base64 of Clerk's "JWT public key". It answers to every kid.
// [FromJWKS] takes a JWK set that is at hand. [NewStatic] takes keys that the program made itself. [NewRemote] takes a URL,
// and follows the issuer's rotation. The first three give a [Static], which never changes. All are safe for concurrent use.
// [ParseJWK] reads one key that nobody vouches for yet, such as that of a DPoP proof.
//
// Give each issuer a source of its own. A source that is shared lets each issuer sign for the other.
//
// # Keys
//
// RSA, EC on P-256, P-384 and P-521, and Ed25519. A key is checked in full before anything computes with it, wherever it comes
// from, since malformed keys make cryptographic libraries panic, compute for seconds, or accept what nobody signed:
//
//   - RSA has 2,048 to 4,096 bits, an odd modulus that is not by a generator known to be broken (ROCA, CVE-2017-15361), and an
//     odd exponent of 3 or more that fits 31 bits;
//   - an EC point is on its curve, and in a JWK its coordinates have exactly the length of the curve's field;
//   - an Ed25519 key has 32 bytes, is the canonical encoding of a point of the curve, and is not of small order;
//   - JSON is read strictly: members by their exact names, none of them twice, nothing after the set; base64url is unpadded
//     and without line breaks or spare bits, and RSA numbers start with no zero byte.
//
// A key of a set that fails is left out, and named in the [Report] of the source with the reason; the others work. Left out
// are also keys whose use is not "sig", whose key_ops lack "verify", without a kid or with one of more than 256 bytes, of
// another type, symmetric, or with private members. Of two keys with one kid, both are left out.
//
// A [PrivateKey] signs, through any crypto.Signer, so that the key may live in a KMS. [MarshalJWKS] publishes the public
// halves. A PrivateKey prints as redacted in every format.
//
// # Algorithms
//
// A key is for one [Algorithm] of ten: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 and EdDSA (Ed25519). An
// EC or Ed25519 key implies its algorithm, and may name no other one. An RSA key that names none is taken to be for RS256, and
// is reported as such. Signatures have exactly the length that key and algorithm ask for; ECDSA's are r and s, not DER; the
// salt of PSS is as long as its hash.
//
// # Remote sets
//
// The first set is fetched when the first key is asked for, and all who ask meanwhile wait for that one fetch. A caller whose
// context ends stops waiting; the fetch goes on for the others, for 5 seconds at most.
//
// From then on a known key costs an atomic load and a map lookup. When the set is older than TTL (10 minutes), the next use
// starts one refresh in the background. It replaces the set. A key that is in the new set too stays the same *Key; one that
// left, or changed, is retired, and verifies nothing from then on. So a verification may be remembered for as long as Key
// returns the same pointer for the token's kid. Sets that nobody uses are not refreshed: after a quiet time the first use may
// still see a key that has left.
//
// A kid that is unknown may be new, so it causes a fetch, at once, but only one per Cooldown (30 seconds) if that doesn't find
// it. Until then other unknown kids are refused without one. A rotation is thus picked up by the first token that needs it,
// and inventing kids does not load the issuer.
//
// An answer counts if it has status 200, at most 1 MiB and 1,000 keys, and at least one usable key. Anything else, redirects
// included, is a failed fetch: the last good set stays, and goes on working for MaxStale (24 hours). Attempts go on after 1,
// 2, 4 … seconds, up to one per Cooldown. Meanwhile an unknown kid is an [ErrUnavailable], since nobody can tell whether it
// is new. So is every kid after MaxStale, and where nothing was ever loaded; callers hear so at once between two attempts.
// HTTP caching headers are not heeded.
//
// [Remote.Close] ends the fetch under way. There is no goroutine but that of a fetch.
//
// # Rules
//
// Tests carry these numbers in their names:
//
//   - K1: each source has keys of its own; none crosses from one to another.
//   - K2: fetches are coalesced; an unknown kid causes at most one per cooldown; a known key never waits for the network while
//     the set is within MaxStale.
//   - K3: when the endpoint is down, known keys work for MaxStale, and unknown kids are ErrUnavailable.
//   - K4: a key that left its set is retired, for verifications remembered elsewhere too.
//   - K5: the limits of answers and keys that are listed above; errors never list the kids that are there.
//   - K6: a refresh replaces the set, and never merges into it.
//   - V3: only the ten algorithms, each key for its own.
package jwk

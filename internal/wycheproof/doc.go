// Package wycheproof runs public test vectors, those of C2SP's Project Wycheproof, against packages jwk and tokens. It is a
// module of its own, so that nobody who uses machineauth downloads them.
//
//	go test -count=1 -v .    # per file: how many vectors ran, passed, and are listed, each listed one with its reason
//
// What a vector calls invalid must be refused. What it calls valid must be accepted, or be listed with a reason that is true
// of that vector. What it calls acceptable, out of respect for old software, must be refused too. A vector that differs for
// no listed reason fails, and so does one that is listed and doesn't differ.
//
// # What is judged
//
// The vectors of single signatures go through [example.com/machineauth/jwk.Key.Verify], with the key from its PEM and, where
// the vector has one, from its JWK: the two have to agree.
//
// The JWS, JWK and JWC vectors are whole tokens, and what decides about a token is tokens.Verifier: it is stricter about
// form and header than package jwk, which doesn't see them. But the payloads are words such as "foo", and a Verifier
// refuses those as no claims before it looks at anything else. Given whole, each invalid vector would pass and prove nothing;
// judged by a copy of the header's rules in the test, it would prove something of the copy. So each token is judged in three
// steps, in the Verifier's own order, and is accepted only if all of them accept it:
//
//  1. Form. The Verifier classifies a token that has the vector's header, claims in place of its payload, and its payload in
//     place of its signature. Refused: the header or the payload is not what a segment must be.
//  2. Header and key. The Verifier verifies a token that has the vector's header and signature, and claims in place of its
//     payload. It never accepts that. But ErrSignature, from a Verifier that asked for a key and was given one, says that
//     form, typ, alg, crit, kid and key were in order, and that only the signature isn't that of these claims. Any other
//     error is a refusal.
//  3. Signature. Key.Verify judges the vector's own bytes and signature, with the key that the Verifier was given in step 2.
//
// The key set is the group's public one, or the symmetric one where there is none, through jwk.FromJWKS as it stands. Where
// that refuses the whole set, the Verifier works with an empty one.
//
// Most vectors about form are under HMAC keys, which are refused anyway. So what isn't three segments of base64url must be
// refused as such, whatever its key. Claims are not judged: no vector has any. Nor are JWE vectors.
//
// # What is listed
//
// Nothing is listed by number alone. The reasons are computed from a vector's key and header:
//
//   - A symmetric key: whoever verifies with it can sign with it too. There is no HMAC here.
//   - A key whose alg is ES521, which does not exist: the vectors mean ES512 (RFC 7518 section 3.4).
//   - A key whose alg is PS256 beside a header whose alg is PS384. RFC 7520 section 4.2 signs with PS384, and its key names no
//     algorithm: the vectors added the wrong one.
//   - An empty payload: JWS allows it, but claims are never empty. It explains only why a valid vector is refused: an invalid
//     one with an empty payload must be refused for its header, key or signature.
//
// A separate test shows of all but the symmetric keys that nothing else is in the way: without the named reason, the same
// signature is accepted.
//
// Some HMAC vectors contradict themselves: 367 and 370 of the JWS file are called invalid, and are byte for byte the valid
// 357; 372 and 373 are called valid, and have a "?" in their base64url. All of them are refused.
package wycheproof

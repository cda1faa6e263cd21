package main

// survivors are the checks whose loss no test can notice, by check.key, each with the reason. A check that only saves time,
// or that stands behind or before another one with the same outcome, is worth its line all the same.
var survivors = map[string]string{
	// What the standard library and the JSON package promise.
	`jwk isLoopback always: err == nil`:                                                            "netip.ParseAddr returns the zero Addr with an error, which is no loopback address",
	`jwk checkECDSA never: err != nil`:                                                             "without the point's bytes ParseUncompressedPublicKey fails, with the same error",
	`jwk checkECDSA never: err != nil #2`:                                                          "PublicKey.Bytes has refused points off the curve already",
	`jwk get never: err != nil`:                                                                    "http.NewRequest can't fail: the method is constant and the URL was parsed by NewRemote",
	`jwk withoutURL noerror: return err`:                                                           "http.Client.Do returns a *url.Error whenever it returns an error",
	`jwk rawKeys.UnmarshalJSONFrom never: start, err := dec.ReadToken(); err != nil`:               "the decoder stays where it is after an error, and gives it again to ReadValue",
	`jwk rawKeys.UnmarshalJSONFrom never: start.Kind() != '['`:                                     "behind any other token a ] is no JSON, so that ReadValue fails",
	`jwk rawKeys.UnmarshalJSONFrom noerror: return err`:                                            "the token was seen by PeekKind, so that reading it can't fail",
	`jwk NewKey never: k.verifier, err = jws.NewVerifier(jwa.SignatureAlgorithm(alg)); err != nil`: "jwx knows the seven algorithms that get here",
	`jwk MarshalJWKS never: err != nil`:                                                            "Key.members can't fail: NewKey has encoded the point",
	`jwk MarshalJWKS noerror: return json.Marshal(set)`:                                            "all members are strings, and NewKey has checked that the kid is UTF-8",
	`jwk Key.members never: err != nil`:                                                            "NewKey has encoded the point before",
	`jwk checkSigner never: k.N == nil`:                                                            "rsa.PrivateKey.Validate refuses a key without a modulus itself",
	`jwk checkSigner never: errPublic != nil`:                                                      "ecdsa.PrivateKey.ECDH encodes the public half too, and fails before",
	`tokens M2MToken.Claims never: err := decode([]byte(t.claims.text), &members); err != nil`:     "the text was parsed as one strict object before it became claims",
	`tokens M2MToken.Claims never: err != nil`:                                                     "raw values of a valid object can always be encoded again",
	`tokens minting.sign never: err1 != nil`:                                                       "a header of four strings can always be encoded",
	`tokens Config.complete always: v.IsValid()`:                                                   "the zero reflect.Value is of no kind that the next operand asks for",
	`tokens mask.has always: bit < 64`:                                                             "a shift by 64 or more gives 0",

	// Looked at again under the lock, or only sparing it.
	`jwk Remote.Key always: int64(now) >= r.due.Load()`:     "only speed: refresh looks again under the lock",
	`jwk Remote.refresh always: r.flight == nil`:            "while a fetch is under way the set is due at no time: start sets due to the end of time",
	`jwk Remote.refresh always: int64(now) >= r.due.Load()`: "matters only to a caller who is held up before the lock for a whole fetch, and then costs one more fetch",
	`jwk Key.equal always: k.id == other.id`:                "keepKnown compares keys of one kid only",
	`jwk pss.Verify never: !ok`:                             "NewKey gives PSS to RSA keys only",

	// Caches and memos that save time.
	`tokens sum always: len(raw) > len(buf)`:                                     "only speed: sumLong gives the same digest",
	`tokens Verifier.recall never: len(raw) > v.cfg.MaxTokenBytes`:               "only speed: a token that long was never remembered, but would be hashed",
	`tokens headerMemo.parse never: known := m.parsed.Load(); known != nil`:      "only speed: the header is parsed again",
	`tokens headerMemo.remember never: known != nil && has(*known, segment)`:     "only speed: the same header is remembered again",
	`tokens headerMemo.remember never: known != nil && len(*known) < maxHeaders`: "only speed: the memo starts anew with each header",
	`tokens RevocationList.add always: len(l.entries) >= l.sweeping`:             "only speed: what doesn't matter any more is dropped earlier",
	`tokens rawValue.number never: v[0] != '-' && (v[0] < '0' || v[0] > '9')`:    "only speed: no JSON value but a number is one to strconv.ParseFloat",
	`tokens rawValue.number always: v[0] != '-'`:                                 "a negative number is then none, and neither date nor isVersion2 takes one",
	`tokens rawValue.number never: v[0] < '0'`:                                   "only speed: no JSON value but a number is one to strconv.ParseFloat",
	`tokens rawValue.number never: v[0] > '9'`:                                   "only speed: no JSON value but a number is one to strconv.ParseFloat",
	`tokens optional.organizationV2 never: !ok`:                                  "only speed: of an object without members all fields are empty",
	`tokens optional.organizationV2 never: err != nil`:                           "only speed: ParseEntitlements returns no features with an error",
	`tokens optional.organizationV2 never: masks == ""`:                          "only speed: an empty mask has no bits",
	`tokens optional.organizationV2 never: !more`:                                "only speed: where the masks have ended each further one is empty, and has no bits",

	// An empty string stands for what can't be read, and is refused for being empty.
	`tokens unverified.checkAuthorizedParty never: err != nil`: "azp is then \"\", which Config.complete keeps out of AuthorizedParties",
	`tokens unverified.checkHeader never: err != nil`:          "alg is then \"\", which is not allowed",
	`tokens unverified.checkHeader never: err != nil #2`:       "kid is then \"\", which is refused",
	`tokens unverified.checkTyp never: err != nil`:             "typ is then \"\" and present, which is not JWT",
	`tokens unverified.checkCategory always: err == nil`:       "cat is then \"\", which no category is: newConventions fills in those left empty",
	`tokens unverified.checkCategory always: err == nil #2`:    "cat is then \"\", which no category is: newConventions fills in those left empty",
	`tokens isAccessTokenType always: err == nil`:              "typ is then \"\", which is neither of the two",
	`tokens unverified.checkAudience always: case present`:     "an absent aud is read as no audience",

	// Another check comes to the same end.
	`tokens newConventions never: strings.HasPrefix(other.text, text)`:                         "prefixes are added in sorted order, so that a longer one comes later; Clerk's end at their only underscore",
	`tokens conventions.opaque always: c.unprefixed != ""`:                                     "a token of the type \"\" is taken for a JWT",
	`tokens conventions.opaque always: return false`:                                           "where the type is \"\" nobody asks whether the form is right",
	`tokens tooComplex always: quote >= 0`:                                                     "a backslash outside of a string is no JSON, and refused after tooComplex",
	`tokens object.date never: !ok`:                                                            "the value is then 0 or infinite, and the bounds refuse both",
	`tokens rawValue.number always: return err == nil`:                                         "the value is then infinite: date refuses it, and it isn't the version 2",
	`tokens isVersion2 always: ok`:                                                             "the value is then 0 or infinite, which isn't 2",
	`tokens RevocationList.add always: old, ok := l.entries[what]; ok`:                         "the zero times of no entry are later than none",
	`tokens RevocationList.Revoked always: ok`:                                                 "no token is issued before the zero time of no entry",
	`tokens NewSigner never: len(kid) > maxKeyIDBytes`:                                         "jwk.NewKey takes no longer kid",
	`tokens minting.readBack never: u.class.Type != m.kind`:                                    "mint has seen to the subject, and each Sign method to typ: this is for changes to come",
	`tokens minting.readBack never: _, err := u.checkHeader(m.reader.conventions); err != nil`: "NewSigner and the Sign methods write a header that is in order: this is for changes to come",
}

// Package issuer is an embeddable issuer of machine tokens: one http.Handler that creates, lists, verifies and revokes
// them, over the shapes of Clerk's Backend API and over OAuth 2.0. It is fit for development, for tests and for small
// self-hosted use: one process, no users, no consent, no user interface. It isn't an identity provider.
//
//	iss, err := issuer.New(issuer.Config{
//		Issuer:     "https://auth.example.com",
//		SecretKeys: []tokens.Secret{tokens.NewSecret(secretKey)}, // once made by issuer.NewSecretKey
//		Keys:       []issuer.SigningKey{{Key: key}},
//		Store:      store, // boltstore.Open("issuer.db", nil), or issuer.NewMemory(0, nil)
//	})
//	http.ListenAndServeTLS(addr, cert, key, iss)
//
// # What there is
//
// Machines call each other with M2M tokens, opaque (mt_…, can be revoked at any moment) or JWT (verified without a call,
// valid until they expire, and not remembered here). A machine has a secret key, with which it creates its tokens, and
// scopes: the machines that it may call. A token's scopes are its machine's when it is made. API keys (ak_…) belong to a
// user or an organization. OAuth applications get access tokens by client_credentials (RFC 6749 section 4.4), JWTs
// (RFC 9068) or opaque (oat_…) as the application is set up.
//
//	POST   /m2m_tokens                                  create    machine secret key
//	GET    /m2m_tokens?subject=mch_…                    list      either key; a machine's: its own
//	POST   /m2m_tokens/{id}/revoke                      revoke    either key; a machine's: its own
//	POST   /m2m_tokens/verify                           verify    either key; a machine's: tokens whose scopes name it
//	       /api_keys, /api_keys/{id}                    create, list, get, delete
//	POST   /api_keys/{id}/revoke, /api_keys/verify
//	POST   /oauth_applications/access_tokens/verify
//	       /machines, /machines/{id}                    create, list, get, update, delete
//	POST   /machines/{id}/secret_key/rotate
//	       /machines/{id}/scopes, /machines/{id}/scopes/{other}
//	       /oauth_applications, /oauth_applications/{id}
//	POST   /oauth_applications/{id}/rotate_secret, /oauth_applications/{id}/revoke_token
//	GET    /jwks                                        public
//
//	POST   /oauth/token                                 the application's ID and secret
//	GET    /.well-known/jwks.json                       public
//	GET    /.well-known/oauth-authorization-server      public
//
// The first group is there with and without /v1 in front; what has no remark needs a secret key of [Config].SecretKeys.
// Times are in milliseconds, those of OAuth access tokens in seconds, as Clerk has it. An application has three settings
// that Clerk's have not: token_format (jwt or opaque), audience and token_ttl.
//
// # Where it differs from Clerk
//
// Secrets are stored as hashes and shown once, when they are made: the endpoints that read a machine's or an API key's
// secret answer 403. Token verification answers 404 for a token that is revoked, expired or of a deleted machine or
// application. The claim scopes is reserved: a JWT says in it whom the token is for. Bodies are strict: an unknown or
// duplicate member is an error. A token created with min_remaining_ttl_seconds can be handed out again although only its
// hash is stored, because it is made of the machine's secret key and the token's ID.
//
// # Keys
//
// Signing keys come from the embedding program, which knows where private keys are kept, and never reach the store. A new
// key is published before it signs, and an old one until the last of its tokens has expired: see [SigningKey] and
// [Issuer.AddKey].
//
// # Development
//
// With [Config].Development the issuer makes its own key for as long as it runs, answers only requests to loopback names,
// so that no web page can reach it by DNS rebinding, and [Issuer.Serve] refuses any other address.
package issuer

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"net/http"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// issuer plays the part of Clerk, or of any other issuer of JWTs: it has the private key, and tells the world the public one.
type issuer struct {
	key  *jwk.PrivateKey
	jwks []byte
}

func newIssuer() (*issuer, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := jwk.NewPrivateKey("ins_quickstart", jwk.ES256, private)
	if err != nil {
		return nil, err
	}
	jwks, err := jwk.MarshalJWKS(key.Public())
	if err != nil {
		return nil, err
	}
	return &issuer{key, jwks}, nil
}

// ServeHTTP serves the JWKS.
func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/.well-known/jwks.json" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(i.jwks)
}

// credential is something to put into an Authorization header.
type credential struct {
	name  string
	token string
	route *route // a route that takes it
}

// mint makes a token of each kind that is a JWT.
func (i *issuer) mint(url string) ([]credential, error) {
	signer, err := tokens.NewSigner(tokens.SignerConfig{Key: i.key, Issuer: url})
	if err != nil {
		return nil, err
	}
	session, err := signer.SignSession(tokens.SessionParams{
		UserID: "user_jane", SessionID: "sess_1", AuthorizedParty: "https://app.example.com", TTL: time.Hour,
		Claims: map[string]any{"org_id": "org_acme", "org_role": "org:admin"},
	})
	if err != nil {
		return nil, err
	}
	m2m, err := signer.SignM2M(tokens.M2MParams{
		MachineID: "mch_indexer", Scopes: []string{"mch_api"}, TTL: time.Hour,
		Claims: map[string]any{"region": "eu-1"},
	})
	if err != nil {
		return nil, err
	}
	oauth, err := signer.SignOAuth(tokens.OAuthParams{
		Subject: "user_jane", ClientID: "client_cli", Audience: []string{"https://api.example.com"},
		Scopes: []string{"files:read"}, TTL: time.Hour,
	})
	if err != nil {
		return nil, err
	}
	return []credential{
		{"session token", session, &me},
		{"M2M JWT", m2m, &jobs},
		{"OAuth JWT", oauth, &files},
	}, nil
}

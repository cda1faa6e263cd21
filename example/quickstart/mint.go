package main

import (
	"context"
	"time"

	"example.com/machineauth/tokens"
	"golang.org/x/oauth2/clientcredentials"
)

// credential is something to put into an Authorization header.
type credential struct {
	name  string
	token string
	route *route // a route that takes it; nil where none does
}

// mint has the authority make a token of each kind and format, and some that are good no more.
func (a *authority) mint(ctx context.Context) ([]credential, error) {
	config := a.backend(a.indexer)
	config.Now = a.now
	indexer, err := tokens.NewClient(config)
	if err != nil {
		return nil, err
	}
	var list []credential
	for _, kind := range []struct {
		name  string
		route *route
		make  func() (string, error)
	}{
		{"session", &me, a.session},
		{"M2M JWT", &jobs, func() (string, error) { return m2m(ctx, indexer, tokens.FormatJWT) }},
		{"M2M opaque", &jobs, func() (string, error) { return m2m(ctx, indexer, tokens.FormatOpaque) }},
		{"OAuth JWT", &files, func() (string, error) { return a.oauth(ctx, tokens.FormatJWT) }},
		{"OAuth opaque", &files, func() (string, error) { return a.oauth(ctx, tokens.FormatOpaque) }},
		{"API key", &exports, func() (string, error) { return a.apiKey(ctx) }},
		{"session, expired", nil, func() (string, error) { return a.yesterday(a.session) }},
		{"M2M JWT, expired", nil, func() (string, error) {
			return a.yesterday(func() (string, error) { return m2m(ctx, indexer, tokens.FormatJWT) })
		}},
		{"M2M opaque, revoked", nil, func() (string, error) { return revoked(ctx, indexer) }},
	} {
		token, err := kind.make()
		if err != nil {
			return nil, err
		}
		list = append(list, credential{kind.name, token, kind.route})
	}
	return list, nil
}

// session is what a sign-in would give a browser.
func (a *authority) session() (string, error) {
	return a.SignSession(tokens.SessionParams{
		UserID: "user_jane", SessionID: "sess_1", AuthorizedParty: "https://app.example.com", TTL: time.Hour,
		Claims: map[string]any{"org_id": "org_acme", "org_role": "org:admin"},
	})
}

// m2m creates a token for calls from machine to machine, in the name of the machine whose backend it is.
func m2m(ctx context.Context, backend *tokens.Client, format tokens.Format) (string, error) {
	created, err := backend.CreateM2M(ctx, tokens.CreateM2MParams{Format: format, TTL: time.Hour, Claims: map[string]any{"region": "eu-1"}})
	if err != nil {
		return "", err
	}
	return created.Text.Reveal(), nil
}

// revoked creates an M2M token and takes it back.
func revoked(ctx context.Context, backend *tokens.Client) (string, error) {
	created, err := backend.CreateM2M(ctx, tokens.CreateM2MParams{TTL: time.Hour})
	if err != nil {
		return "", err
	}
	return created.Text.Reveal(), backend.RevokeM2M(ctx, created.Token.ID, "for the demonstration")
}

// oauth registers an application, and gets it a token by client_credentials (RFC 6749 section 4.4).
func (a *authority) oauth(ctx context.Context, format tokens.Format) (string, error) {
	var app struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	err := a.post(ctx, "/oauth_applications", map[string]any{
		"name": "cli", "scopes": "files:read", "audience": []string{audience}, "token_format": format,
	}, &app)
	if err != nil {
		return "", err
	}
	config := clientcredentials.Config{ClientID: app.ClientID, ClientSecret: app.ClientSecret, TokenURL: a.url + "/oauth/token"}
	token, err := config.Token(ctx)
	if err != nil {
		return "", err
	}
	return token.AccessToken, nil
}

// apiKey creates an API key of a user.
func (a *authority) apiKey(ctx context.Context) (string, error) {
	var key struct {
		Secret string `json:"secret"`
	}
	err := a.post(ctx, "/api_keys", map[string]any{"name": "exports", "subject": "user_jane", "scopes": []string{"exports:read"}}, &key)
	return key.Secret, err
}

// yesterday makes a token when its hour was still to come.
func (a *authority) yesterday(make func() (string, error)) (string, error) {
	a.behind.Store(int64(24 * time.Hour))
	defer a.behind.Store(0)
	return make()
}

package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"example.com/machineauth/tokens"
)

// backendForExamples stands for Clerk, or for the issuer of package tokens/issuer.
func backendForExamples() *httptest.Server {
	mux := http.NewServeMux()
	token := resources[tokens.TypeM2M].with("expiration", millis(time.Now().Add(time.Hour)))
	mux.Handle("POST /m2m_tokens", says(http.StatusOK, token.with("token", `"mt_abc"`).String()))
	mux.Handle("POST /m2m_tokens/verify", says(http.StatusOK, token.String()))
	mux.Handle("POST /m2m_tokens/mt_1/revoke", says(http.StatusOK, token.with("revoked", `true`).String()))
	mux.Handle("POST /api_keys/verify", says(http.StatusNotFound, `{}`))
	mux.Handle("POST /introspect", says(http.StatusOK, introspection.with("exp", "", "iat", "", "nbf", "").String()))
	return httptest.NewServer(mux)
}

func ExampleClient() {
	backend := backendForExamples()
	defer backend.Close()
	ctx := context.Background()

	client, err := tokens.NewClient(tokens.ClientConfig{
		BaseURL:          backend.URL, // leave it out for Clerk
		SecretKey:        tokens.NewSecret("sk_test"),
		MachineSecretKey: tokens.NewSecret("ak_test"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	created, err := client.CreateM2M(ctx, tokens.CreateM2MParams{TTL: time.Hour, Claims: map[string]any{"tenant": "é"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(created.Token.ID, created.Text)

	verified, err := client.VerifyM2M(ctx, created.Text.Reveal())
	if err != nil {
		fmt.Println(err)
		return
	}
	var claims struct {
		Tenant string `json:"tenant"`
	}
	if err := verified.Claims(&claims); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(verified.Subject, verified.Scopes, claims.Tenant)

	fmt.Println(client.RevokeM2M(ctx, created.Token.ID, "no longer needed"))

	_, err = client.VerifyAPIKey(ctx, "ak_unknown")
	fmt.Println(errors.Is(err, tokens.ErrInvalid))
	// Output:
	// mt_1 [redacted secret]
	// mch_caller [mch_us] é
	// <nil>
	// true
}

// A service that takes M2M tokens and API keys of one backend, and access tokens of an OAuth server.
func ExampleIntrospector() {
	backend := backendForExamples()
	defer backend.Close()

	client, err1 := tokens.NewClient(tokens.ClientConfig{BaseURL: backend.URL, SecretKey: tokens.NewSecret("sk_test")})
	introspector, err2 := tokens.NewIntrospector(tokens.IntrospectorConfig{
		URL:          backend.URL + "/introspect",
		ClientID:     "reports-api",
		ClientSecret: tokens.NewSecret("secret"),
		Issuer:       "https://as.example.com",
		Audience:     []string{"https://api.example.com"},
	})
	verifier, err3 := tokens.NewVerifier(tokens.Config{
		Opaque: tokens.OpaqueVerifierFunc(func(ctx context.Context, raw string, t tokens.Type) (tokens.Token, error) {
			if t == tokens.TypeOAuth {
				return introspector.VerifyOpaque(ctx, raw, t)
			}
			return client.VerifyOpaque(ctx, raw, t)
		}),
		Conventions: tokens.Conventions{Prefixes: map[string]tokens.Type{"acme_at_": tokens.TypeOAuth}},
	})
	if err := errors.Join(err1, err2, err3); err != nil {
		fmt.Println(err)
		return
	}
	token, err := verifier.Verify(context.Background(), "acme_at_abc", tokens.TypeOAuth, tokens.TypeM2M)
	if err != nil {
		fmt.Println(err)
		return
	}
	if oauth, ok := token.(*tokens.OAuthToken); ok {
		fmt.Println(oauth.ClientID, oauth.Subject, oauth.Scopes)
	}
	// Output: client_1 user_1 [read write]
}

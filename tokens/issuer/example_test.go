package issuer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
)

// A service's tests need tokens: an issuer in development mode makes them, in memory and with a key of its own.
func Example() {
	secretKey := issuer.NewSecretKey()
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	iss, err := issuer.New(issuer.Config{Issuer: url, SecretKeys: []tokens.Secret{secretKey}, Development: true})
	if err != nil {
		log.Fatal(err)
	}
	server.Config.Handler = iss
	server.Start()
	defer server.Close()

	var machine struct {
		SecretKey string `json:"secret_key"`
	}
	post(url+"/v1/machines", secretKey.Reveal(), map[string]any{"name": "cron"}, &machine)
	var made struct{ Token string }
	post(url+"/m2m_tokens", machine.SecretKey, map[string]any{"token_format": "jwt", "claims": map[string]any{"region": "eu-1"}}, &made)

	keys, err := jwk.NewRemote(jwk.RemoteConfig{URL: url + "/.well-known/jwks.json"})
	if err != nil {
		log.Fatal(err)
	}
	defer keys.Close()
	verifier, err := tokens.NewVerifier(tokens.Config{Keys: keys, Issuers: []string{url}})
	if err != nil {
		log.Fatal(err)
	}
	token, err := verifier.Verify(context.Background(), made.Token, tokens.TypeM2M)
	if err != nil {
		log.Fatal(err)
	}
	var claims struct {
		Region string `json:"region"`
	}
	if err := token.Claims(&claims); err != nil {
		log.Fatal(err)
	}
	fmt.Println(token.Type(), claims.Region)
	// Output: m2m_token eu-1
}

func post(url, secretKey string, body, dst any) {
	text, err := json.Marshal(body)
	if err != nil {
		log.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secretKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(dst); err != nil {
		log.Fatal(err)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
)

// authority plays the part of Clerk, or of any other issuer: machines, OAuth applications and API keys are set up through
// its API, and it creates their tokens. It runs in development mode, with a key that lives as long as the program.
type authority struct {
	*issuer.Issuer
	url       string
	secretKey tokens.Secret
	api       machine // this service, as the authority knows it
	indexer   machine // a machine that calls it
	behind    atomic.Int64
}

// now is the authority's clock, which can be set back to make tokens that have expired.
func (a *authority) now() time.Time { return time.Now().Add(-time.Duration(a.behind.Load())) }

// machine is what the authority says of a new machine.
type machine struct {
	ID        string `json:"id"`
	SecretKey string `json:"secret_key"`
}

// startAuthority serves an authority on a free port until ctx ends, and sets up two machines.
func startAuthority(ctx context.Context) (*authority, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &authority{url: "http://" + listener.Addr().String(), secretKey: issuer.NewSecretKey()}
	a.Issuer, err = issuer.New(issuer.Config{
		Issuer: a.url, SecretKeys: []tokens.Secret{a.secretKey}, Development: true, Now: a.now,
	})
	if err != nil {
		return nil, err
	}
	go func() { _ = a.Serve(ctx, listener) }()

	if err := a.post(ctx, "/machines", map[string]any{"name": "api"}, &a.api); err != nil {
		return nil, err
	}
	err = a.post(ctx, "/machines", map[string]any{"name": "indexer", "scoped_machines": []string{a.api.ID}}, &a.indexer)
	return a, err
}

// backend says how a service uses the authority's API: with its own machine's secret key.
func (a *authority) backend(m machine) tokens.ClientConfig {
	return tokens.ClientConfig{BaseURL: a.url, SecretKey: a.secretKey, MachineSecretKey: tokens.NewSecret(m.SecretKey)}
}

// post calls the authority's API.
func (a *authority) post(ctx context.Context, path string, body, dst any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+a.secretKey.Reveal())
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("POST %s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(dst)
}

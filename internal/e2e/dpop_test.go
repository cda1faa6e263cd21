package e2e_test

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// dpopClient is a running dpop.mjs, which has a key of its own.
type dpopClient struct {
	t   *testing.T
	in  *json.Encoder
	out *bufio.Reader
	JKT string
}

type dpopRequest struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Token  string `json:"token"`
	Nonce  string `json:"nonce,omitempty"`
}

type dpopAnswer struct {
	Status    int
	Challenge string
	Nonce     string
}

func startDPoPClient(t *testing.T, algorithm string) *dpopClient {
	t.Helper()
	installNPM(t)
	in, out := startNode(t, "dpop.mjs", algorithm)
	c := &dpopClient{t: t, in: in, out: out}
	c.read(c)
	return c
}

func (c *dpopClient) read(into any) {
	c.t.Helper()
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal(line, into); err != nil {
		c.t.Fatal(err)
	}
}

func (c *dpopClient) send(r dpopRequest) (a dpopAnswer) {
	c.t.Helper()
	if err := c.in.Encode(r); err != nil {
		c.t.Fatal(err)
	}
	c.read(&a)
	return a
}

// TestDPoP: the proofs of the npm package dpop against this module's middleware, over HTTP.
func TestDPoP(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := must(jwk.NewPrivateKey("ins_1", jwk.EdDSA, private))
	signer := must(tokens.NewSigner(tokens.SignerConfig{Key: key, Issuer: "https://issuer.example"}))
	server := httptest.NewUnstartedServer(nil)
	dpop := must(tokens.NewDPoP(tokens.DPoPConfig{NonceSecret: tokens.NewSecret(rand.Text() + rand.Text())}))
	verifier := must(tokens.NewVerifier(tokens.Config{Keys: must(jwk.NewStatic(key.Public()))}))
	auth := must(middleware.New(middleware.Config{Verifier: verifier,
		Binding: middleware.Binding{Mode: middleware.BindingRequired, DPoP: dpop, BaseURL: "http://" + server.Listener.Addr().String()}}))
	server.Config.Handler = auth.Require(tokens.TypeM2M)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Start()
	defer server.Close()

	for _, algorithm := range []string{"ES256", "Ed25519"} {
		t.Run(algorithm, func(t *testing.T) {
			client, thief := startDPoPClient(t, algorithm), startDPoPClient(t, algorithm)
			token := must(signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute, Confirmation: tokens.Confirmation{JWKThumbprint: client.JKT}}))
			request := dpopRequest{Method: "POST", URL: server.URL + "/jobs/a%2Fb?x=1", Token: token}

			first := client.send(request)
			if first.Status != 401 || first.Nonce == "" || !strings.HasPrefix(first.Challenge, `DPoP error="use_dpop_nonce"`) {
				t.Fatalf("without a nonce: %+v", first)
			}
			request.Nonce = first.Nonce
			for range 3 { // each with a proof of its own
				if a := client.send(request); a.Status != 200 || a.Nonce == "" {
					t.Errorf("with the nonce: %+v", a)
				}
			}
			if a := thief.send(request); a.Status != 401 || !strings.HasPrefix(a.Challenge, `DPoP error="invalid_token"`) {
				t.Errorf("with the token of another: %+v", a)
			}
			request.Token = must(signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute}))
			if a := client.send(request); a.Status != 401 || !strings.HasPrefix(a.Challenge, `DPoP error="invalid_token"`) {
				t.Errorf("with an unbound token: %+v", a)
			}
		})
	}
}

// must is for what only a mistake in this test can make fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

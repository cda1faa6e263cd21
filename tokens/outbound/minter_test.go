package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/outbound"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func TestM2M(t *testing.T) {
	expires := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	backend := newService(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"id":"mt_1","subject":"mch_1","token":"mt_abc","revoked":false,"expired":false,"expiration":%d}`, expires.UnixMilli())
	})
	client, err := tokens.NewClient(tokens.ClientConfig{BaseURL: backend.URL, HTTPClient: backend.Client(), MachineSecretKey: tokens.NewSecret("ak_test")})
	if err != nil {
		t.Fatal(err)
	}
	text, got, err := outbound.M2M(client, tokens.CreateM2MParams{TTL: time.Hour})(t.Context())
	if err != nil || text.Reveal() != "mt_abc" || !got.Equal(expires) {
		t.Errorf("minted %q until %v, %v", text.Reveal(), got, err)
	}
	backend.expectSeen(t, `POST /m2m_tokens Bearer ak_test {"token_format":"opaque","seconds_until_expiration":3600,"claims":null}`)

	if _, _, err := outbound.M2M(client, tokens.CreateM2MParams{TTL: -1})(t.Context()); !errors.Is(err, tokens.ErrParams) {
		t.Error(err)
	}
}

// credentials returns a Minter of a token endpoint.
func credentials(t *testing.T, s *service) outbound.Minter {
	t.Helper()
	mint, err := outbound.ClientCredentials(&clientcredentials.Config{
		ClientID: "reports", ClientSecret: "hunter2", TokenURL: s.URL + "/oauth/token", Scopes: []string{"a", "b"},
		AuthStyle: oauth2.AuthStyleInParams,
	}, s.Client())
	if err != nil {
		t.Fatal(err)
	}
	return mint
}

// answers is a token endpoint's answer.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestClientCredentials(t *testing.T) {
	s := newService(t, answers(200, `{"access_token":"opaque-1","token_type":"bearer","expires_in":3600}`))
	text, expires, err := credentials(t, s)(t.Context())
	if err != nil || text.Reveal() != "opaque-1" {
		t.Fatalf("minted %q, %v", text.Reveal(), err)
	}
	if life := time.Until(expires); life < 59*time.Minute || life > time.Hour {
		t.Errorf("expires in %v", life)
	}
	s.expectSeen(t, "POST /oauth/token  client_id=reports&client_secret=hunter2&grant_type=client_credentials&scope=a+b")
}

func TestClientCredentials_Failures(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"known error":   {answers(401, `{"error":"invalid_client","error_description":"secret words"}`), "answers 401, invalid_client"},
		"unknown error": {answers(400, `{"error":"secret words"}`), "answers 400"},
		"500":           {answers(500, `secret words`), "answers 500"},
		"garbage":       {answers(200, `secret words`), "doesn't answer as"},
		"no token":      {answers(200, `{"token_type":"bearer","words":"secret words"}`), "doesn't answer as"},
		"DPoP":          {answers(200, `{"access_token":"secret words","token_type":"DPoP"}`), "not a bearer token"},
		"hangs up": {func(w http.ResponseWriter, _ *http.Request) {
			connection, _, _ := http.NewResponseController(w).Hijack()
			_, _ = io.WriteString(connection, "secret words\r\n\r\n")
			_ = connection.Close()
		}, "cannot be reached"},
		"a gigabyte": {func(w http.ResponseWriter, _ *http.Request) {
			for range 1 << 14 {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		}, "doesn't answer as"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newService(t, tt.handler)
			text, _, err := credentials(t, s)(t.Context())
			if err == nil || text.Reveal() != "" || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("minted %q, %v; want an error about %q", text.Reveal(), err, tt.want)
			}
			if strings.Contains(err.Error(), "secret words") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v quotes what it should not", err)
			}
		})
	}
}

func TestClientCredentials_Down(t *testing.T) {
	s := newService(t, nil)
	mint := credentials(t, s)
	s.Close()
	if _, _, err := mint(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v doesn't say why", err)
	}
}

func TestClientCredentials_Deadline(t *testing.T) {
	s := newService(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := credentials(t, s)(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestClientCredentials_RedirectsAreRefused(t *testing.T) {
	elsewhere := newService(t, nil)
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	if _, _, err := credentials(t, s)(t.Context()); err == nil {
		t.Error("minted a token")
	}
	elsewhere.expectSeen(t)
}

func TestClientCredentials_TokenURL(t *testing.T) {
	for _, url := range []string{"", "as.example.com", "http://as.example.com/token", "https://", "://"} {
		if _, err := outbound.ClientCredentials(&clientcredentials.Config{TokenURL: url}, nil); !errors.Is(err, outbound.ErrConfig) {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := outbound.ClientCredentials(&clientcredentials.Config{TokenURL: "https://as.example.com/token"}, nil); err != nil {
		t.Error(err)
	}
}

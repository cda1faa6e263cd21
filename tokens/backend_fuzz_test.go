package tokens_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

// Whatever a backend answers, the outcome is a token or an error with a code, and never a panic.
func FuzzBackendAnswer(f *testing.F) {
	for _, kind := range opaqueTypes {
		f.Add(uint8(0), 200, resources[kind].String())
	}
	f.Add(uint8(3), 200, introspection.String())
	f.Add(uint8(4), 200, `{"m2m_tokens":[`+resources[tokens.TypeM2M].String()+`],"total_count":1}`)
	f.Add(uint8(5), 200, resources[tokens.TypeM2M].with("token", `"mt_new"`).String())
	f.Add(uint8(6), 200, resources[tokens.TypeM2M].with("revoked", `true`).String())
	f.Add(uint8(0), 404, `{"errors":[]}`)
	f.Fuzz(func(t *testing.T, what uint8, status int, body string) {
		if status < 200 || status > 499 || status == 429 {
			return // which is retried, with pauses
		}
		transport := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})}
		c := newClient(t, func(cfg *tokens.ClientConfig) { cfg.HTTPClient, cfg.OpaqueTTL = transport, time.Minute })
		i, err := tokens.NewIntrospector(tokens.IntrospectorConfig{
			URL: "https://as.example.com/introspect", ClientID: clientID, ClientSecret: tokens.NewSecret(clientSecret),
			HTTPClient: transport, Now: clock, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		var token tokens.Token
		switch what % 7 {
		case 0, 1, 2:
			kind := opaqueTypes[what%7]
			token, err = c.VerifyOpaque(t.Context(), opaqueTokens[kind], kind)
			again, errAgain := c.VerifyOpaque(t.Context(), opaqueTokens[kind], kind)
			if code(err) != code(errAgain) || !cmp.Equal(token, again, ignoreClaims) {
				t.Errorf("%v, %v, then %v, %v", token, err, again, errAgain)
			}
		case 3:
			token, err = i.VerifyOpaque(t.Context(), "oat_abc", tokens.TypeOAuth)
		case 4:
			_, err = c.ListM2M(t.Context(), tokens.ListM2MParams{MachineID: "mch_1"})
		case 5:
			_, err = c.CreateM2M(t.Context(), tokens.CreateM2MParams{})
		case 6:
			err = c.RevokeM2M(t.Context(), "mt_1", "")
		}
		if err != nil && strings.HasPrefix(string(code(err)), "not a") {
			t.Error(err)
		}
		if token == nil {
			return
		}
		var claims map[string]any
		if err := token.Claims(&claims); err != nil {
			t.Errorf("claims of an accepted token: %v", err)
		}
		m := metaOfOpaque(token)
		if m.ID == "" && what%7 != 3 || m.Subject == "" || !m.ExpiresAt.IsZero() && !m.ExpiresAt.After(now.Add(-5*time.Second)) {
			t.Errorf("accepted %+v", token)
		}
	})
}

func metaOfOpaque(token tokens.Token) tokens.Meta {
	switch token := token.(type) {
	case *tokens.M2MToken:
		return token.Meta
	case *tokens.OAuthToken:
		return token.Meta
	case *tokens.APIKey:
		return token.Meta
	}
	return tokens.Meta{}
}

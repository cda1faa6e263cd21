package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

// testOAuth has applications get tokens by client_credentials, which both sides accept.
func (w *world) testOAuth() {
	for _, format := range []string{"opaque", "jwt"} {
		// The npm client cannot ask for a format, which is no setting of Clerk's.
		status, text := w.raw("POST", "/v1/oauth_applications", w.secret, map[string]any{"name": "cli", "scopes": "files:read files:write", "token_format": format})
		var app struct {
			ID           string
			ClientID     string `json:"client_id"`
			ClientSecret string `json:"client_secret"`
		}
		if err := json.Unmarshal(text, &app); err != nil || status != http.StatusOK {
			w.t.Fatalf("create an application: %d", status)
		}
		token := w.clientCredentials(app.ClientID, app.ClientSecret, "files:read")
		got := w.bothJudge("OAuth "+format, token, tokens.TypeOAuth, true)
		if diff := cmp.Diff([]string{"files:read"}, got.Scopes); diff != "" || got.Subject != app.ClientID {
			w.t.Errorf("the token is not what was asked for: %s", diff)
		}
		w.bothJudge("OAuth "+format+" where an M2M token is wanted", token, tokens.TypeM2M, false)
		if format == "jwt" {
			continue
		}
		verified := w.must(options{}, "idPOAuthAccessToken.verify", token)
		npmSide := verified.judgement(tokens.TypeOAuth, *verified.Expiration)
		w.report.row("idPOAuthAccessToken.verify", npmSide.String(), got.String(), cmp.Diff(npmSide, got))

		w.must(options{}, "oauthApplications.revokeToken", map[string]any{"oauthApplicationId": app.ID, "token": token})
		w.report.row("oauthApplications.revokeToken", "revoked", w.bothJudge("OAuth revoked", token, tokens.TypeOAuth, false).String(), "")
	}
}

// clientCredentials gets a token as any OAuth client does (RFC 6749 section 4.4).
func (w *world) clientCredentials(id, secret, scope string) string {
	w.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scope}}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, secret)
	status, text := w.send(r)
	var granted struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &granted); err != nil || status != http.StatusOK {
		w.t.Fatalf("client_credentials: %d", status)
	}
	return granted.AccessToken
}

func (w *world) testApplication() {
	made := w.must(options{}, "oauthApplications.create", map[string]any{"name": "web", "scopes": "profile"})
	rotated := w.must(options{}, "oauthApplications.rotateSecret", made.ID)
	got := w.bothJudge("OAuth with the new secret", w.clientCredentials(made.ClientID, rotated.ClientSecret, "profile"), tokens.TypeOAuth, true)
	diff := cmp.Diff(made.ClientID, rotated.ClientID)
	if made.ClientSecret == rotated.ClientSecret {
		diff += "the secret is the old one"
	}
	w.report.row("oauthApplications.create, .rotateSecret", "client "+rotated.ClientID, "client "+got.Subject, diff+cmp.Diff(made.ClientID, got.Subject))
}

package issuer_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

func TestMetadata(t *testing.T) {
	w := newWorld(t)
	a := w.do("GET", "/.well-known/oauth-authorization-server", "", nil)
	want := `{"grant_types_supported":["client_credentials"],"issuer":"https://auth.example.com","jwks_uri":"https://auth.example.com/.well-known/jwks.json",` +
		`"response_types_supported":[],"token_endpoint":"https://auth.example.com/oauth/token","token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"]}`
	if diff := cmp.Diff(want, mustJSON(t, a.object)); diff != "" || a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" {
		t.Error(a.status, diff)
	}
}

// verifier trusts what the issuer publishes now.
func (w *world) verifier(cfg tokens.Config) *tokens.Verifier {
	w.t.Helper()
	set, err := w.JWKS()
	if err != nil {
		w.t.Fatal(err)
	}
	keys, err := jwk.FromJWKS(set)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.Keys, cfg.Now, cfg.Issuers = keys, w.clock, []string{issuerURL}
	v, err := tokens.NewVerifier(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// basic sends a form with the client's ID and secret in the header, form-encoded first (RFC 6749 section 2.3.1).
func (w *world) basic(id, secret string, form url.Values) answer {
	r := httptest.NewRequest("POST", issuerURL+"/oauth/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret))
	return w.send(r)
}

func TestClientCredentials_JWT(t *testing.T) {
	w := newWorld(t)
	_, clientID, secret := w.application(object{"name": "cli", "scopes": "files:read files:write", "audience": []string{"https://api.example.com", "https://b.example.com"}, "token_ttl": 600})
	for name, a := range map[string]answer{
		"post":  w.token(clientID, secret, nil),
		"basic": w.basic(clientID, secret, url.Values{"grant_type": {"client_credentials"}, "unknown": {"is ignored"}}),
	} {
		if a.status != http.StatusOK || a.str("token_type") != "Bearer" || a.num("expires_in") != 600 || a.str("scope") != "files:read files:write" {
			t.Fatalf("%s: %d %s", name, a.status, a.text)
		}
		if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Pragma") != "no-cache" {
			t.Errorf("%s: it may be cached", name)
		}
		v := w.verifier(tokens.Config{Audience: []string{"https://api.example.com"}})
		token, err := v.Verify(t.Context(), a.str("access_token"), tokens.TypeOAuth)
		if err != nil {
			t.Fatal(err)
		}
		got := token.(*tokens.OAuthToken)
		if got.ClientID != clientID || got.Subject != clientID || !got.ExpiresAt.Equal(w.clock().Add(10*time.Minute)) {
			t.Errorf("%s: not the application's token", name)
		}
		if diff := cmp.Diff([]string{"https://api.example.com", "https://b.example.com"}, got.Audience); diff != "" {
			t.Error(diff)
		}
	}
	a := w.token(clientID, secret, url.Values{"scope": {"files:read files:read"}, "resource": {"https://b.example.com"}})
	token, err := w.verifier(tokens.Config{}).Verify(t.Context(), a.str("access_token"), tokens.TypeOAuth)
	if err != nil {
		t.Fatal(err)
	}
	got := token.(*tokens.OAuthToken)
	if diff := cmp.Diff([]string{"files:read"}, got.Scopes) + cmp.Diff([]string{"https://b.example.com"}, got.Audience); diff != "" || a.str("scope") != "files:read" {
		t.Error("less than it may have: ", diff)
	}
	_, clientID, secret = w.application(object{"name": "without anything"})
	a = w.token(clientID, secret, nil)
	if _, err := w.verifier(tokens.Config{Audience: []string{issuerURL}}).Verify(t.Context(), a.str("access_token"), tokens.TypeOAuth); err != nil {
		t.Errorf("the default audience is the issuer: %v", err)
	}
	if _, ok := a.object["scope"]; ok || a.num("expires_in") != 3600 {
		t.Errorf("defaults: %v", a.object["expires_in"])
	}
}

func TestClientCredentials_Refused(t *testing.T) {
	w := newWorld(t)
	_, id, secret := w.application(object{"name": "cli", "scopes": "files:read"})
	_, otherID, _ := w.application(object{"name": "other"})
	credentials := func(more url.Values) url.Values {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
		for name, values := range more {
			form[name] = values
		}
		return form
	}
	for _, test := range []struct {
		name   string
		form   url.Values
		status int
		code   string
	}{
		{"no grant type", credentials(url.Values{"grant_type": nil}), 400, "invalid_request"},
		{"another grant type", credentials(url.Values{"grant_type": {"password"}}), 400, "unsupported_grant_type"},
		{"a parameter twice", credentials(url.Values{"grant_type": {"client_credentials", "client_credentials"}}), 400, "invalid_request"},
		{"more scope", credentials(url.Values{"scope": {"files:read files:write"}}), 400, "invalid_scope"},
		{"another resource", credentials(url.Values{"resource": {"https://other.example.com"}}), 400, "invalid_target"},
		{"a wrong secret", credentials(url.Values{"client_secret": {secret + "x"}}), 401, "invalid_client"},
		{"no secret", credentials(url.Values{"client_secret": nil}), 401, "invalid_client"},
		{"another client's ID", credentials(url.Values{"client_id": {otherID}}), 401, "invalid_client"},
		{"an unknown ID", credentials(url.Values{"client_id": {"unknown"}}), 401, "invalid_client"},
		{"no ID", credentials(url.Values{"client_id": nil}), 401, "invalid_client"},
	} {
		a := w.do("POST", "/oauth/token", "", test.form.Encode(), "Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		if a.status != test.status || a.str("error") != test.code || a.str("error_description") == "" || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", test.name, a.status, a.text)
		}
		if test.status == 401 && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ") {
			t.Errorf("%s: no challenge", test.name)
		}
		if strings.Contains(a.text, secret) {
			t.Errorf("%s: the answer has the secret", test.name)
		}
		if s := a.str("error_description"); strings.ContainsAny(s, "\"\\") {
			t.Errorf("%s: RFC 6749 section 5.2 has no such characters: %s", test.name, s)
		}
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	for name, a := range map[string]answer{
		"both ways":              w.basic(id, secret, credentials(nil)),
		"another ID in the body": w.basic(id, secret, url.Values{"grant_type": {"client_credentials"}, "client_id": {otherID}}),
		"JSON":                   w.do("POST", "/oauth/token", "", `{"grant_type":"client_credentials"}`),
		"not a form":             w.do("POST", "/oauth/token", "", "a=%zz", "Content-Type", "application/x-www-form-urlencoded"),
		"too long":               w.do("POST", "/oauth/token", "", strings.Repeat("a", 70000), "Content-Type", "application/x-www-form-urlencoded"),
		"GET":                    w.do("GET", "/oauth/token", "", nil),
	} {
		if a.status/100 != 4 || a.status == 401 || a.str("error") != "invalid_request" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	for name, a := range map[string]answer{
		"a wrong secret":    w.basic(id, "wrong", form),
		"a bearer token":    w.do("POST", "/oauth/token", w.secret, form.Encode(), "Content-Type", "application/x-www-form-urlencoded"),
		"no authentication": w.do("POST", "/oauth/token", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded"),
	} {
		if a.status != 401 || a.str("error") != "invalid_client" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := w.basic(id, secret, url.Values{"grant_type": {"client_credentials"}, "client_id": {id}}); a.status != 200 {
		t.Errorf("the same ID in the body: %d %s", a.status, a.text)
	}
}

func TestClientCredentials_Opaque(t *testing.T) {
	w := newWorld(t)
	appID, clientID, secret := w.application(object{"name": "cli", "scopes": "files:read", "token_format": "opaque", "token_ttl": 60})
	otherApp, _, _ := w.application(object{"name": "other"})
	verify := func(token string) answer {
		return w.do("POST", "/oauth_applications/access_tokens/verify", w.secret, object{"access_token": token})
	}
	token := w.token(clientID, secret, nil).str("access_token")
	a := verify(token)
	id := a.str("id")
	if !strings.HasPrefix(token, "oat_") || !strings.HasPrefix(id, "oat_") {
		t.Error("oat_… is wanted")
	}
	// Seconds, as Clerk has them for these tokens alone.
	want := `{"aud":["https://auth.example.com"],"client_id":"` + clientID + `","created_at":1893553445,"expiration":1893553505,"expired":false,"id":"` + id + `",` +
		`"object":"clerk_idp_oauth_access_token","revocation_reason":null,"revoked":false,"scopes":["files:read"],"subject":"` + clientID + `",` +
		`"type":"oauth_token","updated_at":1893553445}`
	if diff := cmp.Diff(want, mustJSON(t, a.object)); diff != "" {
		t.Error(diff)
	}
	revoke := func(app, token string) int {
		return w.do("POST", "/v1/oauth_applications/"+app+"/revoke_token", w.secret, object{"token": token}).status
	}
	if status := revoke(otherApp, token); status != http.StatusNotFound || verify(token).status != http.StatusOK {
		t.Errorf("revoked through another application: %d", status)
	}
	if status := revoke(appID, token); status != http.StatusNoContent || verify(token).status != http.StatusNotFound {
		t.Errorf("revoke: %d", status)
	}
	if status := revoke(appID, "a.b.c"); status != http.StatusBadRequest {
		t.Errorf("revoke a JWT: %d", status)
	}
	if status := revoke(appID, "oat_unknown"); status != http.StatusNotFound {
		t.Errorf("revoke an unknown one: %d", status)
	}
	expired := w.token(clientID, secret, nil).str("access_token")
	w.pass(time.Minute)
	if a := verify(expired); a.status != http.StatusNotFound {
		t.Errorf("expired: %d", a.status)
	}
	last := w.token(clientID, secret, nil).str("access_token")
	w.must("DELETE", "/v1/oauth_applications/"+appID, w.secret, nil)
	if a := verify(last); a.status != http.StatusNotFound {
		t.Errorf("of a deleted application: %d", a.status)
	}
	if a := w.token(clientID, secret, nil); a.status != http.StatusUnauthorized {
		t.Errorf("a deleted application: %d", a.status)
	}
}

func TestApplication(t *testing.T) {
	w := newWorld(t)
	a := w.must("POST", "/v1/oauth_applications", w.secret, `{"name":"cli","scopes":"b a","redirect_uris":[],"public":false}`)
	id, clientID, first := a.str("id"), a.str("client_id"), a.str("client_secret")
	delete(a.object, "client_secret")
	got := w.must("GET", "/v1/oauth_applications/"+id, w.secret, nil)
	if diff := cmp.Diff(a.object, got.object); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]any{
		"object": "oauth_application", "name": "cli", "scopes": "b a", "public": false, "token_format": "jwt",
		"token_fetch_url": issuerURL + "/oauth/token", "discovery_url": issuerURL + "/.well-known/oauth-authorization-server",
	} {
		if diff := cmp.Diff(want, got.object[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	w.application(object{"name": "web"})
	for query, total := range map[string]int64{"": 2, "?name_query=CL": 1, "?name_query=x": 0, "?limit=1": 2} {
		if a := w.must("GET", "/v1/oauth_applications"+query, w.secret, nil); a.num("total_count") != total {
			t.Errorf("%s: %s", query, a.text)
		}
	}
	second := w.must("POST", "/v1/oauth_applications/"+id+"/rotate_secret", w.secret, nil).str("client_secret")
	if old, fresh := w.token(clientID, first, nil).status, w.token(clientID, second, nil).status; old != 401 || fresh != 200 {
		t.Errorf("after a rotation: old %d, new %d", old, fresh)
	}
	third := w.must("POST", "/v1/oauth_applications/"+id+"/rotate_secret", w.secret, `{"previous_secret_ttl":60}`).str("client_secret")
	if old, fresh := w.token(clientID, second, nil).status, w.token(clientID, third, nil).status; old != 200 || fresh != 200 {
		t.Errorf("within the overlap: old %d, new %d", old, fresh)
	}
	w.pass(time.Minute)
	if old, fresh := w.token(clientID, second, nil).status, w.token(clientID, third, nil).status; old != 401 || fresh != 200 {
		t.Errorf("after the overlap: old %d, new %d", old, fresh)
	}
	for body, param := range map[string]string{
		`{}`:                         "name",
		`{"name":"n","public":true}`: "public",
		`{"name":"n","redirect_uris":["https://x"]}`: "redirect_uris",
		`{"name":"n","token_format":"x"}`:            "token_format",
		`{"name":"n","token_ttl":86401}`:             "token_ttl",
		`{"name":"n","audience":[""]}`:               "audience",
		`{"name":"n","scopes":"a\"b"}`:               "scopes",
	} {
		a := w.do("POST", "/v1/oauth_applications", w.secret, body)
		if a.status != http.StatusBadRequest || !strings.Contains(a.text, `"meta":{"param_name":"`+param+`"}`) {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
}

package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

// judgement is what a side thinks of a token.
type judgement struct {
	Accepted bool
	Type     string
	ID       string
	Subject  string
	Scopes   []string
	Claims   map[string]any
	Expires  int64  // seconds since 1970; not known to authenticateRequest
	Reason   string // not compared: each side has its own words
}

// service is a Go service behind the middleware, which trusts the issuer.
type service struct {
	t *testing.T
	*httptest.Server
	verifier *tokens.Verifier
}

// startService starts a service with a route for each type of token, and one for all.
func startService(t *testing.T, apiURL, secretKey string) *service {
	t.Helper()
	keys, err := jwk.NewRemote(jwk.RemoteConfig{URL: apiURL + "/.well-known/jwks.json", Cooldown: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	opaque, err := tokens.NewClient(tokens.ClientConfig{BaseURL: apiURL, SecretKey: tokens.NewSecret(secretKey)})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := tokens.NewVerifier(tokens.Config{Keys: keys, Opaque: opaque, Issuers: []string{apiURL}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := middleware.New(middleware.Config{Verifier: verifier})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, kind := range tokens.AnyType() {
		mux.Handle("/"+string(kind), m.Require(kind)(http.HandlerFunc(whoami)))
	}
	s := &service{t, httptest.NewServer(mux), verifier}
	t.Cleanup(s.Close)
	return s
}

// whoami answers with what the handler was given.
func whoami(w http.ResponseWriter, r *http.Request) {
	auth, err := authobj.FromContext(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	j := judgement{Accepted: true, Type: string(auth.Type()), Subject: auth.Subject()}
	switch a := auth.(type) {
	case *authobj.Session:
		j.ID, j.Expires = a.ID, a.ExpiresAt.Unix()
	case *authobj.M2M:
		j.ID, j.Scopes, j.Expires = a.ID, a.Scopes, a.ExpiresAt.Unix()
		err = a.Claims(&j.Claims)
	case *authobj.OAuth:
		j.ID, j.Scopes, j.Expires = a.ID, a.Scopes, a.ExpiresAt.Unix()
	case *authobj.APIKey:
		j.ID, j.Scopes, j.Expires = a.ID, a.Scopes, a.ExpiresAt.Unix()
		err = a.Claims(&j.Claims)
	}
	if err == nil {
		err = json.NewEncoder(w).Encode(j)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

// judge calls the route for a type of token, and asks the verifier for the reason where it is refused.
func (s *service) judge(token string, accept tokens.Type) (j judgement) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+"/"+string(accept), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		if err := json.NewDecoder(resp.Body).Decode(&j); err != nil {
			s.t.Fatal(err)
		}
	case http.StatusUnauthorized:
		j.Reason = "401"
		if _, err := s.verifier.Verify(s.t.Context(), token, accept); err != nil {
			j.Reason += " " + err.Error()
		}
	default:
		s.t.Fatalf("the service answers %d", resp.StatusCode)
	}
	return j
}

package issuer_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

func TestM2MJWT(t *testing.T) {
	w := newWorld(t)
	api, _ := w.machine("api")
	cron, key := w.machine("cron", api)
	a := w.must("POST", "/m2m_tokens", key, `{"token_format":"jwt","seconds_until_expiration":60,"claims":`+claims+`}`)
	token, err := w.verifier(tokens.Config{Machine: api}).Verify(t.Context(), a.str("token"), tokens.TypeM2M)
	if err != nil {
		t.Fatal(err)
	}
	got := token.(*tokens.M2MToken)
	if got.ID != a.str("id") || got.Subject != cron || got.ExpiresAt.UnixMilli() != a.num("expiration") {
		t.Errorf("the token is not what the answer says")
	}
	if diff := cmp.Diff([]string{api}, got.Scopes); diff != "" {
		t.Error(diff)
	}
	var seen, sent map[string]json.RawMessage // as they are written, so that no number is rounded
	if err := errors.Join(token.Claims(&seen), json.Unmarshal([]byte(claims), &sent)); err != nil {
		t.Fatal(err)
	}
	delete(seen, "scopes") // O1: the issuer's, and yet among the custom claims
	if diff := cmp.Diff(sent, seen); diff != "" {
		t.Error(diff)
	}
	if a := w.must("GET", "/m2m_tokens?subject="+cron, key, nil); a.num("total_count") != 0 {
		t.Errorf("JWTs are not kept: %s", a.text)
	}
	if a := w.do("POST", "/m2m_tokens/"+got.ID+"/revoke", key, nil); a.status != http.StatusNotFound {
		t.Errorf("a JWT cannot be revoked: %d", a.status)
	}
}

// TestO1_AudienceGivesNoScopes: where a JWT has no scopes its aud stands for them, which a machine could set to a machine
// that it may not call.
func TestO1_AudienceGivesNoScopes(t *testing.T) {
	w := newWorld(t)
	api, _ := w.machine("api")
	_, key := w.machine("cron")
	a := w.must("POST", "/m2m_tokens", key, object{"token_format": "jwt", "claims": object{"aud": []string{api}}})
	if _, err := w.verifier(tokens.Config{Machine: api}).Verify(t.Context(), a.str("token"), tokens.TypeM2M); !errors.Is(err, tokens.ErrAudience) {
		t.Errorf("a machine without scopes gave itself one: %v", err)
	}
	token, err := w.verifier(tokens.Config{}).Verify(t.Context(), a.str("token"), tokens.TypeM2M)
	if err != nil || len(token.(*tokens.M2MToken).Scopes) != 0 {
		t.Errorf("it has scopes, or: %v", err)
	}
}

// TestM2MJWT_Audience: aud is a claim of the caller's own here, a string or an array of strings.
func TestM2MJWT_Audience(t *testing.T) {
	w := newWorld(t)
	_, key := w.machine("cron")
	for _, aud := range []any{"https://api.example", []string{"https://api.example"}} {
		a := w.must("POST", "/m2m_tokens", key, object{"token_format": "jwt", "claims": object{"aud": aud}})
		token, err := w.verifier(tokens.Config{Audience: []string{"https://api.example"}}).Verify(t.Context(), a.str("token"), tokens.TypeM2M)
		if err != nil || len(token.(*tokens.M2MToken).Scopes) != 0 {
			t.Errorf("aud %v: %v", aud, err)
		}
	}
	for _, aud := range []any{1, object{}, []int{1}, []string{}, nil, "", []string{""}} {
		if a := w.do("POST", "/m2m_tokens", key, object{"token_format": "jwt", "claims": object{"aud": aud}}); a.status != http.StatusBadRequest {
			t.Errorf("aud %v: %d", aud, a.status)
		}
	}
}

func TestM2MJWT_DefaultLifetime(t *testing.T) {
	w := newWorld(t)
	a := w.must("POST", "/machines", w.secret, object{"name": "cron", "default_token_ttl": 1_000_000})
	made := w.must("POST", "/m2m_tokens", a.str("secret_key"), object{"token_format": "jwt"})
	if got := time.Duration(made.num("expiration")-made.num("created_at")) * time.Millisecond; got != 24*time.Hour {
		t.Errorf("a machine's default is cut to what a JWT may have: %v", got)
	}
}

func TestSignSession(t *testing.T) {
	w := newWorld(t)
	raw, err := w.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.verifier(tokens.Config{}).Verify(t.Context(), raw, tokens.TypeSession); err != nil {
		t.Error(err)
	}
}

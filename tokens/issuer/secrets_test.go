package issuer_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"example.com/machineauth/tokens/issuer"
)

// recorder is a Store that remembers everything that it was ever given.
type recorder struct {
	issuer.Store
	mu   sync.Mutex
	text strings.Builder
}

func (r *recorder) Put(ctx context.Context, record issuer.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text.WriteString(string(record.Kind) + " " + record.ID + " " + record.Subject + " " + string(record.Data) + "\n")
	for _, s := range record.Secrets {
		r.text.WriteString(string(s.Hash[:]))
	}
	return r.Store.Put(ctx, record)
}

func TestSecretsAreStoredHashed(t *testing.T) {
	var stored *recorder
	w := newWorld(t, func(cfg *issuer.Config) {
		stored = &recorder{Store: cfg.Store}
		cfg.Store = stored
	})
	var secrets []string
	keep := func(s string) string {
		if len(s) < 40 {
			t.Errorf("a secret of %d characters", len(s))
		}
		secrets = append(secrets, s, s[len(s)-40:])
		return s
	}
	id, key := w.machine("cron")
	keep(key)
	keep(w.secret)
	keep(w.must("POST", "/m2m_tokens", key, nil).str("token"))
	keep(w.must("POST", "/m2m_tokens", key, `{"min_remaining_ttl_seconds":5}`).str("token"))
	keep(w.must("POST", "/machines/"+id+"/secret_key/rotate", w.secret, `{"previous_token_ttl":5}`).str("secret"))
	apiKey := w.must("POST", "/api_keys", w.secret, `{"name":"n","subject":"user_1"}`)
	keep(apiKey.str("secret"))
	appID, clientID, secret := w.application(object{"name": "app", "token_format": "opaque"})
	keep(secret)
	token := w.token(clientID, secret, nil).str("access_token")
	keep(token)
	keep(w.must("POST", "/oauth_applications/"+appID+"/rotate_secret", w.secret, nil).str("client_secret"))

	// What was shown once is shown by no other endpoint, and nothing refused repeats it.
	var seen strings.Builder
	for _, path := range []string{
		"/machines", "/machines/" + id, "/machines/" + id + "/secret_key", "/m2m_tokens?subject=" + id, "/api_keys?subject=user_1",
		"/api_keys/" + apiKey.str("id"), "/api_keys/" + apiKey.str("id") + "/secret", "/oauth_applications", "/oauth_applications/" + appID,
	} {
		seen.WriteString(w.do("GET", path, w.secret, nil).text)
	}
	for _, s := range secrets {
		seen.WriteString(w.do("POST", "/m2m_tokens/verify", w.secret, `{"token":"`+s+`","`+s+`":1}`).text[:10])
		seen.WriteString(w.do("POST", "/m2m_tokens/verify", w.secret, object{"token": s}).text)
		seen.WriteString(w.do("POST", "/m2m_tokens/verify", s+"x", object{"token": s}).text)
		seen.WriteString(w.do("POST", "/m2m_tokens", key, object{"token_format": s}).text)
		seen.WriteString(w.do("POST", "/m2m_tokens", key, object{"seconds_until_expiration": s}).text)
	}
	for _, s := range secrets {
		for where, text := range map[string]string{"the store": stored.text.String(), "the log": w.log.String(), "an answer": seen.String()} {
			if strings.Contains(text, s) {
				t.Errorf("%s has a secret", where)
			}
		}
	}
}

// careless is a Store whose Find finds something, whatever it is asked for.
type careless struct{ issuer.Store }

func (c careless) Find(ctx context.Context, kind issuer.Kind, _ issuer.Hash) (issuer.Record, error) {
	for r := range c.List(ctx, kind, "") {
		return r, nil
	}
	return issuer.Record{}, issuer.ErrNotFound
}

// TestHashesAreCompared: the issuer doesn't rely on the Store's lookup, which need not be constant in time, but compares
// the hash itself.
func TestHashesAreCompared(t *testing.T) {
	w := newWorld(t, func(cfg *issuer.Config) { cfg.Store = careless{cfg.Store} })
	_, key := w.machine("cron")
	w.must("POST", "/m2m_tokens", key, nil)
	w.must("POST", "/api_keys", w.secret, `{"name":"n","subject":"user_1"}`)
	if a := w.do("POST", "/m2m_tokens", "msk_other", nil); a.status != http.StatusUnauthorized {
		t.Errorf("another secret key: %d", a.status)
	}
	for path, body := range map[string]object{
		"/m2m_tokens/verify": {"token": "mt_other"},
		"/api_keys/verify":   {"secret": "ak_other"},
	} {
		if a := w.do("POST", path, w.secret, body); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// token asks the token endpoint for a token, with the secret in the body.
func (w *world) token(clientID, secret string, more url.Values) answer {
	w.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}}
	for name, values := range more {
		form[name] = values
	}
	return w.do("POST", "/oauth/token", "", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

package issuer_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
	"github.com/google/go-cmp/cmp"
)

// published returns the IDs of the keys in the JWKS.
func (w *world) published() string {
	w.t.Helper()
	var ids []string
	for _, key := range w.do("GET", "/.well-known/jwks.json", "", nil).object["keys"].([]any) {
		ids = append(ids, object(key.(map[string]any)).str("kid"))
	}
	return strings.Join(ids, " ")
}

// signs returns the ID of the key that signs.
func (w *world) signs(machineKey string) string {
	w.t.Helper()
	raw := w.must("POST", "/m2m_tokens", machineKey, `{"token_format":"jwt"}`).str("token")
	if _, err := w.verifier(tokens.Config{}).Verify(w.t.Context(), raw, tokens.TypeM2M); err != nil {
		w.t.Errorf("a token that was just made: %v", err)
	}
	header, _, _ := strings.Cut(raw, ".")
	var h struct{ Kid string }
	if err := json.Unmarshal(decodeSegment(w.t, header), &h); err != nil {
		w.t.Fatal(err)
	}
	return h.Kid
}

func TestJWKS(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/jwks", "/v1/jwks", "/.well-known/jwks.json"} {
		a := w.do("GET", path, "", nil)
		if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "public, max-age=300" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
		key := object(a.object["keys"].([]any)[0].(map[string]any))
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, ok := key[private]; ok {
				t.Errorf("%s shows the private member %s", path, private)
			}
		}
		if key.str("kid") != "ins_1" || key.str("alg") != "RS256" || key.str("use") != "sig" {
			t.Errorf("%s: %s", path, a.text)
		}
	}
}

// TestKeyRotation follows one rotation: published before it signs, kept until the last token of the old key has expired.
func TestKeyRotation(t *testing.T) {
	w := newWorld(t, func(cfg *issuer.Config) { cfg.MaxJWTLifetime = time.Hour })
	_, key := w.machine("cron")
	start := w.clock()
	want := func(at time.Duration, signs, published string) {
		t.Helper()
		w.pass(start.Add(at).Sub(w.clock()))
		if diff := cmp.Diff(signs+": "+published, w.signs(key)+": "+w.published()); diff != "" {
			t.Errorf("after %v: %s", at, diff)
		}
	}
	want(0, "ins_1", "ins_1")
	if err := w.AddKey(issuer.SigningKey{Key: newKey(t, "ins_2"), ActiveFrom: start.Add(10 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	want(0, "ins_1", "ins_1 ins_2")
	want(10*time.Minute-1, "ins_1", "ins_1 ins_2")
	last := w.must("POST", "/m2m_tokens", key, `{"token_format":"jwt","seconds_until_expiration":3600}`).str("token")
	want(10*time.Minute, "ins_2", "ins_1 ins_2")
	w.pass(time.Hour - time.Second) // the last token of the old key has a second left
	if _, err := w.verifier(tokens.Config{}).Verify(t.Context(), last, tokens.TypeM2M); err != nil {
		t.Errorf("the last token of the old key: %v", err)
	}
	want(75*time.Minute-1, "ins_2", "ins_1 ins_2") // a verifier's clock may be 5 min behind
	want(75*time.Minute, "ins_2", "ins_2")
}

func TestAddKey_Refused(t *testing.T) {
	w := newWorld(t)
	soon := w.clock().Add(10*time.Minute - 1)
	later := w.clock().Add(time.Hour)
	for name, key := range map[string]issuer.SigningKey{
		"no key":       {ActiveFrom: later},
		"a zero key":   {Key: new(jwk.PrivateKey), ActiveFrom: later},
		"at once":      {Key: newKey(t, "ins_2")},
		"too soon":     {Key: newKey(t, "ins_2"), ActiveFrom: soon},
		"an ID in use": {Key: newKey(t, "ins_1"), ActiveFrom: later},
	} {
		if err := w.AddKey(key); !errors.Is(err, issuer.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := w.published(); got != "ins_1" {
		t.Errorf("published: %s", got)
	}
}

func TestRemoveKey(t *testing.T) {
	w := newWorld(t, func(cfg *issuer.Config) {
		cfg.Keys = append(cfg.Keys, issuer.SigningKey{Key: newKey(t, "ins_2")})
	})
	_, key := w.machine("cron")
	if got := w.signs(key); got != "ins_2" {
		t.Errorf("%s signs; of two that are active the later one does", got)
	}
	if !w.RemoveKey("ins_2") || w.RemoveKey("ins_2") {
		t.Error("it was there once")
	}
	if got := w.signs(key) + ": " + w.published(); got != "ins_1: ins_1" {
		t.Errorf("after the removal: %s", got)
	}
	w.RemoveKey("ins_1")
	a := w.do("POST", "/m2m_tokens", key, `{"token_format":"jwt"}`)
	if a.status != http.StatusServiceUnavailable || a.errorCode() != "signing_failed" {
		t.Errorf("without a key: %d %s", a.status, a.text)
	}
	if _, err := w.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute}); !errors.Is(err, issuer.ErrSigning) {
		t.Errorf("without a key: %v", err)
	}
	_, clientID, secret := w.application(object{"name": "app"})
	if a := w.token(clientID, secret, nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("without a key: %d %s", a.status, a.text)
	}
	if got := w.published(); got != "" {
		t.Errorf("published: %s", got)
	}
}

package e2e_test

import (
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// TestEndToEnd is one story: machines are set up, tokens made, verified, listed and revoked, secrets and keys rotated.
func TestEndToEnd(t *testing.T) {
	w := newWorld(t)
	api := w.machine("api")
	cron := w.machine("cron", api.ID)

	w.testCreateM2M(api, cron)
	w.testReuseListRevoke(api, cron)
	w.testRefusals(cron)
	w.testOAuth()
	w.testApplication()
	w.testAPIKeys()
	w.testSession()
	w.testExpiry(cron)
	w.testSecretRotation(cron)
	w.testKeyRotation(cron)
}

func (w *world) testSession() {
	token, err := w.iss.SignSession(tokens.SessionParams{
		UserID: "user_jane", SessionID: "sess_1", TTL: time.Minute, Claims: map[string]any{"org_id": "org_acme", "org_role": "org:admin"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.bothJudge("session", token, tokens.TypeSession, true)
	w.bothJudge("session where an M2M token is wanted", token, tokens.TypeM2M, false)
}

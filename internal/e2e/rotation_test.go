package e2e_test

import (
	"time"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
)

func (w *world) testSecretRotation(cron machine) {
	rotated := w.must(options{}, "machines.rotateSecretKey", map[string]any{"machineId": cron.ID, "previousTokenTtl": 3600})
	for name, key := range map[string]string{"new": rotated.Secret, "old, within the overlap": cron.secretKey} {
		made := w.must(options{MachineSecretKey: key}, "m2m.createToken", map[string]any{})
		got := w.bothJudge("M2M made with the secret key "+name, made.Token, tokens.TypeM2M, true)
		w.report.row("machines.rotateSecretKey, "+name, "token of "+made.Subject, "token of "+got.Subject, "")
	}
}

// testKeyRotation comes last: the PEM that the npm client has is of the first key.
func (w *world) testKeyRotation(cron machine) {
	jwt := map[string]any{"tokenFormat": "jwt"}
	old := w.must(cron.options(), "m2m.createToken", jwt)
	key, _ := newKey(w.t, "ins_second")
	if err := w.iss.AddKey(issuer.SigningKey{Key: key, ActiveFrom: w.now().Add(2 * time.Second)}); err != nil {
		w.t.Fatal(err)
	}
	w.ahead.Store(int64(3 * time.Second)) // within the skew that both sides allow
	made := w.must(cron.options(), "m2m.createToken", jwt)
	w.bothJudgeWith([]options{{}}, "M2M jwt by the new key", made.Token, tokens.TypeM2M, true)
	w.bothJudge("M2M jwt by the old key", old.Token, tokens.TypeM2M, true)
}

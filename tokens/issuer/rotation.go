package issuer

import (
	"fmt"
	"net/http"
	"time"
)

// maxSecretOverlap is how long a replaced secret may stay good: what Clerk allows.
const maxSecretOverlap = 8 * time.Hour

func (i *Issuer) rotateMachine(r *http.Request, _ caller) (any, error) {
	var in struct {
		PreviousTokenTTL *int64 `json:"previous_token_ttl"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	overlap, err := secretOverlap("previous_token_ttl", in.PreviousTokenTTL)
	if err != nil {
		return nil, err
	}
	secret := randomSecret("msk_")
	m := new(machine)
	err = i.update(r.Context(), KindMachine, r.PathValue("id"), m, func(record *Record) error {
		m.UpdatedAt = i.now()
		record.rotate(secret, m.UpdatedAt.Add(overlap))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Object string `json:"object"`
		Secret string `json:"secret"`
	}{"machine_secret_key", secret.Reveal()}, nil
}

// secretOverlap reads how long a replaced secret stays good.
func secretOverlap(name string, seconds *int64) (time.Duration, error) {
	if seconds == nil || *seconds < 0 || *seconds > int64(maxSecretOverlap/time.Second) {
		return 0, badParam(name, fmt.Sprintf("%s must be from 0 to %d", name, int64(maxSecretOverlap/time.Second)))
	}
	return time.Duration(*seconds) * time.Second, nil
}

// shownOnce stands where Clerk shows a secret again.
func shownOnce(*http.Request, caller) (any, error) {
	return nil, fail(ErrShownOnce, "only a hash of the secret is stored: it was shown when it was made. Make a new one")
}

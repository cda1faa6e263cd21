package tokens_test

import (
	"fmt"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// An entry lives until it has expired by the list's own clock, though others have long forgotten it.
func TestX1_TheListSweepsByItsOwnClock(t *testing.T) {
	long := time.Unix(1_000_000_000, 0)
	list := &tokens.RevocationList{Now: func() time.Time { return long }}
	for i := range 5000 { // more than are kept without looking at them
		if err := list.RevokeToken("issuer", fmt.Sprint(i), long.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"0", "4999"} {
		token := &tokens.M2MToken{Meta: tokens.Meta{ID: id, Issuer: "issuer", Subject: "mch_1"}}
		if revoked, err := list.Revoked(t.Context(), token); !revoked || err != nil {
			t.Errorf("token %s: revoked %v, %v", id, revoked, err)
		}
	}
}

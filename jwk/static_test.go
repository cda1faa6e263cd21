package jwk_test

import (
	"testing"

	"example.com/machineauth/jwk"
)

func TestStatic_ZeroHoldsNoKey(t *testing.T) {
	var s jwk.Static
	if key, err := s.Key(t.Context(), "a"); key != nil || !isCode(err, jwk.ErrUnknownKey) {
		t.Errorf("got %v, %v", key, err)
	}
	if r := s.Report(); r.Usable != 0 || r.Skipped != nil || r.Assumed != nil {
		t.Errorf("got %v", r)
	}
}

package tokens_test

import (
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

func TestNewSigner_ZeroKey(t *testing.T) {
	s, err := tokens.NewSigner(tokens.SignerConfig{Key: new(jwk.PrivateKey), Issuer: "https://issuer.example"})
	if s != nil || code(err) != tokens.ErrConfig || !strings.Contains(err.Error(), "SignerConfig.Key must be set") {
		t.Errorf("NewSigner = %v, %v", s, err)
	}
}

// A mistake is told as such, and not as what is wrong with the token that came of it.
func TestSigner_SaysWhatIsWrongWithTheParameters(t *testing.T) {
	s := newSigner(t)
	for _, test := range []struct {
		machine string
		claims  map[string]any
		want    string
	}{
		{"mch_", nil, "the subject must be mch_…"},
		{"", nil, "the subject must be mch_…"},
		{"mch_1", map[string]any{"x": make(chan int)}, "Claims cannot be written as JSON"},
		{"mch_1", map[string]any{"x": strings.Repeat("x", 20<<10)}, "with these claims the token is longer than 16384 bytes"},
	} {
		raw, err := s.SignM2M(tokens.M2MParams{MachineID: test.machine, TTL: time.Minute, Claims: test.claims})
		if raw != "" || code(err) != tokens.ErrParams || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.machine, err, test.want)
		}
	}
	if _, err := s.SignSession(tokens.SessionParams{SessionID: "sess_1", TTL: time.Minute}); code(err) != tokens.ErrParams || !strings.Contains(err.Error(), "the subject must be") {
		t.Errorf("a session of nobody: %v", err)
	}
}

// Without an audience a token has no aud, not an empty one.
func TestSigner_NoAudience(t *testing.T) {
	s := newSigner(t)
	raw, err := s.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "client_1", TTL: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	token, err := verify(newVerifier(t), raw)
	expect(t, token, err, "")
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if aud, ok := claims["aud"]; ok {
		t.Errorf("aud is %v", aud)
	}
}

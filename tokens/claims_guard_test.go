package tokens_test

import (
	"strings"
	"testing"

	"example.com/machineauth/tokens"
)

// What is wrong with a claim is said of that claim: a wrong kind isn't told as if the claim were absent.
func TestClaims_TheErrorSaysWhichAndWhy(t *testing.T) {
	for _, test := range []struct {
		kind        tokens.Type
		name, value string
		want        string
	}{
		{tokens.TypeSession, "exp", `"1800000060"`, "the claim exp must be a number of seconds"},
		{tokens.TypeSession, "exp", "", "must have an exp"},
		{tokens.TypeOAuth, "client_id", `1`, "the claim client_id must be a string"},
		{tokens.TypeOAuth, "client_id", ``, "must have a client_id"},
	} {
		token, err := verify(newVerifier(t), mint(test.kind, test.name, test.value))
		expect(t, token, err, tokens.ErrClaims)
		if !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %s: got %v, want %q", test.name, test.value, err, test.want)
		}
	}
}

func TestNewVerifier_CacheBounds(t *testing.T) {
	for _, change := range []func(*tokens.Config){
		func(c *tokens.Config) { c.CacheSize = -1 },
		func(c *tokens.Config) { c.CacheBytes = -1 },
	} {
		cfg := tokens.Config{Keys: untouchedKeys{t}, DisableCache: true}
		change(&cfg)
		if v, err := tokens.NewVerifier(cfg); code(err) != tokens.ErrConfig || v != nil {
			t.Errorf("size %d, bytes %d: %v, want ErrConfig", cfg.CacheSize, cfg.CacheBytes, err)
		}
	}
}

// What is wrong with the form is said as exactly.
func TestC2_TheErrorSaysWhy(t *testing.T) {
	for raw, want := range map[string]string{
		"." + encode(`{"sub":"user_1"}`) + ".c2ln":           "neither a known prefix nor three segments",
		mint(tokens.TypeSession, "sub", `5`):                 "the claim sub must be a string",
		mint(tokens.TypeSession, "sub", `""`):                "the claim sub is absent or empty",
		encode(`[]`) + "." + encode(`{"sub":"a"}`) + ".c2ln": "the header is not one strict JSON object",
	} {
		if _, err := verify(newVerifier(t), raw); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
	}
}

// A program whose struct doesn't fit is told where, and nothing of what stood there.
func TestClaims_TheErrorSaysWhere(t *testing.T) {
	token, err := verify(newVerifier(t), mint(tokens.TypeSession, "plan", `"s3cret"`))
	expect(t, token, err, "")
	var dst struct {
		Plan int `json:"plan"`
	}
	err = token.Claims(&dst)
	if err == nil || !strings.Contains(err.Error(), `a JSON string at "/plan" has no place in int`) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}

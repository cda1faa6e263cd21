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

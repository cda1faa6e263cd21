package tokens_test

import (
	"strings"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

func TestNewVerifier_EveryMistakeAtOnce(t *testing.T) {
	v, err := tokens.NewVerifier(tokens.Config{
		Issuers: []string{"a", ""}, Audience: []string{""}, AuthorizedParties: []string{""}, Machine: "user_1", ClockSkew: -1, MaxTokenBytes: -1,
		Conventions: tokens.Conventions{Prefixes: map[string]tokens.Type{"x": tokens.TypeM2M}, Categories: tokens.Categories{Session: "s", M2M: "s"}},
	})
	if v != nil || code(err) != tokens.ErrConfig {
		t.Fatalf("NewVerifier = %v, %v, want ErrConfig", v, err)
	}
	for _, field := range []string{
		"Config.Keys", "Config.Opaque", "Config.Issuers", "Config.Audience", "Config.AuthorizedParties", "Config.Machine", "Config.ClockSkew", "Config.MaxTokenBytes",
		"Conventions.Prefixes", "Conventions.Categories",
	} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%v doesn't name %s", err, field)
		}
	}
}

func TestNewVerifier_Mistakes(t *testing.T) {
	for name, change := range map[string]func(*tokens.Config){
		"neither keys nor backend":  func(c *tokens.Config) { c.Keys = nil },
		"empty issuer":              func(c *tokens.Config) { c.Issuers = []string{"https://clerk.example", ""} },
		"empty audience":            func(c *tokens.Config) { c.Audience = []string{""} },
		"empty authorized party":    func(c *tokens.Config) { c.AuthorizedParties = []string{""} },
		"machine without an ID":     func(c *tokens.Config) { c.Machine = "mch_" },
		"machine that is none":      func(c *tokens.Config) { c.Machine = "MCH_1" },
		"negative skew":             func(c *tokens.Config) { c.ClockSkew = -time.Nanosecond },
		"skew of more than 5 min":   func(c *tokens.Config) { c.ClockSkew = 5*time.Minute + 1 },
		"negative size":             func(c *tokens.Config) { c.MaxTokenBytes = -1 },
		"size of more than one MiB": func(c *tokens.Config) { c.MaxTokenBytes = 1<<20 + 1 },
	} {
		cfg := tokens.Config{Keys: untouchedKeys{t}}
		change(&cfg)
		if v, err := tokens.NewVerifier(cfg); code(err) != tokens.ErrConfig || v != nil {
			t.Errorf("%s: %v, want ErrConfig", name, err)
		}
	}
}

// What the caller does to its slices afterwards changes nothing.
func TestNewVerifier_CopiesItsConfig(t *testing.T) {
	issuers, audience, parties := []string{"https://clerk.example"}, []string{"api"}, []string{"https://app.example"}
	v := newVerifier(t, func(c *tokens.Config) { c.Issuers, c.Audience, c.AuthorizedParties = issuers, audience, parties })
	issuers[0], audience[0], parties[0] = "https://evil.example", "evil", "https://evil.example"
	token, err := verify(v, mint(tokens.TypeSession, "iss", `"https://clerk.example"`, "aud", `"api"`, "azp", `"https://app.example"`))
	expect(t, token, err, "")
	token, err = verify(v, mint(tokens.TypeSession, "iss", `"https://evil.example"`, "aud", `"api"`, "azp", `"https://app.example"`))
	expect(t, token, err, tokens.ErrIssuer)
}

// Two Verifiers of one program don't know of each other.
func TestK1_VerifiersShareNothing(t *testing.T) {
	first := newVerifier(t)
	second := newVerifier(t, func(c *tokens.Config) { c.Keys = failingKeys{tokens.ErrUnknownKey} })
	raw := mint(tokens.TypeSession)
	token, err := verify(first, raw)
	expect(t, token, err, "")
	token, err = verify(second, raw)
	expect(t, token, err, tokens.ErrKeysUnavailable)
}

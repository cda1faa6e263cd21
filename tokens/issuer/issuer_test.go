package issuer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
)

func TestNew_NamesEveryMistake(t *testing.T) {
	_, err := issuer.New(issuer.Config{SecretKeys: []tokens.Secret{tokens.NewSecret("hunter2")}, MaxJWTLifetime: -1})
	for _, mention := range []string{"Config.Issuer", "fewer than 32", "MaxJWTLifetime", "Config.Store", "Config.Keys"} {
		if !errors.Is(err, issuer.ErrConfig) || !strings.Contains(err.Error(), mention) {
			t.Errorf("%s is not named: %v", mention, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error has the secret key: %v", err)
	}
}

func TestNew_Refused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*issuer.Config)
		want   string
	}{
		"no secret key":       {func(c *issuer.Config) { c.SecretKeys = nil }, "Config.SecretKeys"},
		"http":                {func(c *issuer.Config) { c.Issuer = "http://auth.example.com" }, "Config.Issuer"},
		"http, almost local":  {func(c *issuer.Config) { c.Issuer = "http://localhost.example.com" }, "Config.Issuer"},
		"a slash":             {func(c *issuer.Config) { c.Issuer = "https://auth.example.com/" }, "Config.Issuer"},
		"a path":              {func(c *issuer.Config) { c.Issuer = "https://auth.example.com/x" }, "Config.Issuer"},
		"a query":             {func(c *issuer.Config) { c.Issuer = "https://auth.example.com?x" }, "Config.Issuer"},
		"a fragment":          {func(c *issuer.Config) { c.Issuer = "https://auth.example.com#" }, "Config.Issuer"},
		"a user":              {func(c *issuer.Config) { c.Issuer = "https://u@auth.example.com" }, "Config.Issuer"},
		"no host":             {func(c *issuer.Config) { c.Issuer = "https://" }, "Config.Issuer"},
		"no scheme":           {func(c *issuer.Config) { c.Issuer = "auth.example.com" }, "Config.Issuer"},
		"negative overlap":    {func(c *issuer.Config) { c.KeyOverlap = -1 }, "KeyOverlap"},
		"no key is active":    {func(c *issuer.Config) { c.Keys[0].ActiveFrom = c.Now().Add(time.Hour) }, "active"},
		"a nil key":           {func(c *issuer.Config) { c.Keys[0].Key = nil }, "jwk.NewPrivateKey"},
		"one ID for two keys": {func(c *issuer.Config) { c.Keys = append(c.Keys, c.Keys[0]) }, "ins_1"},
		"impossible prefixes": {func(c *issuer.Config) { c.Conventions.Prefixes = map[string]tokens.Type{"x": tokens.TypeAPIKey} }, "Prefixes"},
	} {
		cfg := issuer.Config{
			Issuer: issuerURL, SecretKeys: []tokens.Secret{issuer.NewSecretKey()}, Store: issuer.NewMemory(0, nil), Now: time.Now,
			Keys: []issuer.SigningKey{{Key: newKey(t, "ins_1")}},
		}
		if _, err := issuer.New(cfg); err != nil {
			t.Fatal(err)
		}
		test.change(&cfg)
		if _, err := issuer.New(cfg); !errors.Is(err, issuer.ErrConfig) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSecretKeys_TwoWhileOneIsReplaced(t *testing.T) {
	second := issuer.NewSecretKey()
	w := newWorld(t, func(cfg *issuer.Config) { cfg.SecretKeys = append(cfg.SecretKeys, second) })
	for _, secret := range []string{w.secret, second.Reveal()} {
		w.must("GET", "/v1/machines", secret, nil)
	}
	if text := fmt.Sprintf("%+v %#v", w.Issuer, *w.Issuer); strings.Contains(text, w.secret) || strings.Contains(text, second.Reveal()) {
		t.Error("an Issuer prints its secret keys")
	}
}

// TestErrors: every code has a text of its own that errors.Is finds.
func TestErrors(t *testing.T) {
	cause := errors.New("cause")
	err := error(&issuer.Error{Code: issuer.ErrStore, Err: cause})
	if !errors.Is(err, issuer.ErrStore) || !errors.Is(err, cause) || errors.Is(err, issuer.ErrFull) || err.Error() != "issuer: store-unavailable: cause" {
		t.Error(err)
	}
	if err := error(&issuer.Error{Code: issuer.ErrFull}); !errors.Is(err, issuer.ErrFull) || err.Error() != "issuer: store-full" {
		t.Error(err)
	}
}

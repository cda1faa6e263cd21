package jwk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
)

func TestNewRemote_URL(t *testing.T) {
	for address, want := range map[string]string{
		"https://issuer.example/jwks":        "",
		"HTTPS://issuer.example:8443/j?a=b":  "",
		"http://localhost/jwks":              "",
		"http://LOCALHOST:8080/jwks":         "",
		"http://127.0.0.1:1/jwks":            "",
		"http://127.255.0.9/jwks":            "",
		"http://[::1]:8080/jwks":             "",
		"":                                   "empty",
		"issuer.example/jwks":                "absolute",
		"/jwks":                              "absolute",
		"https://":                           "absolute",
		"https:issuer.example":               "absolute",
		"https://issuer.example:x/s3cret":    "absolute",
		"http://issuer.example/s3cret":       "must be https",
		"http://localhost.example/s3cret":    "must be https",
		"http://127.0.0.1.example/s3cret":    "must be https",
		"http://10.0.0.1/s3cret":             "must be https",
		"http://0.0.0.0/s3cret":              "must be https",
		"http://[::]/s3cret":                 "must be https",
		"ftp://localhost/s3cret":             "must be https",
		"file://localhost/s3cret":            "must be https",
		"https://user:s3cret@issuer.example": "user name or password",
		"https://s3cret@issuer.example":      "user name or password",
		"http://localhost@evil.example/":     "user name or password",
	} {
		_, err := jwk.NewRemote(jwk.RemoteConfig{URL: address})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", address, err)
		case want != "" && (!errors.Is(err, jwk.ErrConfig) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret")):
			t.Errorf("%s: got %v, want an ErrConfig with %q and without the URL", address, err, want)
		}
	}
}

func TestNewRemote_NamesEveryMistakeAtOnce(t *testing.T) {
	_, err := jwk.NewRemote(jwk.RemoteConfig{
		URL:      "http://issuer.example",
		Header:   http.Header{"Authorization": {"Bearer s3cret\r\nX: y"}},
		TTL:      -1,
		Cooldown: -time.Second,
		MaxStale: -time.Hour,
	})
	for _, want := range []string{"must be https", "line break", "TTL is negative", "Cooldown is negative", "MaxStale is negative"} {
		if !errors.Is(err, jwk.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an ErrConfig with %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error shows the header: %v", err)
	}
}

func TestNewRemote_MaxStaleCoversTheTTL(t *testing.T) {
	for _, row := range []struct {
		ttl, maxStale time.Duration
		ok            bool
	}{
		{0, 0, true},
		{time.Hour, time.Hour, true},
		{time.Hour, time.Hour - 1, false},
		{0, time.Minute, false},
		{48 * time.Hour, 0, false},
	} {
		_, err := jwk.NewRemote(jwk.RemoteConfig{URL: "https://issuer.example", TTL: row.ttl, MaxStale: row.maxStale})
		if (err == nil) != row.ok || err != nil && !strings.Contains(err.Error(), "less than TTL") {
			t.Errorf("TTL %v, MaxStale %v: got %v", row.ttl, row.maxStale, err)
		}
	}
}

func TestNewRemote_HeaderNames(t *testing.T) {
	for _, name := range []string{"", "a b", "a:b", "a\n", "ä", "(a)"} {
		if _, err := jwk.NewRemote(jwk.RemoteConfig{URL: "https://issuer.example", Header: http.Header{name: {"v"}}}); !errors.Is(err, jwk.ErrConfig) {
			t.Errorf("%q: got %v, want an ErrConfig", name, err)
		}
	}
}

func TestRemoteConfig_RedactsItself(t *testing.T) {
	cfg := jwk.RemoteConfig{
		URL:    "https://issuer.example/jwks?key=s3cret-query",
		Header: http.Header{"Authorization": {"Bearer s3cret-header"}},
		Logger: quiet,
	}
	remote := must(jwk.NewRemote(cfg))
	const want = "jwk.RemoteConfig(https://issuer.example/jwks, redacted)"
	var all strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{cfg, &cfg} {
			if got := fmt.Sprintf(verb, value); got != want {
				t.Errorf("%s: got %s", verb, got)
			}
		}
		fmt.Fprintf(&all, verb, struct{ Cfg jwk.RemoteConfig }{cfg})
		fmt.Fprintf(&all, verb, remote)
		fmt.Fprintf(&all, verb, struct{ r *jwk.Remote }{remote})
	}
	all.Write(must(json.Marshal(map[string]any{"cfg": cfg, "remote": remote})))
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Any("cfg", cfg), slog.Any("remote", remote))
	slog.New(slog.NewJSONHandler(&log, nil)).LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Any("cfg", cfg), slog.Any("remote", remote))
	all.Write(log.Bytes())
	if strings.Contains(all.String(), "s3cret") || strings.Contains(all.String(), "733363726574") {
		t.Errorf("the secret is shown: %s", all.String())
	}
	if got := fmt.Sprint(jwk.RemoteConfig{URL: "https://user:s3cret@issuer.example"}); got != "jwk.RemoteConfig(invalid URL, redacted)" {
		t.Errorf("got %s", got)
	}
}

package jwk_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/machineauth/jwk"
)

func TestNewRemote_DurationsAreBounded(t *testing.T) {
	const year = 366 * 24 * time.Hour
	for name, set := range map[string]func(*jwk.RemoteConfig, time.Duration){
		"TTL":      func(c *jwk.RemoteConfig, d time.Duration) { c.TTL, c.MaxStale = d, year },
		"Cooldown": func(c *jwk.RemoteConfig, d time.Duration) { c.Cooldown = d },
		"MaxStale": func(c *jwk.RemoteConfig, d time.Duration) { c.MaxStale = d },
	} {
		for d, ok := range map[time.Duration]bool{year: true, year + 1: false, 1<<63 - 1: false} {
			cfg := jwk.RemoteConfig{URL: "https://issuer.example"}
			set(&cfg, d)
			if _, err := jwk.NewRemote(cfg); (err == nil) != ok || err != nil && !strings.Contains(err.Error(), name+" is negative or longer than a year") {
				t.Errorf("%s %v: got %v", name, d, err)
			}
		}
	}
}

// A negative MaxStale is one mistake, not two.
func TestNewRemote_NegativeMaxStale(t *testing.T) {
	_, err := jwk.NewRemote(jwk.RemoteConfig{URL: "https://issuer.example", MaxStale: -1})
	if !errors.Is(err, jwk.ErrConfig) || strings.Contains(err.Error(), "less than TTL") {
		t.Errorf("got %v", err)
	}
}

// RFC 9110 section 5.5: a tab may be in a field's value, and no other control character.
func TestNewRemote_HeaderValues(t *testing.T) {
	for value, ok := range map[string]bool{"a\tb": true, "ä": true, "a\x7fb": false, "a\x00b": false, "a\nb": false} {
		_, err := jwk.NewRemote(jwk.RemoteConfig{URL: "https://issuer.example", Header: http.Header{"A": {value}}})
		if (err == nil) != ok {
			t.Errorf("%q: got %v", value, err)
		}
	}
}

// The clock is that of the configuration: a set ages by it, and by no other.
func TestK4_TheClockIsConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		r, e := newRemote(t, jwk.RemoteConfig{Now: func() time.Time { return now }}, edPrivate("a"))
		expect(t, r, "a", nil)
		now = now.Add(10 * time.Minute)
		expect(t, r, "a", nil)
		synctest.Wait()
		e.fetched(t, 2)
	})
}

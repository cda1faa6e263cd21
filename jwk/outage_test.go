package jwk_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/machineauth/jwk"
)

var quiet = slog.New(slog.DiscardHandler)

// The endpoint goes down for longer than the TTL: no request by a known key fails until MaxStale.
func TestK3_KnownKeysOutliveTheEndpoint(t *testing.T) {
	for name, outage := range map[string]struct {
		status int
		delay  time.Duration
	}{"no answer": {down, 0}, "500": {500, 0}, "hangs": {0, hang}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet, TTL: time.Minute, MaxStale: time.Hour}, edPrivate("a"))
				key := expect(t, r, "a", nil)
				e.serve(outage.status, outage.delay)
				for range 59 {
					time.Sleep(time.Minute)
					expect(t, r, "a", nil)
				}
				time.Sleep(30 * time.Second)
				expect(t, r, "unknown", jwk.ErrUnavailable) // not ErrUnknownKey: nobody can tell
				time.Sleep(time.Minute)
				expect(t, r, "a", jwk.ErrUnavailable)
				expect(t, r, "unknown", jwk.ErrUnavailable)
				if key.Retired() {
					t.Error("nobody has said that the key is retired")
				}

				e.serve(0, 0)
				time.Sleep(30 * time.Second)
				if again := expect(t, r, "a", nil); again != key {
					t.Error("the same key came back as another one")
				}
			})
		})
	}
}

// During an outage the endpoint is asked after 1 s, 2 s, 4 s … and then once per cooldown, not for every token.
func TestK3_RefreshesBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet, TTL: time.Minute}, edPrivate("a"))
		expect(t, r, "a", nil)
		e.serve(down, 0)
		time.Sleep(time.Minute)
		began := time.Now()
		var at []int // seconds
		for seen := 1; time.Since(began) < 2*time.Minute; time.Sleep(time.Second) {
			expect(t, r, "a", nil)
			synctest.Wait()
			if e.fetches > seen {
				seen = e.fetches
				at = append(at, int(time.Since(began).Seconds()))
			}
		}
		want := []int{0, 1, 3, 7, 15, 31, 61, 91}
		if !slices.Equal(at, want) {
			t.Errorf("fetched at seconds %d, want %d", at, want)
		}
	})
}

// An unknown kid has one fetch per cooldown in an outage too, and an outage does not last longer for it.
func TestK3_UnknownKidDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := edPrivate("a"), edPrivate("b")
		r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet, TTL: time.Hour}, a)
		expect(t, r, "a", nil)
		e.serve(503, 0)
		for range 100 {
			expect(t, r, "b", jwk.ErrUnavailable)
		}
		time.Sleep(20 * time.Second)
		expect(t, r, "a", nil) // and doesn't have the set refreshed before its time
		synctest.Wait()
		e.fetched(t, 2)
		e.serve(0, 0, a, b)
		time.Sleep(10 * time.Second)
		expect(t, r, "b", nil)
		e.fetched(t, 3)
	})
}

// A refresh that failed in the background is not what an unknown kid has to wait for.
func TestK3_UnknownKidAfterAFailedRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := edPrivate("a"), edPrivate("b")
		r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet, TTL: time.Minute}, a)
		expect(t, r, "a", nil)
		e.serve(down, 0)
		time.Sleep(time.Minute)
		expect(t, r, "a", nil)
		synctest.Wait()
		e.fetched(t, 2)
		e.serve(0, 0, a, b)
		expect(t, r, "b", nil)
	})
}

// Nothing is loaded, and the endpoint is down: callers hear so at once, and a second after it is back they don't any more.
func TestK3_ColdOutageAndRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet}, edPrivate("a"))
		e.serve(500, 0)
		for range 100 {
			expect(t, r, "a", jwk.ErrUnavailable)
		}
		e.fetched(t, 1)
		e.serve(0, 0)
		time.Sleep(time.Second - 1)
		expect(t, r, "a", jwk.ErrUnavailable)
		time.Sleep(time.Nanosecond)
		expect(t, r, "a", nil)
		e.fetched(t, 2)

		// The outage leaves nothing behind: not for a rotation, not for an unknown kid.
		e.serve(0, 0, edPrivate("a"), edPrivate("b"))
		expect(t, r, "b", nil)
		expect(t, r, "unknown", jwk.ErrUnknownKey)
		expect(t, r, "unknown", jwk.ErrUnknownKey)
	})
}

func TestK3_ColdBackoffDoublesUpToTheCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet, Cooldown: 5 * time.Second}, edPrivate("a"))
		e.serve(500, 0)
		for n, wait := range []time.Duration{1, 2, 4, 5, 5} {
			expect(t, r, "a", jwk.ErrUnavailable)
			e.fetched(t, n+1)
			time.Sleep(wait*time.Second - 1)
			expect(t, r, "a", jwk.ErrUnavailable)
			e.fetched(t, n+1)
			time.Sleep(time.Nanosecond)
		}
		// The next outage starts from one second again.
		e.serve(0, 0)
		expect(t, r, "a", nil)
		e.serve(500, 0)
		time.Sleep(24 * time.Hour)
		expect(t, r, "a", jwk.ErrUnavailable)
		e.serve(0, 0)
		time.Sleep(time.Second)
		expect(t, r, "a", nil)
	})
}

// A set that ran out in quiet times is fetched anew by the caller who needs it, whatever unknown kids did before.
func TestK3_PastMaxStaleWaitsForTheNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := edPrivate("a"), edPrivate("b")
		r, e := newRemote(t, jwk.RemoteConfig{TTL: time.Second, MaxStale: 2 * time.Second}, a, b)
		keyA, keyB := expect(t, r, "a", nil), expect(t, r, "b", nil)
		expect(t, r, "unknown", jwk.ErrUnknownKey)
		e.serve(0, time.Second, a)
		time.Sleep(2 * time.Second)
		if again := expect(t, r, "a", nil); again != keyA || keyA.Retired() {
			t.Error("the same key came back as another one")
		}
		if !keyB.Retired() {
			t.Error("a key that left while the set was too old was not retired")
		}
	})
}

func TestK5_AHangingFetchEndsAfter5Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet}, edPrivate("a"))
		e.serve(0, hang)
		before := time.Now()
		expect(t, r, "a", jwk.ErrUnavailable)
		if waited := time.Since(before); waited != 5*time.Second {
			t.Errorf("waited for %v, want 5 s", waited)
		}
	})
}

// A bad answer does not cost the good set that is there.
func TestK5_ABadSetLeavesTheLastGoodOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet, TTL: time.Minute}, edPrivate("a"))
		key := expect(t, r, "a", nil)
		for _, body := range []string{"", "<html>", `{"keys":[]}`, `{"keys":[` + strings.Repeat("{},", 1000) + "{}]}", strings.Repeat(" ", 1<<20+1)} {
			e.body = []byte(body)
			time.Sleep(time.Minute)
			expect(t, r, "a", nil)
			synctest.Wait()
			if again := expect(t, r, "a", nil); again != key || r.Report().Usable != 1 {
				t.Errorf("after %.20q: the good set is gone", body)
			}
		}
		e.fetched(t, 6)
	})
}

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A hook of the user's that panics, or ends its goroutine, costs a fetch and nothing else.
func TestRemote_SurvivesTheUsersHooks(t *testing.T) {
	for name, row := range map[string]struct {
		hook func()
		want string
	}{
		"panic":         {func() { panic("Bearer s3cret") }, "a value of type string"},
		"runtime panic": {func() { _ = algorithms[len(algorithms)] }, "index out of range"},
		"Goexit":        {runtime.Goexit, "ended early"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				good := &endpoint{body: setOf(edPrivate("a"))}
				broken := true
				r := must(jwk.NewRemote(jwk.RemoteConfig{
					URL: "https://issuer.example/jwks", Logger: quiet,
					Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
						if broken {
							row.hook()
						}
						return good.RoundTrip(r)
					})},
				}))
				_, err := r.Key(t.Context(), "a")
				if !isCode(err, jwk.ErrUnavailable) || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("got %v, want an ErrUnavailable with %q", err, row.want)
				}
				broken = false
				time.Sleep(time.Second)
				expect(t, r, "a", nil)
			})
		})
	}
}

func TestRemote_LogsFailuresAndSkippedKeysOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		cfg := jwk.RemoteConfig{TTL: time.Minute, Logger: slog.New(slog.NewTextHandler(&log, nil))}
		r, e := newRemote(t, cfg)
		e.body = rawSet(jwkOf("a", jwk.ES256), jwkOf("b", jwk.RS256).without("alg"), jwkOf("c", jwk.EdDSA).with("use", "enc"))
		for range 3 {
			expect(t, r, "a", nil)
			synctest.Wait()
			time.Sleep(time.Minute)
		}
		e.serve(500, 0)
		expect(t, r, "a", nil)
		synctest.Wait()
		for text, want := range map[string]int{
			"keys of the set are skipped":          1,
			"keys of the set name no algorithm":    1,
			"could not be fetched":                 1,
			"status 500":                           1,
			"jwks=https://issuer.example/jwks":     3,
			jwkOf("a", jwk.ES256)["x"].(string):    0,
			`key 2 (kid \"c\"): its \"use\" is no`: 1,
		} {
			if got := strings.Count(log.String(), text); got != want {
				t.Errorf("%q: logged %d times, want %d, in\n%s", text, got, want, log.String())
			}
		}
	})
}

func TestClose_EndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r, e := newRemote(t, jwk.RemoteConfig{Logger: slog.New(slog.NewTextHandler(&log, nil)), TTL: time.Minute}, edPrivate("a"))
		expect(t, r, "a", nil)
		e.serve(0, hang)
		time.Sleep(time.Minute)
		expect(t, r, "a", nil) // starts a refresh
		waiter := make(chan error)
		go func() {
			_, err := r.Key(t.Context(), "unknown")
			waiter <- err
		}()
		synctest.Wait()
		before := time.Now()
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Error(err)
		}
		if err := <-waiter; !isCode(err, jwk.ErrUnavailable) || time.Since(before) != 0 {
			t.Errorf("a waiter got %v after %v", err, time.Since(before))
		}
		for _, kid := range []string{"a", "unknown"} {
			expect(t, r, kid, jwk.ErrUnavailable)
		}
		e.fetched(t, 2)
		if log.Len() > 0 {
			t.Errorf("closing is logged as a failure: %s", log.String())
		}
	}) // and waits for every goroutine that was started inside
}

// A transport that answers although the fetch was cancelled doesn't bring the set back.
func TestClose_OutlivesALateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		good := &endpoint{body: setOf(edPrivate("a"))}
		r := must(jwk.NewRemote(jwk.RemoteConfig{URL: "https://issuer.example/jwks", Logger: quiet,
			Client: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				time.Sleep(2 * time.Second)
				return good.RoundTrip(r.WithContext(t.Context()))
			})}}))
		waiter := make(chan error)
		go func() {
			_, err := r.Key(t.Context(), "a")
			waiter <- err
		}()
		synctest.Wait()
		before := time.Now()
		r.Close()
		if waited := time.Since(before); waited != 2*time.Second {
			t.Errorf("Close waited for %v, want 2 s", waited)
		}
		if err := <-waiter; !isCode(err, jwk.ErrUnavailable) {
			t.Errorf("a waiter got %v, want an ErrUnavailable", err)
		}
		expect(t, r, "a", jwk.ErrUnavailable)
	})
}

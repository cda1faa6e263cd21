package jwk_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/machineauth/jwk"
)

// Where a set is too old as soon as it is there, an unknown kid still has one fetch and not one after another.
func TestK2_OneFetchThoughTheSetIsOldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet, TTL: time.Second, MaxStale: time.Second}, edPrivate("a"))
		e.serve(0, 2*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := r.Key(ctx, "unknown"); err == nil || ctx.Err() != nil {
			t.Errorf("got %v after %v", err, ctx.Err())
		}
		e.fetched(t, 1)
	})
}

// Callers who find the set due while somebody else starts a fetch don't start another, nor does one who is overtaken by Close.
func TestK2_TheDecisionToRefreshIsMadeUnderTheLock(t *testing.T) {
	for _, closes := range []bool{false, true} {
		t.Run(fmt.Sprint("closed: ", closes), func(t *testing.T) {
			now, calls := time.Now(), make(chan func(), 2)
			clock := func() time.Time {
				select {
				case call := <-calls:
					call()
				default:
				}
				return now
			}
			r, e := newRemote(t, jwk.RemoteConfig{Logger: quiet, Cooldown: time.Hour, Now: clock}, edPrivate("a"))
			expect(t, r, "a", nil)
			if closes {
				expect(t, r, "unknown", jwk.ErrUnknownKey) // so that it has had its fetch below
			}
			now = now.Add(10 * time.Minute)

			// An unknown kid looks at the clock twice, the second time with the lock in its hand.
			held, release := make(chan struct{}), make(chan struct{})
			calls <- func() {}
			calls <- func() { close(held); <-release }
			var callers sync.WaitGroup
			callers.Go(func() { r.Key(t.Context(), "unknown") })
			<-held
			if closes {
				callers.Go(func() { r.Close() })
				time.Sleep(20 * time.Millisecond) // until it waits for the lock, and then the others behind it
			}
			for range 4 {
				callers.Go(func() { r.Key(t.Context(), "a") })
			}
			time.Sleep(20 * time.Millisecond)
			close(release)
			callers.Wait()
			time.Sleep(20 * time.Millisecond)
			e.fetched(t, 2)
		})
	}
}

// What is logged of a set is logged for keys that are skipped, for keys whose algorithm is assumed, and for neither where
// there are none.
func TestRemote_LogsWhatThereIs(t *testing.T) {
	good := jwkOf("a", jwk.EdDSA)
	for name, row := range map[string]struct {
		set           []byte
		skips, assume bool
	}{
		"all is well": {rawSet(good), false, false},
		"skipped":     {rawSet(good, good.with("kid", "b").with("use", "enc")), true, false},
		"assumed":     {rawSet(good.without("alg")), false, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			r, e := newRemote(t, jwk.RemoteConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			e.body = row.set
			expect(t, r, "a", nil)
			if got := log.String(); strings.Contains(got, "skipped") != row.skips || strings.Contains(got, "no algorithm") != row.assume {
				t.Errorf("%s: logged %q", name, got)
			}
		})
	}
}

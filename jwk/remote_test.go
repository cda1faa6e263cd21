package jwk_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/machineauth/jwk"
)

func TestRemote_FetchesNothingBeforeTheFirstKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{}, edPrivate("a"))
		time.Sleep(time.Hour)
		e.fetched(t, 0)
		expect(t, r, "a", nil)
		e.fetched(t, 1)
	})
}

func TestK1_KeysStayInTheirSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, yours := edPrivate("same"), edPrivate("same")
		a, _ := newRemote(t, jwk.RemoteConfig{}, mine, edPrivate("only a"))
		b, _ := newRemote(t, jwk.RemoteConfig{}, yours)
		keyA, keyB := expect(t, a, "same", nil), expect(t, b, "same", nil)
		if err := keyA.Verify(input, sign(t, yours, input)); err != jwk.ErrSignature {
			t.Errorf("a's key verifies b's signature: %v", err)
		}
		if err := keyB.Verify(input, sign(t, yours, input)); err != nil {
			t.Errorf("b's key: %v", err)
		}
		expect(t, b, "only a", jwk.ErrUnknownKey)
	})
}

// 10,000 unknown kids, one after the other and at once, cause one fetch per cooldown.
func TestK2_UnknownKidsShareOneFetchPerCooldown(t *testing.T) {
	for _, start := range []string{"warm", "cold"} {
		t.Run(start, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, e := newRemote(t, jwk.RemoteConfig{TTL: time.Hour}, edPrivate("a"))
				fetches := 0
				if start == "warm" {
					expect(t, r, "a", nil)
					fetches++
				}
				for round := range 3 {
					e.serve(0, time.Second)
					flood(t, r, round)
					fetches++
					e.fetched(t, fetches)
					expect(t, r, "a", nil)
					time.Sleep(30*time.Second - 1)
					expect(t, r, "still too early", jwk.ErrUnknownKey)
					e.fetched(t, fetches)
					time.Sleep(time.Nanosecond)
				}
			})
		})
	}
}

// flood asks for 10,000 kids that nobody has: half of them at once, the rest one after the other.
func flood(t *testing.T, r *jwk.Remote, round int) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range 5000 {
		wg.Go(func() { expectUnknown(t, r, fmt.Sprint("at once ", round, i)) })
	}
	wg.Wait()
	for i := range 5000 {
		expectUnknown(t, r, fmt.Sprint("in a row ", round, i))
	}
}

func expectUnknown(t *testing.T, r *jwk.Remote, kid string) {
	if key, err := r.Key(t.Context(), kid); key != nil || !isCode(err, jwk.ErrUnknownKey) {
		t.Errorf("kid %s: got %v, %v, want an ErrUnknownKey", kid, key, err)
	}
}

func isCode(err error, code jwk.Code) bool {
	e, ok := err.(*jwk.Error)
	return ok && e.Code == code
}

// Such a kid can be in no set, so that it isn't worth a fetch.
func TestK2_ImpossibleKidsCauseNoFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{}, edPrivate("a"))
		expect(t, r, "", jwk.ErrUnknownKey)
		expect(t, r, string(make([]byte, 257)), jwk.ErrUnknownKey)
		e.fetched(t, 0)
	})
}

// The first token that needs a new key gets it: neither the first load nor a rotation before it starts a cooldown.
func TestK2_RotationIsPickedUpByTheFirstTokenThatNeedsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := edPrivate("a"), edPrivate("b"), edPrivate("c")
		r, e := newRemote(t, jwk.RemoteConfig{}, a)
		expect(t, r, "a", nil)
		e.serve(0, 0, a, b)
		expect(t, r, "b", nil)
		e.serve(0, 0, b, c)
		expect(t, r, "c", nil)
		e.fetched(t, 3)
	})
}

// A key that is published while a refresh is under way, whose answer lacks it, is found all the same.
func TestK2_AFetchThatBeganBeforeTheQuestionIsNotTheLastWord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := edPrivate("a"), edPrivate("b")
		r, e := newRemote(t, jwk.RemoteConfig{}, a)
		expect(t, r, "a", nil)
		e.serve(0, time.Second)
		time.Sleep(10 * time.Minute)
		expect(t, r, "a", nil) // starts the refresh
		synctest.Wait()
		e.serve(0, time.Second, a, b)
		expect(t, r, "b", nil)
		e.fetched(t, 3)
	})
}

func TestK2_AKnownKeyNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{}, edPrivate("a"))
		expect(t, r, "a", nil)
		e.serve(0, hang)
		for range 1000 {
			time.Sleep(time.Minute)
			before := time.Now()
			expect(t, r, "a", nil)
			if waited := time.Since(before); waited != 0 {
				t.Fatalf("waited for %v", waited)
			}
		}
	})
}

// One refresh per TTL when it is used, none when it isn't, and never two at a time.
func TestK2_RefreshHappensInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{TTL: time.Minute}, edPrivate("a"))
		expect(t, r, "a", nil)
		time.Sleep(time.Minute - 1)
		expect(t, r, "a", nil)
		synctest.Wait()
		e.fetched(t, 1)
		e.serve(0, time.Second)
		time.Sleep(time.Nanosecond)
		var wg sync.WaitGroup
		for range 1000 {
			wg.Go(func() {
				if _, err := r.Key(t.Context(), "a"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		synctest.Wait()
		e.fetched(t, 2)
		time.Sleep(time.Hour)
		e.fetched(t, 2)
		expect(t, r, "a", nil)
		time.Sleep(2 * time.Second)
		e.fetched(t, 3)
	})
}

func TestK2_ACallersEndIsNotTheFetchsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{}, edPrivate("a"))
		e.serve(0, 3*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before := time.Now()
		_, err := r.Key(ctx, "a") // begins the fetch, and gives up
		if !isCode(err, jwk.ErrUnavailable) || ctx.Err() == nil || time.Since(before) != time.Second {
			t.Errorf("got %v after %v, want an ErrUnavailable after 1 s", err, time.Since(before))
		}
		if _, err := r.Key(ctx, "a"); !isCode(err, jwk.ErrUnavailable) {
			t.Errorf("ended context: got %v, want an ErrUnavailable", err)
		}
		expect(t, r, "a", nil) // another caller gets its result
		e.fetched(t, 1)
		if _, err := r.Key(ctx, "b"); !isCode(err, jwk.ErrUnavailable) {
			t.Errorf("ended context: got %v, want an ErrUnavailable", err)
		}
		synctest.Wait()
		e.fetched(t, 1) // nobody would wait for another one
	})
}

func TestK4_K6_AKeyThatLeftIsRetired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := edPrivate("a"), edPrivate("b")
		r, e := newRemote(t, jwk.RemoteConfig{}, a, b)
		keyA, keyB := expect(t, r, "a", nil), expect(t, r, "b", nil)
		signature := sign(t, a, input)
		if err := keyA.Verify(input, signature); err != nil {
			t.Fatal(err)
		}
		e.serve(0, 0, b)
		time.Sleep(10 * time.Minute)
		expect(t, r, "b", nil) // starts the refresh
		synctest.Wait()
		if !keyA.Retired() || keyA.Verify(input, signature) != jwk.ErrSignature {
			t.Error("the key that left still works")
		}
		expect(t, r, "a", jwk.ErrUnknownKey) // K6: replaced, not merged
		if again := expect(t, r, "b", nil); again != keyB || keyB.Retired() {
			t.Error("the key that stayed is another one now")
		}
	})
}

func TestK4_AKeyThatChangedIsRetired(t *testing.T) {
	rs := func(alg jwk.Algorithm) *jwk.PrivateKey { return must(jwk.NewPrivateKey("a", alg, rsaKey())) }
	for name, row := range map[string]struct{ before, after *jwk.PrivateKey }{
		"another key under its kid": {edPrivate("a"), edPrivate("a")},
		"another type":              {edPrivate("a"), rs(jwk.RS256)},
		"another algorithm":         {rs(jwk.RS256), rs(jwk.PS256)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, e := newRemote(t, jwk.RemoteConfig{}, row.before)
				old := expect(t, r, "a", nil)
				e.serve(0, 0, row.after)
				expect(t, r, "unknown", jwk.ErrUnknownKey) // fetches
				if key := expect(t, r, "a", nil); key == old || !old.Retired() {
					t.Error("the old key was not retired")
				} else if err := key.Verify(input, sign(t, row.after, input)); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestRemote_ReportIsOfTheLastSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, e := newRemote(t, jwk.RemoteConfig{}, edPrivate("a"))
		if got := r.Report(); got.Usable != 0 {
			t.Errorf("before the first set: got %+v", got)
		}
		expect(t, r, "a", nil)
		if got := r.Report(); got.Usable != 1 || got.Skipped != nil {
			t.Errorf("got %+v", got)
		}
		e.body = rawSet(jwkOf("b", jwk.RS256).without("alg"), jwkOf("c", jwk.ES256).with("use", "enc"))
		expect(t, r, "b", nil)
		if got := r.Report(); got.Usable != 1 || len(got.Skipped) != 1 || len(got.Assumed) != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// waiting is a context that tells when somebody waits on it.
type waiting struct {
	context.Context
	begun func()
}

func (w waiting) Done() <-chan struct{} {
	w.begun()
	return w.Context.Done()
}

func TestB1_1000CallersMakeOneCall(t *testing.T) {
	const callers = 1000
	release := make(chan struct{})
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		<-release
		saysOf(tokens.TypeM2M)(w, r)
	})
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.Timeout = time.Minute })

	var joined, done sync.WaitGroup
	joined.Add(callers)
	results := make([]*tokens.M2MToken, callers)
	for i := range callers {
		done.Go(func() {
			var err error
			if results[i], err = c.VerifyM2M(waiting{t.Context(), sync.OnceFunc(joined.Done)}, "mt_abc"); err != nil {
				t.Error(err)
			}
		})
	}
	joined.Wait()
	close(release)
	done.Wait()
	if got := len(b.asked()); got != 1 {
		t.Errorf("%d callers made %d calls, want 1", callers, got)
	}

	results[0].Scopes[0], results[0].ID = "changed", "changed"
	for _, token := range results[1:] {
		if token.Scopes[0] != "mch_us" || token.ID != "mt_1" {
			t.Fatal("what one caller changed, another sees")
		}
	}
}

func TestClient_CallsOfDifferentTokensAndTypesAreNotShared(t *testing.T) {
	var arrived sync.WaitGroup
	arrived.Add(3) // each request waits for the others: shared calls would never end
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		arrived.Done()
		arrived.Wait()
		if strings.HasPrefix(r.URL.Path, "/api_keys") {
			saysOf(tokens.TypeAPIKey)(w, r)
		} else {
			saysOf(tokens.TypeM2M)(w, r)
		}
	})
	c := b.client(t)
	var done sync.WaitGroup
	for _, ask := range []struct {
		raw  string
		kind tokens.Type
	}{{"mt_abc", tokens.TypeM2M}, {"mt_other", tokens.TypeM2M}, {"mt_abc", tokens.TypeAPIKey}} {
		done.Go(func() {
			if _, err := c.VerifyOpaque(t.Context(), ask.raw, ask.kind); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
}

func TestClient_OneCallerGoingAwayLeavesTheOthers(t *testing.T) {
	release, arrived := make(chan struct{}), make(chan struct{})
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-release
		saysOf(tokens.TypeM2M)(w, r)
	})
	c := b.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	joined := make(chan struct{})
	go func() {
		_, err := c.VerifyM2M(ctx, "mt_abc")
		first <- err
	}()
	<-arrived
	go func() {
		_, err := c.VerifyM2M(waiting{t.Context(), sync.OnceFunc(func() { close(joined) })}, "mt_abc")
		second <- err
	}()
	<-joined
	cancel()
	if err := <-first; code(err) != tokens.ErrBackendUnavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("who went away got %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("who stayed got %v", err)
	}
}

// clockwork is a clock that a test moves.
type clockwork struct{ time.Time }

func (c *clockwork) now() time.Time          { return c.Time }
func (c *clockwork) advance(d time.Duration) { c.Time = c.Add(d) }

// cached returns a Client that remembers for a minute, refusals for ten seconds, at a clock that the test moves.
func (b *fakeBackend) cached(t testing.TB, change ...func(*tokens.ClientConfig)) (*tokens.Client, *clockwork) {
	at := &clockwork{now}
	return b.client(t, append([]func(*tokens.ClientConfig){func(cfg *tokens.ClientConfig) {
		cfg.OpaqueTTL, cfg.NegativeTTL, cfg.Now = time.Minute, 10*time.Second, at.now
	}}, change...)...), at
}

// verifyM2M verifies raw and sees that the backend has been asked so often by then.
func verifyM2M(t *testing.T, c *tokens.Client, b *fakeBackend, raw string, want tokens.Code, asked int) {
	t.Helper()
	token, err := c.VerifyM2M(t.Context(), raw)
	if got := code(err); got != want || (token == nil) != (err != nil) {
		t.Errorf("VerifyM2M = %v, %v; want code %q", token, err, want)
	}
	if got := len(b.asked()); got != asked {
		t.Errorf("the backend was asked %d times, want %d", got, asked)
	}
}

var revoked = saysOf(tokens.TypeM2M, "revoked", `true`)

func TestClient_WithoutTheCacheARevokedTokenStopsWorkingAtOnce(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	c := b.client(t)
	verifyM2M(t, c, b, "mt_abc", "", 1)
	verifyM2M(t, c, b, "mt_abc", "", 2)
	b.answer(revoked)
	verifyM2M(t, c, b, "mt_abc", tokens.ErrRevoked, 3)
}

func TestClient_WithTheCacheARevokedTokenStopsWorkingWithinTheTTL(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	c, at := b.cached(t)
	verifyM2M(t, c, b, "mt_abc", "", 1)
	b.answer(revoked)
	at.advance(time.Minute - 1)
	verifyM2M(t, c, b, "mt_abc", "", 1)
	at.advance(1)
	verifyM2M(t, c, b, "mt_abc", tokens.ErrRevoked, 2)
}

func TestClient_InvalidateStopsARevokedTokenAtOnce(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	c, _ := b.cached(t)
	verifyM2M(t, c, b, "mt_abc", "", 1)
	b.answer(revoked)
	c.Invalidate("mt_other")
	verifyM2M(t, c, b, "mt_abc", "", 1)
	c.Invalidate("mt_1")
	verifyM2M(t, c, b, "mt_abc", tokens.ErrRevoked, 2)
}

func TestClient_RevokingInvalidates(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	c, _ := b.cached(t)
	verifyM2M(t, c, b, "mt_abc", "", 1)
	b.answer(revoked)
	if err := c.RevokeM2M(t.Context(), "mt_1", ""); err != nil {
		t.Fatal(err)
	}
	verifyM2M(t, c, b, "mt_abc", tokens.ErrRevoked, 3)
}

// A call that was under way when Invalidate was called may have been answered before the token was revoked: nobody who comes
// later gets that answer, neither by waiting with the others nor from the cache.
func TestClient_InvalidateConcernsCallsUnderWay(t *testing.T) {
	release, arrived := make(chan struct{}), make(chan struct{})
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-release
		saysOf(tokens.TypeM2M)(w, r)
	})
	c, _ := b.cached(t)
	early := make(chan error)
	go func() {
		_, err := c.VerifyM2M(t.Context(), "mt_abc")
		early <- err
	}()
	<-arrived
	b.answer(revoked)
	c.Invalidate("mt_1")
	verifyM2M(t, c, b, "mt_abc", tokens.ErrRevoked, 2) // while the first call is still under way
	close(release)
	if err := <-early; err != nil {
		t.Error(err)
	}
	verifyM2M(t, c, b, "mt_abc", tokens.ErrRevoked, 2)
}

func TestClient_CacheEndsWithTheToken(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M, "expiration", millis(now.Add(30*time.Second))))
	c, at := b.cached(t)
	verifyM2M(t, c, b, "mt_abc", "", 1)
	at.advance(30*time.Second - 1)
	verifyM2M(t, c, b, "mt_abc", "", 1)
	at.advance(1)
	verifyM2M(t, c, b, "mt_abc", tokens.ErrExpired, 2)
}

func TestClient_RefusalsAreRememberedForLess(t *testing.T) {
	for _, tt := range []struct {
		handler http.HandlerFunc
		want    tokens.Code
	}{
		{says(http.StatusNotFound, `{}`), tokens.ErrInvalid},
		{revoked, tokens.ErrRevoked},
		{saysOf(tokens.TypeM2M, "expired", `true`), tokens.ErrExpired},
		{saysOf(tokens.TypeM2M, "subject", `"user_1"`), tokens.ErrSubject},
	} {
		b := newFakeBackend(t, tt.handler)
		c, at := b.cached(t)
		verifyM2M(t, c, b, "mt_abc", tt.want, 1)
		at.advance(10*time.Second - 1)
		verifyM2M(t, c, b, "mt_abc", tt.want, 1)
		at.advance(1)
		verifyM2M(t, c, b, "mt_abc", tt.want, 2)
	}
}

func TestClient_OutagesAreNotRemembered(t *testing.T) {
	for _, tt := range []struct {
		status int
		want   tokens.Code
		asked  int
	}{{500, tokens.ErrBackendUnavailable, 3}, {401, tokens.ErrSecretKey, 1}, {200, tokens.ErrBackendUnavailable, 1}} {
		b := newFakeBackend(t, says(tt.status, `{}`))
		c, _ := b.cached(t)
		verifyM2M(t, c, b, "mt_abc", tt.want, tt.asked)
		b.answer(saysOf(tokens.TypeM2M))
		verifyM2M(t, c, b, "mt_abc", "", tt.asked+1)
	}
}

// verifyMany verifies n tokens and returns how often the backend was asked.
func verifyMany(t *testing.T, c *tokens.Client, b *fakeBackend, n int) int {
	t.Helper()
	before := len(b.asked())
	for i := range n {
		_, _ = c.VerifyM2M(t.Context(), fmt.Sprint("mt_", i))
	}
	return len(b.asked()) - before
}

func TestClient_CacheIsBounded(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		size    int
	}{
		"accepted":     {saysOf(tokens.TypeM2M), 10},
		"refused":      {says(http.StatusNotFound, `{}`), 40},
		"large claims": {saysOf(tokens.TypeM2M, "claims", `{"a":"`+strings.Repeat("x", 100<<10)+`"}`), 100},
		"many scopes":  {saysOf(tokens.TypeM2M, "scopes", `["mch_us"`+strings.Repeat(`,"x"`, 5<<10)+`]`), 100},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newFakeBackend(t, tt.handler)
			c, _ := b.cached(t, func(cfg *tokens.ClientConfig) { cfg.CacheSize = tt.size })
			verifyMany(t, c, b, 200)
			if asked := verifyMany(t, c, b, 200); asked < 150 {
				t.Errorf("of 200 tokens, %d are remembered; there is room for about 10", 200-asked)
			}
		})
	}
}

func TestClient_RefusalsCannotPushOutGoodTokens(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	c, _ := b.cached(t, func(cfg *tokens.ClientConfig) { cfg.CacheSize = 1 })
	verifyM2M(t, c, b, "mt_good", "", 1)
	b.answer(says(http.StatusNotFound, `{}`))
	asked := 1 + verifyMany(t, c, b, 200)
	verifyM2M(t, c, b, "mt_good", "", asked)
}

func TestClient_CachedTokensAreTheCallersOwn(t *testing.T) {
	for _, kind := range opaqueTypes {
		b := newFakeBackend(t, saysOf(kind))
		c, _ := b.cached(t)
		for range 3 {
			token, err := c.VerifyOpaque(t.Context(), opaqueTokens[kind], kind)
			if err != nil {
				t.Fatal(err)
			}
			var lists [][]string
			switch token := token.(type) {
			case *tokens.M2MToken:
				lists, token.ID = [][]string{token.Scopes}, "changed"
			case *tokens.OAuthToken:
				lists, token.ID = [][]string{token.Scopes, token.Audience}, "changed"
			case *tokens.APIKey:
				lists, token.ID = [][]string{token.Scopes}, "changed"
			}
			for _, list := range lists {
				if list[0] == "changed" {
					t.Errorf("%s: what one caller changed, another sees", kind)
				}
				list[0] = "changed"
			}
		}
		if got := len(b.asked()); got != 1 {
			t.Errorf("%s: the backend was asked %d times", kind, got)
		}
	}
}

func TestClient_ErrorsAreTheCallersOwn(t *testing.T) {
	b := newFakeBackend(t, says(http.StatusNotFound, `{}`))
	c, _ := b.cached(t)
	for range 2 {
		_, err := c.VerifyM2M(t.Context(), "mt_abc")
		e, ok := err.(*tokens.Error)
		if !ok || e.Code != tokens.ErrInvalid {
			t.Fatal(err)
		}
		e.Code = "changed"
	}
}

// Verifying, revoking and forgetting at the same time is what the race detector is for.
func TestClient_ConcurrentUse(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	c := b.client(t, func(cfg *tokens.ClientConfig) {
		cfg.OpaqueTTL, cfg.CacheSize, cfg.Timeout = time.Minute, 3, time.Minute
	})
	var done sync.WaitGroup
	for i := range 16 {
		done.Go(func() {
			for j := range 25 {
				token, err := c.VerifyM2M(t.Context(), fmt.Sprint("mt_", (i+j)%5))
				if err != nil {
					t.Error(err)
					return
				}
				token.Scopes[0] = "changed"
				c.Invalidate(token.ID)
			}
		})
	}
	done.Wait()
}

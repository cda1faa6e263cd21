package outbound_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/outbound"
)

// mint counts what it mints: token-1, token-2 and so on, each for the life that it has at that moment.
type mint struct {
	n    atomic.Int32
	life time.Duration // zero: for ever
	took time.Duration
	err  error
}

func (m *mint) mint(ctx context.Context) (tokens.Secret, time.Time, error) {
	n := m.n.Add(1)
	select {
	case <-time.After(m.took):
	case <-ctx.Done():
		return tokens.Secret{}, time.Time{}, ctx.Err()
	}
	if m.err != nil {
		return tokens.Secret{}, time.Time{}, m.err
	}
	var expires time.Time
	if m.life != 0 {
		expires = time.Now().Add(m.life)
	}
	return tokens.NewSecret(fmt.Sprint("token-", n)), expires, nil
}

func newSource(t testing.TB, m *mint, change ...func(*outbound.SourceConfig)) *outbound.Source {
	t.Helper()
	cfg := outbound.SourceConfig{Mint: m.mint, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	s, err := outbound.NewSource(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// expectToken sees that a source now gives this token.
func expectToken(t *testing.T, s *outbound.Source, want string) {
	t.Helper()
	token, err := s.Token()
	if err != nil || token.AccessToken != want || token.TokenType != "Bearer" {
		t.Errorf("Token() = %+v, %v; want %s", token, err, want)
	}
}

// In the bubbles of synctest, time passes when everybody sleeps, and at once.

func TestSource_RenewsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: time.Hour, took: time.Second}
		s := newSource(t, m)
		expectToken(t, s, "token-1")
		time.Sleep(41 * time.Minute) // a fifth of an hour is 12 minutes, and the jitter 6
		expectToken(t, s, "token-1")
		if got := m.n.Load(); got != 1 {
			t.Errorf("minted %d tokens, too early", got)
		}
		time.Sleep(8 * time.Minute)
		start := time.Now()
		expectToken(t, s, "token-1") // good for some minutes still; nobody waits
		if time.Since(start) != 0 {
			t.Error("the caller waited for the renewal")
		}
		time.Sleep(2 * time.Second)
		expectToken(t, s, "token-2")
		if got := m.n.Load(); got != 2 {
			t.Errorf("minted %d tokens", got)
		}
	})
}

func TestSource_RenewBefore(t *testing.T) {
	for _, tt := range []struct{ life, before, notYet, then time.Duration }{
		{time.Hour, 30 * time.Minute, 23 * time.Minute, 30 * time.Minute},
		{time.Hour, 2 * time.Hour, 23 * time.Minute, 30 * time.Minute}, // at most half its life
		{time.Minute, 0, 41 * time.Second, 48 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := &mint{life: tt.life}
			s := newSource(t, m, func(cfg *outbound.SourceConfig) { cfg.RenewBefore = tt.before })
			expectToken(t, s, "token-1")
			time.Sleep(tt.notYet)
			expectToken(t, s, "token-1")
			synctest.Wait()
			if got := m.n.Load(); got != 1 {
				t.Errorf("%+v: renewed too early", tt)
			}
			time.Sleep(tt.then - tt.notYet)
			expectToken(t, s, "token-1")
			synctest.Wait()
			if got := m.n.Load(); got != 2 {
				t.Errorf("%+v: not renewed", tt)
			}
		})
	}
}

// Without the jitter, instances that start together would renew together for ever.
func TestSource_Jitter(t *testing.T) {
	renewed := make(map[time.Duration]bool)
	for range 10 {
		synctest.Test(t, func(t *testing.T) {
			m := &mint{life: time.Hour}
			s, start := newSource(t, m), time.Now()
			for m.n.Load() < 2 {
				_, _ = s.Token()
				synctest.Wait()
				time.Sleep(time.Second)
			}
			renewed[time.Since(start)] = true
		})
	}
	if len(renewed) == 1 {
		t.Errorf("all renewed after %v", renewed)
	}
}

func TestSource_WaitsWhenTheTokenIsAboutToExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: time.Hour, took: time.Second}
		s := newSource(t, m)
		expectToken(t, s, "token-1")
		time.Sleep(time.Hour - 10*time.Second)
		expectToken(t, s, "token-2")
	})
}

func TestSource_TokenThatNeverExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, &mint{})
		expectToken(t, s, "token-1")
		time.Sleep(1000 * time.Hour)
		expectToken(t, s, "token-1")
	})
}

func TestSource_Coalesces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: time.Hour, took: time.Second}
		s := newSource(t, m)
		all := func(want string) {
			var done sync.WaitGroup
			for range 1000 {
				done.Go(func() { expectToken(t, s, want) })
			}
			done.Wait()
		}
		all("token-1")
		time.Sleep(time.Hour)
		all("token-2")
		s.Invalidate("token-2")
		all("token-3")
		if got := m.n.Load(); got != 3 {
			t.Errorf("3,000 callers minted %d tokens, want 3", got)
		}
	})
}

func TestSource_OneCallerGoingAwayLeavesTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, &mint{took: 2 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() {
			token, err := s.TokenContext(ctx)
			if token != nil || !errors.Is(err, outbound.ErrToken) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("who went away got %v, %v", token, err)
			}
		}()
		time.Sleep(time.Millisecond)
		expectToken(t, s, "token-1")
	})
}

func TestSource_Failure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: time.Hour, err: errors.New("the issuer is down")}
		s := newSource(t, m)
		for range 100 {
			token, err := s.Token()
			if token != nil || !errors.Is(err, outbound.ErrToken) || !errors.Is(err, m.err) {
				t.Fatalf("Token() = %v, %v", token, err)
			}
		}
		if got := m.n.Load(); got != 1 {
			t.Errorf("asked an issuer that is down %d times in a row", got)
		}
		m.err = nil
		time.Sleep(time.Second)
		expectToken(t, s, "token-2")
	})
}

func TestSource_FailedRenewalLeavesTheOldToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		m := &mint{life: time.Hour}
		s := newSource(t, m, func(cfg *outbound.SourceConfig) { cfg.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
		expectToken(t, s, "token-1")
		m.err = errors.New("the issuer is down")
		time.Sleep(50 * time.Minute)
		for range 100 {
			expectToken(t, s, "token-1")
			synctest.Wait()
		}
		if got := m.n.Load(); got != 2 {
			t.Errorf("asked an issuer that is down %d times in a row", got-1)
		}
		if got := strings.Count(log.String(), "level=WARN"); got != 1 || strings.Contains(log.String(), "token-1") {
			t.Errorf("the log says %s", &log)
		}
		time.Sleep(10 * time.Minute)
		if token, err := s.Token(); !errors.Is(err, m.err) {
			t.Errorf("after the expiry: %v, %v", token, err)
		}
		m.err = nil
		time.Sleep(time.Second)
		expectToken(t, s, "token-4")
	})
}

func TestSource_Invalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mint{life: time.Hour}
		s := newSource(t, m)
		s.Invalidate("") // nothing is held yet
		expectToken(t, s, "token-1")
		s.Invalidate("token-0")
		expectToken(t, s, "token-1")
		s.Invalidate("token-1")
		expectToken(t, s, "token-2")
		s.Invalidate("token-2") // too soon: somebody refuses every token
		expectToken(t, s, "token-2")
		time.Sleep(5 * time.Second)
		m.err = errors.New("the issuer is down")
		s.Invalidate("token-2")
		expectToken(t, s, "token-2") // better than none
		m.err = nil
		time.Sleep(time.Second)
		expectToken(t, s, "token-4")
	})
}

func TestSource_BadMinters(t *testing.T) {
	tests := map[string]outbound.Minter{ // by what the error says
		"panicked": func(context.Context) (tokens.Secret, time.Time, error) { panic("token-1") },
		"empty":    func(context.Context) (tokens.Secret, time.Time, error) { return tokens.Secret{}, time.Time{}, nil },
		"cannot be sent in a header": func(context.Context) (tokens.Secret, time.Time, error) {
			return tokens.NewSecret("token-1\r\nX: y"), time.Time{}, nil
		},
		"clock right": func(context.Context) (tokens.Secret, time.Time, error) {
			return tokens.NewSecret("token-1"), time.Now().Add(-time.Second), nil
		},
		"deadline exceeded": func(ctx context.Context) (tokens.Secret, time.Time, error) {
			<-ctx.Done()
			return tokens.Secret{}, time.Time{}, ctx.Err()
		},
	}
	for want, mint := range tests {
		t.Run(want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := outbound.NewSource(outbound.SourceConfig{Mint: mint, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
				if err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				for range 2 {
					token, err := s.Token()
					if token != nil || !errors.Is(err, outbound.ErrToken) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "token-1") {
						t.Errorf("Token() = %v, %v", token, err)
					}
					synctest.Wait()
				}
				if took := time.Since(start); took > 2*time.Minute {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

func TestSource_TokensAreTheCallersOwn(t *testing.T) {
	s := newSource(t, &mint{life: time.Hour})
	token, err := s.Token()
	if err != nil {
		t.Fatal(err)
	}
	token.AccessToken = "changed"
	expectToken(t, s, "token-1")
}

func TestSource_Redacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, &mint{life: time.Hour})
		expectToken(t, s, "token-1")
		synctest.Wait()
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			if got := fmt.Sprintf(verb, s); strings.Contains(got, "token-1") {
				t.Errorf("printed as %s", got)
			}
		}
	})
}

func TestNewSource_Mistakes(t *testing.T) {
	m := &mint{}
	for want, cfg := range map[string]outbound.SourceConfig{
		"Mint":        {},
		"RenewBefore": {Mint: m.mint, RenewBefore: -1},
		"Timeout":     {Mint: m.mint, Timeout: -1},
	} {
		s, err := outbound.NewSource(cfg)
		if s != nil || !errors.Is(err, outbound.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("NewSource = %v, %v; want an error about %s", s, err, want)
		}
	}
}

// A Mint that never returns costs its callers a timeout, and the next ones nothing.
func TestSource_HungMint(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	var calls atomic.Int32
	source, err := outbound.NewSource(outbound.SourceConfig{Timeout: 50 * time.Millisecond, Mint: func(context.Context) (tokens.Secret, time.Time, error) {
		if calls.Add(1) == 1 {
			<-hang
		}
		return tokens.NewSecret("good"), time.Now().Add(time.Hour), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.Token(); !errors.Is(err, outbound.ErrToken) {
		t.Fatalf("error %v, want ErrToken", err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		token, err := source.Token()
		if err == nil && token.AccessToken == "good" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still no token: %v", err)
		}
	}
}

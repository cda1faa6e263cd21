package tokens

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// verifications sees that a backend is asked about a token once at a time, however many requests bring it, and remembers the
// answer where the user has opted for it.
type verifications struct {
	calls singleflight.Group
	epoch atomic.Uint64 // counts the calls of invalidate: no answer from before one is used after it
	cache *answerCache  // nil: remember nothing

	timeout                time.Duration
	opaqueTTL, negativeTTL time.Duration
	now                    func() time.Time
	logger                 *slog.Logger
}

func newVerifications(cfg backendConfig) *verifications {
	v := &verifications{timeout: cfg.timeout, opaqueTTL: cfg.opaqueTTL, negativeTTL: cfg.negativeTTL, now: cfg.now, logger: cfg.logger}
	if cfg.opaqueTTL > 0 {
		v.cache = newAnswerCache(cfg.cacheSize)
	}
	return v
}

// verify returns what ask returns for a token of type t, or what it returned to somebody else. ask outlives a caller who goes
// away, because others may wait for it; it has to end by itself.
func (v *verifications) verify(ctx context.Context, raw string, t Type, ask func(context.Context) (Token, error)) (Token, error) {
	key := sum(string(t) + " " + raw) // no token is kept longer than its request
	if v.cache != nil {
		if known, ok := v.cache.get(key, v.now()); ok {
			return answerTo(t, known.token, known.err)
		}
	}
	epoch := v.epoch.Load()
	detached := context.WithoutCancel(ctx)
	call := v.calls.DoChan(callKey(key, epoch), func() (any, error) {
		token, err := v.guard(detached, ask)
		v.remember(key, epoch, token, err)
		return token, err
	})
	ctx, cancel := context.WithTimeout(ctx, v.timeout)
	defer cancel()
	select {
	case <-ctx.Done():
		return nil, ofType(t, unavailable(ctx.Err()))
	case result := <-call:
		token, _ := result.Val.(Token)
		return answerTo(t, token, result.Err)
	}
}

// answerTo returns to one caller a copy of what all callers share.
func answerTo(t Type, token Token, err error) (Token, error) {
	if err != nil {
		return nil, ofType(t, err)
	}
	return token.clone(), nil
}

// callKey names the call about a token. After invalidate it is another call.
func callKey(key digest, epoch uint64) string {
	return string(binary.BigEndian.AppendUint64(key[:], epoch))
}

// guard calls ask. Its panic, of a user's http.RoundTripper say, would otherwise end the process: it happens in a goroutine
// of ours.
func (v *verifications) guard(ctx context.Context, ask func(context.Context) (Token, error)) (token Token, err error) {
	defer func() {
		if p := recover(); p != nil {
			v.logger.Error("the HTTP client panicked while a token was verified", "stack", string(debug.Stack()))
			token, err = nil, unavailable(errors.New("the HTTP client panicked"))
		}
	}()
	return ask(ctx)
}

// remember caches an answer that will hold for a while: not that the backend could not be asked.
func (v *verifications) remember(key digest, epoch uint64, token Token, err error) {
	if v.cache == nil {
		return
	}
	now := v.now()
	known := &verdict{token: token, err: err}
	switch {
	case err == nil:
		known.until = now.Add(v.opaqueTTL)
		if expires := token.meta().ExpiresAt; !expires.IsZero() && expires.Before(known.until) {
			known.until = expires
		}
	case isFinal(err):
		known.until = now.Add(v.negativeTTL)
	default:
		return
	}
	v.cache.put(key, known, func() bool { return v.epoch.Load() == epoch })
}

// isFinal reports whether a token that was refused with err will never be accepted.
func isFinal(err error) bool {
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrRevoked) || errors.Is(err, ErrExpired) || errors.Is(err, ErrSubject)
}

// invalidate forgets the token with an ID, and what the calls now under way will find out.
func (v *verifications) invalidate(id string) {
	v.epoch.Add(1)
	if v.cache != nil {
		v.cache.forget(id)
	}
}

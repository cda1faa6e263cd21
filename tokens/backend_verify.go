package tokens

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// verifications sees that a backend is asked about a token once at a time, however many requests bring it, and remembers the
// answer where the user has opted for it.
type verifications struct {
	calls singleflight.Group

	mu         sync.Mutex
	waiting    map[string]*waiters // by call
	maxWaiting int                 // calls; one more is answered at once

	epoch atomic.Uint64 // counts the calls of invalidate: no answer from before one is used after it
	cache *answerCache  // nil: remember nothing

	timeout                time.Duration
	opaqueTTL, negativeTTL time.Duration
	now                    func() time.Time
	logger                 *slog.Logger
}

func newVerifications(cfg backendConfig) *verifications {
	v := &verifications{waiting: make(map[string]*waiters), maxWaiting: max(1024, 16*cfg.maxConcurrent), timeout: cfg.timeout, opaqueTTL: cfg.opaqueTTL, negativeTTL: cfg.negativeTTL, now: cfg.now, logger: cfg.logger}
	if cfg.opaqueTTL > 0 {
		v.cache = newAnswerCache(cfg.cacheSize)
	}
	return v
}

// waiters are the callers who wait for one call. It ends with the last of them.
type waiters struct {
	count  int
	ctx    context.Context
	cancel context.CancelFunc
}

// join adds a caller to those who wait for a call; false where too many calls are under way.
func (v *verifications) join(ctx context.Context, key string) (*waiters, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	w := v.waiting[key]
	if w == nil {
		if len(v.waiting) >= v.maxWaiting {
			return nil, false
		}
		w = new(waiters)
		w.ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
		v.waiting[key] = w
	}
	w.count++
	return w, true
}

// leave takes a caller away. After the last one nobody wants the answer, and the next caller asks anew.
func (v *verifications) leave(key string, w *waiters) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if w.count--; w.count == 0 {
		w.cancel()
		delete(v.waiting, key)
		v.calls.Forget(key)
	}
}

// verify returns what ask returns for a token of type t, or what it returned to somebody else. ask outlives a caller who goes
// away as long as others wait for it.
func (v *verifications) verify(ctx context.Context, raw string, t Type, ask func(context.Context) (Token, error)) (Token, error) {
	key := sum(string(t) + " " + raw) // no token is kept longer than its request
	if v.cache != nil {
		if known, ok := v.cache.get(key, v.now()); ok {
			return answerTo(t, known.token, known.err)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, ofType(t, unavailable(err))
	}
	epoch := v.epoch.Load()
	name := callKey(key, epoch)
	w, ok := v.join(ctx, name)
	if !ok {
		return nil, ofType(t, unavailable(errors.New("too many tokens are being verified")))
	}
	defer v.leave(name, w)
	call := v.calls.DoChan(name, func() (any, error) {
		token, err := v.guard(w.ctx, ask)
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
	return errors.Is(err, ErrInvalid) || errors.Is(err, ErrRevoked) || errors.Is(err, ErrExpired) || errors.Is(err, ErrSubject) ||
		errors.Is(err, ErrAudience) || errors.Is(err, ErrIssuer) || errors.Is(err, ErrTypeMismatch) || errors.Is(err, ErrSenderConstrained)
}

// invalidate forgets the token with an ID, and what the calls now under way will find out.
func (v *verifications) invalidate(id string) {
	v.epoch.Add(1)
	if v.cache != nil {
		v.cache.forget(id)
	}
}

package jwk

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"
)

// flight is one fetch. There is at most one at a time, and everybody who needs its result waits for it (K2).
type flight struct {
	kid     string        // that a caller asked for; empty for a refresh in the background
	started time.Duration // by the clock
	ended   time.Duration

	// The result, to be read once done is closed.
	keys   map[string]*Key
	report Report
	err    error // an ErrUnavailable
	done   chan struct{}
}

// start begins a fetch. The caller holds the lock.
func (r *Remote) start(kid string, now time.Duration) *flight {
	f := &flight{kid: kid, started: now, ended: now, done: make(chan struct{})}
	r.flight = f
	r.due.Store(math.MaxInt64) // nobody needs to look for a refresh before this one has landed
	go r.fly(f)
	return f
}

// fly fetches on behalf of all callers: its deadline is its own, and no caller's end is its end.
func (r *Remote) fly(f *flight) {
	defer close(f.done)
	defer r.land(f)
	defer func() { // transport, clock and logger are the user's
		if p := recover(); p != nil {
			f.err = &Error{Code: ErrUnavailable, Err: fmt.Errorf("panic in the HTTP transport, the clock or the logger: %s", describe(p))}
		}
	}()
	f.err = fail(ErrUnavailable, "the fetch ended early") // in case of runtime.Goexit
	ctx, cancel := context.WithTimeout(r.ctx, r.timeout)
	defer cancel()

	keys, report, err := r.fetch(ctx)
	f.ended = r.clock()
	if err != nil {
		f.err = &Error{Code: ErrUnavailable, Err: err}
		if r.ctx.Err() == nil {
			r.log.Warn("jwk: the key set could not be fetched", "error", err)
		}
		return
	}
	f.keys, f.report = r.keepKnown(keys), report
	r.logReport(f.report)
	f.err = nil
}

// describe says what a panic was about without its value, which may be anything, the request included.
func describe(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a value of type %T", p)
}

// keepKnown puts the keys that are known already in the place of their equals, so that verifications by them go on being
// valid (K4). They are known even when their set is too old to be used.
func (r *Remote) keepKnown(keys map[string]*Key) map[string]*Key {
	if old := r.current.Load(); old != nil {
		for kid, key := range keys {
			if known := old.keys[kid]; known != nil && known.equal(key) {
				keys[kid] = known
			}
		}
	}
	return keys
}

// logReport says once what is to be said about a set, not again after every refresh.
func (r *Remote) logReport(report Report) {
	if old := r.Report(); slices.Equal(old.Skipped, report.Skipped) && slices.Equal(old.Assumed, report.Assumed) {
		return
	}
	if n := len(report.Skipped); n > 0 {
		r.log.Warn("jwk: keys of the set are skipped, Report names them", "count", n, "first", report.Skipped[0].String())
	}
	if n := len(report.Assumed); n > 0 {
		r.log.Info("jwk: keys of the set name no algorithm, Report names them", "count", n, "first", report.Assumed[0].String())
	}
}

// land publishes the result, and decides when there may be another fetch.
func (r *Remote) land(f *flight) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flight = nil
	if r.closed {
		f.keys, f.err = nil, fail(ErrUnavailable, "the key set was closed")
		return
	}
	if f.err != nil {
		r.afterFailure(f)
	} else {
		r.afterSuccess(f)
	}
}

func (r *Remote) afterSuccess(f *flight) {
	r.failures, r.failed = 0, nil
	old := r.current.Load()
	r.current.Store(&snapshot{f.keys, f.started, f.report}) // replaces the set, never merges into it (K6)
	r.due.Store(int64(f.started + r.ttl))
	if old != nil {
		for kid, key := range old.keys {
			if f.keys[kid] != key {
				key.retired.Store(true) // K4
			}
		}
	}
	if f.kid != "" && f.keys[f.kid] == nil {
		r.allowed = f.ended + r.cooldown // an unknown kid has had its fetch (K2)
	}
}

func (r *Remote) afterFailure(f *flight) {
	r.failures++
	r.failed = f.err
	r.retry = f.ended + r.backoff()
	s := r.current.Load()
	if s != nil {
		r.due.Store(int64(max(r.retry, s.loaded+r.ttl)))
	}
	if f.kid != "" && r.usable(s, f.ended) {
		r.allowed = f.ended + r.cooldown
	}
}

// backoff is 1 s after the first failure, twice as long after each further one, and at most the cooldown.
func (r *Remote) backoff() time.Duration {
	return min(time.Second<<min(r.failures-1, 16), r.cooldown)
}

package jwk

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Remote is a [Source] of the keys behind a JWKS URL. It is safe for concurrent use, and shares nothing with other Remotes.
// See the package comment for what it promises.
type Remote struct {
	fetch    func(context.Context) (map[string]*Key, Report, error) // holds the URL, the header and the client
	ttl      time.Duration
	cooldown time.Duration
	maxStale time.Duration
	timeout  time.Duration // of one fetch, from the connection to the last byte
	log      *slog.Logger
	clock    func() time.Duration // since the start

	ctx    context.Context // of the fetches; ends with Close
	cancel context.CancelFunc

	// What a known key needs. Everything else happens under the mutex.
	current atomic.Pointer[snapshot] // nil until the first set is loaded, and after Close
	due     atomic.Int64             // by the clock: when the set may next be refreshed in the background

	mu       sync.Mutex
	closed   bool
	flight   *flight       // the fetch under way, or nil
	allowed  time.Duration // by the clock: when an unknown kid may next start a fetch, where there is a usable set
	retry    time.Duration // by the clock: when anything may next start a fetch, where there is none
	failures int           // since the last success
	failed   error         // why the last fetch failed, nil if it didn't; an ErrUnavailable
}

// snapshot is one loaded set, and never changes.
type snapshot struct {
	keys   map[string]*Key
	loaded time.Duration // by the clock: when its fetch began
	report Report
}

// NewRemote returns a source of the keys at cfg.URL, or an ErrConfig that names every mistake in cfg. Nothing is fetched
// before the first key is asked for.
func NewRemote(cfg RemoteConfig) (*Remote, error) {
	u, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	start := cfg.Now()
	r := &Remote{
		fetch:    newFetcher(u, cfg.Header, cfg.Client),
		ttl:      cfg.TTL,
		cooldown: cfg.Cooldown,
		maxStale: cfg.MaxStale,
		timeout:  5 * time.Second,
		log:      cfg.Logger.With("jwks", withoutQuery(u)),
		clock:    func() time.Duration { return cfg.Now().Sub(start) },
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

// Key returns the key of this kid. A key that is known is returned at once, as long as its set is not older than MaxStale;
// where that set is due, a refresh starts behind the caller's back. Else Key waits for a fetch if one is under way or
// allowed, but not longer than ctx.
//
// It is cheap enough to be asked for every token, also for one whose signature was verified before: an atomic load, a map
// lookup and a look at the clock. As long as the answer is the same pointer, the verification holds.
//
// The errors are ErrUnknownKey and ErrUnavailable.
func (r *Remote) Key(ctx context.Context, kid string) (*Key, error) {
	now := r.clock()
	key := r.lookup(kid, now)
	if key == nil {
		return r.await(ctx, kid)
	}
	if int64(now) >= r.due.Load() {
		r.refresh(now)
	}
	return key, nil
}

// lookup returns the key of this kid from the current set, or nil.
func (r *Remote) lookup(kid string, now time.Duration) *Key {
	if s := r.current.Load(); r.usable(s, now) {
		return s.keys[kid]
	}
	return nil
}

func (r *Remote) usable(s *snapshot, now time.Duration) bool {
	return s != nil && now-s.loaded < r.maxStale
}

// await gets a key that the current set doesn't have.
func (r *Remote) await(ctx context.Context, kid string) (*Key, error) {
	if kid == "" || len(kid) > maxKeyIDBytes { // no set has such a key
		return nil, errUnknown()
	}
	for {
		key, f, own, err := r.board(ctx, kid)
		if f == nil {
			return key, err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, &Error{Code: ErrUnavailable, Err: ctx.Err()}
		}
		if f.err != nil {
			return nil, f.err
		}
		if key := f.keys[kid]; key != nil {
			return key, nil
		}
		if own {
			return nil, errUnknown()
		}
		// A fetch that began before the question may have missed a key that was published in between: ask again.
	}
}

// board decides, under the lock, what a caller in want of a key does: it returns the key or error that is there by now, or
// the fetch to wait for and whether it is the caller's own.
func (r *Remote) board(ctx context.Context, kid string) (key *Key, f *flight, own bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock()
	if key := r.lookup(kid, now); key != nil {
		return key, nil, false, nil
	}
	earliest := r.retry
	if r.usable(r.current.Load(), now) {
		earliest = r.allowed
	}
	switch {
	case r.closed:
		return nil, nil, false, fail(ErrUnavailable, "the key set was closed")
	case ctx.Err() != nil:
		return nil, nil, false, &Error{Code: ErrUnavailable, Err: ctx.Err()}
	case r.flight != nil:
		return nil, r.flight, false, nil
	case now >= earliest:
		return nil, r.start(kid, now), true, nil
	case r.failed != nil:
		return nil, nil, false, r.failed
	default:
		return nil, nil, false, errUnknown()
	}
}

// refresh starts a fetch in the background, unless one is under way.
func (r *Remote) refresh(now time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight == nil && !r.closed && int64(now) >= r.due.Load() {
		r.start("", now)
	}
}

// Report says what was skipped or assumed in the set that was loaded last. It is zero before the first.
func (r *Remote) Report() Report {
	if s := r.current.Load(); s != nil {
		return s.report.clone()
	}
	return Report{}
}

// Close cancels the fetch under way, if there is one, and waits until it has ended. Afterwards Key answers ErrUnavailable.
// The error is always nil.
func (r *Remote) Close() error {
	r.mu.Lock()
	r.closed = true
	r.current.Store(nil)
	f := r.flight
	r.mu.Unlock()
	r.cancel()
	if f != nil {
		<-f.done
	}
	return nil
}

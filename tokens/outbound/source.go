package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// SourceConfig says where a [Source] gets its token, and when it gets a new one.
type SourceConfig struct {
	// Mint fetches a token.
	Mint Minter

	// RenewBefore is how long before its expiry a token is renewed, at a random moment a little earlier, so that many
	// instances don't do it together. Zero means a fifth of the token's life; it is never more than half of it.
	RenewBefore time.Duration

	// Timeout bounds one call of Mint, and for how long anybody waits for it. Zero means 10 s.
	Timeout time.Duration

	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Logger is told when a token cannot be renewed while the old one still works, which nobody else would notice; nil
	// means slog.Default.
	Logger *slog.Logger
}

const (
	defaultTimeout = 10 * time.Second

	// pauseAfterFailure is for how long Mint isn't called after it failed. Meanwhile the error is everybody's answer.
	pauseAfterFailure = time.Second

	// pauseBetweenRefusals is the least time between two tokens that are replaced because the other side refused them: one
	// that refuses every token must not cause a new one per request.
	pauseBetweenRefusals = 5 * time.Second
)

// Source holds a token for calls to other services. It is an [oauth2.TokenSource], and safe for concurrent use. It has a
// goroutine only while a token is being fetched.
type Source struct {
	cfg   SourceConfig
	calls singleflight.Group

	mu       sync.Mutex
	attempts int // calls of Mint
	current  *held
	failure  error     // why Mint failed last; nil where it didn't
	retryAt  time.Time // when Mint may be called after the failure
	refusals time.Time // when a token was last refused
}

// NewSource returns a Source, or an ErrConfig that names every mistake in cfg at once. It fetches nothing yet.
func NewSource(cfg SourceConfig) (*Source, error) {
	var problems []error
	if cfg.Mint == nil {
		problems = append(problems, errors.New("SourceConfig.Mint must be set"))
	}
	if cfg.RenewBefore < 0 || cfg.Timeout < 0 {
		problems = append(problems, errors.New("SourceConfig.RenewBefore and SourceConfig.Timeout must not be negative"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, &Error{ErrConfig, err}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &Source{cfg: cfg}, nil
}

// Token returns a token that is valid now. It makes Source an [oauth2.TokenSource]. Its error is ErrToken.
func (s *Source) Token() (*oauth2.Token, error) { return s.TokenContext(context.Background()) }

// TokenContext is Token for a caller who may go away.
func (s *Source) TokenContext(ctx context.Context) (*oauth2.Token, error) {
	h, failure := s.state()
	now := s.cfg.Now()
	switch {
	case h.isFresh(now):
		return h.copy(), nil
	case failure != nil && h.isUsable(now):
		return h.copy(), nil
	case failure != nil:
		return nil, &Error{ErrToken, failure}
	}
	detached := context.WithoutCancel(ctx) // others may wait for it
	call := s.calls.DoChan("", func() (any, error) { return s.renew(detached) })
	if h.isUsable(now) && !h.refused {
		return h.copy(), nil // the call goes on in the background
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	select {
	case <-ctx.Done():
		return nil, &Error{ErrToken, ctx.Err()}
	case result := <-call:
		switch {
		case result.Err == nil:
			return result.Val.(*held).copy(), nil
		case h.isUsable(now): // refused by one service, but perhaps not by all
			return h.copy(), nil
		}
		return nil, &Error{ErrToken, result.Err}
	}
}

// Invalidate says that the other side doesn't take the token with this text. If it is the current one, the next caller gets a
// new one, or the old one where there is no new one to be had. Another call within 5 s does nothing, lest a service that
// refuses every token cause a new one per request.
func (s *Source) Invalidate(accessToken string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	if s.current == nil || s.current.token.AccessToken != accessToken || now.Before(s.refusals.Add(pauseBetweenRefusals)) {
		return
	}
	s.current, s.refusals = &held{token: s.current.token, endsAt: s.current.endsAt, refused: true}, now
}

// state returns the current token, and the last failure where it is too early to try again; either may be nil.
func (s *Source) state() (*held, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cfg.Now().Before(s.retryAt) {
		return s.current, s.failure
	}
	return s.current, nil
}

// renew fetches a new token, unless somebody else just did.
func (s *Source) renew(ctx context.Context) (*held, error) {
	if h, _ := s.state(); h.isFresh(s.cfg.Now()) {
		return h, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	s.mu.Lock()
	s.attempts++
	attempt := s.attempts
	s.mu.Unlock()
	// A Mint that doesn't heed its context must not keep others from being called.
	forget := time.AfterFunc(s.cfg.Timeout, func() { s.calls.Forget("") })
	defer forget.Stop()
	h, err := s.mint(ctx)

	s.mu.Lock()
	defer s.mu.Unlock()
	if attempt != s.attempts { // too late: somebody else has tried since
		return h, err
	}
	if err == nil {
		s.current, s.failure, s.retryAt = h, nil, time.Time{}
		return h, nil
	}
	now := s.cfg.Now()
	s.failure, s.retryAt = err, now.Add(pauseAfterFailure)
	if s.current.isUsable(now) {
		s.cfg.Logger.Warn("the token for calls to other services cannot be renewed", "error", err, "expires", s.current.token.Expiry)
	}
	return nil, err
}

// mint calls Mint, and sees that what it returns can be used. Mint is a user's code in a goroutine of ours: its panic would
// otherwise end the process.
func (s *Source) mint(ctx context.Context) (h *held, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.cfg.Logger.Error("SourceConfig.Mint panicked", "stack", string(debug.Stack()))
			h, err = nil, errors.New("SourceConfig.Mint panicked")
		}
	}()
	text, expires, err := s.cfg.Mint(ctx)
	if err != nil {
		return nil, err
	}
	return hold(text, expires, s.cfg.RenewBefore, s.cfg.Now())
}

// Format keeps the token out of what package fmt prints, whatever the verb.
func (s *Source) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[outbound source]") }

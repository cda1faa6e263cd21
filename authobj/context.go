package authobj

import (
	"context"

	"example.com/machineauth/internal/caller"
)

// NewContext returns a context in which a is calling: for tests of handlers, which then need no token. A nil a, or one
// without a subject, is nobody. What an outer context says of the caller is hidden.
func NewContext(ctx context.Context, a Auth) context.Context {
	return &caller.Context{Context: ctx, Auth: a, Middleware: caller.Of(ctx).Middleware}
}

// NewFailedContext returns a context in which nobody is calling, because of err. It is what the middleware tells the
// handlers behind a route that lets everybody through.
func NewFailedContext(ctx context.Context, err error) context.Context {
	return &caller.Context{Context: ctx, Failure: err, Middleware: caller.Of(ctx).Middleware}
}

// FromContext returns who is calling, or why nobody is: [ErrNoAuthentication] where no middleware has run, else the failure
// to authenticate. The result is a copy that belongs to the caller: what one handler changes, no other sees.
func FromContext(ctx context.Context) (Auth, error) {
	c := caller.Of(ctx)
	if c.Failure != nil {
		return nil, c.Failure
	}
	if a := copyOf(c); a != nil {
		return a, nil
	}
	return nil, errNoAuthentication
}

// As returns who is calling if it is a T: a *[Session], *[M2M], *[OAuth] or *[APIKey]. Any other T doesn't compile. The
// result is a copy, as that of [FromContext].
func As[T Object](ctx context.Context) (T, bool) {
	var nobody T
	c := caller.Of(ctx)
	if c.Token != nil && c.Token.Type() != nobody.Type() {
		return nobody, false
	}
	if t, ok := copyOf(c).(T); ok {
		return t, true
	}
	return nobody, false
}

// copyOf returns the auth object of a context, sharing nothing with it that can change; nil where nobody is calling.
func copyOf(c *caller.Context) (a Auth) {
	if c.Token != nil {
		a = New(c.Token)
	} else if made, ok := c.Auth.(Auth); ok && isSomebody(made) {
		a = made.clone()
	}
	if !isSomebody(a) {
		return nil
	}
	a.detach()
	return a
}

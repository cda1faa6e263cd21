package authobj

import "context"

// contextKey is the one key under which a context says who is calling.
type contextKey struct{}

// caller is who is calling or, where nobody is, why.
type caller struct {
	auth Auth
	err  error
}

// NewContext returns a context in which a is calling: for tests of handlers, which then need no token. A nil a, or one
// without a subject, is nobody. What an outer context says of the caller is hidden.
func NewContext(ctx context.Context, a Auth) context.Context {
	return &callerContext{ctx, caller{auth: a}}
}

// NewFailedContext returns a context in which nobody is calling, because of err. It is what the middleware tells the
// handlers behind a route that lets everybody through.
func NewFailedContext(ctx context.Context, err error) context.Context {
	return &callerContext{ctx, caller{err: err}}
}

// callerContext is context.WithValue for the one key there is, without the allocation of a boxed value.
type callerContext struct {
	context.Context
	caller caller
}

func (c *callerContext) Value(key any) any {
	if key == (contextKey{}) {
		return &c.caller
	}
	return c.Context.Value(key)
}

// callerOf returns what a context says of the caller; nothing where it says nothing.
func callerOf(ctx context.Context) caller {
	if c, ok := ctx.Value(contextKey{}).(*caller); ok {
		return *c
	}
	return caller{}
}

// FromContext returns who is calling, or why nobody is: [ErrNoAuthentication] where no middleware has run, else the failure
// to authenticate. The result is a copy that belongs to the caller: what one handler changes, no other sees.
func FromContext(ctx context.Context) (Auth, error) {
	c := callerOf(ctx)
	switch {
	case c.err != nil:
		return nil, c.err
	case !isSomebody(c.auth):
		return nil, errNoAuthentication
	}
	return c.auth.clone(), nil
}

// As returns who is calling if it is a T: a *[Session], *[M2M], *[OAuth] or *[APIKey]. Any other T doesn't compile. The
// result is a copy, as that of [FromContext].
func As[T Object](ctx context.Context) (T, bool) {
	c := callerOf(ctx)
	if t, ok := c.auth.(T); ok && isSomebody(t) {
		return t.clone().(T), true
	}
	var nobody T
	return nobody, false
}

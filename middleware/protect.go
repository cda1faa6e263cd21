package middleware

import (
	"net/http"
	"slices"

	"example.com/machineauth/authobj"
	"example.com/machineauth/internal/caller"
	"example.com/machineauth/tokens"
)

// Protect is the guard at the top of a handler behind [Middleware.Attach] or [Middleware.Require]. The type parameter is
// the policy: only a caller of that type who passes every check is returned. For all others Protect has answered, and the
// handler returns:
//
//	caller, ok := middleware.Protect[*authobj.M2M](w, r, authobj.AllScopes("reports:read"))
//	if !ok {
//		return
//	}
//
// Behind no middleware it answers 500, and the log says why.
func Protect[T authobj.Object](w http.ResponseWriter, r *http.Request, checks ...authobj.Check) (T, bool) {
	var caller T
	auth, ok := ProtectAny(w, r, []tokens.Type{caller.Type()}, checks...)
	if ok {
		caller, ok = auth.(T)
	}
	return caller, ok
}

// ProtectAny is Protect for handlers that take callers of several types; no accept means sessions only.
func ProtectAny(w http.ResponseWriter, r *http.Request, accept []tokens.Type, checks ...authobj.Check) (authobj.Auth, bool) {
	m, ok := caller.Of(r.Context()).Middleware.(*Middleware)
	if !ok {
		m = unmounted
	}
	auth, err := permit(r, Policy{Accept: accept, Checks: checks})
	if err == nil {
		return auth, true
	}
	d := Decision{Err: err, binding: m.cfg.Binding.Mode}
	if attached, _ := authobj.FromContext(r.Context()); attached != nil {
		d.Type = attached.Type()
	}
	m.refuse(w, r, d)
	return nil, false
}

// permit decides whether the caller in the request's context satisfies p.
func permit(r *http.Request, p Policy) (auth authobj.Auth, err error) {
	defer func() {
		if v := recover(); v != nil {
			auth, err = nil, recovered(v)
		}
	}()
	if len(p.Accept) == 0 {
		p.Accept = sessionOnly
	}
	if err := checkPolicy(p); err != nil {
		return nil, err
	}
	auth, err = authobj.FromContext(r.Context())
	if err != nil {
		return nil, err
	}
	if !slices.Contains(p.Accept, auth.Type()) {
		return nil, &tokens.Error{Code: tokens.ErrTypeMismatch, Type: auth.Type()}
	}
	return auth, authobj.Authorize(auth, p.Checks...)
}

// unmounted answers for handlers that no middleware stands before: those of a test that used authobj.NewContext, and those
// that somebody forgot to protect.
var unmounted = new(Middleware)

// Handle makes a function that wants a caller a handler that has one: it requires the token type of T, and all checks. The
// function's third parameter is the policy.
func Handle[T authobj.Object](m *Middleware, fn func(http.ResponseWriter, *http.Request, T), checks ...authobj.Check) http.Handler {
	var zero T
	require := m.RequirePolicy(Policy{Accept: []tokens.Type{zero.Type()}, Checks: checks})
	if fn == nil {
		return require(nil) // answers 500
	}
	return require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if caller, ok := Protect[T](w, r); ok {
			fn(w, r, caller)
		}
	}))
}

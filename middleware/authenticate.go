package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/internal/caller"
	"example.com/machineauth/internal/shared"
	"example.com/machineauth/tokens"
)

// RequirePolicy lets through requests that satisfy p, with the caller's auth object in the context, and answers all others.
func (m *Middleware) RequirePolicy(p Policy) func(http.Handler) http.Handler {
	p.Accept, p.Checks = slices.Clone(p.Accept), slices.Clone(p.Checks)
	if len(p.Accept) == 0 {
		p.Accept = sessionOnly
	}
	misuse := checkPolicy(p)
	if m == nil {
		m, misuse = unmounted, notConfigured("the Middleware is nil: New's error was not looked at")
	}
	p.Binding = max(p.Binding, m.cfg.Binding.Mode)
	return func(next http.Handler) http.Handler {
		misuse := misuse
		if next == nil {
			misuse = notConfigured("the handler behind the middleware is nil")
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var token tokens.Token
			d := Decision{Err: misuse, binding: p.Binding}
			if misuse == nil {
				token, d = m.decide(r, p)
			}
			if d.Err == nil || p.Optional && errors.Is(d.Err, ErrNoCredential) {
				m.pass(w, r, next, token, d)
			} else {
				m.refuse(w, r, d)
			}
		})
	}
}

// Attach authenticates every request that has a credential of any type and lets all of them through: it refuses nothing.
// The handlers decide, with [Protect] or [ProtectAny].
func (m *Middleware) Attach(next http.Handler) http.Handler {
	if m == nil || next == nil {
		return m.Require()(next) // answers 500
	}
	anyone := Policy{Accept: tokens.AnyType(), Binding: m.cfg.Binding.Mode}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, d := m.decide(r, anyone)
		m.pass(w, r, next, token, d)
	})
}

// decide is the whole of authentication and authorization, without a word of HTTP's: who is calling, and may they? The token
// is nil where anything is in the way.
func (m *Middleware) decide(r *http.Request, p Policy) (token tokens.Token, d Decision) {
	if m.cfg.Observe != nil {
		start := time.Now()
		defer func() { d.Duration = time.Since(start) }()
	}
	defer func() {
		if v := recover(); v != nil {
			token, d.Err = nil, recovered(v)
		}
	}()
	d.binding = p.Binding
	c, err := m.extract(r, p.Accept)
	if err != nil {
		d.Err = err
		return nil, d
	}
	d.Carrier = c.carrier
	token, err = m.verify(r, c, p.Binding)
	if err != nil {
		d.Err = err
		if e, ok := errors.AsType[*tokens.Error](err); ok {
			d.Type = e.Type
		}
		return nil, d
	}
	d.Type = token.Type()
	if len(p.Checks) > 0 {
		auth, _ := authobj.FromContext(&caller.Context{Context: r.Context(), Token: token})
		d.Err = authobj.Authorize(auth, p.Checks...)
	}
	if d.Err != nil {
		return nil, d
	}
	return token, d
}

// verify has the token verified and, where the route takes bound tokens, what its sender holds.
func (m *Middleware) verify(r *http.Request, c credential, mode BindingMode) (tokens.Token, error) {
	var confirm func(tokens.Confirmation) error // nil refuses bound tokens
	if mode != BindingOff {
		confirm = (&possession{binding: &m.cfg.Binding, mode: mode, request: r, credential: c}).confirm
	}
	return m.cfg.Verifier.VerifyShared(r.Context(), c.token, c.accept, confirm, shared.Promise{})
}

// pass runs the next handler with the caller, or why there is none, in its request's context.
func (m *Middleware) pass(w http.ResponseWriter, r *http.Request, next http.Handler, token tokens.Token, d Decision) {
	ctx := &caller.Context{Context: r.Context(), Token: token, Failure: d.Err, Middleware: m}
	if err := m.observe(ctx, d); err != nil {
		d.Err = err
		m.answer(w, r, d)
		return
	}
	m.offerNonce(w.Header(), r)
	next.ServeHTTP(w, r.WithContext(ctx))
}

// refuse answers a request that goes no further.
func (m *Middleware) refuse(w http.ResponseWriter, r *http.Request, d Decision) {
	d.Status = failureOf(d.Err).status
	if err := m.observe(r.Context(), d); err != nil {
		d.Err = err
	}
	m.answer(w, r, d)
}

// checkPolicy returns what a program got wrong in a policy: the route then answers 500, and says so in the log.
func checkPolicy(p Policy) error {
	for _, t := range p.Accept {
		if !slices.Contains(tokens.AnyType(), t) {
			return notConfigured(fmt.Sprintf("the route accepts %q, which is none of the types of package tokens", t))
		}
	}
	for _, check := range p.Checks {
		if check == nil {
			return notConfigured("the route has a check that is nil")
		}
	}
	if !isBindingMode(p.Binding) {
		return notConfigured("the route's Binding is none of BindingOff, BindingAllowed and BindingRequired")
	}
	return nil
}

func notConfigured(detail string) error {
	return &Error{Code: ErrNotConfigured, Err: errors.New(detail)}
}

// recovered makes a panic an error. Its value may hold anything, a token too, so that only its type is told.
func recovered(v any) error {
	return &Error{Code: ErrPanic, Err: fmt.Errorf("recovered a panic with a %T\n%s", v, debug.Stack())}
}

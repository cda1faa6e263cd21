// Package caller is how package middleware tells package authobj who is calling: in one context, which costs a request one
// allocation, and with the token as the Verifier gave it, of which authobj makes an auth object only for those who ask.
package caller

import (
	"context"

	"example.com/machineauth/tokens"
)

// Context says who is calling or, where nobody is, why.
type Context struct {
	context.Context
	Token      tokens.Token // nobody's to change
	Auth       any          // an authobj.Auth in its place, where a program made the context
	Failure    error        // why nobody is calling
	Middleware any          // the *middleware.Middleware that the request came through
}

type key struct{}

// Value is context.Context's.
func (c *Context) Value(k any) any {
	if k == (key{}) {
		return c
	}
	return c.Context.Value(k)
}

// Of returns the innermost Context in ctx; an empty one where there is none.
func Of(ctx context.Context) *Context {
	if c, ok := ctx.Value(key{}).(*Context); ok {
		return c
	}
	return new(Context)
}

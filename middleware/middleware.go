package middleware

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"example.com/machineauth/authobj"
	"example.com/machineauth/tokens"
)

// Middleware authenticates requests and answers those it refuses. It is safe for concurrent use.
type Middleware struct {
	cfg Config
}

// Config says how requests are read and refusals answered. The zero value of every field but Verifier is the strictest.
type Config struct {
	// Verifier judges the tokens. Required.
	Verifier *tokens.Verifier

	// Realm is the realm of WWW-Authenticate (RFC 9110 section 11.5); empty leaves it out. Printable ASCII without quotes
	// and backslashes.
	Realm string

	// SessionCookie names a cookie that may carry a session token where there is no Authorization header, such as Clerk's
	// __session; empty reads no cookie. No other type of token is ever taken from it. Browsers send cookies with requests
	// that other sites start: set Verifier's AuthorizedParties, and keep state-changing routes from cross-origin requests
	// (net/http.CrossOriginProtection).
	SessionCookie string

	// AllowBareToken takes an Authorization header that is a token without a scheme as a bearer token, for clients that
	// send such headers. Off, they are answered with 400.
	AllowBareToken bool

	// Binding says what becomes of tokens that are bound to a key or certificate of their sender. The zero value refuses them.
	Binding Binding

	// OnError writes the answer to a request that is refused, in place of the problem+json body. See [ErrorHandler].
	OnError ErrorHandler

	// Observe is told of every decision, before the handler runs or the answer is written: for metrics and audit. Require,
	// RequirePolicy, Handle and Attach decide once for each request; Protect and ProtectAny once more where they refuse.
	Observe func(ctx context.Context, d Decision)

	// Logger gets refusals at Debug, outages at Warn, and mistakes of the program at Error; nil means slog.Default().
	Logger *slog.Logger
}

// New returns a Middleware, or an ErrConfig that names every mistake in cfg at once.
func New(cfg Config) (*Middleware, error) {
	var problems []error
	if cfg.Verifier == nil {
		problems = append(problems, errors.New("Config.Verifier must be set: tokens.NewVerifier makes one"))
	}
	if !isQuotable(cfg.Realm) {
		problems = append(problems, errors.New("Config.Realm must be printable ASCII without quotes and backslashes"))
	}
	if cfg.SessionCookie != "" && (&http.Cookie{Name: cfg.SessionCookie}).Valid() != nil {
		problems = append(problems, errors.New("Config.SessionCookie is not a cookie's name (RFC 6265 section 4.1.1)"))
	}
	problems = append(problems, cfg.Binding.complete())
	if err := errors.Join(problems...); err != nil {
		return nil, &Error{Code: ErrConfig, Err: err}
	}
	return &Middleware{cfg}, nil
}

// isQuotable reports whether s can stand in a quoted-string (RFC 9110 section 5.6.4) as it is.
func isQuotable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return true
}

// Policy is what a route asks of its callers.
type Policy struct {
	// Accept are the types of token that the route takes; none means sessions only.
	Accept []tokens.Type

	// Checks must all hold; see package authobj for what there is.
	Checks []authobj.Check

	// Binding asks for more than Config.Binding.Mode; what is less has no effect.
	Binding BindingMode

	// Optional lets a request without a credential through as nobody: authobj.FromContext then says ErrNoCredential. A
	// credential that is there must be good all the same.
	Optional bool
}

// Require lets through requests with a good token of one of the types; none means sessions only. It returns middleware for
// chi's Use and With, and for wrapping any http.Handler.
func (m *Middleware) Require(types ...tokens.Type) func(http.Handler) http.Handler {
	return m.RequirePolicy(Policy{Accept: types})
}

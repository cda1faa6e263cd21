package middleware

// Code names one way in which a request can fail before its token is judged; what is wrong with a token is a tokens.Code.
// Codes are stable, and each is an error of its own, to be matched with errors.Is.
type Code string

// Error makes a Code usable as the target of errors.Is.
func (c Code) Error() string { return string(c) }

// The codes of this package.
const (
	ErrNoCredential  Code = "no-credential"        // nobody tried to authenticate
	ErrMalformed     Code = "malformed-credential" // the Authorization header or the cookie cannot be read (R1, R2)
	ErrConfig        Code = "config-invalid"       // New was given a contradiction
	ErrNotConfigured Code = "not-configured"       // a mistake in the program: no middleware, an unknown type, a nil handler
	ErrPanic         Code = "panic"                // a hook, a check or a source of keys panicked
)

// Error is a failure of this package. Its text is for logs.
type Error struct {
	Code Code
	Err  error // detail; may be nil
}

// Error returns the code, and the detail where there is one.
func (e *Error) Error() string {
	if e.Err == nil {
		return "middleware: " + string(e.Code)
	}
	return "middleware: " + string(e.Code) + ": " + e.Err.Error()
}

// Unwrap lets errors.Is find both the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

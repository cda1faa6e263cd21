package outbound

// Code names one way to fail. Codes are stable, and each is an error of its own, to be matched with errors.Is.
type Code string

// Error makes a Code usable as the target of errors.Is.
func (c Code) Error() string { return string(c) }

// What can go wrong.
const (
	ErrConfig   Code = "config-invalid"    // a constructor was given what cannot work
	ErrToken    Code = "token-unavailable" // the Minter gave no token that can be used; try again later
	ErrInsecure Code = "insecure-url"      // the token would have been sent over plain http
)

// Error is every failure of this package. Its text is for logs: it says what to do, and holds no token.
type Error struct {
	Code Code
	Err  error // detail; may be nil
}

// Error returns the code, and the detail where there is one.
func (e *Error) Error() string {
	if e.Err == nil {
		return "outbound: " + string(e.Code)
	}
	return "outbound: " + string(e.Code) + ": " + e.Err.Error()
}

// Unwrap lets errors.Is find both the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

package issuer

import "errors"

// Code names one way in which the issuer can refuse. Codes are stable, and each is an error of its own, to be matched
// with errors.Is.
type Code string

// Error makes a Code usable as the target of errors.Is.
func (c Code) Error() string { return string(c) }

// What the issuer refuses.
const (
	ErrConfig          Code = "config-invalid"         // New or Serve was given a contradiction
	ErrBody            Code = "body-invalid"           // not one strict JSON object, or not a form
	ErrBodyTooLarge    Code = "body-too-large"         // more than 64 KiB
	ErrMediaType       Code = "media-type-unsupported" // the body is said to be something else
	ErrParams          Code = "params-invalid"         // a parameter is missing, unknown, or of a wrong value
	ErrUnauthenticated Code = "secret-key-invalid"     // no secret key, or one that isn't known
	ErrForbidden       Code = "not-allowed"            // a good key, but not one for this
	ErrHost            Code = "host-not-loopback"      // development mode was asked under another name
	ErrNotFound        Code = "not-found"              // there is no such thing, or it is not the caller's
	ErrMethod          Code = "method-not-allowed"     // the path is right, the method isn't
	ErrConflict        Code = "conflict"               // a record has changed meanwhile
	ErrFull            Code = "store-full"             // the store holds all the records that it may
	ErrStore           Code = "store-unavailable"      // the store cannot be read or written
	ErrSigning         Code = "signing-failed"         // no key is active, or it didn't sign
	ErrShownOnce       Code = "secret-not-retrievable" // a secret is shown when it is made, and never again
	errClient          Code = "client-invalid"         // OAuth: invalid_client
	errGrant           Code = "grant-unsupported"      // OAuth: unsupported_grant_type
	errScope           Code = "scope-invalid"          // OAuth: invalid_scope
	errTarget          Code = "resource-invalid"       // OAuth: invalid_target
)

// Error is every failure of this package. Its text is for logs and for the client: it says what to do, and holds no
// secret and no value that the client sent.
type Error struct {
	Code  Code
	Param string // the parameter at fault, where it is one
	Err   error  // detail; may be nil
}

// Error returns the code, and the detail where there is one.
func (e *Error) Error() string {
	if e.Err == nil {
		return "issuer: " + string(e.Code)
	}
	return "issuer: " + string(e.Code) + ": " + e.Err.Error()
}

// Unwrap lets errors.Is find both the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

func fail(code Code, detail string) *Error { return &Error{Code: code, Err: errors.New(detail)} }

func badParam(name, detail string) *Error {
	return &Error{Code: ErrParams, Param: name, Err: errors.New(detail)}
}

// storeFailure returns what a Store said as an *Error. What isn't one of its known answers means that it cannot be used.
func storeFailure(err error) error {
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.Is(err, ErrNotFound):
		return fail(ErrNotFound, "there is no such thing")
	case errors.Is(err, ErrConflict):
		return fail(ErrConflict, "it was changed by somebody else at the same time: try again")
	case errors.Is(err, ErrFull):
		return fail(ErrFull, "the store is full: try again when tokens have expired")
	}
	return &Error{Code: ErrStore, Err: err}
}

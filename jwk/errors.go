package jwk

import "errors"

// Code names one way in which a key, or the lookup of one, can fail. Codes are stable, and each is an error of its own, to
// be matched with errors.Is:
//
//	if errors.Is(err, jwk.ErrUnknownKey) { … }
type Code string

// Error makes a Code usable as the target of errors.Is.
func (c Code) Error() string { return string(c) }

const (
	// ErrUnknownKey: the source holds no usable key of this kid. The token is at fault.
	ErrUnknownKey Code = "unknown-key"
	// ErrUnavailable: whether such a key exists can't be said, because the set is out of reach, or the caller stopped
	// waiting for it. The token is not at fault: answer 503, never 401.
	ErrUnavailable Code = "keys-unavailable"
	// ErrSignature: the signature isn't by this key over these bytes.
	ErrSignature Code = "signature-invalid"
	// ErrInvalidKey: PEM, JWKS or key given to a constructor can't be used.
	ErrInvalidKey Code = "key-invalid"
	// ErrSigning: the private key's signer failed, or made something that isn't a signature of its algorithm.
	ErrSigning Code = "signing-failed"
	// ErrConfig: a RemoteConfig contradicts itself.
	ErrConfig Code = "config-invalid"
)

// Error is the error of this package: a Code, and what happened. Its text holds no key material, no kid that is cached, and
// nothing of what a server answered.
type Error struct {
	Code Code
	Err  error
}

func (e *Error) Error() string { return "jwk: " + string(e.Code) + ": " + e.Err.Error() }

// Unwrap makes both the code and the cause matchable.
func (e *Error) Unwrap() []error { return []error{e.Code, e.Err} }

func fail(code Code, text string) *Error { return &Error{Code: code, Err: errors.New(text)} }

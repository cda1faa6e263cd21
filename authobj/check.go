package authobj

import "errors"

// Check asks one thing of a caller. It returns nil where it holds, and else a *[Denied] that says what is missing. Any other
// error means that nobody knows, and denies too. [Has] and [Authorize] call it for somebody only, never with nil.
// A program can have checks of its own.
type Check func(Auth) error

// Has reports whether a passes every check. It doesn't where nothing is asked or where a is nobody: nil, a nil pointer, or
// without a subject (A1).
func Has(a Auth, checks ...Check) bool {
	return len(checks) > 0 && Authorize(a, checks...) == nil
}

// Authorize returns nil where a passes every check, and else one *[Denied] that names all that is missing. Unlike [Has] it
// lets anybody pass who is somebody where nothing is asked: a route without checks cares only about the type of its
// callers. For nobody the error is [ErrNoAuthentication]; the error of a check that is no *Denied is returned as it is. A
// nil Check denies.
func Authorize(a Auth, checks ...Check) error {
	if !isSomebody(a) {
		return errNoAuthentication
	}
	var all *Denied
	for _, check := range checks {
		err := check.ask(a)
		if err == nil {
			continue
		}
		denied, ok := errors.AsType[*Denied](err)
		if !ok {
			return err
		}
		if all == nil {
			all = new(Denied)
		}
		all.add(denied)
	}
	if all != nil {
		return all
	}
	return nil
}

func (c Check) ask(a Auth) error {
	if c == nil {
		return &Denied{Missing: []string{"a check that is not nil"}}
	}
	return c(a)
}

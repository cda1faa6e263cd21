package authobj

import "fmt"

// Code names a failure of this package. It is stable, and an error of its own, to be matched with errors.Is.
type Code string

// Error makes a Code usable as the target of errors.Is.
func (c Code) Error() string { return string(c) }

// ErrNoAuthentication says that nobody has looked for a caller. That is a mistake of the program, not of who calls it.
const ErrNoAuthentication Code = "no-authentication"

var errNoAuthentication = fmt.Errorf("authobj: %w: the context has no caller with a subject; "+
	"is the handler behind the middleware or, in a test, given authobj.NewContext?", ErrNoAuthentication)

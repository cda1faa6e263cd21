package authobj

import (
	"slices"
	"strings"
)

// Denied says what a caller who is known may not do without (A6). It is shown to the caller, so that its strings must come
// from the program: the checks of this package put into it what they were asked for, and nothing of any token.
type Denied struct {
	Missing []string // for people: "role org:admin", "scope reports:read"
	Scopes  []string // the scopes among them that are all needed, for the challenge
}

// Error names all that is missing.
func (d *Denied) Error() string {
	if d == nil || len(d.Missing) == 0 {
		return "not allowed"
	}
	return "missing " + strings.Join(d.Missing, ", ")
}

// Scope returns the value of the challenge's scope attribute (RFC 6750 section 3): the missing scopes, separated by spaces.
// It is "" where there are none, or where one couldn't stand there: a scope is printable ASCII without space, quote and
// backslash (RFC 6749 section 3.3).
func (d *Denied) Scope() string {
	if d == nil || slices.ContainsFunc(d.Scopes, isNoScopeToken) {
		return ""
	}
	return strings.Join(d.Scopes, " ")
}

func isNoScopeToken(s string) bool {
	return s == "" || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' })
}

// add makes d say what other says too. A nil other, which denies like any, has nothing to say.
func (d *Denied) add(other *Denied) {
	if other != nil {
		d.Missing = appendNew(d.Missing, other.Missing)
		d.Scopes = appendNew(d.Scopes, other.Scopes)
	}
}

func appendNew(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

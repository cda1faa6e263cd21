package authobj

import (
	"slices"
	"strings"
)

// AllScopes asks a machine for every one of the scopes (A5). Sessions have none.
func AllScopes(scopes ...string) Check {
	scopes, valid := copyScopes(scopes)
	return func(a Auth) error {
		has := scopesOf(a)
		var missing []string
		for _, s := range scopes {
			if !slices.Contains(has, s) {
				missing = append(missing, s)
			}
		}
		if valid && len(missing) == 0 {
			return nil
		}
		denied := &Denied{Scopes: missing}
		for _, s := range missing {
			denied.Missing = append(denied.Missing, "scope "+s)
		}
		return denied
	}
}

// AnyScope asks a machine for at least one of the scopes (A5). Where there are several, the challenge names none of them:
// a client would take them for all needed, and ask its user for more than it has to.
func AnyScope(scopes ...string) Check {
	if len(scopes) == 1 {
		return AllScopes(scopes...)
	}
	scopes, valid := copyScopes(scopes)
	return func(a Auth) error {
		has := scopesOf(a)
		if valid && slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(has, s) }) {
			return nil
		}
		return &Denied{Missing: []string{"one of the scopes " + strings.Join(scopes, ", ")}}
	}
}

// copyScopes takes what is asked out of its caller's hands. What asks for nothing, or for a scope without a name, is not
// valid, and nobody satisfies it (A1).
func copyScopes(asked []string) (scopes []string, valid bool) {
	return slices.Clone(asked), len(asked) > 0 && !slices.Contains(asked, "")
}

// scopesOf returns what a machine may do; nobody and a session have no scopes.
func scopesOf(a Auth) []string {
	if !isSomebody(a) {
		return nil
	}
	switch a := a.(type) {
	case *M2M:
		return a.Scopes
	case *OAuth:
		return a.Scopes
	case *APIKey:
		return a.Scopes
	}
	return nil
}

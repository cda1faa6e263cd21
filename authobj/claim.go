package authobj

import (
	"cmp"
	"encoding/json"
)

// ClaimEquals asks that a claim of the token, matched by its exact name, is want. It holds for nobody whose token lacks the
// claim, or has it as null or as another kind of value: the string "1" is not the number 1. Of M2M tokens only the custom
// claims are looked at; who is calling is in [M2M].
func ClaimEquals[T cmp.Ordered | ~bool](name string, want T) Check {
	return func(a Auth) error {
		if name != "" && isSomebody(a) {
			if got, ok := claim[T](a, name); ok && got == want {
				return nil
			}
		}
		return &Denied{Missing: []string{"claim " + name}}
	}
}

// claim returns the value of a claim; ok is false where it isn't there as a T.
func claim[T any](a Auth, name string) (value T, ok bool) {
	var claims map[string]json.RawMessage
	if a.Claims(&claims) != nil {
		return value, false
	}
	var found *T // stays nil for null
	if json.Unmarshal(claims[name], &found) != nil || found == nil {
		return value, false
	}
	return *found, true
}

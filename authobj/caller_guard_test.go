package authobj_test

import (
	"context"
	"testing"

	"example.com/machineauth/authobj"
)

// What else a context holds is still there behind the caller.
func TestContext_HidesNothingElse(t *testing.T) {
	type key struct{}
	outer := context.WithValue(t.Context(), key{}, "value")
	for _, ctx := range []context.Context{
		authobj.NewContext(outer, &authobj.M2M{MachineID: "mch_1"}),
		authobj.NewFailedContext(outer, authobj.ErrNoAuthentication),
	} {
		if got := ctx.Value(key{}); got != "value" {
			t.Errorf("got %v", got)
		}
	}
}

// RFC 6749 section 3.3: a scope has at least one character.
func TestA6_ScopesOfTheChallenge(t *testing.T) {
	if got := (*authobj.Denied)(nil).Scope(); got != "" {
		t.Errorf("nil: got %q", got)
	}
	for want, scopes := range map[string][]string{"a b": {"a", "b"}, "": {"a", ""}} {
		if got := (&authobj.Denied{Scopes: scopes}).Scope(); got != want {
			t.Errorf("%q: got %q, want %q", scopes, got, want)
		}
	}
}

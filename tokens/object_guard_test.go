package tokens_test

import (
	"strings"
	"testing"

	"example.com/machineauth/tokens"
)

// C3: a member that means nothing here stands for no other, wherever in the object it is.
func TestC3_UnknownMembersMeanNothing(t *testing.T) {
	for _, kind := range jwtTypes {
		token, err := verify(newVerifier(t), sign(kinds[kind].header.with("a", `"none"`).String(), kinds[kind].payload.with("a", `[1]`).String()))
		expect(t, token, err, "")
	}
}

// What one caller changes of a remembered session's actor, the next one doesn't see.
func TestCache_TheActorIsCopied(t *testing.T) {
	v := newVerifier(t)
	raw := mint(tokens.TypeSession, "act", `{"sub":"user_2"}`)
	for range 3 {
		token, err := verify(v, raw)
		expect(t, token, err, "")
		actor := token.(*tokens.SessionToken).Actor
		if actor.Subject != "user_2" {
			t.Errorf("the actor is %q", actor.Subject)
		}
		actor.Subject = "user_3"
	}
}

// C2: the bound on names is for objects that are large; in a small one a name may be as long as it fits.
func TestC2_LongNamesInSmallObjects(t *testing.T) {
	for size, want := range map[int]tokens.Code{300: "", 3000: "", 5000: tokens.ErrMalformed} {
		token, err := verify(newVerifier(t), mint(tokens.TypeSession, strings.Repeat("n", size), `1`))
		expect(t, token, err, want)
	}
}

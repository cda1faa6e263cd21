package tokens_test

import (
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

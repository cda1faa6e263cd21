package tokens_test

import (
	"context"
	"errors"
	"testing"

	"example.com/machineauth/tokens"
)

// A backend's error becomes one *Error, and isn't wrapped once more in another one of its code.
func TestVerify_ErrorsOfABackendAreNotNested(t *testing.T) {
	cause := errors.New("cause")
	for want, given := range map[string]error{
		"":      tokens.ErrRevoked,
		"cause": &tokens.Error{Code: tokens.ErrRevoked, Err: cause},
	} {
		v := newVerifier(t, func(c *tokens.Config) {
			c.Opaque = tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) { return nil, given })
		})
		token, err := verify(v, "ak_1")
		expect(t, token, err, tokens.ErrRevoked)
		e := err.(*tokens.Error)
		if got := e.Err; e.Type != tokens.TypeAPIKey || want == "" && got != nil || want != "" && got != cause {
			t.Errorf("%v became %#v", given, e)
		}
	}
}

package tokens_test

import (
	"testing"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// draft is a token that is still to be signed, and where it goes.
type draft struct {
	header, payload members
	size            int
	accept          []tokens.Type
	untrusted       bool
	forged          bool
}

// With any two faults a token is told of the earlier one only; so of a forged token nothing is said but that it is forged.
func TestV1_Order(t *testing.T) {
	set := func(m func(*draft) *members, pairs ...string) func(*draft) {
		return func(d *draft) { *m(d) = m(d).with(pairs...) }
	}
	header := func(d *draft) *members { return &d.header }
	payload := func(d *draft) *members { return &d.payload }
	stages := []struct {
		name  string
		spoil func(*draft)
		want  tokens.Code
	}{
		{"size", func(d *draft) { d.size = 64 }, tokens.ErrTooLarge},
		{"form", set(payload, "deep", nested(40)), tokens.ErrMalformed},
		{"sub", set(payload, "sub", `1`), tokens.ErrSubject},
		{"type", func(d *draft) { d.accept = []tokens.Type{tokens.TypeAPIKey} }, tokens.ErrTypeMismatch},
		{"typ", set(header, "typ", `"x"`), tokens.ErrHeader},
		{"cat", set(header, "cat", `"cl_B7d4PD222AAA"`), tokens.ErrTypeMismatch},
		{"alg", set(header, "alg", `"none"`), tokens.ErrAlgorithm},
		{"crit", set(header, "crit", `["exp"]`), tokens.ErrHeader},
		{"kid", set(header, "kid", `1`), tokens.ErrKeyID},
		{"key", func(d *draft) { d.untrusted = true }, tokens.ErrUnknownKey},
		{"signature", func(d *draft) { d.forged = true }, tokens.ErrSignature},
		{"aud", set(payload, "aud", `"other"`), tokens.ErrAudience},
		{"azp", set(payload, "azp", `"https://evil.example"`), tokens.ErrAuthorizedParty},
		{"iss", set(payload, "iss", `"https://evil.example"`), tokens.ErrIssuer},
		{"exp", set(payload, "exp", `1`), tokens.ErrExpired},
		{"nbf", set(payload, "nbf", `1900000000`), tokens.ErrNotYetValid},
		{"iat", set(payload, "iat", `1900000000`), tokens.ErrIssuedInFuture},
		{"cnf", set(payload, "cnf", `{}`), tokens.ErrSenderConstrained},
		{"sts", set(payload, "sts", `"pending"`), tokens.ErrSessionPending},
		{"jti", set(payload, "jti", `"revoked"`), tokens.ErrRevoked},
	}
	revocations := new(tokens.RevocationList)
	revocations.RevokeToken("https://clerk.example", "revoked", now.AddDate(100, 0, 0))

	run := func(d draft) (tokens.Token, error) {
		v := newVerifier(t, func(c *tokens.Config) {
			c.MaxTokenBytes = d.size
			if d.untrusted {
				c.Keys = failingKeys{jwk.ErrUnknownKey}
			}
			c.Audience = []string{"https://api.example"}
			c.AuthorizedParties = []string{"https://app.example"}
			c.Issuers = []string{"https://clerk.example"}
			c.Revocations = revocations
		})
		raw := sign(d.header.String(), d.payload.String())
		if d.forged {
			raw = flip(raw, 2)
		}
		return v.Verify(t.Context(), raw, d.accept...)
	}
	good := draft{
		header: kinds[tokens.TypeSession].header,
		payload: kinds[tokens.TypeSession].payload.with("aud", `"https://api.example"`, "azp", `"https://app.example"`,
			"iss", `"https://clerk.example"`, "jti", `"1"`, "nbf", `1799999999`, "iat", `1799999999`),
	}
	token, err := run(good)
	expect(t, token, err, "")
	for i, first := range stages {
		for _, second := range stages[i:] {
			t.Run(first.name+" before "+second.name, func(t *testing.T) {
				d := good
				second.spoil(&d)
				first.spoil(&d)
				token, err := run(d)
				expect(t, token, err, first.want)
			})
		}
	}
}

package tokens_test

import (
	"context"
	"encoding/pem"
	"errors"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

const (
	clientKey   = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" // RFC 9449 section 6.1
	clientCert  = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0" // RFC 8705 appendix A
	boundToKey  = `{"jkt":"` + clientKey + `"}`
	boundToCert = `{"x5t#S256":"` + clientCert + `"}`
)

// confirmations have each cnf that is understood, and what it says.
var confirmations = map[string]tokens.Confirmation{
	``:          {},
	boundToKey:  {JWKThumbprint: clientKey},
	boundToCert: {CertificateThumbprint: clientCert},
	`{"x5t#S256":"` + clientCert + `","jkt":"` + clientKey + `"}`: {JWKThumbprint: clientKey, CertificateThumbprint: clientCert},
}

func holdsAll(tokens.Confirmation) error { return nil }

func TestS1_Confirmation(t *testing.T) {
	v := newVerifier(t)
	for cnf, want := range confirmations {
		for _, kind := range jwtTypes {
			for _, state := range []string{"cold", "warm"} {
				var asked []tokens.Confirmation
				token, err := v.VerifyBound(t.Context(), mint(kind, "cnf", cnf), func(c tokens.Confirmation) error {
					asked = append(asked, c)
					return nil
				}, kind)
				expect(t, token, err, "")
				if len(asked) != 1 || asked[0] != want || want.IsZero() != (cnf == "") {
					t.Errorf("%s, %s, cnf %s: asked of %v, want once of %v", kind, state, cnf, asked, want)
				}
			}
		}
	}
}

// Whoever presents it: a cnf that isn't understood is not taken for none (RFC 7800 section 3.1 would have it ignored).
func TestS1_WhatIsNotUnderstoodIsRefused(t *testing.T) {
	v := newVerifier(t)
	for _, cnf := range []string{
		`{}`, `null`, `""`, `1`, `[]`, `false`,
		`{"jkt":null}`, `{"jkt":1}`, `{"jkt":""}`, `{"jkt":"AAAA"}`,
		`{"jkt":"` + clientKey + `="}`, `{"jkt":"` + clientKey[:42] + `J"}`, `{"jkt":"` + clientKey + `A"}`, `{"jkt":"` + clientKey[:42] + `\n"}`, `{"jkt":"` + clientKey + `\n"}`,
		`{"JKT":"` + clientKey + `"}`, `{"jwk":{}}`, `{"kid":"x"}`, `{"x5t":"` + clientCert + `"}`,
		`{"jkt":"` + clientKey + `","kid":"x"}`, `{"jkt":"` + clientKey + `","x5t#S256":null}`, `{"jkt":"` + clientKey + `","x5t#S256":""}`,
	} {
		for _, kind := range jwtTypes {
			token, err := v.VerifyBound(t.Context(), mint(kind, "cnf", cnf), holdsAll, kind)
			expect(t, token, err, tokens.ErrSenderConstrained)
		}
	}
}

func TestS2_ABoundTokenIsNoBearerToken(t *testing.T) {
	v := newVerifier(t)
	for _, cnf := range []string{boundToKey, boundToCert} {
		for _, kind := range jwtTypes {
			raw := mint(kind, "cnf", cnf)
			for range 2 {
				token, err := verify(v, raw)
				expect(t, token, err, tokens.ErrSenderConstrained)
				token, err = v.VerifyBound(t.Context(), raw, nil, kind)
				expect(t, token, err, tokens.ErrSenderConstrained)
				token, err = v.VerifyBound(t.Context(), raw, holdsAll, kind) // which remembers it
				expect(t, token, err, "")
			}
		}
	}
}

// confirm is asked last, so that what a proof costs is spent on good tokens alone.
func TestS2_OnlyAGoodTokenIsAskedFor(t *testing.T) {
	for name, raw := range map[string]string{
		"forged":         flip(mint(tokens.TypeM2M, "cnf", boundToKey), 2),
		"expired":        mint(tokens.TypeM2M, "cnf", boundToKey, "exp", `1799999000`),
		"revoked":        mint(tokens.TypeM2M, "cnf", boundToKey, "jti", `"x"`),
		"another type":   mint(tokens.TypeSession, "cnf", boundToKey),
		"of an odd cnf":  mint(tokens.TypeM2M, "cnf", `{}`),
		"not understood": "x",
	} {
		v := newVerifier(t, func(c *tokens.Config) { c.Revocations = &asked{revoked: true} })
		token, err := v.VerifyBound(t.Context(), raw, func(tokens.Confirmation) error {
			t.Errorf("%s: asked", name)
			return nil
		}, tokens.TypeM2M)
		if token != nil || err == nil {
			t.Errorf("%s: %v, %v", name, token, err)
		}
	}
}

func TestS2_ConfirmDecides(t *testing.T) {
	v := newVerifier(t)
	for _, no := range []error{tokens.ErrProofReplayed, &tokens.Error{Code: tokens.ErrProofReplayed, Err: errors.New("x")}} {
		for range 2 {
			token, err := v.VerifyBound(t.Context(), mint(tokens.TypeM2M), func(tokens.Confirmation) error { return no }, tokens.TypeM2M)
			expect(t, token, err, tokens.ErrProofReplayed)
			if e, ok := errors.AsType[*tokens.Error](err); !ok || e.Type != tokens.TypeM2M {
				t.Errorf("%v doesn't say of which type of token", err)
			}
		}
	}
}

// What a backend says of an opaque token counts as much as a claim.
func TestS2_OpaqueTokens(t *testing.T) {
	v := newVerifier(t, func(c *tokens.Config) {
		c.Opaque = tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) {
			return &tokens.OAuthToken{Meta: tokens.Meta{Subject: "user_1", Confirmation: tokens.Confirmation{JWKThumbprint: clientKey}}}, nil
		})
	})
	token, err := verify(v, "oat_x")
	expect(t, token, err, tokens.ErrSenderConstrained)
	token, err = v.VerifyBound(t.Context(), "oat_x", holdsAll, tokens.TypeOAuth)
	expect(t, token, err, "")
}

func TestCertificateThumbprint_RFC8705AppendixA(t *testing.T) {
	block, _ := pem.Decode([]byte(`-----BEGIN CERTIFICATE-----
MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx
ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ
/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV
bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=
-----END CERTIFICATE-----`))
	if got := tokens.CertificateThumbprint(block.Bytes); got != clientCert {
		t.Errorf("the thumbprint is %s, want %s", got, clientCert)
	}
}

func TestSigner_BindsTokens(t *testing.T) {
	v := newVerifier(t)
	for _, want := range confirmations {
		s := newSigner(t)
		session, err1 := s.SignSession(tokens.SessionParams{UserID: "user_1", SessionID: "sess_1", TTL: time.Minute, Confirmation: want})
		m2m, err2 := s.SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute, Confirmation: want})
		oauth, err3 := s.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "client_1", TTL: time.Minute, Confirmation: want})
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		for _, raw := range []string{session, m2m, oauth} {
			var got tokens.Confirmation
			_, err := v.VerifyBound(t.Context(), raw, func(c tokens.Confirmation) error { got = c; return nil }, tokens.AnyType()...)
			if err != nil || got != want {
				t.Errorf("minted for %v, bound to %v: %v", want, got, err)
			}
		}
	}
	for _, bad := range []tokens.Confirmation{{JWKThumbprint: "x"}, {CertificateThumbprint: clientCert + "="}} {
		if raw, err := newSigner(t).SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Minute, Confirmation: bad}); raw != "" || !errors.Is(err, tokens.ErrParams) {
			t.Errorf("bound to %v: %v", bad, err)
		}
	}
}

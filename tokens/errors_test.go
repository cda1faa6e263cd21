package tokens_test

import (
	"context"
	"encoding/base64"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// failures has, for each code, a way to come by it.
func failures(t *testing.T) map[tokens.Code]func() error {
	fails := func(raw string, change ...func(*tokens.Config)) func() error {
		return func() error {
			_, err := verify(newVerifier(t, change...), raw)
			return err
		}
	}
	backend := func(err error) func() error {
		return func() error {
			_, got := verify(answering(t, nil, err), "mt_x")
			return got
		}
	}
	good := proofWith()
	proving := func(proof string, change ...func(*tokens.ProofOf)) func() error {
		of := proofOf(t)
		for _, f := range change {
			f(&of)
		}
		return func() error { return newDPoP(t).Verify(t.Context(), proof, of) }
	}
	confirming := func(err error) func() error {
		return func() error {
			_, got := newVerifier(t).VerifyBound(t.Context(), mint(tokens.TypeM2M), func(tokens.Confirmation) error { return err }, tokens.TypeM2M)
			return got
		}
	}
	session := tokens.TypeSession
	return map[tokens.Code]func() error{
		tokens.ErrMalformed:         fails("x"),
		tokens.ErrTooLarge:          fails(strings.Repeat("x", 16<<10+1)),
		tokens.ErrTypeMismatch:      fails(mintHeader(session, "cat", `"cl_B7d4PD222AAA"`)),
		tokens.ErrInvalid:           fails(mintHeader(tokens.TypeM2M, "cat", `"cl_B7d4PD222AAA"`)),
		tokens.ErrHeader:            fails(mintHeader(session, "crit", `[]`)),
		tokens.ErrAlgorithm:         fails(mintHeader(session, "alg", `"none"`)),
		tokens.ErrKeyID:             fails(mintHeader(session, "kid", "")),
		tokens.ErrUnknownKey:        fails(mintHeader(session, "kid", `"x"`)),
		tokens.ErrSignature:         fails(flip(mint(session), 2)),
		tokens.ErrSubject:           fails(mint(session, "sub", "")),
		tokens.ErrClaims:            fails(mint(session, "sid", "")),
		tokens.ErrAudience:          fails(mint(tokens.TypeOAuth), func(c *tokens.Config) { c.Audience = []string{"a"} }),
		tokens.ErrAuthorizedParty:   fails(mint(session), func(c *tokens.Config) { c.AuthorizedParties = []string{"a"} }),
		tokens.ErrIssuer:            fails(mint(session), func(c *tokens.Config) { c.Issuers = []string{"a"} }),
		tokens.ErrExpired:           fails(mint(session, "exp", `1`)),
		tokens.ErrNotYetValid:       fails(mint(session, "nbf", `1900000000`)),
		tokens.ErrIssuedInFuture:    fails(mint(session, "iat", `1900000000`)),
		tokens.ErrSenderConstrained: fails(mint(session, "cnf", `{}`)),
		tokens.ErrUnbound:           confirming(tokens.ErrUnbound),
		tokens.ErrCertificate:       confirming(tokens.ErrCertificate),
		tokens.ErrSessionPending:    fails(mint(session, "sts", `"pending"`)),
		tokens.ErrRevoked:           fails(mint(session, "jti", `"x"`), func(c *tokens.Config) { c.Revocations = &asked{revoked: true} }),

		tokens.ErrProofMalformed: proving("x"),
		tokens.ErrProofKey:       proving(good, func(of *tokens.ProofOf) { of.JWKThumbprint = "x" }),
		tokens.ErrProofSignature: proving(flip(good, 2)),
		tokens.ErrProofMethod:    proving(proofWith("htm", `"POST"`)),
		tokens.ErrProofURL:       proving(proofWith("htu", `"https://x"`)),
		tokens.ErrProofToken:     proving(proofWith("ath", `"x"`)),
		tokens.ErrProofTime:      proving(proofWith("iat", `1`)),
		tokens.ErrProofNonce: func() error {
			d := newDPoP(t, func(c *tokens.DPoPConfig) { c.NonceSecret = tokens.NewSecret(strings.Repeat("s", 32)) })
			return d.Verify(t.Context(), good, proofOf(t))
		},
		tokens.ErrProofReplayed: func() error {
			d := newDPoP(t)
			if err := d.Verify(t.Context(), good, proofOf(t)); err != nil {
				return err
			}
			return d.Verify(t.Context(), good, proofOf(t))
		},
		tokens.ErrReplaysUnavailable: func() error {
			return newDPoP(t, func(c *tokens.DPoPConfig) { c.Replays = brokenStore{} }).Verify(t.Context(), good, proofOf(t))
		},

		tokens.ErrNoKeys: fails(mint(session), func(c *tokens.Config) {
			c.Keys, c.Opaque = nil, tokens.OpaqueVerifierFunc(func(context.Context, string, tokens.Type) (tokens.Token, error) { return nil, nil })
		}),
		tokens.ErrNoOpaqueVerifier: fails("mt_x"),
		tokens.ErrConfig: func() error {
			_, err := tokens.NewVerifier(tokens.Config{})
			return err
		},
		tokens.ErrParams: func() error {
			_, err := newSigner(t).SignM2M(tokens.M2MParams{})
			return err
		},
		tokens.ErrSigning: func() error {
			key, err := jwk.NewPrivateKey(edKeyID, "EdDSA", brokenSigner{errors.New("broken")})
			if err != nil {
				return err
			}
			_, err = newSigner(t, func(c *tokens.SignerConfig) { c.Key = key }).SignM2M(tokens.M2MParams{MachineID: "mch_1", TTL: time.Second})
			return err
		},

		tokens.ErrKeysUnavailable:        fails(mint(session), func(c *tokens.Config) { c.Keys = failingKeys{jwk.ErrUnavailable} }),
		tokens.ErrBackendUnavailable:     backend(context.DeadlineExceeded),
		tokens.ErrRevocationsUnavailable: fails(mint(session, "jti", `"x"`), func(c *tokens.Config) { c.Revocations = &asked{err: errors.New("down")} }),
		tokens.ErrSecretKey:              backend(tokens.ErrSecretKey),
	}
}

func TestErrors_EveryCode(t *testing.T) {
	temporary := map[tokens.Code]bool{
		tokens.ErrKeysUnavailable: true, tokens.ErrBackendUnavailable: true, tokens.ErrRevocationsUnavailable: true, tokens.ErrReplaysUnavailable: true,
		tokens.ErrSecretKey: true,
	}
	failures := failures(t)
	for want, fail := range failures {
		err := fail()
		if code(err) != want || !errors.Is(err, want) {
			t.Errorf("%s: got %v", want, err)
			continue
		}
		for other := range failures {
			if other != want && errors.Is(err, other) {
				t.Errorf("errors.Is(%v, %s) is true", err, other)
			}
		}
		if text := err.Error(); !strings.HasPrefix(text, "tokens: "+string(want)) || strings.ContainsAny(text, "\r\t") {
			t.Errorf("%s: text %q", want, text)
		}
		if want.Error() != string(want) || want.Temporary() != temporary[want] {
			t.Errorf("%s: Error() = %q, Temporary() = %v", want, want.Error(), want.Temporary())
		}
	}
	for name, value := range declaredCodes(t) {
		if failures[value] == nil {
			t.Errorf("%s is tested nowhere", name)
		}
	}
	if len(declaredCodes(t)) != len(failures) {
		t.Errorf("%d codes are declared, %d tested", len(declaredCodes(t)), len(failures))
	}
}

// declaredCodes reads the constants of errors.go.
func declaredCodes(t *testing.T) map[string]tokens.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := make(map[string]tokens.Code)
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Err") {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes[spec.Names[0].Name] = tokens.Code(text)
		}
		return true
	})
	return codes
}

func TestError_WithoutDetail(t *testing.T) {
	err := error(&tokens.Error{Code: tokens.ErrExpired})
	if err.Error() != "tokens: token-expired" || !errors.Is(err, tokens.ErrExpired) {
		t.Errorf("%v", err)
	}
}

const secret = "s3cr3t-value"

// A log may hold every error there is: none tells what a token said, whatever it said and however it failed.
func TestErrors_SayNothingOfTheToken(t *testing.T) {
	values := []string{
		`"` + secret + `"`, `["` + secret + `"]`, `[["` + secret + `"]]`, `{"` + secret + `":"` + secret + `"}`, `"` + secret + `\ud83d\ude00"`,
		`"mch_` + secret + `"`, `"` + strings.Repeat(secret, 30) + `"`, `"` + secret, "\"" + secret + "\xff\"", `"` + secret + `\ud800"`,
	}
	names := strings.Fields(`alg kid typ cat crit jwk x5u iss sub aud exp nbf iat jti cnf sid azp sts v org_id org_role org_slug org_permissions
		fva fea pla o act scopes client_id scp scope`)
	strict := newVerifier(t, func(c *tokens.Config) {
		c.Issuers, c.Audience, c.AuthorizedParties, c.Machine = []string{"a"}, []string{"a"}, []string{"a"}, "mch_a"
	})
	open := newVerifier(t)
	forged := newVerifier(t, func(c *tokens.Config) { c.Keys = oneKey{signingKeys(t)["RS256"].Public()} })
	failed := 0
	for _, kind := range jwtTypes {
		for _, name := range names {
			for _, value := range values {
				for _, raw := range []string{
					mint(kind, name, value),
					mintHeader(kind, name, value),
					flip(mint(kind, name, value), 2),
					mint(kind, name, value, "v", `2`, "o", `{"per":`+value+`,"fpm":`+value+`}`),
					"mt_" + mint(kind, name, value),
					mint(kind, name, value) + secret + "!",
				} {
					for _, v := range []*tokens.Verifier{strict, open, forged} {
						if _, err := verify(v, raw); err != nil {
							failed++
							quiet(t, err, raw)
						}
						if _, err := v.Classify(raw); err != nil {
							quiet(t, err, raw)
						}
					}
				}
			}
		}
	}
	if failed < 1000 {
		t.Errorf("only %d tokens failed", failed)
	}
}

// quiet sees that an error holds neither the secret nor any longer part of the token.
func quiet(t *testing.T, err error, raw string) {
	t.Helper()
	text := err.Error()
	if strings.Contains(text, secret) || strings.Contains(text, base64.RawURLEncoding.EncodeToString([]byte(secret))[:12]) {
		t.Fatalf("%q tells the secret", text)
	}
	for segment := range strings.SplitSeq(raw, ".") {
		if len(segment) > 12 && strings.Contains(text, segment[:12]) {
			t.Fatalf("%q has a part of the token", text)
		}
	}
}

func TestErrors_SayNothingOfTheClaims(t *testing.T) {
	v := newVerifier(t)
	for _, value := range []string{`"` + secret + `"`, `["` + secret + `"]`, `{"a":"` + secret + `"}`, `"2006-` + secret + `"`} {
		token, err := verify(v, mint(tokens.TypeM2M, "x", value))
		if err != nil {
			t.Fatal(err)
		}
		for _, dst := range []any{
			&struct {
				X int `json:"x"`
			}{},
			&struct {
				X time.Time `json:"x"`
			}{},
			&struct {
				X struct {
					A []int `json:"a"`
				} `json:"x"`
			}{},
			&struct {
				X chatty `json:"x"`
			}{},
			&map[string]int{}, new(int), new(chan int), nil, struct{}{}, (*struct{})(nil), map[string]any{},
		} {
			err := token.Claims(dst)
			if code(err) != tokens.ErrClaims {
				t.Errorf("Claims(%T) = %v, want ErrClaims", dst, err)
			} else if strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells the secret", err)
			}
		}
		m := new(tokens.APIKey)
		if err := m.SetClaims([]byte(`{"x":` + value)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("SetClaims: %v", err)
		}
	}
}

// chatty is a caller's type whose own error repeats what it got.
type chatty struct{}

func (*chatty) UnmarshalJSON(text []byte) error { return errors.New("cannot read " + string(text)) }

func TestErrors_SayNothingOfWhatWasMinted(t *testing.T) {
	s := newSigner(t)
	for _, claims := range []map[string]any{
		{"sub": secret}, {secret + " ": 1}, {"x": secret + "\xff"}, {"x": map[string]any{secret: func() {}}}, {"x": strings.Repeat(secret, 2000)}, {"org_id": []string{secret}, "jti": secret},
	} {
		for _, err := range mintings(s, time.Minute, claims) {
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells the secret", err)
			}
		}
	}
	_, err := s.SignM2M(tokens.M2MParams{MachineID: secret, Scopes: []string{secret + " "}, ID: secret})
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("%v tells the secret", err)
	}
}

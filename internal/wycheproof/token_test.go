package wycheproof_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"example.com/machineauth/tokens"
)

// claims is the payload of a session that a Verifier accepts under a good signature. No vector has it, so none has that.
var claims = base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"user_1","sid":"sess_1","exp":253402300799}`))

// A judge takes the three steps of the package comment with one key set.
type judge struct {
	t        *testing.T
	keys     *recorder
	verifier *tokens.Verifier
}

func newJudge(t *testing.T, set []byte) *judge {
	t.Helper()
	keys := newRecorder(set)
	verifier, err := tokens.NewVerifier(tokens.Config{Keys: keys, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	return &judge{t, keys, verifier}
}

// token returns nil if the vector's JWS is accepted.
func (j *judge) token(v vector) error {
	s, ok := cut(v.token())
	if !ok {
		return j.whole(v.token())
	}
	// JWS allows an empty payload. That a Verifier doesn't is listed where the vector is valid; where it is invalid, it must
	// not hide whether key or signature are refused too.
	if v.valid() || s.payload != "" {
		if err := j.form(s); err != nil {
			return err
		}
	}
	return j.keyAndSignature(s)
}

// whole judges what has no segments to take apart.
func (j *judge) whole(token string) error {
	_, err := j.verifier.Verify(j.t.Context(), token, tokens.AnyType()...)
	return err
}

// form judges header and payload as segments.
func (j *judge) form(s jws) error {
	_, err := j.verifier.Classify(s.header + "." + claims + "." + s.payload)
	return err
}

// keyAndSignature judges the header and the form of the signature, and then the signature with the key that the Verifier was
// given.
func (j *judge) keyAndSignature(s jws) error {
	j.keys.given = nil
	err := j.whole(s.header + "." + claims + "." + s.signature)
	switch {
	case err == nil:
		j.t.Fatal("a signature was accepted for claims that it was not made for")
	case j.keys.given == nil || !errors.Is(err, tokens.ErrSignature):
		return err
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(s.signature)
	if err != nil {
		j.t.Fatalf("the Verifier read a signature that is not base64url: %v", err)
	}
	return j.keys.given.Verify(s.signingInput(), signature)
}

// TestTokens holds whole tokens to C2, V2 to V5, and K5.
func TestTokens(t *testing.T) {
	for _, name := range []string{"json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"} {
		t.Run(name, func(t *testing.T) {
			file, count := readVectors(t, name), newTally()
			for _, g := range file.Groups {
				set := g.keySet(t)
				judge := newJudge(t, set.raw)
				for _, v := range g.Vectors {
					if v.JWE != nil {
						file.Count--
						continue
					}
					verdict := judge.token(v)
					// Most vectors about form are under HMAC keys. They must not pass because of that.
					if !isCompact(v.token()) && !errors.Is(verdict, tokens.ErrMalformed) {
						t.Errorf("tcId %d (%s) is not of the form of a JWS, but the verdict is %v", v.ID, v.Comment, verdict)
					}
					count.judge(t, v, verdict, listed(t, v, set))
				}
			}
			count.report(t, file.Count)
		})
	}
}

package authobj_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// authority mints tokens and verifies them, so that auth objects are made of what a service would see.
type authority struct {
	key      *jwk.PrivateKey
	signer   *tokens.Signer
	verifier *tokens.Verifier
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	key, err := jwk.NewPrivateKey("ins_1", jwk.EdDSA, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	must(t, err)
	keys, err := jwk.NewStatic(key.Public())
	must(t, err)
	signer, err := tokens.NewSigner(tokens.SignerConfig{Key: key, Issuer: "https://issuer.example"})
	must(t, err)
	opaque := tokens.OpaqueVerifierFunc(func(_ context.Context, raw string, _ tokens.Type) (tokens.Token, error) {
		k := &tokens.APIKey{Meta: tokens.Meta{ID: "ak_1", Subject: raw[len("ak_"):]}, Name: "ci", Scopes: []string{"a", "b"}}
		return k, k.SetClaims([]byte(`{"tenant": "only-in-claims"}`))
	})
	verifier, err := tokens.NewVerifier(tokens.Config{Keys: keys, Opaque: opaque, AllowPendingSessions: true})
	must(t, err)
	return authority{key, signer, verifier}
}

// auth verifies what was minted, and returns the caller and the token it was made of.
func (a authority) auth(t testing.TB) func(raw string, err error) (authobj.Auth, tokens.Token) {
	return func(raw string, err error) (authobj.Auth, tokens.Token) {
		t.Helper()
		must(t, err)
		token, err := a.verifier.Verify(t.Context(), raw, tokens.AnyType()...)
		must(t, err)
		return authobj.New(token), token
	}
}

// session is the caller whose token has the claims, sub and sid among them.
func (a authority) session(t testing.TB, claims map[string]any) *authobj.Session {
	t.Helper()
	text, err := json.Marshal(claims)
	must(t, err)
	token, err := a.verify(t, text)
	must(t, err)
	return authobj.New(token).(*authobj.Session)
}

// verify returns the token that claims become, signed byte for byte as they are but for an exp before them, if it is valid.
// A [tokens.Signer] wouldn't mint what is malformed.
func (a authority) verify(t testing.TB, claims []byte) (tokens.Token, error) {
	t.Helper()
	if !bytes.Contains(claims, []byte(`"exp"`)) {
		claims = append([]byte(`{"exp":4102444800,`), claims[1:]...)
	}
	encode := base64.RawURLEncoding.EncodeToString
	input := encode([]byte(`{"alg":"EdDSA","kid":"ins_1","typ":"JWT"}`)) + "." + encode(claims)
	signature, err := a.key.Sign([]byte(input))
	must(t, err)
	return a.verifier.Verify(t.Context(), input+"."+encode(signature))
}

// everybody is one caller of each type, with all that a token can say.
func (a authority) everybody(t testing.TB) map[tokens.Type]authobj.Auth {
	t.Helper()
	verify := a.auth(t)
	custom := map[string]any{"tenant": "only-in-claims"}
	m2m, _ := verify(a.signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", Scopes: []string{"a", "b"}, TTL: time.Minute, Claims: custom}))
	oauth, _ := verify(a.signer.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "client_1", Scopes: []string{"a", "b"}, TTL: time.Minute, Claims: custom}))
	key, _ := verify("ak_user_1", nil)
	return map[tokens.Type]authobj.Auth{
		tokens.TypeSession: a.session(t, fullSession()),
		tokens.TypeM2M:     m2m,
		tokens.TypeOAuth:   oauth,
		tokens.TypeAPIKey:  key,
	}
}

// sessionToken mints what fullSession says.
func sessionToken(t testing.TB) (string, error) {
	t.Helper()
	claims := fullSession()
	for _, name := range []string{"sub", "sid", "azp"} {
		delete(claims, name)
	}
	return newAuthority(t).signer.SignSession(tokens.SessionParams{
		UserID: "user_1", SessionID: "sess_1", AuthorizedParty: "https://app.example", TTL: time.Minute, Claims: claims,
	})
}

func fullSession() map[string]any {
	return map[string]any{
		"sub": "user_1", "sid": "sess_1", "azp": "https://app.example", "sts": "active", "tenant": "only-in-claims",
		"v": 2, "o": map[string]any{"id": "org_1", "slg": "acme", "rol": "admin", "per": "read,write", "fpm": "3"},
		"fea": "o:reports,u:export", "pla": "u:pro", "fva": []int{5, -1}, "act": map[string]any{"sub": "user_2"},
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package attacks

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/jwk"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
)

// What must not be seen of callers and keys: the claims that have fields, those that haven't, and which keys there are.
const (
	fieldCanary = "IllUsTraTiveField"
	claimCanary = "EsoTericCustomClaim"
	kidCanary   = "ins_HouseholdKeyName"
)

// fill puts the canary into every string of a struct, so that a new field is looked for, too.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(fieldCanary)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	}
}

// filled returns a value that is full of canaries.
func filled[T any](t *testing.T) *T {
	t.Helper()
	v := new(T)
	fill(reflect.ValueOf(v).Elem())
	if m, ok := any(v).(interface{ SetClaims([]byte) error }); ok {
		check(t, m.SetClaims([]byte(`{"custom":"`+claimCanary+`"}`)))
	}
	return v
}

// identities are values of the types that say who somebody is, in every place.
func identities(t *testing.T) map[string][]place {
	t.Helper()
	session, m2m, oauth, key := filled[tokens.SessionToken](t), filled[tokens.M2MToken](t), filled[tokens.OAuthToken](t), filled[tokens.APIKey](t)
	caller := func(token tokens.Token) authobj.Auth { return authobj.New(token) }
	return map[string][]place{
		"tokens.Meta":         places(*filled[tokens.Meta](t)),
		"tokens.SessionToken": places(*session),
		"tokens.M2MToken":     places(*m2m),
		"tokens.OAuthToken":   places(*oauth),
		"tokens.APIKey":       places(*key),
		"tokens.Token":        places[tokens.Token](session),
		"tokens.M2MRecord":    places(*filled[tokens.M2MRecord](t)),
		"tokens.M2MList":      places(*filled[tokens.M2MList](t)),
		"tokens.CreatedM2M":   places(tokens.CreatedM2M{Token: m2m, Text: tokens.NewSecret(claimCanary)}),
		"authobj.Session":     places(*caller(session).(*authobj.Session)),
		"authobj.M2M":         places(*caller(m2m).(*authobj.M2M)),
		"authobj.OAuth":       places(*caller(oauth).(*authobj.OAuth)),
		"authobj.APIKey":      places(*caller(key).(*authobj.APIKey)),
		"authobj.Auth":        places(caller(session)),
		"middleware.Decision": places(middleware.Decision{Auth: caller(oauth), Type: tokens.TypeOAuth}),
	}
}

// TestL01_NoIdentityIsPrinted: what says who somebody is prints as redacted wherever fmt, JSON and slog ask it. In unexported
// fields fmt doesn't ask: there the fields of a token or of an auth object may be seen, as package authobj says, but no other
// claim.
func TestL01_NoIdentityIsPrinted(t *testing.T) {
	ofField, ofClaim := forms([]byte(fieldCanary)), forms([]byte(claimCanary))
	shown := 0
	for name, list := range identities(t) {
		for _, p := range list {
			text := allFormats(p.value)
			if form := firstOf(ofClaim, text); form != "" {
				t.Errorf("a %s %s shows a claim as %q: %.300s", name, p.name, form, text)
			}
			if form := firstOf(ofField, text); form != "" && !p.hidden {
				t.Errorf("a %s %s shows a field as %q: %.300s", name, p.name, form, text)
			} else if form != "" {
				shown++
			}
		}
	}
	t.Logf("in unexported fields fmt shows fields of them in %d places", shown)
}

// TestL01_NoStateIsPrinted: what holds the callers, keys and tokens of a service shows none of them, wherever it is, nor does
// a request that went through one.
func TestL01_NoStateIsPrinted(t *testing.T) {
	key := must(jwk.NewPrivateKey(kidCanary, jwk.EdDSA, keyNamed(t, "D1")))
	set := must(jwk.MarshalJWKS(key.Public()))
	endpoint := httptest.NewServer(says(http.StatusOK, string(set)))
	defer endpoint.Close()
	remote := must(jwk.NewRemote(jwk.RemoteConfig{URL: endpoint.URL}))
	defer remote.Close()
	static := must(jwk.FromJWKS(set))

	signer := must(tokens.NewSigner(tokens.SignerConfig{Key: key, Issuer: issuerA}))
	raw := must(signer.SignSession(tokens.SessionParams{UserID: fieldCanary, SessionID: fieldCanary, TTL: time.Hour, Claims: map[string]any{"custom": claimCanary}}))
	config := tokens.Config{Keys: static}
	cold, warm := must(tokens.NewVerifier(config)), must(tokens.NewVerifier(tokens.Config{Keys: remote}))
	_, err := warm.Verify(t.Context(), raw)
	check(t, err)
	_, forged := cold.Verify(t.Context(), forge(raw))
	m := must(middleware.New(middleware.Config{Verifier: warm}))
	var inside *http.Request
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+raw)
	m.Require()(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { inside = r })).ServeHTTP(httptest.NewRecorder(), r)
	inside.Header.Del("Authorization") // who prints a request prints its headers

	needles := slices.Concat(forms([]byte(fieldCanary)), forms([]byte(claimCanary)), forms([]byte(kidCanary)), forms([]byte(raw)))
	for name, list := range map[string][]place{
		"jwk.Static":            places(static),
		"jwk.Static itself":     places(*static),
		"jwk.Source":            places[jwk.Source](static),
		"jwk.Remote":            places(remote),
		"tokens.Config":         places(config),
		"tokens.Verifier":       slices.Concat(places(cold), places(warm)),
		"tokens.Signer":         places(signer),
		"tokens.Error":          places(forged),
		"middleware.Middleware": places(m),
		"http.Request":          places(inside),
		"context.Context":       slices.Concat(places(inside.Context()), places(authobj.NewContext(t.Context(), authobj.New(filled[tokens.M2MToken](t))))),
	} {
		for _, p := range list {
			if form := firstOf(needles, allFormats(p.value)); form != "" {
				t.Errorf("a %s %s shows %q: %.300s", name, p.name, form, allFormats(p.value))
			}
		}
	}

	revoked, store, replays := new(tokens.RevocationList), issuer.NewMemory(0, nil), tokens.NewReplayMemory(0)
	check(t, revoked.RevokeToken(fieldCanary, fieldCanary, time.Now().Add(time.Hour)))
	check(t, store.Put(t.Context(), issuer.Record{Kind: issuer.KindMachine, ID: fieldCanary, Subject: fieldCanary, Data: []byte(claimCanary)}))
	_, err = replays.Spend(t.Context(), [32]byte([]byte(strings.Repeat(claimCanary, 2))), time.Now())
	check(t, err)
	for name, list := range map[string][]place{
		"tokens.RevocationList": places(revoked),
		"tokens.Config":         places(tokens.Config{Keys: static, Revocations: revoked}),
		"issuer.Memory":         places(store),
		"tokens.ReplayMemory":   places(replays),
	} {
		for _, p := range list {
			if form := firstOf(needles, properFormats(p.value)); form != "" {
				t.Errorf("a %s %s shows %q: %.300s", name, p.name, form, properFormats(p.value))
			}
		}
	}
}

// forge makes a token that was never signed out of one that was.
func forge(raw string) string {
	signature := strings.LastIndexByte(raw, '.') + 1
	return raw[:signature] + strings.Repeat("A", len(raw)-signature)
}

// firstOf returns the first of the needles that is in a text.
func firstOf(needles []string, text string) string {
	for _, n := range needles {
		if strings.Contains(text, n) {
			return n
		}
	}
	return ""
}

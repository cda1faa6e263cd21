package tokens_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestB1_WireFormat(t *testing.T) {
	tests := []struct {
		kind                 tokens.Type
		path, member, bearer string
	}{
		{tokens.TypeM2M, "/m2m_tokens/verify", "token", machineSecret},
		{tokens.TypeOAuth, "/oauth_applications/access_tokens/verify", "access_token", secretKey},
		{tokens.TypeAPIKey, "/api_keys/verify", "secret", secretKey},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			b := newFakeBackend(t, saysOf(tt.kind))
			if _, err := b.client(t).VerifyOpaque(t.Context(), opaqueTokens[tt.kind], tt.kind); err != nil {
				t.Fatal(err)
			}
			asked := b.asked()
			want := []backendCall{{Method: "POST", Path: tt.path, Body: `{"` + tt.member + `":"` + opaqueTokens[tt.kind] + `"}`}}
			if diff := cmp.Diff(want, asked, cmpopts.IgnoreFields(backendCall{}, "Header")); diff != "" {
				t.Error(diff)
			}
			header := asked[0].Header
			got := []string{header.Get("Authorization"), header.Get("Clerk-API-Version"), header.Get("Content-Type")}
			if diff := cmp.Diff([]string{"Bearer " + tt.bearer, "2026-05-12", "application/json"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestB1_SecretKeyServesM2MWhereThereIsNoMachineSecret(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.MachineSecretKey = tokens.Secret{} })
	if _, err := c.VerifyM2M(t.Context(), "mt_abc"); err != nil {
		t.Fatal(err)
	}
	if got := b.asked()[0].Header.Get("Authorization"); got != "Bearer "+secretKey {
		t.Errorf("Authorization = %q", got)
	}
}

func TestB1_MachineSecretServesM2MOnly(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeAPIKey))
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.SecretKey = tokens.Secret{} })
	_, err := c.VerifyAPIKey(t.Context(), "ak_abc")
	if got := code(err); got != tokens.ErrNoOpaqueVerifier || len(b.asked()) != 0 {
		t.Errorf("error = %v, after %d requests", err, len(b.asked()))
	}
}

// ignoreClaims compares tokens but for their claims, which are nobody's to see.
var ignoreClaims = cmpopts.IgnoreUnexported(tokens.Meta{})

func TestO1toO5_OpaqueTokens(t *testing.T) {
	meta := func(id, subject string) tokens.Meta {
		return tokens.Meta{ID: id, Subject: subject, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}
	}
	oauth, apiKey := meta("oat_1", "user_1"), meta("ak_1", "org_1")
	oauth.Audience = []string{"https://api.example.com"}
	apiKey.ExpiresAt = time.Time{}
	tests := map[tokens.Type]struct {
		want   tokens.Token
		claims string
	}{
		tokens.TypeM2M: {
			&tokens.M2MToken{Meta: meta("mt_1", "mch_caller"), Scopes: []string{"mch_us"}},
			`{"tenant":"é","n":12345678901234567890,"list":[null,{}]}`,
		},
		tokens.TypeOAuth: {
			&tokens.OAuthToken{Meta: oauth, ClientID: "client_1", Scopes: []string{"openid", "profile"}},
			`{"act":{"sub":"agent_1"}}`,
		},
		tokens.TypeAPIKey: {
			&tokens.APIKey{Meta: apiKey, Name: "nightly job", Scopes: []string{"reports:read"}},
			``,
		},
	}
	for kind, tt := range tests {
		t.Run(string(kind), func(t *testing.T) {
			b := newFakeBackend(t, saysOf(kind))
			got, err := b.client(t).VerifyOpaque(t.Context(), opaqueTokens[kind], kind)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, ignoreClaims); diff != "" {
				t.Error(diff)
			}
			var claims jsontext.Value
			if err := got.Claims(&claims); err != nil || string(claims) != tt.claims {
				t.Errorf("claims = %s, %v; want %s", claims, err, tt.claims)
			}
		})
	}
}

func TestB3_B6_AnswersOfTheBackendAPI(t *testing.T) {
	const (
		m2m, oauth, apiKey = tokens.TypeM2M, tokens.TypeOAuth, tokens.TypeAPIKey
	)
	tests := []struct {
		name string
		kind tokens.Type
		set  []string // of the good answer
		want tokens.Code
	}{
		{"never expires", m2m, []string{"expiration", `null`}, ""},
		{"one millisecond left", m2m, []string{"expiration", millis(now.Add(time.Millisecond))}, ""},
		{"seconds", oauth, []string{"expiration", `1800000001`, "created_at", `1800000000`}, ""},
		{"decimals", m2m, []string{"expiration", `1800000001000.5`}, ""},
		{"no scopes", m2m, []string{"scopes", `null`}, ""},
		{"no claims", m2m, []string{"claims", ``}, ""},
		{"unknown member", m2m, []string{"new", `{"a":1}`}, ""},
		{"a user's key", apiKey, []string{"subject", `"user_1"`}, ""},

		{"revoked", m2m, []string{"revoked", `true`}, tokens.ErrRevoked},
		{"revoked", oauth, []string{"revoked", `true`}, tokens.ErrRevoked},
		{"revoked", apiKey, []string{"revoked", `true`}, tokens.ErrRevoked},
		{"revoked and expired", m2m, []string{"revoked", `true`, "expired", `true`}, tokens.ErrRevoked},
		{"expired", m2m, []string{"expired", `true`}, tokens.ErrExpired},
		{"expired, forever valid", apiKey, []string{"expired", `true`, "expiration", `null`}, tokens.ErrExpired},
		{"expires now", m2m, []string{"expiration", millis(now)}, tokens.ErrExpired},
		{"expired in 1970", m2m, []string{"expiration", `1`}, tokens.ErrExpired},
		{"expired in 1970", m2m, []string{"expiration", `0`}, tokens.ErrExpired},
		{"expired before 1970", m2m, []string{"expiration", `-1`}, tokens.ErrExpired},
		{"expired, in seconds", oauth, []string{"expiration", `1800000000`}, tokens.ErrExpired},

		{"a user's M2M token", m2m, []string{"subject", `"user_1"`}, tokens.ErrSubject},
		{"no machine behind the prefix", m2m, []string{"subject", `"mch_"`}, tokens.ErrSubject},
		{"a machine's OAuth token", oauth, []string{"subject", `"mch_1"`}, tokens.ErrSubject},
		{"a machine's API key", apiKey, []string{"subject", `"mch_1"`}, tokens.ErrSubject},
		{"ID of another type", m2m, []string{"id", `"ak_1"`}, tokens.ErrSubject},
		{"ID of another type", oauth, []string{"id", `"mt_1"`}, tokens.ErrSubject},
		{"ID of another type", apiKey, []string{"id", `"oat_1"`}, tokens.ErrSubject},
		{"ID is a prefix", m2m, []string{"id", `"mt_"`}, tokens.ErrSubject},

		{"no id", m2m, []string{"id", ``}, tokens.ErrBackendUnavailable},
		{"no subject", m2m, []string{"subject", ``}, tokens.ErrBackendUnavailable},
		{"null subject", m2m, []string{"subject", `null`}, tokens.ErrBackendUnavailable},
		{"no revoked", m2m, []string{"revoked", ``}, tokens.ErrBackendUnavailable},
		{"null revoked", m2m, []string{"revoked", `null`}, tokens.ErrBackendUnavailable},
		{"revoked is a string", m2m, []string{"revoked", `"false"`}, tokens.ErrBackendUnavailable},
		{"revoked under another name", m2m, []string{"revoked", ``, "Revoked", `false`}, tokens.ErrBackendUnavailable},
		{"no expired", m2m, []string{"expired", ``}, tokens.ErrBackendUnavailable},
		{"no expiration", m2m, []string{"expiration", ``}, tokens.ErrBackendUnavailable},
		{"expiration is a string", m2m, []string{"expiration", `"never"`}, tokens.ErrBackendUnavailable},
		{"expiration beyond all dates", m2m, []string{"expiration", `1e300`}, tokens.ErrBackendUnavailable},
		{"expiration beyond all numbers", m2m, []string{"expiration", `1e999`}, tokens.ErrBackendUnavailable},
		{"scopes is a string", m2m, []string{"scopes", `"a b"`}, tokens.ErrBackendUnavailable},
		{"claims is a string", m2m, []string{"claims", `"x"`}, tokens.ErrBackendUnavailable},
		{"claims too deep", m2m, []string{"claims", `{"a":` + nestedArrays(32) + `}`}, tokens.ErrBackendUnavailable},
		{"duplicate claim", m2m, []string{"claims", `{"a":1,"a":2}`}, tokens.ErrBackendUnavailable},
		{"no client_id", oauth, []string{"client_id", ``}, tokens.ErrBackendUnavailable},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+" "+tt.name, func(t *testing.T) {
			b := newFakeBackend(t, saysOf(tt.kind, tt.set...))
			token, err := b.client(t).VerifyOpaque(t.Context(), opaqueTokens[tt.kind], tt.kind)
			expect(t, token, err, tt.want)
		})
	}
}

func nestedArrays(depth int) string {
	text := make([]byte, 2*depth)
	for i := range depth {
		text[i], text[len(text)-1-i] = '[', ']'
	}
	return string(text)
}

func TestB3_TimesOfOpaqueTokens(t *testing.T) {
	for _, written := range []string{"1800000001000", "1800000001"} { // milliseconds, and what the API's description says of OAuth
		b := newFakeBackend(t, saysOf(tokens.TypeOAuth, "expiration", written))
		token, err := b.client(t).VerifyOAuth(t.Context(), "oat_abc")
		if err != nil {
			t.Fatal(err)
		}
		if want := now.Add(time.Second); !token.ExpiresAt.Equal(want) {
			t.Errorf("%s is %v, want %v", written, token.ExpiresAt, want)
		}
	}
}

func TestClient_AsksNobodyAboutWhatIsNoOpaqueToken(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	for _, raw := range []string{"", "mt_a.b", "a.b.c", "mt_\n", "mt_é", "mt_a b", string(make([]byte, 2<<20))} {
		if _, err := b.client(t).VerifyM2M(t.Context(), raw); code(err) != tokens.ErrMalformed {
			t.Errorf("%.10q: %v", raw, err)
		}
	}
	if _, err := b.client(t).VerifyOpaque(t.Context(), "sess_1", tokens.TypeSession); code(err) != tokens.ErrTypeMismatch {
		t.Errorf("a session: %v", err)
	}
	if n := len(b.asked()); n != 0 {
		t.Errorf("the backend was asked %d times", n)
	}
}

// Through a Verifier, a Client's token is judged once more, and comes out as the type that its prefix promised.
func TestClient_BehindAVerifier(t *testing.T) {
	for _, kind := range opaqueTypes {
		b := newFakeBackend(t, saysOf(kind))
		v := newVerifier(t, func(cfg *tokens.Config) { cfg.Opaque = b.client(t) })
		token, err := v.Verify(t.Context(), opaqueTokens[kind], kind)
		expect(t, token, err, "")
		if err == nil && token.Type() != kind {
			t.Errorf("type = %s, want %s", token.Type(), kind)
		}
		b.answer(says(http.StatusNotFound, `{}`))
		_, err = v.Verify(t.Context(), opaqueTokens[kind], kind)
		if e, ok := err.(*tokens.Error); !ok || e.Code != tokens.ErrInvalid || e.Type != kind {
			t.Errorf("error = %v", err)
		}
	}
}

func TestClient_TokensRedact(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	token, err := b.client(t).VerifyM2M(t.Context(), "mt_abc")
	if err != nil {
		t.Fatal(err)
	}
	encoded, _ := json.Marshal(token)
	if got := string(encoded); got != `"[redacted token]"` {
		t.Errorf("JSON = %s", got)
	}
}

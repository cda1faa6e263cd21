package tokens_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// creates is a handler that answers as if it had created a token with this text.
func creates(text string) http.HandlerFunc {
	return saysOf(tokens.TypeM2M, "token", fmt.Sprintf("%q", text))
}

func TestB4_CreateOpaque(t *testing.T) {
	b := newFakeBackend(t, creates("mt_new"))
	created, err := b.client(t).CreateM2M(t.Context(), tokens.CreateM2MParams{})
	if err != nil {
		t.Fatal(err)
	}
	if got := created.Text.Reveal(); got != "mt_new" {
		t.Errorf("text = %q", got)
	}
	want := &tokens.M2MToken{
		Meta:   tokens.Meta{ID: "mt_1", Subject: "mch_caller", IssuedAt: now, ExpiresAt: now.Add(time.Hour)},
		Scopes: []string{"mch_us"},
	}
	if diff := cmp.Diff(want, created.Token, ignoreClaims); diff != "" {
		t.Error(diff)
	}
	asked := b.asked()[0]
	if got := asked.Header.Get("Authorization"); got != "Bearer "+machineSecret {
		t.Errorf("Authorization = %q", got)
	}
	const body = `{"token_format":"opaque","seconds_until_expiration":null,"claims":null}`
	if asked.Method != "POST" || asked.Path != "/m2m_tokens" || asked.Body != body {
		t.Errorf("the backend was asked %+v, want %s", asked, body)
	}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		if got := fmt.Sprintf(verb, created) + fmt.Sprintf(verb, *created); strings.Contains(got, "mt_new") || strings.Contains(got, "tenant") {
			t.Errorf("printed as %s", got)
		}
	}
}

func TestB4_CreateJWT(t *testing.T) {
	raw := mint(tokens.TypeM2M)
	b := newFakeBackend(t, creates(raw))
	created, err := b.client(t).CreateM2M(t.Context(), tokens.CreateM2MParams{Format: tokens.FormatJWT, TTL: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if created.Text.Reveal() != raw {
		t.Error("the text is not the token that was created")
	}
	if got, want := b.asked()[0].Body, `{"token_format":"jwt","seconds_until_expiration":60,"claims":null}`; got != want {
		t.Errorf("body = %s, want %s", got, want)
	}
}

// Custom claims go through with their names and values untouched, in both directions.
func TestB4_ClaimsRoundTrip(t *testing.T) {
	const wire = `{"big":123456789012345678901234567890,"camelCase":{"snake_case":[1,null,{}]},"max":18446744073709551615,` +
		`"nothing":null,"number":12345678901234567890,"raw":{"b":1,"a":1.50},"scopes":"a b","Ünïcode_Key":"日本 <&>"}`
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	claims := map[string]any{
		"Ünïcode_Key": "日本 <&>",
		"big":         huge,
		"camelCase":   map[string]any{"snake_case": []any{1, nil, map[string]any{}}},
		"max":         uint64(18446744073709551615),
		"nothing":     nil,
		"number":      json.Number("12345678901234567890"),
		"raw":         json.RawMessage(`{"b":1,"a":1.50}`),
		"scopes":      "a b",
	}
	b := newFakeBackend(t, nil)
	b.answer(func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Claims json.RawMessage }
		calls := b.asked()
		_ = json.Unmarshal([]byte(calls[len(calls)-1].Body), &asked)
		saysOf(tokens.TypeM2M, "token", `"mt_new"`, "claims", string(asked.Claims))(w, r)
	})
	created, err := b.client(t).CreateM2M(t.Context(), tokens.CreateM2MParams{Claims: claims, TTL: time.Hour, MinRemainingTTL: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"token_format":"opaque","seconds_until_expiration":3600,"claims":` + wire + `,"min_remaining_ttl_seconds":60}`
	if diff := cmp.Diff(want, b.asked()[0].Body); diff != "" {
		t.Error(diff)
	}
	var got jsontext.Value
	if err := created.Token.Claims(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wire, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestB5_CreateRefuses(t *testing.T) {
	tests := map[string]struct {
		params tokens.CreateM2MParams
		want   []string
	}{
		"reserved claims": {
			tokens.CreateM2MParams{Claims: map[string]any{"iss": 1, "sub": "mch_other", "exp": 1, "nbf": 1, "iat": 1, "jti": 1, "cnf": 1, "fine": 1}},
			[]string{"iss, sub, exp, nbf, iat, jti, cnf"},
		},
		"one reserved claim": {tokens.CreateM2MParams{Claims: map[string]any{"sub": "x"}}, []string{"may not set sub"}},
		"no JSON":            {tokens.CreateM2MParams{Claims: map[string]any{"f": func() {}}}, []string{"cannot be written"}},
		"bad number":         {tokens.CreateM2MParams{Claims: map[string]any{"n": json.Number("1,2")}}, []string{"cannot be written"}},
		"too deep":           {tokens.CreateM2MParams{Claims: map[string]any{"a": json.RawMessage(nestedArrays(32))}}, []string{"at most 32 deep"}},
		"too many":           {tokens.CreateM2MParams{Claims: map[string]any{"a": json.RawMessage("{" + manyMembers(200) + "}")}}, []string{"200 members"}},
		"format":             {tokens.CreateM2MParams{Format: "paseto"}, []string{"Format"}},
		"TTL":                {tokens.CreateM2MParams{TTL: -time.Second}, []string{"TTL must"}},
		"split second":       {tokens.CreateM2MParams{TTL: 1500 * time.Millisecond}, []string{"whole seconds"}},
		"never enough":       {tokens.CreateM2MParams{TTL: time.Minute, MinRemainingTTL: time.Minute}, []string{"less than TTL"}},
		"reused JWT":         {tokens.CreateM2MParams{Format: tokens.FormatJWT, MinRemainingTTL: time.Minute}, []string{"opaque tokens"}},
		"all at once":        {tokens.CreateM2MParams{Format: "x", TTL: -1, Claims: map[string]any{"iss": 1}}, []string{"Format", "TTL", "iss"}},
	}
	b := newFakeBackend(t, creates("mt_new"))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			created, err := b.client(t).CreateM2M(t.Context(), tt.params)
			if created != nil || code(err) != tokens.ErrParams {
				t.Fatalf("CreateM2M = %v, %v", created, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v doesn't name %q", err, want)
				}
			}
		})
	}
	if n := len(b.asked()); n != 0 {
		t.Errorf("the backend was asked %d times", n)
	}
}

func manyMembers(n int) string {
	list := make([]string, n)
	for i := range n {
		list[i] = fmt.Sprintf(`"%d":0`, i)
	}
	return strings.Join(list, ",")
}

func TestB4_CreateAnswers(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		want    tokens.Code
	}{
		"201":             {says(201, resources[tokens.TypeM2M].with("token", `"mt_new"`).String()), ""},
		"400":             {says(400, `{}`), tokens.ErrParams},
		"422":             {says(422, `{}`), tokens.ErrParams},
		"401":             {says(401, `{}`), tokens.ErrSecretKey},
		"404":             {says(404, `{}`), tokens.ErrBackendUnavailable},
		"garbage":         {says(200, `<html>`), tokens.ErrBackendUnavailable},
		"no token":        {saysOf(tokens.TypeM2M), tokens.ErrBackendUnavailable},
		"another format":  {creates(mint(tokens.TypeM2M)), tokens.ErrBackendUnavailable},
		"not a token":     {creates("mt a"), tokens.ErrBackendUnavailable},
		"dead already":    {saysOf(tokens.TypeM2M, "token", `"mt_new"`, "revoked", `true`), tokens.ErrBackendUnavailable},
		"expired already": {saysOf(tokens.TypeM2M, "token", `"mt_new"`, "expiration", millis(now)), tokens.ErrBackendUnavailable},
		"a user's":        {saysOf(tokens.TypeM2M, "token", `"mt_new"`, "subject", `"user_1"`), tokens.ErrBackendUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newFakeBackend(t, tt.handler)
			created, err := b.client(t).CreateM2M(t.Context(), tokens.CreateM2MParams{})
			if code(err) != tt.want || (created == nil) != (err != nil) {
				t.Errorf("CreateM2M = %v, %v; want code %q", created, err, tt.want)
			}
		})
	}
}

// A create that may have happened is not repeated: who asked for one token would get two. The same goes for revoking.
func TestClient_CreateAndRevokeAreSentOnce(t *testing.T) {
	for _, tt := range backendFailures {
		if tt.asked == 1 {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			b := newFakeBackend(t, tt.handler)
			created, err := b.client(t).CreateM2M(t.Context(), tokens.CreateM2MParams{})
			if created != nil || code(err) != tokens.ErrBackendUnavailable || len(b.asked()) != 1 {
				t.Errorf("CreateM2M = %v, %v after %d requests", created, err, len(b.asked()))
			}
			if err := b.client(t).RevokeM2M(t.Context(), "mt_1", ""); code(err) != tokens.ErrBackendUnavailable || len(b.asked()) != 2 {
				t.Errorf("RevokeM2M = %v after %d requests", err, len(b.asked())-1)
			}
		})
	}
}

func TestClient_CreateIsRepeatedWhereItWasNeverSent(t *testing.T) {
	b := newFakeBackend(t, creates("mt_new"))
	var dials atomic.Int32
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials.Add(1) < 3 {
			return nil, errors.New("the network is away")
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.HTTPClient = &http.Client{Transport: transport} })
	if _, err := c.CreateM2M(t.Context(), tokens.CreateM2MParams{}); err != nil {
		t.Fatal(err)
	}
	if got := len(b.asked()); got != 1 {
		t.Errorf("the backend was asked %d times", got)
	}
}

func TestB4_List(t *testing.T) {
	dead := resources[tokens.TypeM2M].with("id", `"mt_2"`, "revoked", `true`, "revocation_reason", `"leaked"`, "expiration", millis(now))
	for _, member := range []string{"m2m_tokens", "data"} {
		b := newFakeBackend(t, says(200, `{"`+member+`":[`+resources[tokens.TypeM2M].String()+`,`+dead.String()+`],"total_count":7}`))
		list, err := b.client(t).ListM2M(t.Context(), tokens.ListM2MParams{MachineID: "mch_caller", Revoked: true, Expired: true, Limit: 2, Offset: 1})
		if err != nil {
			t.Fatal(err)
		}
		meta := tokens.Meta{Subject: "mch_caller", IssuedAt: now}
		alive, gone := meta, meta
		alive.ID, alive.ExpiresAt = "mt_1", now.Add(time.Hour)
		gone.ID, gone.ExpiresAt = "mt_2", now
		want := &tokens.M2MList{Total: 7, Tokens: []*tokens.M2MRecord{
			{Meta: alive, Scopes: []string{"mch_us"}},
			{Meta: gone, Scopes: []string{"mch_us"}, Revoked: true, RevocationReason: "leaked", Expired: true},
		}}
		if diff := cmp.Diff(want, list, ignoreClaims); diff != "" {
			t.Error(diff)
		}
		asked := b.asked()[0]
		if asked.Method != "GET" || asked.Path != "/m2m_tokens" || asked.Query != "expired=true&limit=2&offset=1&revoked=true&subject=mch_caller" || asked.Body != "" {
			t.Errorf("the backend was asked %+v", asked)
		}
	}
}

func TestB4_ListQueryNamesNoMoreThanItMust(t *testing.T) {
	b := newFakeBackend(t, says(200, `{"m2m_tokens":[],"total_count":0}`))
	list, err := b.client(t).ListM2M(t.Context(), tokens.ListM2MParams{MachineID: "mch_1"})
	if err != nil || len(list.Tokens) != 0 || list.Total != 0 || b.asked()[0].Query != "subject=mch_1" {
		t.Errorf("ListM2M = %+v, %v with %s", list, err, b.asked()[0].Query)
	}
}

// A listed token is no verified token: nothing that takes one takes it.
func TestM2MRecord_IsNoToken(t *testing.T) {
	if _, ok := any(&tokens.M2MRecord{}).(tokens.Token); ok {
		t.Error("M2MRecord is a Token")
	}
	if _, ok := any(&tokens.CreatedM2M{}).(tokens.Token); ok {
		t.Error("CreatedM2M is a Token")
	}
}

func TestClient_ListFailures(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		want    tokens.Code
	}{
		"no total":     {says(200, `{"m2m_tokens":[]}`), tokens.ErrBackendUnavailable},
		"incomplete":   {says(200, `{"m2m_tokens":[{}],"total_count":1}`), tokens.ErrBackendUnavailable},
		"garbage":      {says(200, `<html>`), tokens.ErrBackendUnavailable},
		"empty object": {says(200, `{}`), tokens.ErrBackendUnavailable},
		"400":          {says(400, `{}`), tokens.ErrParams},
		"404":          {says(404, `{}`), tokens.ErrInvalid},
		"403":          {says(403, `{}`), tokens.ErrSecretKey},
		"409":          {says(409, `{}`), tokens.ErrBackendUnavailable},
		"500":          {says(500, `{}`), tokens.ErrBackendUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newFakeBackend(t, tt.handler)
			list, err := b.client(t).ListM2M(t.Context(), tokens.ListM2MParams{MachineID: "mch_1"})
			if list != nil || code(err) != tt.want {
				t.Errorf("ListM2M = %v, %v; want code %q", list, err, tt.want)
			}
		})
	}
	b := newFakeBackend(t, says(200, `{"m2m_tokens":[],"total_count":0}`))
	for _, p := range []tokens.ListM2MParams{{}, {MachineID: "mch_"}, {MachineID: "user_1"}, {MachineID: "mch_1", Limit: -1}, {MachineID: "mch_1", Offset: -1}} {
		if _, err := b.client(t).ListM2M(t.Context(), p); code(err) != tokens.ErrParams {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestB4_Revoke(t *testing.T) {
	for reason, body := range map[string]string{"": `{"revocation_reason":null}`, `le"aked`: `{"revocation_reason":"le\"aked"}`} {
		b := newFakeBackend(t, revoked)
		if err := b.client(t).RevokeM2M(t.Context(), "mt_1", reason); err != nil {
			t.Fatal(err)
		}
		if asked := b.asked()[0]; asked.Method != "POST" || asked.Path != "/m2m_tokens/mt_1/revoke" || asked.Body != body {
			t.Errorf("the backend was asked %+v", asked)
		}
	}
}

func TestB4_RevokeRefusesIDsThatAreNone(t *testing.T) {
	b := newFakeBackend(t, revoked)
	for _, id := range []string{"", ".", "..", "%2e%2e", "mt_", "mt_..", "mt_%2e%2e", "mt_/../x", "mt_a/b", "mt_a b", "mt_é", "mt_a?b", "ak_1", "mt_\n"} {
		if err := b.client(t).RevokeM2M(t.Context(), id, ""); code(err) != tokens.ErrParams {
			t.Errorf("%q: %v", id, err)
		}
	}
	if n := len(b.asked()); n != 0 {
		t.Errorf("the backend was asked %d times", n)
	}
}

func TestClient_RevokeFailures(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		want    tokens.Code
	}{
		"unknown":       {says(404, `{}`), tokens.ErrInvalid},
		"not revoked":   {saysOf(tokens.TypeM2M), tokens.ErrBackendUnavailable},
		"another token": {saysOf(tokens.TypeM2M, "revoked", `true`, "id", `"mt_2"`), tokens.ErrBackendUnavailable},
		"empty object":  {says(200, `{}`), tokens.ErrBackendUnavailable},
		"garbage":       {says(200, `<html>`), tokens.ErrBackendUnavailable},
		"401":           {says(401, `{}`), tokens.ErrSecretKey},
		"400":           {says(400, `{}`), tokens.ErrBackendUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newFakeBackend(t, tt.handler)
			if err := b.client(t).RevokeM2M(t.Context(), "mt_1", ""); code(err) != tt.want {
				t.Errorf("RevokeM2M = %v, want code %q", err, tt.want)
			}
		})
	}
}

package tokens_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/machineauth/tokens"
)

// Vectors that were also run against the npm package; the row of each says where this package differs.
func TestO1_M2MVectors(t *testing.T) {
	type m2m struct {
		Error       bool
		ID, Subject string
		Scopes      []string
		Claims      exactJSON
	}
	type row struct {
		Name, Rule string
		Claims     json.RawMessage
		Want       m2m
	}
	v := newVerifier(t)
	for _, row := range readVectors[row](t, "m2m_claims.json") {
		t.Run(row.Rule+" "+row.Name, func(t *testing.T) {
			token, err := verify(v, sign(kinds[tokens.TypeM2M].header.String(), string(row.Claims)))
			got := m2m{Error: true}
			if err == nil {
				m := token.(*tokens.M2MToken)
				got = m2m{false, m.ID, m.Subject, m.Scopes, claimsOf(t, m)}
			}
			if diff := cmp.Diff(row.Want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// exactJSON is a JSON value of any kind, numbers digit by digit.
type exactJSON struct{ Value any }

func (e *exactJSON) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(&e.Value)
}

// claimsOf returns the claims of a token as one JSON object, or null where it has none.
func claimsOf(t *testing.T, token tokens.Token) (e exactJSON) {
	t.Helper()
	var custom map[string]json.RawMessage
	if err := token.Claims(&custom); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(custom)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	return e
}

// What the issuer alone says isn't custom; all else is, and arrives as it left.
func TestO1_CustomClaims(t *testing.T) {
	token, err := verify(newVerifier(t), mint(tokens.TypeM2M,
		"iss", `"https://clerk.example"`, "nbf", `1`, "iat", `1`, "jti", `"mt_1"`,
		"aud", `["mch_2"]`, "scopes", `"mch_2 jobs:run"`,
		"tenant", `{"name":"Zażółć 漢字 🚀","id":9007199254740993,"rows":18446744073709551615,"ratio":0.1,"none":null}`,
		"nested", `[[{"deep":[null,1,"x"]}]]`, "html", `"<&>\u2028\n"`, "sid", `"sess_1"`))
	if err != nil {
		t.Fatal(err)
	}

	type tenant struct {
		Name  string  `json:"name"`
		ID    int64   `json:"id"`
		Rows  uint64  `json:"rows"`
		Ratio float64 `json:"ratio"`
		None  *int    `json:"none"`
	}
	type custom struct {
		Aud    []string        `json:"aud"`
		Scopes string          `json:"scopes"`
		Tenant tenant          `json:"tenant"`
		Nested json.RawMessage `json:"nested"`
		HTML   string          `json:"html"`
		SID    string          `json:"sid"`
		Sub    string          `json:"sub"` // reserved: stay empty
		Exp    int64           `json:"exp"`
		JTI    string          `json:"jti"`
	}
	var got custom
	if err := token.Claims(&got); err != nil {
		t.Fatal(err)
	}
	want := custom{
		Aud: []string{"mch_2"}, Scopes: "mch_2 jobs:run",
		Tenant: tenant{"Zażółć 漢字 🚀", 9007199254740993, 18446744073709551615, 0.1, nil},
		Nested: json.RawMessage(`[[{"deep":[null,1,"x"]}]]`), HTML: "<&>\u2028\n", SID: "sess_1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("into a struct (-want +got)\n%s", diff)
	}

	var loose map[string]any
	if err := token.Claims(&loose); err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for name := range loose {
		names[name] = true
	}
	if diff := cmp.Diff(map[string]bool{"aud": true, "scopes": true, "tenant": true, "nested": true, "html": true, "sid": true}, names); diff != "" {
		t.Errorf("into a map (-want +got)\n%s", diff)
	}
	wantNested := []any{[]any{map[string]any{"deep": []any{nil, 1.0, "x"}}}}
	if diff := cmp.Diff(wantNested, loose["nested"]); diff != "" {
		t.Errorf("into a map (-want +got)\n%s", diff)
	}
	if none, ok := loose["tenant"].(map[string]any)["none"]; !ok || none != nil {
		t.Errorf("into a map: null became %v", none)
	}

	scopes := []string{"mch_2", "jobs:run"}
	if diff := cmp.Diff(scopes, token.(*tokens.M2MToken).Scopes); diff != "" {
		t.Errorf("Scopes (-want +got)\n%s", diff)
	}
}

func TestO1_NoCustomClaims(t *testing.T) {
	token, err := verify(newVerifier(t), mint(tokens.TypeM2M, "jti", `"mt_1"`))
	if err != nil {
		t.Fatal(err)
	}
	var custom map[string]any
	if err := token.Claims(&custom); err != nil || custom != nil {
		t.Errorf("Claims = %v, %v, want nil", custom, err)
	}
}

// What one caller does to a token, the next doesn't see.
func TestO1_ResultIsTheCallers(t *testing.T) {
	v := newVerifier(t)
	raw := mint(tokens.TypeM2M, "aud", `["mch_2","mch_3"]`)
	first, err := verify(v, raw)
	if err != nil {
		t.Fatal(err)
	}
	m := first.(*tokens.M2MToken)
	m.Scopes[0] = "mch_evil"
	if m.Audience[0] != "mch_2" {
		t.Error("Scopes and Audience share their memory")
	}
	m.Audience[1], m.Subject = "evil", "mch_evil"
	second, err := verify(v, raw)
	if err != nil {
		t.Fatal(err)
	}
	if m := second.(*tokens.M2MToken); m.Subject != "mch_1" || m.Scopes[0] != "mch_2" || m.Audience[1] != "mch_3" {
		t.Error("the second result shows what was done to the first")
	}
}

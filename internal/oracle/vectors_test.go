package oracle_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/machineauth/internal/oracle"
)

// The oracle is held to the vectors too, which were made with the npm package and by hand.

func readVectors[Row any](t testing.TB, name string) (rows []Row) {
	t.Helper()
	data, err := os.ReadFile("../../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", name)
	}
	return rows
}

var anyType = []string{oracle.Session, oracle.M2M, oracle.OAuth, oracle.APIKey}

func TestClassifyVectors(t *testing.T) {
	type row struct {
		Name, Rule, Token string
		Expect            struct {
			Type, Format string
			Error        bool
		}
	}
	for _, row := range readVectors[row](t, "classify.json") {
		v := oracle.Judge(oracle.Config{Now: now, MaxBytes: 16 << 10}, row.Token, anyType...)
		if v.Type != row.Expect.Type || v.Opaque != (row.Expect.Format == "opaque") || (v.Unclassified != "") != row.Expect.Error {
			t.Errorf("%s %s: %q, opaque %v, %q; want %+v", row.Rule, row.Name, v.Type, v.Opaque, v.Unclassified, row.Expect)
		}
	}
}

func TestJoseVectors(t *testing.T) {
	type row struct{ Alg, Kind, Variant, Token string }
	keys := newRing(t)
	judged := 0
	for _, row := range readVectors[row](t, "tokens/jose.json") {
		if keys.oracleKeys()["ins_"+row.Alg].Public == nil {
			continue
		}
		judged++
		cfg := oracle.Config{Keys: keys.oracleKeys(), Now: now, MaxBytes: 16 << 10}
		if v := oracle.Judge(cfg, row.Token, anyType...); !v.Accepted() {
			t.Errorf("%s %s %s: refused for %v", row.Alg, row.Kind, row.Variant, v.Refused)
		}
	}
	if judged != 24 {
		t.Errorf("%d judged", judged)
	}
}

func TestClaimsVectors(t *testing.T) {
	type actor struct{ Sub, Iss, SID string }
	type want struct {
		Error          bool
		ID             string
		Subject        string
		ClientID       string `json:"client_id"`
		Scopes         []string
		Claims         any
		UserID         string   `json:"user_id"`
		SessionID      string   `json:"session_id"`
		OrgID          string   `json:"org_id"`
		OrgRole        string   `json:"org_role"`
		OrgSlug        string   `json:"org_slug"`
		OrgPermissions []string `json:"org_permissions"`
		Actor          *actor
		FVA            *[2]float64
		Status         string
	}
	type row struct {
		Name, Rule string
		Claims     json.RawMessage
		Want       want
	}
	keys := newRing(t)
	cfg := oracle.Config{Keys: keys.oracleKeys(), Now: now, MaxBytes: 16 << 10, AllowPending: true}
	for file, header := range map[string]string{
		"session_claims.json": `{"alg":"EdDSA","kid":"ins_EdDSA"}`,
		"m2m_claims.json":     `{"alg":"EdDSA","kid":"ins_EdDSA"}`,
		"oauth_claims.json":   `{"alg":"EdDSA","kid":"ins_EdDSA","typ":"at+jwt"}`,
	} {
		for _, row := range readVectors[row](t, file) {
			input := encode([]byte(header)) + "." + encode(row.Claims)
			v := oracle.Judge(cfg, input+"."+encode(keys.sign("EdDSA", "EdDSA", input)), anyType...)
			got := want{Error: true}
			if id := v.Identity; id != nil && id.Type == oracle.Session {
				got = want{
					UserID: id.Subject, SessionID: id.SessionID, OrgID: id.OrgID, OrgRole: id.OrgRole, OrgSlug: id.OrgSlug,
					OrgPermissions: id.OrgPermissions, Status: id.Status, FVA: &id.FactorAges,
				}
				if row.Want.FVA == nil { // where the token says nothing, no factor is enrolled
					row.Want.FVA = &[2]float64{-1, -1}
				}
				if id.Actor != nil {
					got.Actor = &actor{id.Actor.Subject, id.Actor.Issuer, id.Actor.SessionID}
				}
			} else if id != nil {
				got = want{ID: id.ID, Subject: id.Subject, ClientID: id.ClientID, Scopes: id.Scopes}
				row.Want.Claims = nil // numbers lose their digits here
			}
			if diff := cmp.Diff(row.Want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: %s %s: %v (-want +got)\n%s", file, row.Rule, row.Name, v.Refused, diff)
			}
		}
	}
}

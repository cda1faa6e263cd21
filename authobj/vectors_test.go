package authobj_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// vectors reads a file of testdata at the top of the repository, whose README says what the rows mean.
func vectors[Row any](t *testing.T, name string) []Row {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + name)
	must(t, err)
	var rows []Row
	must(t, json.Unmarshal(text, &rows))
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", name)
	}
	return rows
}

// TestA1A2A3A4_Vectors holds Has to what the reference implementation answers for the same claims, except where a row says
// that we are stricter.
func TestA1A2A3A4_Vectors(t *testing.T) {
	type row struct {
		Rule     string
		Session  json.RawMessage
		Ask      map[string]string
		Upstream bool
		Want     bool
		Stricter string
	}
	authority := newAuthority(t)
	callers := make(map[string]authobj.Auth) // nil where the claims are refused
	for i, row := range vectors[row](t, "authorize.json") {
		caller, known := callers[string(row.Session)]
		if !known {
			if token, err := authority.verify(t, row.Session); err == nil {
				caller = authobj.New(token)
			}
			callers[string(row.Session)] = caller
		}
		var checks []authobj.Check
		for what, name := range row.Ask {
			checks = append(checks, checkFor(t, what, name))
		}
		if got := authobj.Has(caller, checks...); got != row.Want {
			t.Errorf("row %d, %s: Has(%s, %v) = %v, want %v", i, row.Rule, row.Session, row.Ask, got, row.Want)
		}
		if row.Upstream != row.Want && (row.Stricter == "" || row.Want) {
			t.Errorf("row %d, %s: differs from the reference without being stricter", i, row.Rule)
		}
	}
}

func checkFor(t *testing.T, what, name string) authobj.Check {
	t.Helper()
	switch what {
	case "role":
		return authobj.Role(name)
	case "permission":
		return authobj.Permission(name)
	case "feature":
		return authobj.Feature(name)
	case "plan":
		return authobj.Plan(name)
	case "reverification":
		return authobj.Reverified(authobj.Level(name))
	}
	t.Fatalf("the vectors ask for a %q, which this test doesn't know", what)
	return nil
}

// TestO4_Vectors sees that session claims become what the reference implementation makes of them.
func TestO4_Vectors(t *testing.T) {
	type session struct {
		Error   bool
		User    string   `json:"user_id"`
		Session string   `json:"session_id"`
		Org     string   `json:"org_id"`
		Role    string   `json:"org_role"`
		Slug    string   `json:"org_slug"`
		Perms   []string `json:"org_permissions"`
		Actor   *struct {
			Sub string
			Iss string
			Sid string
		}
		FVA    []float64 // minutes
		Status string
	}
	type row struct {
		Name   string
		Claims json.RawMessage
		Want   session
	}
	authority := newAuthority(t)
	for _, row := range vectors[row](t, "session_claims.json") {
		t.Run(row.Name, func(t *testing.T) {
			token, err := authority.verify(t, row.Claims)
			if row.Want.Error != (err != nil) {
				t.Fatalf("Verify = %v, want an error: %v", err, row.Want.Error)
			}
			if err != nil {
				return
			}
			s, ok := authobj.New(token).(*authobj.Session)
			if !ok {
				t.Fatal("not a session")
			}
			got := session{User: s.UserID, Session: s.SessionID, Org: s.OrgID, Role: s.OrgRole, Slug: s.OrgSlug, Perms: s.OrgPermissions, Status: s.Status}
			if s.Actor != nil {
				got.Actor = &struct{ Sub, Iss, Sid string }{s.Actor.Subject, s.Actor.Issuer, s.Actor.SessionID}
			}
			for _, f := range s.FactorAges {
				minutes := -1.0
				if f.Enrolled {
					minutes = float64(f.Age) / float64(time.Minute)
				}
				got.FVA = append(got.FVA, minutes)
			}
			if row.Want.FVA == nil { // nothing known is the same as nothing enrolled: neither passes any check
				row.Want.FVA = []float64{-1, -1}
			}
			if diff := cmp.Diff(row.Want, got, cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

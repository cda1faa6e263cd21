package tokens_test

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/machineauth/tokens"
)

// Vectors that were also run against the npm package; the row of each says where this package differs.
func TestO4_SessionVectors(t *testing.T) {
	type actor struct{ Sub, Iss, SID string }
	type session struct {
		Error          bool
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
		Want       session
	}
	v := newVerifier(t, func(c *tokens.Config) { c.AllowPendingSessions = true })
	for _, row := range readVectors[row](t, "session_claims.json") {
		t.Run(row.Rule+" "+row.Name, func(t *testing.T) {
			token, err := verify(v, sign(kinds[tokens.TypeSession].header.String(), string(row.Claims)))
			got := session{Error: true}
			if err == nil {
				s := token.(*tokens.SessionToken)
				got = session{false, s.Subject, s.SessionID, s.OrgID, s.OrgRole, s.OrgSlug, s.OrgPermissions, nil, nil, s.Status}
				if s.Actor != nil {
					got.Actor = &actor{s.Actor.Subject, s.Actor.Issuer, s.Actor.SessionID}
				}
				got.FVA = &[2]float64{minutes(s.FactorAges[0]), minutes(s.FactorAges[1])}
				if row.Want.FVA == nil { // where the token says nothing, no factor is enrolled
					row.Want.FVA = &[2]float64{-1, -1}
				}
			}
			if diff := cmp.Diff(row.Want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%v (-want +got)\n%s", err, diff)
			}
		})
	}
}

// minutes is an age as the claim fva has it.
func minutes(f tokens.FactorAge) float64 {
	if !f.Enrolled {
		return -1
	}
	return f.Age.Minutes()
}

func TestV10_SessionID(t *testing.T) {
	v := newVerifier(t)
	for sid, want := range map[string]tokens.Code{
		`"sess_1"`: "", `"x"`: "",
		"": tokens.ErrClaims, `""`: tokens.ErrClaims, `null`: tokens.ErrClaims, `1`: tokens.ErrClaims, `["sess_1"]`: tokens.ErrClaims, `{}`: tokens.ErrClaims,
	} {
		token, err := verify(v, mint(tokens.TypeSession, "sid", sid))
		expect(t, token, err, want)
	}
}

func TestV11_PendingSessions(t *testing.T) {
	strict := newVerifier(t)
	lenient := newVerifier(t, func(c *tokens.Config) { c.AllowPendingSessions = true })
	for _, test := range []struct {
		sts    string
		status string
		want   tokens.Code
	}{
		{"", "", ""},
		{`null`, "", ""},
		{`""`, "", ""},
		{`"active"`, "active", ""},
		{`"pending"`, "pending", tokens.ErrSessionPending},
		{`"p\u0065nding"`, "pending", tokens.ErrSessionPending},
	} {
		raw := mint(tokens.TypeSession, "sts", test.sts)
		token, err := verify(strict, raw)
		expect(t, token, err, test.want)
		token, err = verify(lenient, raw)
		expect(t, token, err, "")
		if err == nil && token.(*tokens.SessionToken).Status != test.status {
			t.Errorf("sts %s: Status = %q", test.sts, token.(*tokens.SessionToken).Status)
		}
	}
	for _, sts := range []string{`1`, `true`, `["pending"]`} {
		token, err := verify(lenient, mint(tokens.TypeSession, "sts", sts))
		expect(t, token, err, tokens.ErrClaims)
	}
}

// A claim that is there is of its kind or null, wherever it is.
func TestO4_WrongKinds(t *testing.T) {
	v := newVerifier(t)
	refused := map[string][]string{
		"azp": {`1`, `[]`}, "fea": {`1`, `["o:x"]`}, "pla": {`{}`, `true`},
		"org_id": {`1`, `{}`}, "org_role": {`["org:admin"]`}, "org_slug": {`false`},
		"org_permissions": {`"org:a:b"`, `[1]`, `["a",null]`, `{}`},
		"act":             {`"user_2"`, `[]`, `1`, `{}`, `{"sub":""}`, `{"sub":null}`, `{"sub":1}`, `{"sub":"user_2","iss":1}`, `{"sub":"user_2","sid":[]}`, `{"SUB":"user_2"}`},
	}
	for name, values := range refused {
		for _, value := range values {
			token, err := verify(v, mint(tokens.TypeSession, name, value))
			expect(t, token, err, tokens.ErrClaims)
		}
		token, err := verify(v, mint(tokens.TypeSession, name, `null`))
		expect(t, token, err, "")
	}
	for _, o := range []string{`"org_1"`, `[]`, `1`, `{"id":1}`, `{"id":"org_1","rol":{}}`, `{"id":"org_1","slg":1}`, `{"id":"org_1","per":["a"]}`, `{"id":"org_1","fpm":3}`} {
		token, err := verify(v, mint(tokens.TypeSession, "v", `2`, "o", o))
		expect(t, token, err, tokens.ErrClaims)
		token, err = verify(v, mint(tokens.TypeSession, "v", `1`, "o", o)) // means nothing in version 1
		expect(t, token, err, "")
	}
}

func TestO4_Everything(t *testing.T) {
	token, err := verify(newVerifier(t), mint(tokens.TypeSession,
		"v", `2`, "azp", `"https://app.example"`, "sts", `"active"`, "aud", `["a","b"]`, "jti", `"id"`, "iss", `"https://clerk.example"`, "iat", `1799999999`,
		"fea", `"o:reports,u:export,uo:billing"`, "pla", `"u:pro"`, "fva", `[3,-1]`,
		"o", `{"id":"org_1","slg":"acme","rol":"admin","per":"read,write","fpm":"3,2"}`,
		"act", `{"sub":"user_2","iss":"https://dashboard.example","sid":"sess_2"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &tokens.SessionToken{
		Meta: tokens.Meta{
			ID: "id", Subject: "user_1", Issuer: "https://clerk.example", Audience: []string{"a", "b"},
			IssuedAt: now.Add(-time.Second), ExpiresAt: now.Add(time.Minute),
		},
		SessionID: "sess_1", Status: "active", AuthorizedParty: "https://app.example",
		OrgID: "org_1", OrgRole: "org:admin", OrgSlug: "acme",
		OrgPermissions: []string{"org:reports:read", "org:reports:write", "org:billing:write"},
		Features:       "o:reports,u:export,uo:billing", Plans: "u:pro",
		FactorAges: [2]tokens.FactorAge{{Enrolled: true, Age: 3 * time.Minute}, {}},
		Actor:      &tokens.Actor{Subject: "user_2", Issuer: "https://dashboard.example", SessionID: "sess_2"},
	}
	if diff := cmp.Diff(want, token, cmpopts.IgnoreUnexported(tokens.Meta{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var custom struct {
		O struct {
			ID string `json:"id"`
		} `json:"o"`
	}
	if err := token.Claims(&custom); err != nil || custom.O.ID != "org_1" {
		t.Errorf("Claims = %v, %+v", err, custom)
	}
}

// An age that time.Duration can't hold must not become a young one.
func TestO4_FactorAgesStayOld(t *testing.T) {
	v := newVerifier(t)
	longest := math.MaxInt64 / int64(time.Minute)
	for _, age := range []string{
		strconv.FormatInt(longest, 10), strconv.FormatInt(longest+1, 10), "200000000", "4000000000", "253402300799", "1e15", "1e300", "1e400",
	} {
		for _, fva := range []string{"[" + age + ",0]", "[0," + age + "]"} {
			token, err := verify(v, mint(tokens.TypeSession, "fva", fva))
			if err != nil {
				t.Fatal(err)
			}
			ages := token.(*tokens.SessionToken).FactorAges
			if enrolled := ages[0].Enrolled; enrolled != ages[1].Enrolled || min(ages[0].Age, ages[1].Age) != 0 || enrolled && max(ages[0].Age, ages[1].Age) < 1e5*time.Hour {
				t.Errorf("fva %s became %v", fva, ages)
			}
		}
	}
}

// What is no decimal number has no bits, also where it begins with digits beyond 64 bits.
func TestO4_MasksThatAreNone(t *testing.T) {
	v := newVerifier(t)
	for mask, want := range map[string]int{
		"18446744073709551616x": 0, "99999999999999999999999_": 0, "99999999999999999999 9": 0, "18446744073709551616-": 0, "x18446744073709551616": 0, "1x": 0,
		"18446744073709551615": 2, "18446744073709551616": 0, "18446744073709551619": 2,
	} {
		token, err := verify(v, mint(tokens.TypeSession, "v", "2", "fea", `"o:a"`, "o", `{"id":"org_1","per":"b,c","fpm":"`+mask+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := token.(*tokens.SessionToken).OrgPermissions; len(got) != want {
			t.Errorf("%s grants %d permissions, want %d", mask, len(got), want)
		}
	}
}

// A bit of fpm stands for a name of any length: what a token of 16 KiB unpacks to is bounded all the same.
func TestO4_PermissionsAreBounded(t *testing.T) {
	v := newVerifier(t)
	session := func(features, length int) string {
		fea := strings.TrimSuffix(strings.Repeat("o:"+strings.Repeat("f", length)+",", features), ",")
		fpm := strings.TrimSuffix(strings.Repeat("15,", features), ",")
		return mint(tokens.TypeSession, "v", "2", "fea", `"`+fea+`"`, "o", `{"id":"org_1","per":"`+strings.Repeat("p", length)+`,b,c,d","fpm":"`+fpm+`"}`)
	}
	token, err := verify(v, session(10, 100))
	expect(t, token, err, "")
	token, err = verify(v, session(60, 100))
	expect(t, token, err, "")
	v = newVerifier(t, func(c *tokens.Config) { c.MaxTokenBytes = 1 << 20 })
	token, err = verify(v, session(1000, 100))
	expect(t, token, err, tokens.ErrClaims)
}

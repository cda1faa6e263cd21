package tokens_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/machineauth/tokens"
)

func TestA4_Entitlements(t *testing.T) {
	for claim, want := range map[string][]tokens.Entitlement{
		"":                nil,
		"o:a":             {{Name: "a", Org: true}},
		"u:a":             {{Name: "a", User: true}},
		"ou:a,uo:b":       {{Name: "a", Org: true, User: true}, {Name: "b", Org: true, User: true}},
		" o:a , u:b ":     {{Name: "a", Org: true}, {Name: "b", User: true}},
		"o:a:b":           {{Name: "a:b", Org: true}},
		"o:":              {{Name: "", Org: true}},
		"x:a,O:b,:c,oo:d": {},
	} {
		got, err := tokens.ParseEntitlements(claim)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got)\n%s", claim, err, diff)
		}
	}
	for _, claim := range []string{"a", ",", "o:a,", "o:a,,u:b", ",o:a", "o:a,b", " "} {
		if got, err := tokens.ParseEntitlements(claim); err == nil || got != nil {
			t.Errorf("%q: %v, %v, want an error", claim, got, err)
		}
	}
}

package oracle_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/machineauth/internal/oracle"
	"example.com/machineauth/tokens"
)

// ageless is the age in minutes from which on factors are equally old: the library caps what time.Duration can't hold.
const ageless = 1e6

// compareIdentity says how what the library made of an accepted token differs from what was signed.
func compareIdentity(want oracle.Identity, token tokens.Token) string {
	got, err := identity(token)
	if err != nil {
		return "the claims can't be read: " + err.Error()
	}
	for i := range 2 {
		want.FactorAges[i], got.FactorAges[i] = min(want.FactorAges[i], ageless), min(got.FactorAges[i], ageless)
	}
	if want.Type != oracle.Session {
		want.FactorAges, got.FactorAges = [2]float64{}, [2]float64{}
	}
	// The claims may nest, and cmp takes twice as long for each array in another.
	if !reflect.DeepEqual(want.Claims, got.Claims) {
		return "other claims than were signed"
	}
	want.Claims, got.Claims = nil, nil
	// Times and ages may differ by what float64 rounds away.
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 1e-4)); diff != "" {
		return "another identity than was signed (-signed +got):\n" + diff
	}
	return ""
}

// identity is what the library says, in the oracle's words.
func identity(token tokens.Token) (oracle.Identity, error) {
	var id oracle.Identity
	var meta *tokens.Meta
	switch token := token.(type) {
	case *tokens.SessionToken:
		meta = &token.Meta
		id = oracle.Identity{
			Type: oracle.Session, SessionID: token.SessionID, Status: token.Status, AuthorizedParty: token.AuthorizedParty,
			OrgID: token.OrgID, OrgRole: token.OrgRole, OrgSlug: token.OrgSlug, OrgPermissions: token.OrgPermissions,
			Features: token.Features, Plans: token.Plans, FactorAges: [2]float64{minutes(token.FactorAges[0]), minutes(token.FactorAges[1])},
		}
		if token.Actor != nil {
			id.Actor = &oracle.Actor{Subject: token.Actor.Subject, Issuer: token.Actor.Issuer, SessionID: token.Actor.SessionID}
		}
	case *tokens.M2MToken:
		meta = &token.Meta
		id = oracle.Identity{Type: oracle.M2M, Scopes: token.Scopes}
	case *tokens.OAuthToken:
		meta = &token.Meta
		id = oracle.Identity{Type: oracle.OAuth, Scopes: token.Scopes, ClientID: token.ClientID}
	case *tokens.APIKey:
		return oracle.Identity{Type: oracle.APIKey}, nil
	}
	id.Subject, id.ID, id.Issuer, id.Audience = meta.Subject, meta.ID, meta.Issuer, meta.Audience
	id.IssuedAt, id.ExpiresAt = seconds(meta.IssuedAt), seconds(meta.ExpiresAt)

	var claims map[string]json.RawMessage
	if err := token.Claims(&claims); err != nil {
		return id, err
	}
	for name, raw := range claims {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber()
		var value any
		if err := d.Decode(&value); err != nil {
			return id, err
		}
		if id.Claims == nil {
			id.Claims = make(map[string]any)
		}
		id.Claims[name] = value
	}
	return id, nil
}

// scribble changes all of a token that belongs to whoever asked for it. Nobody who asks next may see that.
func scribble(token tokens.Token) {
	list := func(texts []string) {
		for i := range texts {
			texts[i] = "scribbled"
		}
	}
	switch token := token.(type) {
	case *tokens.SessionToken:
		token.Subject, token.SessionID = "scribbled", "scribbled"
		list(token.Audience)
		list(token.OrgPermissions)
		if token.Actor != nil {
			token.Actor.Subject = "scribbled"
		}
	case *tokens.M2MToken:
		token.Subject = "scribbled"
		list(token.Audience)
		list(token.Scopes)
	case *tokens.OAuthToken:
		token.Subject, token.ClientID = "scribbled", "scribbled"
		list(token.Audience)
		list(token.Scopes)
	}
}

// minutes is an age as the claim fva has it.
func minutes(age tokens.FactorAge) float64 {
	if !age.Enrolled {
		return -1
	}
	return age.Age.Minutes()
}

// seconds is a time as a claim has it.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9
}

package authobj_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"example.com/machineauth/authobj"
	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestNew_CarriesOver sees that every field of a token reaches its auth object.
func TestNew_CarriesOver(t *testing.T) {
	issued, expires := time.Unix(1, 0), time.Unix(2, 0)
	meta := func(id, subject string) tokens.Meta {
		return tokens.Meta{ID: id, Subject: subject, Issuer: "iss", IssuedAt: issued, ExpiresAt: expires}
	}
	ages := [2]tokens.FactorAge{{Enrolled: true, Age: time.Minute}, {Enrolled: true, Age: time.Hour}}
	for name, test := range map[string]struct {
		token   tokens.Token
		want    authobj.Auth
		subject string
	}{
		"session": {
			&tokens.SessionToken{Meta: meta("jti_1", "user_1"), SessionID: "sess_1", Status: "pending", AuthorizedParty: "https://app.example",
				OrgID: "org_1", OrgRole: "org:admin", OrgSlug: "acme", OrgPermissions: []string{"org:reports:read"},
				Features: "o:reports", Plans: "u:pro", FactorAges: ages, Actor: &tokens.Actor{Subject: "user_2"}},
			&authobj.Session{UserID: "user_1", SessionID: "sess_1", Status: "pending", AuthorizedParty: "https://app.example",
				OrgID: "org_1", OrgRole: "org:admin", OrgSlug: "acme", OrgPermissions: []string{"org:reports:read"},
				Features: "o:reports", Plans: "u:pro", FactorAges: ages, Actor: &tokens.Actor{Subject: "user_2"},
				ID: "jti_1", Issuer: "iss", IssuedAt: issued, ExpiresAt: expires},
			"user_1",
		},
		"O1 M2M": {
			&tokens.M2MToken{Meta: meta("mt_1", "mch_1"), Scopes: []string{"mch_2"}},
			&authobj.M2M{MachineID: "mch_1", Scopes: []string{"mch_2"}, ID: "mt_1", Issuer: "iss", IssuedAt: issued, ExpiresAt: expires},
			"mch_1",
		},
		"O2 OAuth": {
			&tokens.OAuthToken{Meta: meta("oat_1", "user_1"), ClientID: "client_1", Scopes: []string{"email"}},
			&authobj.OAuth{UserID: "user_1", ClientID: "client_1", Scopes: []string{"email"}, ID: "oat_1", Issuer: "iss", IssuedAt: issued, ExpiresAt: expires},
			"user_1",
		},
		"O3 user's key": {
			&tokens.APIKey{Meta: meta("ak_1", "user_1"), Name: "ci", Scopes: []string{"a"}},
			&authobj.APIKey{Name: "ci", UserID: "user_1", Scopes: []string{"a"}, ID: "ak_1", Issuer: "iss", IssuedAt: issued, ExpiresAt: expires},
			"user_1",
		},
		"O3 organization's key": {
			&tokens.APIKey{Meta: tokens.Meta{Subject: "org_1"}},
			&authobj.APIKey{OrgID: "org_1"},
			"org_1",
		},
		"O3 somebody else's key": {
			&tokens.APIKey{Meta: tokens.Meta{Subject: "team_1"}},
			&authobj.APIKey{},
			"team_1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := authobj.New(test.token)
			unexported := cmpopts.IgnoreUnexported(authobj.Session{}, authobj.M2M{}, authobj.OAuth{}, authobj.APIKey{})
			if diff := cmp.Diff(test.want, got, unexported); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got.Type() != test.token.Type() || got.Subject() != test.subject {
				t.Errorf("Type, Subject = %q, %q; want %q, %q", got.Type(), got.Subject(), test.token.Type(), test.subject)
			}
		})
	}
}

func TestNew_Nobody(t *testing.T) {
	type impostor struct{ *tokens.M2MToken }
	for name, token := range map[string]tokens.Token{
		"nil":         nil,
		"nil session": (*tokens.SessionToken)(nil),
		"nil M2M":     (*tokens.M2MToken)(nil),
		"nil OAuth":   (*tokens.OAuthToken)(nil),
		"nil API key": (*tokens.APIKey)(nil),
		"impostor":    impostor{&tokens.M2MToken{Meta: tokens.Meta{Subject: "mch_1"}}},
	} {
		if got := authobj.New(token); got != nil {
			t.Errorf("%s: New is not nil", name)
		}
	}
}

func TestClaims(t *testing.T) {
	for kind, auth := range newAuthority(t).everybody(t) {
		var custom struct {
			Tenant string `json:"tenant"`
			Other  string `json:"TENANT"`
		}
		if err := auth.Claims(&custom); err != nil || custom.Tenant != "only-in-claims" || custom.Other != "" {
			t.Errorf("%s: Claims = %v, and custom claims %+v", kind, err, custom)
		}
		if err := auth.Claims(&struct {
			Tenant int `json:"tenant"`
		}{}); err == nil || strings.Contains(err.Error(), "only-in-claims") {
			t.Errorf("%s: Claims into the wrong kind: %v", kind, err)
		}
	}
	made := map[string]string{"left": "alone"}
	if err := (&authobj.Session{UserID: "user_1"}).Claims(&made); err != nil || len(made) != 1 {
		t.Errorf("without a token: Claims = %v, and %v", err, made)
	}
}

// TestImmutable_Requests changes all that can be changed of one request's auth object, and sees that no other request with
// the same token has noticed.
func TestImmutable_Requests(t *testing.T) {
	authority := newAuthority(t)
	verify := authority.auth(t)
	for name, mint := range map[string]func() (string, error){
		"session": func() (string, error) { return sessionToken(t) },
		"M2M": func() (string, error) {
			return authority.signer.SignM2M(tokens.M2MParams{MachineID: "mch_1", Scopes: []string{"a"}, TTL: time.Minute})
		},
		"OAuth": func() (string, error) {
			return authority.signer.SignOAuth(tokens.OAuthParams{Subject: "user_1", ClientID: "c", Scopes: []string{"a"}, TTL: time.Minute})
		},
		"API key": func() (string, error) { return "ak_user_1", nil },
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := mint()
			must(t, err)
			request := func() authobj.Auth {
				auth, _ := verify(raw, nil)
				return auth
			}
			first := request()
			before := inside(t, request())
			vandalize(t, first)
			vandalize(t, request())
			if diff := cmp.Diff(before, inside(t, request())); diff != "" {
				t.Errorf("another request has noticed:\n%s", diff)
			}
		})
	}
}

// TestImmutable_Context sees that what one handler changes, no other sees.
func TestImmutable_Context(t *testing.T) {
	for kind, auth := range newAuthority(t).everybody(t) {
		t.Run(string(kind), func(t *testing.T) {
			ctx := authobj.NewContext(t.Context(), auth)
			before := inside(t, auth)
			first, err := authobj.FromContext(ctx)
			must(t, err)
			vandalize(t, first)
			switch kind {
			case tokens.TypeSession:
				vandalize(t, as[*authobj.Session](t, ctx))
			case tokens.TypeM2M:
				vandalize(t, as[*authobj.M2M](t, ctx))
			case tokens.TypeOAuth:
				vandalize(t, as[*authobj.OAuth](t, ctx))
			case tokens.TypeAPIKey:
				vandalize(t, as[*authobj.APIKey](t, ctx))
			}
			second, err := authobj.FromContext(ctx)
			must(t, err)
			if diff := cmp.Diff(before, inside(t, second)); diff != "" {
				t.Errorf("the context has changed:\n%s", diff)
			}
			var claims map[string]any
			if err := second.Claims(&claims); err != nil || claims["tenant"] != "only-in-claims" {
				t.Errorf("the copy has lost its claims: %v", err)
			}
		})
	}
}

// inside is a deep copy of what an auth object says, as a value that can be compared.
func inside(t *testing.T, auth authobj.Auth) map[string]any {
	t.Helper()
	var fields any
	switch a := auth.(type) { // types of our own, which don't redact
	case *authobj.Session:
		actor := tokens.Actor{}
		if a.Actor != nil {
			actor = *a.Actor
		}
		fields = []any{a.UserID, a.SessionID, a.OrgID, a.OrgRole, a.OrgPermissions, a.FactorAges, actor}
	case *authobj.M2M:
		fields = []any{a.MachineID, a.Scopes}
	case *authobj.OAuth:
		fields = []any{a.UserID, a.ClientID, a.Scopes}
	case *authobj.APIKey:
		fields = []any{a.UserID, a.OrgID, a.Scopes}
	}
	text, err := json.Marshal(map[string]any{"fields": fields})
	must(t, err)
	var deep map[string]any
	must(t, json.Unmarshal(text, &deep))
	return deep
}

// vandalize changes whatever a handler could change.
func vandalize(t *testing.T, auth authobj.Auth) {
	t.Helper()
	before := inside(t, auth)
	switch a := auth.(type) {
	case *authobj.Session:
		a.UserID, a.OrgRole = "user_evil", "org:owner"
		a.OrgPermissions[0] = "org:everything:write"
		a.Actor.Subject = ""
		a.FactorAges[0].Age = 0
	case *authobj.M2M:
		a.MachineID, a.Scopes[0] = "mch_evil", "everything"
	case *authobj.OAuth:
		a.UserID, a.Scopes[0] = "user_evil", "everything"
	case *authobj.APIKey:
		a.UserID, a.Scopes[0] = "user_evil", "everything"
	}
	if cmp.Equal(before, inside(t, auth)) {
		t.Fatal("nothing was changed, so that nothing is tested")
	}
}

// TestRedacted sees that nothing of a caller shows, whatever prints it.
func TestRedacted(t *testing.T) {
	for kind, auth := range newAuthority(t).everybody(t) {
		t.Run(string(kind), func(t *testing.T) {
			var out bytes.Buffer
			for _, value := range []any{auth, dereference(auth), []authobj.Auth{auth}, map[string]any{"a": auth}, struct{ Exported authobj.Auth }{auth}} {
				for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%t"} {
					fmt.Fprintf(&out, verb+"\n", value)
				}
				fmt.Fprintln(&out, value)
				text, err := json.Marshal(value)
				must(t, err)
				out.Write(text)
				for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
					slog.New(handler).Info("called", "by", value)
				}
			}
			text, err := xml.Marshal(auth)
			must(t, err)
			out.Write(text)
			mustNotShow(t, out.String(), "user_1", "mch_1", "org_1", "sess_1", "client_1", "acme", "admin", "reports", "ci", "tenant")
			if got := slog.AnyValue(auth).Resolve(); got.Kind() != slog.KindString { // what a handler of any make gets
				t.Errorf("logs as a %v", got.Kind())
			}
			if got, want := fmt.Sprint(auth), "[redacted caller]"; got != want {
				t.Errorf("prints as %q, want %q", got, want)
			}
		})
	}
}

// TestRedacted_Unexported: fmt asks nobody before it reads unexported fields. What it finds in one is an address, and under
// verbs that don't fit an address never more than the fields of the struct itself: no claims.
func TestRedacted_Unexported(t *testing.T) {
	for kind, auth := range newAuthority(t).everybody(t) {
		t.Run(string(kind), func(t *testing.T) {
			holder := struct{ unexported authobj.Auth }{auth}
			mustNotShow(t, fmt.Sprintf("%v %+v %#v", holder, holder, holder), "user_1", "mch_1", "org_1", "acme", "ci ")
			copied := struct{ unexported any }{dereference(auth)}
			mustNotShow(t, fmt.Sprintf("%s %q %d %x %s %v %+v %#v", holder, holder, holder, holder, copied, copied, copied, copied), "tenant", "only-in-claims")
		})
	}
}

func dereference(auth authobj.Auth) any {
	switch a := auth.(type) {
	case *authobj.Session:
		return *a
	case *authobj.M2M:
		return *a
	case *authobj.OAuth:
		return *a
	case *authobj.APIKey:
		return *a
	}
	return nil
}

func mustNotShow(t *testing.T, output string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if strings.Contains(output, secret) {
			t.Errorf("%q shows in:\n%s", secret, output)
		}
	}
}

// TestNew_Allocations: an auth object is made for every request.
func TestNew_Allocations(t *testing.T) {
	_, token := newAuthority(t).auth(t)(sessionToken(t))
	session := token.(*tokens.SessionToken)
	if got := testing.AllocsPerRun(100, func() { authobj.New(session) }); got > 1 {
		t.Errorf("New makes %v allocations, want 1: the object", got)
	}
}

// A client that acts for itself is no user, whatever its ID looks like (RFC 9068 section 5).
func TestNew_ClientIsNoUser(t *testing.T) {
	token := &tokens.OAuthToken{Meta: tokens.Meta{Subject: "user_like"}, ClientID: "user_like"}
	client, ok := authobj.New(token).(*authobj.OAuth)
	if !ok || client.UserID != "" || client.Subject() != "user_like" || client.ClientID != "user_like" {
		t.Errorf("user %q, subject %q", client.UserID, client.Subject())
	}
}

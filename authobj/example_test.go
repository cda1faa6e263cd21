package authobj_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/machineauth/authobj"
	"example.com/machineauth/tokens"
)

func ExampleFromContext() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		caller, err := authobj.FromContext(r.Context())
		if err != nil {
			http.Error(w, "who are you?", http.StatusUnauthorized) // err is for the log
			return
		}
		switch caller := caller.(type) {
		case *authobj.Session:
			fmt.Fprintln(w, "a person,", caller.UserID)
		case *authobj.M2M:
			fmt.Fprintln(w, "a machine,", caller.MachineID)
		default:
			fmt.Fprintln(w, "some", caller.Type(), "of", caller.Subject())
		}
	})

	// What the middleware does before the handler runs:
	for _, caller := range []authobj.Auth{
		&authobj.Session{UserID: "user_1"},
		&authobj.M2M{MachineID: "mch_1"},
		&authobj.APIKey{OrgID: "org_1"},
		nil,
	} {
		r := httptest.NewRequest("GET", "/", nil)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.WithContext(authobj.NewContext(r.Context(), caller)))
		fmt.Print(w.Code, " ", w.Body)
	}
	// Output:
	// 200 a person, user_1
	// 200 a machine, mch_1
	// 200 some api_key of org_1
	// 401 who are you?
}

func ExampleAs() {
	report := func(w http.ResponseWriter, r *http.Request) {
		if caller, ok := authobj.As[*authobj.OAuth](r.Context()); ok {
			fmt.Fprintf(w, "%s, for %s", caller.ClientID, caller.UserID)
		} else {
			http.Error(w, "apps only", http.StatusForbidden)
		}
	}

	r := httptest.NewRequest("GET", "/", nil)
	w := httptest.NewRecorder()
	app := &authobj.OAuth{ClientID: "client_1", UserID: "user_1"}
	report(w, r.WithContext(authobj.NewContext(r.Context(), app)))
	fmt.Println(w.Body)
	// Output: client_1, for user_1
}

// A test of a handler needs no token, unless the handler reads custom claims: those are a token's.
func ExampleNewContext() {
	greet := func(w http.ResponseWriter, r *http.Request) {
		caller, err := authobj.FromContext(r.Context())
		if err != nil {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		var custom struct {
			Nickname string `json:"nickname"`
		}
		if err := caller.Claims(&custom); err != nil {
			http.Error(w, "what are you?", http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "hello %s, known as %q\n", caller.Subject(), custom.Nickname)
	}

	simple := &authobj.Session{UserID: "user_1"}

	token := &tokens.SessionToken{Meta: tokens.Meta{Subject: "user_2"}}
	if err := token.SetClaims([]byte(`{"nickname": "zoe"}`)); err != nil {
		fmt.Println(err)
	}
	withClaims := authobj.New(token)

	for _, caller := range []authobj.Auth{simple, withClaims} {
		r := httptest.NewRequest("GET", "/", nil)
		w := httptest.NewRecorder()
		greet(w, r.WithContext(authobj.NewContext(r.Context(), caller)))
		fmt.Print(w.Body)
	}
	// Output:
	// hello user_1, known as ""
	// hello user_2, known as "zoe"
}

func ExampleHas() {
	caller := &authobj.Session{UserID: "user_1", OrgID: "org_1", OrgRole: "org:admin", Features: "o:reports"}

	fmt.Println(authobj.Has(caller, authobj.Role("admin"), authobj.Feature("reports")))
	fmt.Println(authobj.Has(caller, authobj.Role("admin"), authobj.Reverified(authobj.Strict)))
	fmt.Println(authobj.Has(caller)) // nothing asked
	// Output:
	// true
	// false
	// false
}

func ExampleClaimEquals() {
	token := &tokens.APIKey{Meta: tokens.Meta{Subject: "org_1"}}
	if err := token.SetClaims([]byte(`{"region": "eu", "tier": 3}`)); err != nil {
		fmt.Println(err)
	}
	caller := authobj.New(token)

	fmt.Println(authobj.Has(caller, authobj.ClaimEquals("region", "eu"), authobj.ClaimEquals("tier", 3)))
	fmt.Println(authobj.Has(caller, authobj.ClaimEquals("tier", "3"))) // a string is no number
	// Output:
	// true
	// false
}

// Scope is what a challenge names, so that a client knows what to ask for.
func ExampleAuthorize() {
	caller := &authobj.M2M{MachineID: "mch_1", Scopes: []string{"reports:read"}}

	err := authobj.Authorize(caller, authobj.AllScopes("reports:read", "reports:write"))
	if denied, ok := errors.AsType[*authobj.Denied](err); ok {
		fmt.Println(denied)
		fmt.Printf("WWW-Authenticate: Bearer error=%q, scope=%q\n", "insufficient_scope", denied.Scope())
	}
	// Output:
	// missing scope reports:write
	// WWW-Authenticate: Bearer error="insufficient_scope", scope="reports:write"
}

// A check of the program's own answers for whom it knows, and denies all others.
func ExampleCheck() {
	headOffice := func(a authobj.Auth) error {
		if s, ok := a.(*authobj.Session); ok && s.OrgSlug == "head-office" {
			return nil
		}
		return &authobj.Denied{Missing: []string{"organization head-office"}}
	}
	fmt.Println(authobj.Authorize(&authobj.Session{UserID: "user_1", OrgSlug: "head-office"}, headOffice))
	fmt.Println(authobj.Authorize(&authobj.M2M{MachineID: "mch_1"}, headOffice))
	// Output:
	// <nil>
	// missing organization head-office
}

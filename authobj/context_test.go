package authobj_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"example.com/machineauth/authobj"
	"example.com/machineauth/tokens"
)

func as[T authobj.Object](t *testing.T, ctx context.Context) T {
	t.Helper()
	caller, ok := authobj.As[T](ctx)
	if !ok {
		t.Fatalf("As[%T] found nobody", caller)
	}
	return caller
}

// TestA6_NobodyAndWhy: a context without a caller says why, and never hands out a nil Auth.
func TestA6_NobodyAndWhy(t *testing.T) {
	type impostor struct{ *authobj.Session }
	failure := &tokens.Error{Code: tokens.ErrExpired}
	somebody := authobj.NewContext(t.Context(), &authobj.Session{UserID: "user_1"})
	for name, test := range map[string]struct {
		ctx  context.Context
		want error
	}{
		"no middleware":           {t.Context(), authobj.ErrNoAuthentication},
		"failed":                  {authobj.NewFailedContext(t.Context(), failure), tokens.ErrExpired},
		"failed behind a success": {authobj.NewFailedContext(somebody, failure), tokens.ErrExpired},
		"failed without a reason": {authobj.NewFailedContext(somebody, nil), authobj.ErrNoAuthentication},
		"nil":                     {authobj.NewContext(somebody, nil), authobj.ErrNoAuthentication},
		"nil pointer":             {authobj.NewContext(somebody, (*authobj.Session)(nil)), authobj.ErrNoAuthentication},
		"no subject":              {authobj.NewContext(somebody, &authobj.Session{OrgID: "org_1"}), authobj.ErrNoAuthentication},
		"impostor":                {authobj.NewContext(somebody, impostor{&authobj.Session{UserID: "user_1"}}), authobj.ErrNoAuthentication},
	} {
		t.Run(name, func(t *testing.T) {
			auth, err := authobj.FromContext(test.ctx)
			if auth != nil || !errors.Is(err, test.want) {
				t.Errorf("FromContext = %v, %v; want nobody, %v", auth, err, test.want)
			}
			if _, ok := authobj.As[*authobj.Session](test.ctx); ok {
				t.Error("As has found somebody")
			}
		})
	}
	if _, err := authobj.FromContext(t.Context()); !strings.Contains(err.Error(), "NewContext") {
		t.Errorf("%q doesn't tell what to do", err)
	}
}

// TestContext_Somebody: each type is found as itself, and as nothing else.
func TestContext_Somebody(t *testing.T) {
	for kind, auth := range newAuthority(t).everybody(t) {
		ctx := authobj.NewContext(authobj.NewFailedContext(t.Context(), tokens.ErrExpired), auth)
		got, err := authobj.FromContext(ctx)
		if err != nil || got.Type() != kind {
			t.Errorf("%s: FromContext = %v, %v", kind, got, err)
		}
		_, session := authobj.As[*authobj.Session](ctx)
		_, m2m := authobj.As[*authobj.M2M](ctx)
		_, oauth := authobj.As[*authobj.OAuth](ctx)
		_, key := authobj.As[*authobj.APIKey](ctx)
		found := map[tokens.Type]bool{tokens.TypeSession: session, tokens.TypeM2M: m2m, tokens.TypeOAuth: oauth, tokens.TypeAPIKey: key}
		for as, ok := range found {
			if ok != (as == kind) {
				t.Errorf("a %s is found as a %s: %v", kind, as, ok)
			}
		}
	}
}

// TestType_Nil: generic code asks a type parameter's zero value what it stands for.
func TestType_Nil(t *testing.T) {
	got := []tokens.Type{(*authobj.Session)(nil).Type(), (*authobj.M2M)(nil).Type(), (*authobj.OAuth)(nil).Type(), (*authobj.APIKey)(nil).Type()}
	for i, want := range tokens.AnyType() {
		if got[i] != want {
			t.Errorf("Type() = %q, want %q", got[i], want)
		}
	}
}

package authobj_test

import (
	"testing"

	"example.com/machineauth/authobj"
)

func BenchmarkNew(b *testing.B) {
	_, token := newAuthority(b).auth(b)(sessionToken(b))
	b.ReportAllocs()
	for b.Loop() {
		authobj.New(token)
	}
}

func BenchmarkFromContext(b *testing.B) {
	auth, _ := newAuthority(b).auth(b)(sessionToken(b))
	ctx := authobj.NewContext(b.Context(), auth)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = authobj.FromContext(ctx)
	}
}

func BenchmarkAuthorize(b *testing.B) {
	auth, _ := newAuthority(b).auth(b)(sessionToken(b))
	for name, check := range map[string]authobj.Check{
		"role":    authobj.Role("admin"),
		"feature": authobj.Feature("o:reports"),
		"claim":   authobj.ClaimEquals("tenant", "only-in-claims"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := authobj.Authorize(auth, check); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

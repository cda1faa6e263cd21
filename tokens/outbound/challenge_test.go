package outbound_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// challenged reports whether a 401 with these challenges is answered with a second attempt.
func challenged(t testing.TB, header ...string) bool {
	attempts := 0
	transport := newSource(t, &mint{life: time.Hour}).Transport(roundTripper(func(r *http.Request) (*http.Response, error) {
		attempts++
		return &http.Response{StatusCode: 401, Header: http.Header{"Www-Authenticate": header}, Body: http.NoBody, Request: r}, nil
	}))
	r, err := http.NewRequestWithContext(t.Context(), "GET", "https://reports.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := transport.RoundTrip(r); err != nil {
		t.Fatal(err)
	}
	return attempts == 2
}

func TestTransport_ReadsChallenges(t *testing.T) {
	tests := []struct {
		header []string
		want   bool
	}{
		{[]string{`Bearer error="invalid_token"`}, true},
		{[]string{`bearer ERROR=invalid_token`}, true},
		{[]string{`Bearer realm="a, b", error = "invalid_token", error_description="expired"`}, true},
		{[]string{`Bearer realm="a \" b",error="invalid_token"`}, true},
		{[]string{`Bearer error="invalid\_token"`}, true},
		{[]string{`Basic realm="x", Bearer error="invalid_token"`}, true},
		{[]string{`Negotiate YWJj==, Bearer error="invalid_token"`}, true},
		{[]string{`Negotiate`, `Bearer error="invalid_token"`}, true},
		{[]string{`, ,Bearer error="invalid_token"`}, true},

		{nil, false},
		{[]string{``}, false},
		{[]string{`Bearer`}, false},
		{[]string{`Bearer error=`}, false},
		{[]string{`Bearer error="invalid_request"`}, false},
		{[]string{`Bearer scope="invalid_token"`}, false},
		{[]string{`Bearer error="invalid_token`}, false},
		{[]string{`Bearer error="not invalid_token"`}, false},
		{[]string{`Bearer realm="error=\"invalid_token\""`}, false},
		{[]string{`Bearer realm="x", Basic error="invalid_token"`}, false},
		{[]string{`DPoP error="invalid_token"`}, false},
		{[]string{`error="invalid_token"`}, false},
		{[]string{`"Bearer" error="invalid_token"`}, false},
		{[]string{`Bearer; error="invalid_token"`}, false},
	}
	for _, tt := range tests {
		if got := challenged(t, tt.header...); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.header, got, tt.want)
		}
	}
}

// A 401 is not repeated unless it speaks of Bearer and of an invalid token, whatever else it says; and reading it ends.
func FuzzChallenge(f *testing.F) {
	for _, seed := range []string{`Bearer error="invalid_token"`, `Negotiate YWJj==, Bearer error=invalid_token`, `Bearer realm="\"`, `=,"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if challenged(t, header) && (!strings.Contains(strings.ToLower(header), "bearer") || !strings.Contains(strings.ReplaceAll(header, `\`, ""), "invalid_token")) {
			t.Errorf("%q was taken for an invalid token", header)
		}
	})
}

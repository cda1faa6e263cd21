package tokens_test

import (
	"fmt"
	"testing"

	"example.com/machineauth/tokens"
)

// What RFC 3986 section 6.2 calls equivalent by syntax or scheme is one URL, and nothing else is. Query and fragment are left
// out of it (RFC 9449 section 4.3).
func TestS4_URLs(t *testing.T) {
	const called = "https://api.example.com/a/b%2Fc/%C3%BC-._~"
	for htu, same := range map[string]bool{
		called:          true,
		called + "?x=1": true,
		called + "#x":   true,
		called + "?":    true,
		"HTTPS://API.Example.COM/a/b%2fc/%c3%bc-._~":           true,
		"https://api.example.com:443/a/b%2Fc/%C3%BC-._~":       true,
		"https://api.example.com:/a/b%2Fc/%C3%BC-._~":          true,
		"https://api.example.com/%61/b%2Fc/%C3%BC%2D%2E%5F%7e": true,
		"https://api.example.com/./x/../a/b%2Fc/%C3%BC-._~":    true,

		"http://api.example.com/a/b%2Fc/%C3%BC-._~":       false,
		"https://api.example.com:80/a/b%2Fc/%C3%BC-._~":   false,
		"https://api.example.com.:443/a/b%2Fc/%C3%BC-._~": false,
		"https://api.example.com/A/b%2Fc/%C3%BC-._~":      false,
		"https://api.example.com/a/b/c/%C3%BC-._~":        false,
		"https://api.example.com/a//b%2Fc/%C3%BC-._~":     false,
		"https://api.example.com/a/b%252Fc/%C3%BC-._~":    false,
		called + "/":              false,
		called + ";x":             false,
		called + "%00":            false,
		"https://api.example.com": false,
	} {
		of := proofOf(t)
		of.URL = called
		want := tokens.Code("")
		if !same {
			want = tokens.ErrProofURL
		}
		if err := newDPoP(t).Verify(t.Context(), proofWith("htu", fmt.Sprintf("%q", htu)), of); code(err) != want {
			t.Errorf("%s: %v", htu, err)
		}
	}
	for _, pair := range [][2]string{
		{"http://h", "HTTP://H:80/"}, {"http://[::1]:80/x", "http://[::1]/x"}, {"https://h/", "https://h:443"}, {"https://h/a/..", "https://h/"}, {"https://h/a/.", "https://h/a/"},
		{"https://h/%41%5A%61%7A%30%39", "https://h/AZaz09"},
	} {
		of := proofOf(t)
		of.URL = pair[0]
		if err := newDPoP(t).Verify(t.Context(), proofWith("htu", fmt.Sprintf("%q", pair[1])), of); err != nil {
			t.Errorf("%s is not taken for %s: %v", pair[1], pair[0], err)
		}
	}
	for _, pair := range [][2]string{{"https://h/a;b", "https://h/a%3Bb"}, {"https://h/a@b", "https://h/a%40b"}, {"https://h/a:b", "https://h/a%3Ab"}, {"https://h/[", "https://h/%5B"}} {
		of := proofOf(t)
		of.URL = pair[0]
		if err := newDPoP(t).Verify(t.Context(), proofWith("htu", fmt.Sprintf("%q", pair[1])), of); code(err) != tokens.ErrProofURL {
			t.Errorf("%s is taken for %s: %v", pair[1], pair[0], err)
		}
	}
	// What is no URL of a service is none even where both sides have it.
	for _, none := range []string{"x", "/x", "//h/x", "ftp://h/x", "https:h/x", "https:///x", "https://u@h/x", "https://h:x/", "https://:443/x"} {
		of := proofOf(t)
		of.URL = none
		if err := newDPoP(t).Verify(t.Context(), proofWith("htu", fmt.Sprintf("%q", none)), of); code(err) != tokens.ErrProofMalformed {
			t.Errorf("%s: %v", none, err)
		}
	}
	for _, none := range []string{"", "x", "/x", "//h/x", "ftp://h/x", "https:h/x", "https:///x", "https://u@h/x", "https://u:p@h/x", "https://h:x/", "https://h/%zz", "https://h/\x00", "https://:443/x", "\xff"} {
		of := proofOf(t)
		of.URL = none
		if err := newDPoP(t).Verify(t.Context(), proofWith(), of); code(err) != tokens.ErrProofURL {
			t.Errorf("the service is called %q: %v", none, err)
		}
	}
}

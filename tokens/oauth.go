package tokens

import (
	"slices"
	"strings"
)

// OAuthToken is a verified OAuth 2.0 access token (RFC 9068 where it is a JWT). Its Subject is the user who allowed the
// client to act, or the client itself.
type OAuthToken struct {
	Meta
	ClientID string
	Scopes   []string
}

// Type returns TypeOAuth.
func (*OAuthToken) Type() Type { return TypeOAuth }

func (t *OAuthToken) clone() Token {
	c := *t
	c.Audience = slices.Clone(t.Audience)
	c.Scopes = slices.Clone(t.Scopes)
	return &c
}

// oauthClaims reads what is particular to OAuth access tokens (O2).
func oauthClaims(m Meta, p object) (*OAuthToken, error) {
	t := &OAuthToken{Meta: m}
	var err error
	if t.ClientID, err = p.str("client_id"); err != nil {
		return nil, err
	}
	if t.ClientID == "" {
		return nil, fail(ErrClaims, TypeOAuth, "an OAuth access token must have a client_id (RFC 9068 section 2.2)")
	}
	scope, err := p.str("scope")
	if err != nil {
		return nil, err
	}
	if t.Scopes, err = p.strs("scp"); err != nil {
		return nil, err
	}
	t.Scopes = withoutEmpty(t.Scopes)
	switch list := withoutEmpty(strings.Split(scope, " ")); { // RFC 6749 section 3.3
	case !p.has("scp"):
		t.Scopes = list
	case p.has("scope") && !sameSet(list, t.Scopes):
		return nil, fail(ErrClaims, TypeOAuth, "the claims scope and scp say different things")
	}
	return t, nil
}

func withoutEmpty(list []string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

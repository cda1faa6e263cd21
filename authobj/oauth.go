package authobj

import (
	"cmp"
	"slices"
	"time"

	"example.com/machineauth/tokens"
)

// OAuth is an OAuth client, acting for a user or for itself.
type OAuth struct {
	UserID   string   // the user who allowed it; "" where the client acts for itself
	ClientID string   // the application that is calling
	Scopes   []string // what it was allowed; ask with [AllScopes] or [AnyScope]

	ID        string // oat_…, of the token; "" where it has none
	Issuer    string
	IssuedAt  time.Time // zero where unknown
	ExpiresAt time.Time // zero where the token never expires

	origin
}

// Type returns tokens.TypeOAuth.
func (*OAuth) Type() tokens.Type { return tokens.TypeOAuth }

// Subject returns UserID, or ClientID where the client acts for itself.
func (o *OAuth) Subject() string { return cmp.Or(o.UserID, o.ClientID) }

func (o *OAuth) clone() Auth {
	c := *o
	return &c
}

func (o *OAuth) detach() {
	o.Scopes = slices.Clone(o.Scopes)
}

func newOAuth(t *tokens.OAuthToken) *OAuth {
	user := t.Subject
	if user == t.ClientID { // RFC 9068 section 2.2: without a user the client is the subject
		user = ""
	}
	return &OAuth{
		UserID:    user,
		ClientID:  t.ClientID,
		Scopes:    t.Scopes,
		ID:        t.ID,
		Issuer:    t.Issuer,
		IssuedAt:  t.IssuedAt,
		ExpiresAt: t.ExpiresAt,
		origin:    origin{t},
	}
}

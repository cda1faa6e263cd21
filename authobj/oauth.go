package authobj

import (
	"slices"
	"time"

	"example.com/machineauth/tokens"
)

// OAuth is an OAuth client, acting for a user or for itself.
type OAuth struct {
	UserID   string   // the token's subject: the user who allowed it, or the client's own ID where it acts for itself
	ClientID string   // the application that is calling
	Scopes   []string // what the user allowed; ask with [AllScopes] or [AnyScope]

	ID        string // oat_…, of the token; "" where it has none
	Issuer    string
	IssuedAt  time.Time // zero where unknown
	ExpiresAt time.Time // zero where the token never expires

	origin
}

// Type returns tokens.TypeOAuth.
func (*OAuth) Type() tokens.Type { return tokens.TypeOAuth }

// Subject returns UserID.
func (o *OAuth) Subject() string { return o.UserID }

func (o *OAuth) clone() Auth {
	c := *o
	c.Scopes = slices.Clone(o.Scopes)
	return &c
}

func newOAuth(t *tokens.OAuthToken) *OAuth {
	return &OAuth{
		UserID:    t.Meta.Subject,
		ClientID:  t.ClientID,
		Scopes:    t.Scopes,
		ID:        t.ID,
		Issuer:    t.Issuer,
		IssuedAt:  t.IssuedAt,
		ExpiresAt: t.ExpiresAt,
		origin:    origin{t},
	}
}

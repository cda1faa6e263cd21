package authobj

import (
	"cmp"
	"slices"
	"time"

	"example.com/machineauth/tokens"
)

// APIKey is a program that calls with the API key of a user or an organization.
type APIKey struct {
	Name   string   // as its owner named it
	UserID string   // user_…: the key's owner; "" where it isn't a user
	OrgID  string   // org_…: the key's owner; "" where it isn't an organization
	Scopes []string // ask with [AllScopes] or [AnyScope]

	ID        string // ak_…, of the key
	Issuer    string
	IssuedAt  time.Time // when the key was created; zero where unknown
	ExpiresAt time.Time // zero where the key never expires

	owner string
	origin
}

// Type returns tokens.TypeAPIKey.
func (*APIKey) Type() tokens.Type { return tokens.TypeAPIKey }

// Subject returns the key's owner: UserID, or OrgID, or, where both are empty, whoever else the backend named.
func (k *APIKey) Subject() string { return cmp.Or(k.UserID, k.OrgID, k.owner) }

func (k *APIKey) clone() Auth {
	c := *k
	return &c
}

func (k *APIKey) detach() {
	k.Scopes = slices.Clone(k.Scopes)
}

func newAPIKey(t *tokens.APIKey) *APIKey {
	return &APIKey{
		Name:      t.Name,
		UserID:    t.UserID(),
		OrgID:     t.OrgID(),
		Scopes:    t.Scopes,
		ID:        t.ID,
		Issuer:    t.Issuer,
		IssuedAt:  t.IssuedAt,
		ExpiresAt: t.ExpiresAt,
		owner:     t.Meta.Subject,
		origin:    origin{t},
	}
}

package authobj

import (
	"slices"
	"time"

	"example.com/machineauth/tokens"
)

// M2M is a machine that calls this one.
type M2M struct {
	MachineID string   // mch_…: who is calling
	Scopes    []string // in Clerk's tokens the machines that it may call; ask with [AllScopes] or [AnyScope]

	ID        string // mt_…, of the token; "" where it has none
	Issuer    string
	IssuedAt  time.Time // zero where unknown
	ExpiresAt time.Time // zero where the token never expires

	origin
}

// Type returns tokens.TypeM2M.
func (*M2M) Type() tokens.Type { return tokens.TypeM2M }

// Subject returns MachineID.
func (m *M2M) Subject() string { return m.MachineID }

func (m *M2M) clone() Auth {
	c := *m
	return &c
}

func (m *M2M) detach() {
	m.Scopes = slices.Clone(m.Scopes)
}

func newM2M(t *tokens.M2MToken) *M2M {
	return &M2M{
		MachineID: t.Meta.Subject,
		Scopes:    t.Scopes,
		ID:        t.ID,
		Issuer:    t.Issuer,
		IssuedAt:  t.IssuedAt,
		ExpiresAt: t.ExpiresAt,
		origin:    origin{t},
	}
}

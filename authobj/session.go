package authobj

import (
	"slices"
	"time"

	"example.com/machineauth/tokens"
)

// Session is a person who is signed in, in at most one organization.
type Session struct {
	UserID          string // user_…
	SessionID       string // sess_…
	Status          string // "active", "pending" where such sessions are let through, or ""
	AuthorizedParty string // the origin of the front end that the session was issued to

	OrgID          string   // org_…; "" outside any organization, and the other Org fields with it
	OrgRole        string   // org:<role>; ask with [Role]
	OrgSlug        string   // for display; it can change
	OrgPermissions []string // org:<feature>:<permission>; ask with [Permission]

	Features string // "o:<feature>,u:<feature>,…"; ask with [Feature]
	Plans    string // "o:<plan>,u:<plan>,…"; ask with [Plan]

	// FactorAges says how long ago the first and the second factor were verified, each "not enrolled" where the token
	// doesn't say. Ask with [Reverified].
	FactorAges [2]tokens.FactorAge

	// Actor is who acts as the user, by impersonation; nil where it is the user.
	Actor *tokens.Actor

	ID        string // jti of the token
	Issuer    string
	IssuedAt  time.Time // of the token, which is younger than the session
	ExpiresAt time.Time // of the token

	origin
}

// Type returns tokens.TypeSession.
func (*Session) Type() tokens.Type { return tokens.TypeSession }

// Subject returns UserID.
func (s *Session) Subject() string { return s.UserID }

func (s *Session) clone() Auth {
	c := *s
	return &c
}

func (s *Session) detach() {
	s.OrgPermissions = slices.Clone(s.OrgPermissions)
	s.Actor = cloneActor(s.Actor)
}

func newSession(t *tokens.SessionToken) *Session {
	return &Session{
		UserID:          t.Meta.Subject,
		SessionID:       t.SessionID,
		Status:          t.Status,
		AuthorizedParty: t.AuthorizedParty,
		OrgID:           t.OrgID,
		OrgRole:         t.OrgRole,
		OrgSlug:         t.OrgSlug,
		OrgPermissions:  t.OrgPermissions,
		Features:        t.Features,
		Plans:           t.Plans,
		FactorAges:      t.FactorAges,
		Actor:           t.Actor,
		ID:              t.ID,
		Issuer:          t.Issuer,
		IssuedAt:        t.IssuedAt,
		ExpiresAt:       t.ExpiresAt,
		origin:          origin{t},
	}
}

func cloneActor(a *tokens.Actor) *tokens.Actor {
	if a == nil {
		return nil
	}
	c := *a
	return &c
}

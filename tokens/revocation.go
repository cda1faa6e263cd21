package tokens

import (
	"context"
	"sync"
	"time"
)

// Revocations knows which tokens have been taken back before they expire. Revoked is asked on every request with a JWT, so
// it should answer from memory. An error means that nobody knows: the token is then refused with ErrRevocationsUnavailable,
// which is answered with 503 (X2).
type Revocations interface {
	Revoked(ctx context.Context, t Token) (bool, error)
}

// unlessRevoked returns a token that is good in every other way, unless it has been taken back (X1, X2).
func (v *Verifier) unlessRevoked(ctx context.Context, t Token) (Token, error) {
	if v.cfg.Revocations == nil {
		return t, nil
	}
	if t.meta().ID == "" {
		return nil, fail(ErrClaims, t.Type(), "the token has no jti, so that it could never be revoked")
	}
	revoked, err := v.cfg.Revocations.Revoked(ctx, t)
	switch {
	case err != nil:
		return nil, &Error{Code: ErrRevocationsUnavailable, Type: t.Type(), Err: err}
	case revoked:
		return nil, fail(ErrRevoked, t.Type(), "the token has been revoked")
	}
	return t, nil
}

// RevocationList is a Revocations in the memory of one process. The zero value is an empty list. An entry is kept until the
// last token that it concerns has expired, which whoever revokes has to say.
type RevocationList struct {
	mu      sync.RWMutex
	entries map[revoked]revocation
}

// revoked is what an entry is about: one token of an issuer, all of a subject, or, with neither, all of the issuer.
type revoked struct{ issuer, id, subject string }

type revocation struct {
	issuedBefore time.Time // zero: whenever issued
	until        time.Time
}

// RevokeToken takes back the token that issuer gave the ID (jti) id. expires is the token's exp.
func (l *RevocationList) RevokeToken(issuer, id string, expires time.Time) {
	l.add(revoked{issuer: issuer, id: id}, revocation{until: expires})
}

// RevokeSubject takes back all tokens of a subject that were issued before t. until is when the last of them expires.
func (l *RevocationList) RevokeSubject(issuer, subject string, t, until time.Time) {
	l.add(revoked{issuer: issuer, subject: subject}, revocation{t, until})
}

// RevokeIssuer takes back all tokens of an issuer that were issued before t. until is when the last of them expires.
func (l *RevocationList) RevokeIssuer(issuer string, t, until time.Time) {
	l.add(revoked{issuer: issuer}, revocation{t, until})
}

func (l *RevocationList) add(what revoked, r revocation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = make(map[revoked]revocation)
	}
	now := time.Now()
	for key, old := range l.entries {
		if now.After(old.until.Add(maxClockSkew)) {
			delete(l.entries, key)
		}
	}
	if old, ok := l.entries[what]; ok { // two revocations of one thing: both hold
		r.issuedBefore, r.until = later(r.issuedBefore, old.issuedBefore), later(r.until, old.until)
	}
	l.entries[what] = r
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Revoked reports whether an entry concerns t. A token that doesn't say when it was issued counts as issued long ago.
func (l *RevocationList) Revoked(_ context.Context, t Token) (bool, error) {
	m := t.meta()
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, what := range []revoked{{m.Issuer, m.ID, ""}, {m.Issuer, "", m.Subject}, {m.Issuer, "", ""}} {
		r, ok := l.entries[what]
		if ok && (what.id != "" || m.IssuedAt.Before(r.issuedBefore)) {
			return true, nil
		}
	}
	return false, nil
}

package tokens

import (
	"context"
	"fmt"
	"io"
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
	revoked, err := v.cfg.Revocations.Revoked(ctx, t.clone())
	switch {
	case err != nil:
		return nil, &Error{Code: ErrRevocationsUnavailable, Type: t.Type(), Err: err}
	case revoked:
		return nil, fail(ErrRevoked, t.Type(), "the token has been revoked")
	}
	return t, nil
}

// RevocationList is a Revocations in the memory of one process. The zero value is an empty list. An entry is kept until the
// last token that it concerns has expired, which whoever revokes has to say. It prints without its entries.
type RevocationList struct {
	Now func() time.Time // the clock; nil means time.Now

	mu       sync.RWMutex
	entries  map[subject]revocation
	sweeping int // at how many entries those that no longer matter are dropped
}

// subject is what an entry is about: one token of an issuer, all of somebody's, or all of the issuer's.
type subject struct {
	issuer string
	kind   string // the claim that says which: jti, sub or iss
	value  string
}

type revocation struct {
	issuedBefore time.Time // later tokens are not concerned
	until        time.Time
}

// RevokeToken takes back the token that issuer gave the ID (jti) id. expires is the token's exp. What makes no sense, such as
// an empty ID or the zero time, is an ErrParams, and nothing is revoked.
func (l *RevocationList) RevokeToken(issuer, id string, expires time.Time) error {
	return l.add(subject{issuer, "jti", id}, revocation{until: expires})
}

// RevokeSubject takes back all tokens of a subject that were issued before t. until is when the last of them expires. Errors
// are those of RevokeToken.
func (l *RevocationList) RevokeSubject(issuer, sub string, t, until time.Time) error {
	return l.add(subject{issuer, "sub", sub}, revocation{t, until})
}

// RevokeIssuer takes back all tokens of an issuer that were issued before t. until is when the last of them expires. Errors
// are those of RevokeToken.
func (l *RevocationList) RevokeIssuer(issuer string, t, until time.Time) error {
	return l.add(subject{issuer, "iss", issuer}, revocation{t, until})
}

func (l *RevocationList) add(what subject, r revocation) error {
	if what.value == "" || r.until.IsZero() || what.kind != "jti" && r.issuedBefore.IsZero() {
		return fail(ErrParams, "", "a revocation must say what it is about, until when it matters, and before when tokens were issued")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) >= l.sweeping {
		l.sweep()
	}
	if old, ok := l.entries[what]; ok { // two revocations of one thing: both hold
		r.issuedBefore, r.until = later(r.issuedBefore, old.issuedBefore), later(r.until, old.until)
	}
	l.entries[what] = r
	return nil
}

// sweep drops the entries whose last token has expired, whatever a Verifier's skew, and is due again when as many have come
// as have stayed.
func (l *RevocationList) sweep() {
	now := time.Now
	if l.Now != nil {
		now = l.Now
	}
	expired := now().Add(-maxClockSkew)
	kept := make(map[subject]revocation)
	for what, r := range l.entries {
		if r.until.After(expired) {
			kept[what] = r
		}
	}
	l.entries, l.sweeping = kept, max(1024, 2*len(kept))
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
	if _, ok := l.entries[subject{m.Issuer, "jti", m.ID}]; ok {
		return true, nil
	}
	for _, what := range [...]subject{{m.Issuer, "sub", m.Subject}, {m.Issuer, "iss", m.Issuer}} {
		if r, ok := l.entries[what]; ok && m.IssuedAt.Before(r.issuedBefore) {
			return true, nil
		}
	}
	return false, nil
}

// Format keeps the entries out of what package fmt prints, whatever the verb. Nor would fmt wait for the lock.
func (l *RevocationList) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[revocation list]") }

package tokens

import (
	"context"
	"slices"
	"strings"
)

// verifyOpaque asks the OpaqueVerifier, and believes an answer only if it is complete (B3).
func (v *Verifier) verifyOpaque(ctx context.Context, u *unverified) (Token, error) {
	if v.cfg.Opaque == nil {
		return nil, fail(ErrNoOpaqueVerifier, "", "Config.Opaque is not set, so that no opaque token can be verified")
	}
	token, err := v.cfg.Opaque.VerifyOpaque(ctx, u.raw, u.class.Type)
	if err != nil {
		return nil, err
	}
	if !isToken(token) {
		return nil, fail(ErrBackendUnavailable, "", "the OpaqueVerifier returned neither a token nor an error")
	}
	token = token.clone() // the OpaqueVerifier may have given the same one to others
	m := token.meta()
	m.format = FormatOpaque
	if !m.ExpiresAt.IsZero() && !m.ExpiresAt.After(v.cfg.Now()) {
		return nil, fail(ErrExpired, "", "the token has expired")
	}
	if err := checkSubject(token); err != nil {
		return nil, err
	}
	if !v.isFor(token) {
		return nil, fail(ErrAudience, "", "the token is for another service: see Config.Audience and Config.Machine")
	}
	return token, nil
}

// isFor reports whether a backend's token is meant for this service, by what the same type of JWT would be asked (V7).
func (v *Verifier) isFor(token Token) bool {
	switch t := token.(type) {
	case *M2MToken:
		return v.cfg.Machine == "" || slices.Contains(t.Scopes, v.cfg.Machine)
	case *OAuthToken:
		return len(v.cfg.Audience) == 0 || intersects(t.Audience, v.cfg.Audience)
	}
	return true
}

// checkSubject sees that a backend's token belongs to somebody of the right kind (B3): an M2M token to a machine, and no
// other token to one.
func checkSubject(token Token) error {
	m := token.meta()
	isMachine := strings.HasPrefix(m.Subject, machineSubject) && m.Subject != machineSubject
	if m.Subject == "" || isMachine != (token.Type() == TypeM2M) {
		return fail(ErrSubject, "", "the subject is not of the kind that this type of token has")
	}
	return nil
}

// isToken reports whether an OpaqueVerifier's answer is one of the four types, and not a nil pointer to one, nor a type of
// somebody else's that embeds one.
func isToken(token Token) bool {
	switch t := token.(type) {
	case *SessionToken:
		return t != nil
	case *M2MToken:
		return t != nil
	case *OAuthToken:
		return t != nil
	case *APIKey:
		return t != nil
	}
	return false
}

package tokens

import (
	"slices"
	"time"
)

// checkClaims judges the claims of a JWT whose signature holds, in the order of V1, and makes them a token. The subject was
// read when the token was classified: without one there is no class.
func (u *unverified) checkClaims(cfg *Config) (Token, error) {
	m := Meta{Subject: u.subject, format: FormatJWT, claims: newClaims(u.payload)}
	var err error
	if m.Audience, err = u.checkAudience(cfg); err != nil {
		return nil, err
	}
	if err := u.checkAuthorizedParty(cfg); err != nil {
		return nil, err
	}
	if m.Issuer, err = u.checkIssuer(cfg); err != nil {
		return nil, err
	}
	if err := u.readTimes(&m); err != nil {
		return nil, err
	}
	if err := checkTimes(m.IssuedAt, u.notBefore, m.ExpiresAt, cfg.Now(), cfg.ClockSkew); err != nil {
		return nil, err
	}
	if m.ID, err = u.payload.str("jti"); err != nil {
		return nil, err
	}
	if m.Confirmation, err = u.payload.confirmation(); err != nil {
		return nil, err
	}
	switch u.class.Type {
	case TypeM2M:
		return m2mClaims(m, u.payload, cfg.Machine)
	case TypeOAuth:
		return oauthClaims(m, u.payload)
	default:
		return sessionClaims(m, u.payload, cfg.AllowPendingSessions)
	}
}

// checkAudience reads aud, a string or an array of strings (RFC 7519 section 4.1.3). Where an audience is configured, an OAuth
// token must name it, and any other token that has an aud (V7).
func (u *unverified) checkAudience(cfg *Config) ([]string, error) {
	value, present := u.payload.lookup("aud")
	var audience []string
	switch {
	case present && value.isString():
		audience = []string{unquote(value)}
	case present:
		var err error
		if audience, err = u.payload.strs("aud"); err != nil {
			return nil, wrongKind("aud", "a string or an array of strings")
		}
	}
	if len(cfg.Audience) == 0 || !present && u.class.Type != TypeOAuth || intersects(audience, cfg.Audience) {
		return audience, nil
	}
	return nil, fail(ErrAudience, "", "aud names none of Config.Audience")
}

// checkAuthorizedParty holds sessions to the configured front ends (V8).
func (u *unverified) checkAuthorizedParty(cfg *Config) error {
	if u.class.Type != TypeSession || len(cfg.AuthorizedParties) == 0 {
		return nil
	}
	azp, err := u.payload.str("azp")
	if err != nil || !slices.Contains(cfg.AuthorizedParties, azp) {
		return fail(ErrAuthorizedParty, "", "azp is none of Config.AuthorizedParties")
	}
	return nil
}

// checkIssuer compares iss as it is: no case folding, no slash added (V9; RFC 7519 section 4.1.1).
func (u *unverified) checkIssuer(cfg *Config) (string, error) {
	iss, err := u.payload.str("iss")
	if err != nil {
		return "", err
	}
	if len(cfg.Issuers) > 0 && !slices.Contains(cfg.Issuers, iss) {
		return "", fail(ErrIssuer, "", "iss is none of Config.Issuers")
	}
	return iss, nil
}

// readTimes reads exp, nbf and iat (V6).
func (u *unverified) readTimes(m *Meta) (err error) {
	if m.ExpiresAt, err = u.payload.date("exp"); err != nil {
		return err
	}
	if m.ExpiresAt.IsZero() {
		return fail(ErrClaims, "", "the token must have an exp")
	}
	if u.notBefore, err = u.payload.date("nbf"); err != nil {
		return err
	}
	m.IssuedAt, err = u.payload.date("iat")
	return err
}

// checkTimes holds a token's times against the clock (V6); those that it doesn't have are zero.
func checkTimes(issued, notBefore, expires, now time.Time, skew time.Duration) error {
	switch {
	case !expires.After(now.Add(-skew)):
		return fail(ErrExpired, "", "the token has expired")
	case notBefore.After(now.Add(skew)):
		return fail(ErrNotYetValid, "", "the token is not valid yet; is this machine's clock right?")
	case issued.After(now.Add(skew)):
		return fail(ErrIssuedInFuture, "", "the token was issued in the future; is this machine's clock right?")
	}
	return nil
}

func intersects(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

package issuer

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json/jsontext"
)

// m2mToken is what the store keeps of an opaque M2M token. JWTs are not kept.
type m2mToken struct {
	ID               string         `json:"id"`
	Machine          string         `json:"machine"`
	Scopes           []string       `json:"scopes"`
	Claims           jsontext.Value `json:"claims"`
	Revoked          bool           `json:"revoked"`
	RevocationReason *string        `json:"revocation_reason"`
	ExpiresAt        time.Time      `json:"expires_at"`
	CreatedAt        time.Time      `json:"created_at"`
	UpdatedAt        time.Time      `json:"updated_at"`
}

// retention is how long a token is still listed after it has expired.
const retention = time.Hour

type m2mJSON struct {
	Object           string         `json:"object"`
	ID               string         `json:"id"`
	Subject          string         `json:"subject"`
	Scopes           []string       `json:"scopes"`
	Claims           jsontext.Value `json:"claims"`
	Token            string         `json:"token,omitempty"`
	Revoked          bool           `json:"revoked"`
	RevocationReason *string        `json:"revocation_reason"`
	Expired          bool           `json:"expired"`
	Expiration       int64          `json:"expiration"`
	LastUsedAt       *int64         `json:"last_used_at"` // not kept: a verification writes nothing
	CreatedAt        int64          `json:"created_at"`
	UpdatedAt        int64          `json:"updated_at"`
}

// showM2M returns a token as the API shows it, its plain text only where the caller has just made it.
func (i *Issuer) showM2M(t *m2mToken, text string) m2mJSON {
	return m2mJSON{
		Object: "machine_to_machine_token", ID: t.ID, Subject: t.Machine, Scopes: t.Scopes, Claims: t.Claims, Token: text,
		Revoked: t.Revoked, RevocationReason: t.RevocationReason, Expired: t.expired(i.now()),
		Expiration: t.ExpiresAt.UnixMilli(), CreatedAt: t.CreatedAt.UnixMilli(), UpdatedAt: t.UpdatedAt.UnixMilli(),
	}
}

func (t *m2mToken) expired(now time.Time) bool { return !t.ExpiresAt.After(now) }

// createM2MBody is what Clerk's client sends (B4).
type createM2MBody struct {
	Format    tokens.Format  `json:"token_format"`
	Seconds   *int64         `json:"seconds_until_expiration"` // absent or null: the machine's default
	Claims    jsontext.Value `json:"claims"`
	Remaining *int64         `json:"min_remaining_ttl_seconds"`
}

func (i *Issuer) createM2M(r *http.Request, c caller) (any, error) {
	in := createM2MBody{Format: tokens.FormatOpaque}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	claims, err := checkClaims(in.Claims)
	if err != nil {
		return nil, err
	}
	most := maxLifetime
	if in.Format == tokens.FormatJWT {
		most = i.cfg.MaxJWTLifetime
	}
	ttl, err := lifetime("seconds_until_expiration", in.Seconds, c.machine.TTL.duration(), most)
	if err != nil {
		return nil, err
	}
	now := i.now()
	t := &m2mToken{
		ID: newID("mt_"), Machine: c.machine.ID, Scopes: slices.Concat([]string{}, c.machine.Scopes), Claims: claims,
		ExpiresAt: now.Add(ttl), CreatedAt: now, UpdatedAt: now,
	}
	switch {
	case in.Format == tokens.FormatJWT:
		return i.createM2MJWT(t, ttl)
	case in.Format != tokens.FormatOpaque:
		return nil, badParam("token_format", "token_format must be opaque or jwt")
	case in.Remaining != nil:
		return i.reuseM2M(r.Context(), c, t, ttl, *in.Remaining)
	}
	secret := randomSecret("mt_")
	return i.showM2M(t, secret.Reveal()), i.put(r.Context(), t.record(secret), t)
}

func (t *m2mToken) record(secret tokens.Secret) Record {
	return Record{
		Kind: KindM2MToken, ID: t.ID, Subject: t.Machine, Secrets: storedSecret(secret),
		Created: t.CreatedAt, Expires: t.ExpiresAt.Add(retention),
	}
}

func (i *Issuer) createM2MJWT(t *m2mToken, ttl time.Duration) (any, error) {
	signer, _ := i.keys.at(t.CreatedAt)
	if signer == nil {
		return nil, fail(ErrSigning, "no signing key is active")
	}
	claims, err := claimMap(t.Claims)
	if err != nil {
		return nil, err
	}
	audience, err := takeAudience(claims)
	if err != nil {
		return nil, err
	}
	if len(audience) > 0 && len(t.Scopes) == 0 {
		claims["scopes"] = "" // or the aud would be taken for the scopes that the machine doesn't have (O1)
	}
	text, err := signer.SignM2M(tokens.M2MParams{MachineID: t.Machine, Scopes: t.Scopes, Audience: audience, TTL: ttl, ID: t.ID, Claims: claims})
	if err != nil {
		return nil, signFailure(err)
	}
	return i.showM2M(t, text), nil
}

// signFailure tells what the client asked for wrongly from what went wrong here.
func signFailure(err error) error {
	if errors.Is(err, tokens.ErrParams) {
		return badParam("claims", "the claims do not fit into a JWT: they are too long, or of a name or kind that it may not have")
	}
	return &Error{Code: ErrSigning, Err: err}
}

func (i *Issuer) listM2M(r *http.Request, c caller) (any, error) {
	l, err := readList(r, "subject", "revoked", "expired")
	if err != nil {
		return nil, err
	}
	subject := l.query.Get("subject")
	switch {
	case subject == "":
		return nil, badParam("subject", "subject must be the ID of a machine")
	case c.machine != nil && c.machine.ID != subject:
		return nil, fail(ErrForbidden, "a machine's secret key lists only its own tokens")
	}
	revoked, err1 := l.flag("revoked")
	expired, err2 := l.flag("expired")
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	shown := []m2mJSON{}
	total := 0
	for record, err := range i.store.List(r.Context(), KindM2MToken, subject) {
		if err != nil {
			return nil, storeFailure(err)
		}
		t := new(m2mToken)
		if err := record.decode(t); err != nil {
			return nil, err
		}
		if t.Revoked && !revoked || t.expired(i.now()) && !expired {
			continue
		}
		if total++; total > l.offset && len(shown) < l.limit {
			shown = append(shown, i.showM2M(t, ""))
		}
	}
	return struct {
		Tokens []m2mJSON `json:"m2m_tokens"`
		Total  int       `json:"total_count"`
	}{shown, total}, nil
}

// revokeM2M revokes a token for good; the first reason stays.
// revokedRetention is how long a revoked token is still listed.
const revokedRetention = 24 * retention

func (i *Issuer) revokeM2M(r *http.Request, c caller) (any, error) {
	reason, err := readRevocation(r)
	if err != nil {
		return nil, err
	}
	t := new(m2mToken)
	err = i.update(r.Context(), KindM2MToken, r.PathValue("id"), t, func(record *Record) error {
		if c.machine != nil && c.machine.ID != t.Machine {
			return storeFailure(ErrNotFound)
		}
		if !t.Revoked {
			t.Revoked, t.RevocationReason, t.UpdatedAt = true, reason, i.now()
		}
		if end := i.now().Add(revokedRetention); record.Expires.IsZero() || end.Before(record.Expires) {
			record.Expires = end // what is revoked makes room
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return i.showM2M(t, ""), nil
}

func (i *Issuer) verifyM2M(r *http.Request, c caller) (any, error) {
	var in struct {
		Token string `json:"token"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	t := new(m2mToken)
	_, err := i.find(r.Context(), KindM2MToken, tokens.NewSecret(in.Token), t)
	if err == nil {
		_, err = i.get(r.Context(), KindMachine, t.Machine, new(machine))
	}
	switch {
	case isNotFound(err):
		return nil, errNotGood
	case err != nil:
		return nil, err
	case t.Revoked || t.expired(i.now()) || c.machine != nil && !slices.Contains(t.Scopes, c.machine.ID):
		return nil, errNotGood
	}
	return i.showM2M(t, ""), nil
}

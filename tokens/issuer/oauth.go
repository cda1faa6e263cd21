package issuer

import (
	"context"
	"net/http"
	"strings"
	"time"

	"example.com/machineauth/tokens"
)

// oauthToken is what the store keeps of an opaque OAuth access token. JWTs are not kept.
type oauthToken struct {
	ID          string    `json:"id"`
	Application string    `json:"application"`
	ClientID    string    `json:"client_id"` // also its subject: the client acts for itself
	Scopes      []string  `json:"scopes"`
	Audience    []string  `json:"audience"`
	Revoked     bool      `json:"revoked"`
	ExpiresAt   time.Time `json:"expires_at"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// oauthTokenJSON is a token as the API shows it. Its times are in seconds, unlike all others.
type oauthTokenJSON struct {
	Object           string   `json:"object"`
	ID               string   `json:"id"`
	ClientID         string   `json:"client_id"`
	Type             string   `json:"type"`
	Subject          string   `json:"subject"`
	Scopes           []string `json:"scopes"`
	Audience         []string `json:"aud"`
	Revoked          bool     `json:"revoked"`
	RevocationReason *string  `json:"revocation_reason"`
	Expired          bool     `json:"expired"`
	Expiration       int64    `json:"expiration"`
	CreatedAt        int64    `json:"created_at"`
	UpdatedAt        int64    `json:"updated_at"`
}

// grant makes an access token for an application.
func (i *Issuer) grant(ctx context.Context, a *application, scopes, audience []string) (text string, ttl time.Duration, err error) {
	now := i.now()
	if a.Format == tokens.FormatOpaque {
		t := &oauthToken{
			ID: newID("oat_"), Application: a.ID, ClientID: a.ClientID, Scopes: scopes, Audience: audience,
			ExpiresAt: now.Add(a.TTL.duration()), CreatedAt: now, UpdatedAt: now,
		}
		secret := randomSecret("oat_")
		return secret.Reveal(), a.TTL.duration(), i.put(ctx, Record{
			Kind: KindOAuthToken, ID: t.ID, Subject: a.ID, Secrets: storedSecret(secret),
			Created: now, Expires: t.ExpiresAt,
		}, t)
	}
	signer, _ := i.keys.at(now)
	if signer == nil {
		return "", 0, fail(ErrSigning, "no signing key is active")
	}
	ttl = min(a.TTL.duration(), i.cfg.MaxJWTLifetime) // which may have been longer when the application was made
	text, err = signer.SignOAuth(tokens.OAuthParams{
		Subject: a.ClientID, ClientID: a.ClientID, Audience: audience, Scopes: scopes, TTL: ttl,
	})
	if err != nil {
		return "", 0, &Error{Code: ErrSigning, Err: err}
	}
	return text, ttl, nil
}

func (i *Issuer) verifyOAuth(r *http.Request, _ caller) (any, error) {
	var in struct {
		Token string `json:"access_token"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	t := new(oauthToken)
	_, err := i.find(r.Context(), KindOAuthToken, tokens.NewSecret(in.Token), t)
	if err == nil {
		_, err = i.get(r.Context(), KindApplication, t.Application, new(application))
	}
	switch {
	case isNotFound(err):
		return nil, errNotGood
	case err != nil:
		return nil, err
	case t.Revoked || !t.ExpiresAt.After(i.now()):
		return nil, errNotGood
	}
	return oauthTokenJSON{
		Object: "clerk_idp_oauth_access_token", ID: t.ID, ClientID: t.ClientID, Type: "oauth_token", Subject: t.ClientID,
		Scopes: t.Scopes, Audience: t.Audience,
		Expiration: t.ExpiresAt.Unix(), CreatedAt: t.CreatedAt.Unix(), UpdatedAt: t.UpdatedAt.Unix(),
	}, nil
}

// revokeOAuth revokes an application's opaque token.
func (i *Issuer) revokeOAuth(r *http.Request, _ caller) (any, error) {
	var in struct {
		Token string `json:"token"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	if strings.Count(in.Token, ".") == 2 {
		return nil, badParam("token", "a JWT cannot be revoked: it is valid until it expires. Set up the application for opaque tokens")
	}
	t := new(oauthToken)
	if _, err := i.find(r.Context(), KindOAuthToken, tokens.NewSecret(in.Token), t); err != nil {
		return nil, err
	}
	if t.Application != r.PathValue("id") {
		return nil, storeFailure(ErrNotFound)
	}
	return nil, i.update(r.Context(), KindOAuthToken, t.ID, t, func(*Record) error {
		t.Revoked, t.UpdatedAt = true, i.now()
		return nil
	})
}

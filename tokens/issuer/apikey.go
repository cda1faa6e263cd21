package issuer

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/machineauth/tokens"
	"github.com/go-json-experiment/json/jsontext"
)

// apiKey is what the store keeps of an API key.
type apiKey struct {
	ID               string         `json:"id"`
	Name             string         `json:"name"`
	Description      *string        `json:"description"`
	Subject          string         `json:"subject"`
	CreatedBy        *string        `json:"created_by"`
	Scopes           []string       `json:"scopes"`
	Claims           jsontext.Value `json:"claims"`
	Revoked          bool           `json:"revoked"`
	RevocationReason *string        `json:"revocation_reason"`
	ExpiresAt        time.Time      `json:"expires_at"` // zero: never
	CreatedAt        time.Time      `json:"created_at"`
	UpdatedAt        time.Time      `json:"updated_at"`
}

type apiKeyJSON struct {
	Object           string         `json:"object"`
	ID               string         `json:"id"`
	Type             string         `json:"type"`
	Name             string         `json:"name"`
	Description      *string        `json:"description"`
	Subject          string         `json:"subject"`
	CreatedBy        *string        `json:"created_by"`
	Scopes           []string       `json:"scopes"`
	Claims           jsontext.Value `json:"claims"`
	Secret           string         `json:"secret,omitempty"`
	Revoked          bool           `json:"revoked"`
	RevocationReason *string        `json:"revocation_reason"`
	Expired          bool           `json:"expired"`
	Expiration       *int64         `json:"expiration"`
	LastUsedAt       *int64         `json:"last_used_at"` // not kept: a verification writes nothing
	CreatedAt        int64          `json:"created_at"`
	UpdatedAt        int64          `json:"updated_at"`
}

func (i *Issuer) showAPIKey(k *apiKey, text string) apiKeyJSON {
	shown := apiKeyJSON{
		Object: "api_key", ID: k.ID, Type: "api_key", Name: k.Name, Description: k.Description, Subject: k.Subject,
		CreatedBy: k.CreatedBy, Scopes: k.Scopes, Claims: k.Claims, Secret: text,
		Revoked: k.Revoked, RevocationReason: k.RevocationReason, Expired: k.expired(i.now()),
		CreatedAt: k.CreatedAt.UnixMilli(), UpdatedAt: k.UpdatedAt.UnixMilli(),
	}
	if !k.ExpiresAt.IsZero() {
		shown.Expiration = new(k.ExpiresAt.UnixMilli())
	}
	return shown
}

func (k *apiKey) expired(now time.Time) bool { return !k.ExpiresAt.IsZero() && !k.ExpiresAt.After(now) }

func (i *Issuer) createAPIKey(r *http.Request, _ caller) (any, error) {
	var in struct {
		Name        string         `json:"name"`
		Subject     string         `json:"subject"`
		Description *string        `json:"description"`
		CreatedBy   *string        `json:"created_by"`
		Scopes      []string       `json:"scopes"`
		Claims      jsontext.Value `json:"claims"`
		Seconds     *int64         `json:"seconds_until_expiration"` // absent or null: never
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	claims, err := checkClaims(in.Claims)
	if err != nil {
		return nil, err
	}
	for _, text := range []struct {
		name, value string
		required    bool
	}{{"name", in.Name, true}, {"subject", in.Subject, true}, {"description", deref(in.Description), false}, {"created_by", deref(in.CreatedBy), false}} {
		if err := checkText(text.name, text.value, text.required); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(in.Subject, "mch_") {
		return nil, badParam("subject", "subject must be a user or an organization: machines have M2M tokens")
	}
	if err := checkScopes(in.Scopes); err != nil {
		return nil, err
	}
	now := i.now()
	k := &apiKey{
		ID: newID("ak_"), Name: in.Name, Description: in.Description, Subject: in.Subject, CreatedBy: in.CreatedBy,
		Scopes: slices.Concat([]string{}, in.Scopes), Claims: claims, CreatedAt: now, UpdatedAt: now,
	}
	secret := randomSecret("ak_")
	record := Record{Kind: KindAPIKey, ID: k.ID, Subject: k.Subject, Secrets: storedSecret(secret), Created: now}
	if in.Seconds != nil {
		ttl, err := lifetime("seconds_until_expiration", in.Seconds, 0, maxLifetime)
		if err != nil {
			return nil, err
		}
		k.ExpiresAt = now.Add(ttl)
		record.Expires = k.ExpiresAt.Add(retention)
	}
	return i.showAPIKey(k, secret.Reveal()), i.put(r.Context(), record, k)
}

// checkScopes holds scopes to RFC 6749 section 3.3.
func checkScopes(scopes []string) error {
	const most = 150
	if len(scopes) > most {
		return badParam("scopes", "there may be at most 150 scopes")
	}
	for _, s := range scopes {
		if s == "" || len(s) > 128 || strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }) {
			return badParam("scopes", "each scope must be 1 to 128 printable ASCII characters without spaces, quotes and backslashes")
		}
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (i *Issuer) getAPIKey(r *http.Request, _ caller) (any, error) {
	k := new(apiKey)
	if _, err := i.get(r.Context(), KindAPIKey, r.PathValue("id"), k); err != nil {
		return nil, err
	}
	return i.showAPIKey(k, ""), nil
}

func (i *Issuer) listAPIKeys(r *http.Request, _ caller) (any, error) {
	l, err := readList(r, "subject", "include_invalid")
	if err != nil {
		return nil, err
	}
	if l.query.Get("subject") == "" {
		return nil, badParam("subject", "subject must be the ID of a user or an organization")
	}
	invalid, err := l.flag("include_invalid")
	if err != nil {
		return nil, err
	}
	shown := pageJSON[apiKeyJSON]{Data: []apiKeyJSON{}}
	for record, err := range i.store.List(r.Context(), KindAPIKey, l.query.Get("subject")) {
		if err != nil {
			return nil, storeFailure(err)
		}
		k := new(apiKey)
		if err := record.decode(k); err != nil {
			return nil, err
		}
		if (k.Revoked || k.expired(i.now())) && !invalid {
			continue
		}
		if shown.TotalCount++; shown.TotalCount > l.offset && len(shown.Data) < l.limit {
			shown.Data = append(shown.Data, i.showAPIKey(k, ""))
		}
	}
	return shown, nil
}

func (i *Issuer) deleteAPIKey(r *http.Request, _ caller) (any, error) {
	id := r.PathValue("id")
	if err := i.store.Delete(r.Context(), KindAPIKey, id); err != nil {
		return nil, storeFailure(err)
	}
	return deletedJSON{"api_key", id, true}, nil
}

// revokeAPIKey revokes a key for good; the first reason stays.
func (i *Issuer) revokeAPIKey(r *http.Request, _ caller) (any, error) {
	reason, err := readRevocation(r)
	if err != nil {
		return nil, err
	}
	k := new(apiKey)
	err = i.update(r.Context(), KindAPIKey, r.PathValue("id"), k, func(*Record) error {
		if !k.Revoked {
			k.Revoked, k.RevocationReason, k.UpdatedAt = true, reason, i.now()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return i.showAPIKey(k, ""), nil
}

func (i *Issuer) verifyAPIKey(r *http.Request, _ caller) (any, error) {
	var in struct {
		Secret string `json:"secret"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	k := new(apiKey)
	_, err := i.find(r.Context(), KindAPIKey, tokens.NewSecret(in.Secret), k)
	switch {
	case isNotFound(err):
		return nil, errNotGood
	case err != nil:
		return nil, err
	case k.Revoked || k.expired(i.now()):
		return nil, errNotGood
	}
	return i.showAPIKey(k, ""), nil
}

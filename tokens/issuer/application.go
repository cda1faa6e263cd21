package issuer

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/machineauth/tokens"
)

// application is what the store keeps of an OAuth application: a client that gets tokens by client_credentials.
type application struct {
	ID        string        `json:"id"` // oa_ and the client's ID
	ClientID  string        `json:"client_id"`
	Name      string        `json:"name"`
	Scopes    []string      `json:"scopes"`   // what it may ask for
	Audience  []string      `json:"audience"` // whom its tokens are for
	Format    tokens.Format `json:"format"`
	TTL       seconds       `json:"ttl"`
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
}

const applicationPrefix = "oa_"

// applicationJSON is an application as the API shows it. The last three members before the secret are not Clerk's.
type applicationJSON struct {
	Object                string        `json:"object"`
	ID                    string        `json:"id"`
	InstanceID            string        `json:"instance_id"`
	Name                  string        `json:"name"`
	ClientID              string        `json:"client_id"`
	ClientURI             *string       `json:"client_uri"`
	ClientImageURL        *string       `json:"client_image_url"`
	DynamicallyRegistered bool          `json:"dynamically_registered"`
	ConsentScreenEnabled  bool          `json:"consent_screen_enabled"`
	PKCERequired          bool          `json:"pkce_required"`
	Public                bool          `json:"public"`
	Scopes                string        `json:"scopes"`
	RedirectURIs          []string      `json:"redirect_uris"`
	AuthorizeURL          string        `json:"authorize_url"`
	TokenFetchURL         string        `json:"token_fetch_url"`
	UserInfoURL           string        `json:"user_info_url"`
	DiscoveryURL          string        `json:"discovery_url"`
	TokenIntrospectionURL string        `json:"token_introspection_url"`
	CreatedAt             int64         `json:"created_at"`
	UpdatedAt             int64         `json:"updated_at"`
	TokenFormat           tokens.Format `json:"token_format"`
	Audience              []string      `json:"audience"`
	TokenTTL              int64         `json:"token_ttl"`
	ClientSecret          string        `json:"client_secret,omitempty"`
}

func (i *Issuer) showApplication(a *application, secret string) applicationJSON {
	return applicationJSON{
		Object: "oauth_application", ID: a.ID, InstanceID: i.cfg.Issuer, Name: a.Name, ClientID: a.ClientID,
		Scopes: strings.Join(a.Scopes, " "), RedirectURIs: []string{},
		TokenFetchURL: i.cfg.Issuer + "/oauth/token", DiscoveryURL: i.cfg.Issuer + "/.well-known/oauth-authorization-server",
		CreatedAt: a.CreatedAt.UnixMilli(), UpdatedAt: a.UpdatedAt.UnixMilli(),
		TokenFormat: a.Format, Audience: a.Audience, TokenTTL: int64(a.TTL), ClientSecret: secret,
	}
}

func (i *Issuer) createApplication(r *http.Request, _ caller) (any, error) {
	var in struct {
		Name         string        `json:"name"`
		Scopes       *string       `json:"scopes"`
		RedirectURIs []string      `json:"redirect_uris"`
		Public       *bool         `json:"public"`
		Format       tokens.Format `json:"token_format"` // jwt where empty
		Audience     []string      `json:"audience"`     // the issuer's URL where empty
		Seconds      *int64        `json:"token_ttl"`    // 3600 where absent
	}
	in.Format = tokens.FormatJWT
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	scopes := strings.Fields(deref(in.Scopes))
	most := i.cfg.MaxJWTLifetime
	switch err := checkText("name", in.Name, true); {
	case err != nil:
		return nil, err
	case len(in.RedirectURIs) > 0:
		return nil, badParam("redirect_uris", "there is no authorization endpoint, and nothing to redirect: client_credentials is the only grant")
	case in.Public != nil && *in.Public:
		return nil, badParam("public", "client_credentials needs a client that can keep a secret")
	case in.Format == tokens.FormatOpaque:
		most = maxLifetime
	case in.Format != tokens.FormatJWT:
		return nil, badParam("token_format", "token_format must be jwt or opaque")
	}
	if err := checkScopes(scopes); err != nil {
		return nil, err
	}
	if len(in.Audience) > 20 || slices.ContainsFunc(in.Audience, func(s string) bool { return s == "" || len(s) > 256 }) {
		return nil, badParam("audience", "audience must be at most 20 strings of 1 to 256 bytes")
	}
	ttl, err := lifetime("token_ttl", in.Seconds, defaultTokenTTL, most)
	if err != nil {
		return nil, err
	}
	now := i.now()
	a := &application{
		ClientID: newID(""), Name: in.Name, Scopes: scopes, Audience: slices.Concat([]string{}, in.Audience),
		Format: in.Format, TTL: inSeconds(ttl), CreatedAt: now, UpdatedAt: now,
	}
	if a.ID = applicationPrefix + a.ClientID; len(a.Audience) == 0 {
		a.Audience = []string{i.cfg.Issuer}
	}
	secret := randomSecret("")
	record := Record{Kind: KindApplication, ID: a.ID, Secrets: storedSecret(secret), Created: now}
	return i.showApplication(a, secret.Reveal()), i.put(r.Context(), record, a)
}

func (i *Issuer) getApplication(r *http.Request, _ caller) (any, error) {
	a := new(application)
	if _, err := i.get(r.Context(), KindApplication, r.PathValue("id"), a); err != nil {
		return nil, err
	}
	return i.showApplication(a, ""), nil
}

func (i *Issuer) listApplications(r *http.Request, _ caller) (any, error) {
	l, err := readList(r, "name_query")
	if err != nil {
		return nil, err
	}
	query := strings.ToLower(l.query.Get("name_query"))
	shown := pageJSON[applicationJSON]{Data: []applicationJSON{}}
	for record, err := range i.store.List(r.Context(), KindApplication, "") {
		if err != nil {
			return nil, storeFailure(err)
		}
		a := new(application)
		if err := record.decode(a); err != nil {
			return nil, err
		}
		if !strings.Contains(strings.ToLower(a.Name), query) {
			continue
		}
		if shown.TotalCount++; shown.TotalCount > l.offset && len(shown.Data) < l.limit {
			shown.Data = append(shown.Data, i.showApplication(a, ""))
		}
	}
	return shown, nil
}

// deleteApplication ends an application, and with it its opaque tokens.
func (i *Issuer) deleteApplication(r *http.Request, _ caller) (any, error) {
	id := r.PathValue("id")
	if err := i.store.Delete(r.Context(), KindApplication, id); err != nil {
		return nil, storeFailure(err)
	}
	return deletedJSON{"oauth_application", id, true}, nil
}

// rotateApplication gives an application a new secret. The old one ends at once, as at Clerk, or as long after as asked.
func (i *Issuer) rotateApplication(r *http.Request, _ caller) (any, error) {
	var in struct {
		Previous int64 `json:"previous_secret_ttl"`
	}
	if err := decode(r, &in); err != nil {
		return nil, err
	}
	overlap, err := secretOverlap("previous_secret_ttl", &in.Previous)
	if err != nil {
		return nil, err
	}
	secret := randomSecret("")
	a := new(application)
	err = i.update(r.Context(), KindApplication, r.PathValue("id"), a, func(record *Record) error {
		a.UpdatedAt = i.now()
		record.rotate(secret, a.UpdatedAt.Add(overlap))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return i.showApplication(a, secret.Reveal()), nil
}

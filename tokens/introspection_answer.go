package tokens

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// readIntrospection makes a verified token of an introspection response (RFC 7662 section 2.2), if the server says that it
// is active, and it is an access token for cfg.Audience by cfg.Issuers. All members of the response are its claims.
func readIntrospection(body []byte, cfg *Config) (Token, error) {
	o, err := parseObject(string(body))
	if err != nil {
		return nil, incomplete("not one strict JSON object")
	}
	o.members = slices.DeleteFunc(o.members, func(m member) bool { // some servers write null for none
		return rawValue(o.text[m.start:m.end]).isNull()
	})
	var says struct {
		Active    *bool  `json:"active"`
		TokenType string `json:"token_type"`
		TokenUse  string `json:"token_use"`
		Kind      string `json:"typ"`
	}
	switch err := json.Unmarshal(body, &says); {
	case err != nil || says.Active == nil:
		return nil, incomplete("active is absent, or a member is of the wrong kind")
	case !*says.Active:
		return nil, fail(ErrInvalid, TypeOAuth, "the server says that the token is not active")
	case !isAccessToken(says.TokenType, says.TokenUse, says.Kind):
		return nil, fail(ErrTypeMismatch, TypeOAuth, "the server knows it as another kind of token than an access token")
	}
	token, err := introspected(o, cfg)
	if errors.Is(err, ErrClaims) { // a server that we trust gives no bad claims: this isn't one, or not such an endpoint
		return nil, incomplete("client_id is absent, or a member is of the wrong kind")
	}
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(says.TokenType, "DPoP") && token.Confirmation.JWKThumbprint == "" {
		return nil, fail(ErrSenderConstrained, TypeOAuth, "the server knows it as a DPoP token, but doesn't say by whose key")
	}
	return token, nil
}

// isAccessToken reports whether token_type and token_use, where the server says them, are those of an access token. Servers
// answer for refresh tokens too. token_use is Ory Hydra's, and typ is Keycloak's.
func isAccessToken(tokenType, tokenUse, kind string) bool {
	return (tokenType == "" || strings.EqualFold(tokenType, "Bearer") || strings.EqualFold(tokenType, "DPoP") || tokenType == "access_token") &&
		(tokenUse == "" || tokenUse == "access_token") &&
		kind != "Refresh" && kind != "Offline" && kind != "ID"
}

// introspected judges the members that a response shares with a JWT, by the same rules, but that exp is optional.
func introspected(o object, cfg *Config) (*OAuthToken, error) {
	u := &unverified{class: Class{TypeOAuth, FormatOpaque}, payload: o}
	m := Meta{format: FormatOpaque, claims: newClaims(o)}
	var notBefore time.Time
	var errs [8]error
	m.Audience, errs[0] = u.checkAudience(cfg)
	m.Issuer, errs[1] = u.checkIssuer(cfg)
	m.ExpiresAt, errs[2] = o.date("exp")
	notBefore, errs[3] = o.date("nbf")
	m.IssuedAt, errs[4] = o.date("iat")
	m.ID, errs[5] = o.str("jti")
	m.Subject, errs[6] = o.str("sub")
	m.Confirmation, errs[7] = o.confirmation() // RFC 9449 section 6.2, RFC 8705 section 3.2
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	expires := m.ExpiresAt
	if expires.IsZero() {
		expires = time.Unix(maxDate, 0) // never
	}
	if err := checkTimes(m.IssuedAt, notBefore, expires, cfg.Now(), cfg.ClockSkew); err != nil {
		return nil, err
	}
	token, err := oauthClaims(m, o)
	if err != nil {
		return nil, err
	}
	if token.Subject == "" { // a client that acts for itself; RFC 9068 section 2.2 says the same of JWTs
		token.Subject = token.ClientID
	}
	return token, checkSubject(token)
}

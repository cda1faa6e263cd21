package tokens

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// resource is a token as the Backend API writes it: the members of all three types. What is a pointer or a raw value is so
// because its absence is not its zero value.
type resource struct {
	ID               string         `json:"id"`
	Subject          string         `json:"subject"`
	ClientID         string         `json:"client_id"`
	Name             string         `json:"name"`
	Scopes           []string       `json:"scopes"`
	Audience         []string       `json:"aud"`
	Actor            jsontext.Value `json:"act"`
	Claims           jsontext.Value `json:"claims"`
	Revoked          *bool          `json:"revoked"`
	RevocationReason string         `json:"revocation_reason"`
	Expired          *bool          `json:"expired"`
	Expiration       jsontext.Value `json:"expiration"`
	CreatedAt        *float64       `json:"created_at"`
	Token            string         `json:"token"`
}

// idPrefixes are what the IDs of each type start with (B6).
var idPrefixes = map[Type]string{TypeM2M: "mt_", TypeOAuth: "oat_", TypeAPIKey: "ak_"}

func readResource(body []byte) (*resource, error) {
	var r resource
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, incomplete("no JSON object of the kind expected")
	}
	return &r, nil
}

// token makes a verified token of r, if r says all that makes one, and that it is alive (B3).
func (r *resource) token(t Type, now time.Time) (Token, error) {
	m, err := r.meta(t)
	if err != nil {
		return nil, err
	}
	m.format = FormatOpaque
	switch {
	case *r.Revoked:
		return nil, fail(ErrRevoked, t, "the backend says that the token is revoked")
	case r.hasExpired(m, now):
		return nil, fail(ErrExpired, t, "the backend says that the token has expired")
	case !hasIDOf(t, m.ID):
		return nil, fail(ErrSubject, t, "the ID is not of the kind that this type of token has")
	}
	var token Token
	switch t {
	case TypeM2M:
		token = &M2MToken{Meta: m, Scopes: withoutEmpty(r.Scopes)}
	case TypeOAuth:
		if r.ClientID == "" {
			return nil, incomplete("an OAuth token without client_id")
		}
		token = &OAuthToken{Meta: m, ClientID: r.ClientID, Scopes: withoutEmpty(r.Scopes)}
	default:
		token = &APIKey{Meta: m, Name: r.Name, Scopes: withoutEmpty(r.Scopes)}
	}
	if err := checkSubject(token); err != nil {
		return nil, err
	}
	return token, nil
}

// meta reads what all types have. Without an error, Revoked and Expired are not nil.
func (r *resource) meta(t Type) (Meta, error) {
	m := Meta{ID: r.ID, Subject: r.Subject, Audience: r.Audience}
	if r.ID == "" || r.Subject == "" || r.Revoked == nil || r.Expired == nil {
		return m, incomplete("id, subject, revoked or expired is absent")
	}
	var expiration *float64
	if err := json.Unmarshal(r.Expiration, &expiration); err != nil {
		return m, incomplete("expiration is absent, or neither a number nor null")
	}
	var ok1, ok2 bool
	m.ExpiresAt, ok1 = timestamp(t, expiration)
	m.IssuedAt, ok2 = timestamp(t, r.CreatedAt)
	if !ok1 || !ok2 {
		return m, incomplete("a time that is none")
	}
	claims := r.Claims
	if claims == nil && r.Actor != nil && string(r.Actor) != "null" { // OAuth tokens have an actor (RFC 8693 section 4.1), and no claims
		claims = slices.Concat(jsontext.Value(`{"act":`), r.Actor, jsontext.Value(`}`))
	}
	if err := m.SetClaims(claims); err != nil {
		return m, incomplete("claims is neither a strict JSON object nor null")
	}
	return m, nil
}

func (r *resource) hasExpired(m Meta, now time.Time) bool {
	return *r.Expired || !m.ExpiresAt.IsZero() && !m.ExpiresAt.After(now)
}

// hasIDOf reports whether an ID is of the kind that a type of token has.
func hasIDOf(t Type, id string) bool {
	prefix := idPrefixes[t]
	return strings.HasPrefix(id, prefix) && len(id) > len(prefix)
}

// timestamp reads milliseconds since 1970 (O5); nil is no time. For OAuth tokens the API's description says seconds; as neither
// 1973 nor the year 5138 is meant, the number itself tells.
func timestamp(t Type, millis *float64) (at time.Time, ok bool) {
	if millis == nil {
		return time.Time{}, true
	}
	n := *millis
	if t == TypeOAuth && n < 1e11 {
		n *= 1000
	}
	if math.Abs(n) > maxDate*1000 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(n)), true
}

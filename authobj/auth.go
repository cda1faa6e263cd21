package authobj

import (
	"fmt"
	"io"
	"log/slog"

	"example.com/machineauth/tokens"
)

// Auth is who is calling: a *[Session], *[M2M], *[OAuth] or *[APIKey], and nothing else.
type Auth interface {
	// Type says which of the four it is.
	Type() tokens.Type

	// Subject is the ID of who is calling: user_…, mch_…, org_…, or an OAuth client.
	Subject() string

	// Claims decodes the claims of the token into dst, a pointer to a struct or a map. Member names are matched exactly,
	// by their `json` tags. Of an M2M token only the custom claims are there. Without claims dst is left as it is.
	Claims(dst any) error

	clone() Auth // which shares what slices and pointers lead to
	detach()     // makes that its own
}

// Object is the constraint of functions such as [As] whose type parameter says which kind of caller is wanted. Each of the
// four types satisfies it and no other does, Auth itself included.
type Object interface {
	Auth
	*Session | *M2M | *OAuth | *APIKey
}

// New makes a verified token the auth object of its caller; nil for nil. It takes t over, which must not be changed
// afterwards: a Verifier's result belongs to whoever asked for it.
func New(t tokens.Token) Auth {
	switch t := t.(type) {
	case *tokens.SessionToken:
		if t != nil {
			return newSession(t)
		}
	case *tokens.M2MToken:
		if t != nil {
			return newM2M(t)
		}
	case *tokens.OAuthToken:
		if t != nil {
			return newOAuth(t)
		}
	case *tokens.APIKey:
		if t != nil {
			return newAPIKey(t)
		}
	}
	return nil
}

// isSomebody reports whether a is one of the four and has a subject. All else is nobody: nil, a nil pointer, and types that
// embed one of the four to pass for it.
func isSomebody(a Auth) bool {
	switch a := a.(type) {
	case *Session:
		return a != nil && a.Subject() != ""
	case *M2M:
		return a != nil && a.Subject() != ""
	case *OAuth:
		return a != nil && a.Subject() != ""
	case *APIKey:
		return a != nil && a.Subject() != ""
	}
	return false
}

// origin is the token that an auth object was made from, if it was made from one. Each of the four embeds it for its
// claims, and for being silent about them and all else in every format.
type origin struct {
	token tokens.Token // an interface around a pointer, which fmt does not follow
}

// Claims is described at [Auth].
func (o origin) Claims(dst any) error {
	if o.token == nil {
		return nil
	}
	return o.token.Claims(dst)
}

const redacted = "[redacted caller]"

// Format keeps the caller out of what package fmt prints, whatever the verb.
func (origin) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is Format for log/slog.
func (origin) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is Format for encoding/json and its like.
func (origin) MarshalText() ([]byte, error) { return []byte(redacted), nil }

package tokens

import "slices"

// Type says what a token is: who carries it and which rules it obeys.
// The values are those of Clerk's tokenType.
type Type string

// The four types of token.
const (
	TypeSession Type = "session_token" // a signed-in person
	TypeM2M     Type = "m2m_token"     // a machine calling a machine
	TypeOAuth   Type = "oauth_token"   // a client acting for a user, or for itself (RFC 6749)
	TypeAPIKey  Type = "api_key"       // a long-lived key of a user or an organization
)

// IsMachine reports whether t is one of the types that machines carry: all but sessions.
func (t Type) IsMachine() bool { return t.known() && t != TypeSession }

func (t Type) known() bool {
	switch t {
	case TypeSession, TypeM2M, TypeOAuth, TypeAPIKey:
		return true
	}
	return false
}

// AnyType returns all four types, for routes that take every kind of caller.
func AnyType() []Type { return []Type{TypeSession, TypeM2M, TypeOAuth, TypeAPIKey} }

// accepts reports whether t is in the list; an empty list is sessions only.
func accepts(list []Type, t Type) bool {
	if len(list) == 0 {
		return t == TypeSession
	}
	return slices.Contains(list, t)
}

// Format says how a token is written.
type Format string

// The two formats of a token.
const (
	FormatJWT    Format = "jwt"    // signed, verified locally (RFC 7519)
	FormatOpaque Format = "opaque" // a random string behind a prefix, verified at a backend
)

// Class is what a token claims to be. Nothing in it is verified.
type Class struct {
	Type   Type
	Format Format
}

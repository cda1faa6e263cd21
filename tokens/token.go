package tokens

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json"
)

// Token is a verified token: a *[SessionToken], *[M2MToken], *[OAuthToken] or *[APIKey], and nothing else.
type Token interface {
	Type() Type
	Claims(dst any) error
	meta() *Meta
	clone() Token // shares nothing that can change
}

// Meta is what tokens of every type have; each embeds it. It prints, marshals and logs as redacted. Package fmt asks no method
// of what is in an unexported field: there a token shows its fields or, behind a pointer, its address, and the fields only under
// verbs that don't fit, such as %s. Claims without a field, and the token's text, are never shown.
type Meta struct {
	ID        string    // jti of a JWT, or the backend's ID; "" where the token has none
	Subject   string    // sub: user_…, mch_…, org_…, or a client
	Issuer    string    // iss; "" where the token has none
	Audience  []string  // aud
	IssuedAt  time.Time // iat, or when the backend created the token; zero where unknown
	ExpiresAt time.Time // exp; zero for an opaque token that never expires

	// Confirmation is what the token is bound to; zero for a bearer token. A Verifier returns a bound token only to those who
	// checked what its sender holds: see [Verifier.VerifyBound].
	Confirmation Confirmation

	format Format
	claims *claims // a pointer to what is no struct, which fmt does not follow, whatever the verb
}

// claims is the text of one strictly parsed JSON object.
type claims string

func newClaims(o object) *claims {
	text := claims(o.text)
	return &text
}

func (m *Meta) meta() *Meta { return m }

// Claims decodes all claims of the token into dst, a pointer to a struct or a map. Member names are matched exactly, by
// their `json` tags. A token without claims leaves dst as it is.
func (m *Meta) Claims(dst any) error {
	if m.claims == nil {
		return nil
	}
	return decode([]byte(*m.claims), dst)
}

// SetClaims gives a token the claims that a backend knows of it: raw is one JSON object, or null or empty for none. It is
// for implementations of [OpaqueVerifier].
func (m *Meta) SetClaims(raw []byte) error {
	if m.claims = nil; len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	o, err := parseObject(string(raw))
	if err != nil {
		return fail(ErrClaims, "", "the claims are not one strict JSON object")
	}
	m.claims = newClaims(o)
	return nil
}

// decode unmarshals claims without telling a log what they were.
func decode(raw []byte, dst any) error {
	err := json.Unmarshal(raw, dst)
	if err == nil {
		return nil
	}
	detail := fmt.Errorf("the claims do not fit into %T", dst)
	if mismatch, ok := errors.AsType[*json.SemanticError](err); ok {
		detail = fmt.Errorf("the claims do not fit into %T: a JSON %v at %.64q has no place in %v",
			dst, mismatch.JSONKind, mismatch.JSONPointer, mismatch.GoType)
	}
	return &Error{Code: ErrClaims, Err: detail}
}

const redacted = "[redacted token]"

// Format keeps a token out of what package fmt prints, whatever the verb.
func (m Meta) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is Format for log/slog.
func (m Meta) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is Format for encoding/json and its like.
func (m Meta) MarshalText() ([]byte, error) { return []byte(redacted), nil }

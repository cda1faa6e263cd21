package tokens

import (
	"slices"
	"strings"
)

// APIKey is a verified API key. Its Subject is whom it belongs to: a user, an organization, or somebody else.
type APIKey struct {
	Meta
	Name   string // as its owner named it
	Scopes []string
}

// Type returns TypeAPIKey.
func (*APIKey) Type() Type { return TypeAPIKey }

func (k *APIKey) clone() Token {
	c := *k
	c.Audience = slices.Clone(k.Audience)
	c.Scopes = slices.Clone(k.Scopes)
	return &c
}

// UserID returns the user whose key it is, or "" (O3).
func (k *APIKey) UserID() string { return subjectWith("user_", k.Subject) }

// OrgID returns the organization whose key it is, or "" (O3).
func (k *APIKey) OrgID() string { return subjectWith("org_", k.Subject) }

func subjectWith(prefix, subject string) string {
	if strings.HasPrefix(subject, prefix) {
		return subject
	}
	return ""
}

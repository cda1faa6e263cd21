package oracle

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Identity is what an accepted token says: who calls, and what they may do.
type Identity struct {
	Type      string
	Subject   string
	ID        string
	Issuer    string
	Audience  []string
	IssuedAt  float64 // seconds since 1970; 0 where the token doesn't say
	ExpiresAt float64

	Scopes   []string // of M2M and OAuth tokens
	ClientID string   // of OAuth tokens

	SessionID, Status, AuthorizedParty string // of sessions, and so on
	OrgID, OrgRole, OrgSlug            string
	OrgPermissions                     []string
	Features, Plans                    string
	FactorAges                         [2]float64 // minutes; -1 where the factor isn't enrolled
	Actor                              *Actor

	Claims map[string]any // the whole payload or, of M2M tokens, the custom claims, nil where there are none
}

// Actor is who acts as the subject.
type Actor struct{ Subject, Issuer, SessionID string }

const (
	skew    = 5            // seconds (V6)
	maxDate = 253402300799 // 9999-12-31T23:59:59Z
)

// judgeClaims judges what is signed (V6 to V11), and says what it means (O1, O2, O4).
func judgeClaims(cfg Config, t jwt) (Identity, faults) {
	c := claims{payload: t.payload}
	id := Identity{
		Type: t.kind, Subject: t.subject, ID: c.required("jti", false), Issuer: c.required("iss", false),
		Audience: c.audience(), IssuedAt: c.date("iat", false), ExpiresAt: c.date("exp", true), Claims: t.payload,
	}
	nbf := c.date("nbf", false)

	switch t.kind {
	case Session:
		c.session(&id)
	case M2M:
		c.m2m(&id)
	case OAuth:
		c.oauth(&id)
	}

	var f faults
	_, hasAud := t.payload["aud"]
	asked := len(cfg.Audience) > 0 && (t.kind == OAuth || hasAud) // V7
	f.ordinary(asked && !intersect(cfg.Audience, id.Audience), WrongAudience)
	f.ordinary(t.kind == Session && len(cfg.AuthorizedParties) > 0 && !slices.Contains(cfg.AuthorizedParties, id.AuthorizedParty), WrongParty) // V8
	f.ordinary(len(cfg.Issuers) > 0 && !slices.Contains(cfg.Issuers, id.Issuer), WrongIssuer)                                                  // V9

	now := float64(cfg.Now.Unix()) // V6
	f.ordinary(id.ExpiresAt > 0 && id.ExpiresAt <= now-skew, Expired)
	f.ordinary(nbf > now+skew, NotYetValid)
	f.ordinary(id.IssuedAt > now+skew, IssuedInFuture)

	_, bound := t.payload["cnf"]
	f.other(bound, SenderConstrained)
	f.other(t.kind == M2M && cfg.Machine != "" && !slices.Contains(id.Scopes, cfg.Machine), WrongAudience) // V7
	f.other(id.Status == "pending" && !cfg.AllowPending, Pending)                                          // V11
	f.other(c.wrong, BadClaims)
	return id, f
}

// claims are a payload that is being read. wrong says that a claim was missing or of the wrong kind.
type claims struct {
	payload map[string]any
	wrong   bool
}

// required reads a claim that is a string; must says that it has to be there and not empty. null is no string.
func (c *claims) required(name string, must bool) string {
	value, there := c.payload[name]
	text, isText := value.(string)
	if there && !isText || must && text == "" {
		c.wrong = true
	}
	return text
}

// optional reads a member of an object that is a string, absent or null.
func (c *claims) optional(object map[string]any, name string) string {
	text, isText := object[name].(string)
	if !isText && object[name] != nil {
		c.wrong = true
	}
	return text
}

// strings says what an array of strings has in it.
func (c *claims) strings(value any) []string {
	list, isList := value.([]any)
	if !isList {
		c.wrong = true
	}
	var texts []string
	for _, element := range list {
		text, isText := element.(string)
		if !isText {
			c.wrong = true
		}
		texts = append(texts, text)
	}
	return texts
}

// audience reads aud, a string or an array of strings (V7).
func (c *claims) audience() []string {
	value, there := c.payload["aud"]
	if !there {
		return nil
	}
	if text, isText := value.(string); isText {
		return []string{text}
	}
	return c.strings(value)
}

// date reads a time in seconds: above 0 and at most the end of the year 9999 (V6). Numbers are what IEEE 754 makes of them
// (RFC 8259 section 6).
func (c *claims) date(name string, must bool) float64 {
	value, there := c.payload[name]
	if !there {
		c.wrong = c.wrong || must
		return 0
	}
	seconds, ok := number(value)
	if !ok || seconds <= 0 || seconds > maxDate {
		c.wrong = true
		return 0
	}
	return seconds
}

// number is what a JSON number is; ok is false for everything else, and for one that is too large.
func number(value any) (float64, bool) {
	n, isNumber := value.(json.Number)
	if !isNumber {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(n), 64)
	return f, err == nil
}

// m2m reads what is particular to M2M tokens (O1).
func (c *claims) m2m(id *Identity) {
	value, there := c.payload["scopes"]
	text, isText := value.(string)
	switch {
	case isText:
		id.Scopes = notEmpty(strings.Split(text, " "))
	case there:
		id.Scopes = notEmpty(c.strings(value))
	default:
		if _, isList := c.payload["aud"].([]any); isList {
			id.Scopes = notEmpty(id.Audience)
		}
	}
	id.Claims = nil
	for name, value := range c.payload {
		if !slices.Contains([]string{"iss", "sub", "exp", "nbf", "iat", "jti"}, name) {
			if id.Claims == nil {
				id.Claims = make(map[string]any)
			}
			id.Claims[name] = value
		}
	}
}

// oauth reads what is particular to OAuth access tokens (O2).
func (c *claims) oauth(id *Identity) {
	id.ClientID = c.required("client_id", true)
	scope := notEmpty(strings.Split(c.required("scope", false), " "))
	_, hasScope := c.payload["scope"]
	value, hasSCP := c.payload["scp"]
	if !hasSCP {
		id.Scopes = scope
		return
	}
	id.Scopes = notEmpty(c.strings(value))
	if hasScope && !(subset(scope, id.Scopes) && subset(id.Scopes, scope)) {
		c.wrong = true
	}
}

func notEmpty(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) })
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

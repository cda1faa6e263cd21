package tokens

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SessionToken is a verified session: a person, in at most one organization.
type SessionToken struct {
	Meta
	SessionID       string // sid
	Status          string // sts: "active", "pending" or "" where the issuer doesn't say
	AuthorizedParty string // azp: the origin that the session was issued to

	OrgID          string
	OrgRole        string   // with its "org:" prefix
	OrgSlug        string   // for display; it can change
	OrgPermissions []string // org:<feature>:<permission>

	Features string // fea as it came: "o:<feature>,u:<feature>,…"
	Plans    string // pla as it came

	// FactorAges says how long ago the first and the second factor were verified: neither is enrolled where the token
	// doesn't say, or says it in a way that makes no sense.
	FactorAges [2]FactorAge

	Actor *Actor // who is acting as the subject; nil where it is the subject itself
}

// FactorAge is how long ago a factor was verified.
type FactorAge struct {
	Enrolled bool // false where the user has no such factor
	Age      time.Duration
}

// Actor is the act claim (RFC 8693 section 4.1): who acts as the subject, by impersonation.
type Actor struct {
	Subject   string
	Issuer    string
	SessionID string
}

// Type returns TypeSession.
func (*SessionToken) Type() Type { return TypeSession }

func (t *SessionToken) clone() Token {
	c := *t
	c.Audience = slices.Clone(t.Audience)
	c.OrgPermissions = slices.Clone(t.OrgPermissions)
	if t.Actor != nil {
		actor := *t.Actor
		c.Actor = &actor
	}
	return &c
}

// sessionClaims reads what is particular to sessions (O4, V10, V11).
func sessionClaims(m Meta, p object, allowPending bool) (*SessionToken, error) {
	r := optional{object: p}
	t := &SessionToken{
		Meta:            m,
		SessionID:       r.str("sid"),
		Status:          r.str("sts"),
		AuthorizedParty: r.str("azp"),
		Features:        r.str("fea"),
		Plans:           r.str("pla"),
		Actor:           r.actor(),
		FactorAges:      factorAges(p),
	}
	if isVersion2(p) {
		r.organizationV2(t)
	} else {
		t.OrgID, t.OrgRole, t.OrgSlug = r.str("org_id"), r.str("org_role"), r.str("org_slug")
		t.OrgPermissions = r.strs("org_permissions")
	}
	switch {
	case r.err != nil:
		return nil, r.err
	case t.SessionID == "":
		return nil, fail(ErrClaims, TypeSession, "a session token must have a sid")
	case t.Status == "pending" && !allowPending:
		return nil, fail(ErrSessionPending, TypeSession, "the session has a task left; Config.AllowPendingSessions lets it through")
	}
	return t, nil
}

// optional reads the optional claims of a session, null being absent, and keeps the first error.
type optional struct {
	object
	err error
}

func (r *optional) str(name string) string {
	value, ok := r.lookup(name)
	switch {
	case !ok || value.isNull():
		return ""
	case !value.isString():
		r.keep(wrongKind(name, "a string"))
		return ""
	}
	return unquote(value)
}

func (r *optional) strs(name string) []string {
	if r.isNull(name) {
		return nil
	}
	list, err := r.object.strs(name)
	r.keep(err)
	return list
}

func (r *optional) isNull(name string) bool {
	value, ok := r.lookup(name)
	return ok && value.isNull()
}

func (r *optional) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

// within reads an object inside the payload; ok is false where there is none.
func (r *optional) within(name string) (inner optional, ok bool) {
	if r.isNull(name) {
		return optional{}, false
	}
	o, ok, err := r.object.object(name)
	r.keep(err)
	return optional{object: o}, ok
}

func (r *optional) actor() *Actor {
	act, ok := r.within("act")
	if !ok {
		return nil
	}
	a := &Actor{Subject: act.str("sub"), Issuer: act.str("iss"), SessionID: act.str("sid")}
	r.keep(act.err)
	if a.Subject == "" {
		r.keep(wrongKind("act", "an object with a sub")) // nobody impersonates unseen
	}
	return a
}

func isVersion2(p object) bool {
	v, ok := p.lookup("v")
	if !ok {
		return false
	}
	n, ok := v.number()
	return ok && n == 2
}

// maxPermissionBytes bounds what a token's permissions unpack to: a feature's bit stands for a name of any length.
const maxPermissionBytes = 256 << 10

// organizationV2 unpacks the claim o. Its fpm has, for each feature that fea scopes to the organization, a decimal number
// whose bits, the lowest first, say which of the permissions in per the feature grants.
func (r *optional) organizationV2(t *SessionToken) {
	o, ok := r.within("o")
	if !ok {
		return
	}
	t.OrgID, t.OrgSlug = o.str("id"), o.str("slg")
	if role := o.str("rol"); role != "" {
		t.OrgRole = "org:" + role
	}
	permissions, masks := o.str("per"), o.str("fpm")
	r.keep(o.err)
	features, err := ParseEntitlements(t.Features)
	if err != nil || permissions == "" || masks == "" {
		return
	}
	size, more := 0, true
	for _, feature := range features {
		if !feature.Org {
			continue
		}
		if !more {
			return
		}
		var decimal string
		decimal, masks, more = strings.Cut(masks, ",")
		granted := parseMask(strings.TrimSpace(decimal))
		bit := 0
		for permission := range strings.SplitSeq(permissions, ",") {
			if granted.has(bit) {
				t.OrgPermissions = append(t.OrgPermissions, "org:"+feature.Name+":"+strings.TrimSpace(permission))
				size += len(feature.Name) + len(permission)
			}
			bit++
		}
		if size > maxPermissionBytes {
			r.keep(fail(ErrClaims, TypeSession, "the claim o unpacks to too many permissions"))
			return
		}
	}
}

// mask is a set of bits, of any size.
type mask struct {
	small uint64
	large *big.Int // in its place, where it doesn't fit
}

// parseMask reads a decimal number; what is none has no bits.
func parseMask(decimal string) mask {
	if strings.Trim(decimal, "0123456789") != "" { // before ParseUint, which stops at the digit that is too much
		return mask{}
	}
	if small, err := strconv.ParseUint(decimal, 10, 64); err == nil {
		return mask{small: small}
	}
	large, _ := new(big.Int).SetString(decimal, 10)
	return mask{large: large}
}

func (m mask) has(bit int) bool {
	if m.large != nil {
		return m.large.Bit(bit) == 1
	}
	return bit < 64 && m.small>>bit&1 == 1
}

// maxMinutes is the age that older factors are given too: time.Duration ends at 292 years.
const maxMinutes = 100e6

// factorAges reads fva: the ages of the two factors in minutes, -1 for one that isn't enrolled. From anything else follows
// that none is, which no reverification check accepts (A3).
func factorAges(p object) (ages [2]FactorAge) {
	value, ok := p.lookup("fva")
	if !ok || !value.isArray() {
		return ages
	}
	first, second, _ := strings.Cut(string(value[1:len(value)-1]), ",")
	for i, element := range [2]string{first, second} {
		minutes, err := strconv.ParseFloat(strings.TrimSpace(element), 64) // what has more than one element is no number
		switch {
		case err != nil || minutes < 0 && minutes != -1:
			return [2]FactorAge{}
		case minutes >= 0:
			ages[i] = FactorAge{Enrolled: true, Age: time.Duration(min(minutes, maxMinutes) * float64(time.Minute))}
		}
	}
	return ages
}

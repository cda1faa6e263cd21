package tokens

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// M2MToken is a verified machine-to-machine token. Its Subject is the calling machine, mch_….
type M2MToken struct {
	Meta
	// Scopes are what the token may be used for. In Clerk's tokens they are the machines that it may call.
	Scopes []string
}

// Type returns TypeM2M.
func (*M2MToken) Type() Type { return TypeM2M }

func (t *M2MToken) clone() Token {
	c := *t
	c.Audience = slices.Clone(t.Audience)
	c.Scopes = slices.Clone(t.Scopes)
	return &c
}

// reservedClaims are what the issuer alone says; the rest of an M2M token's claims are custom (O1, B5).
var reservedClaims = []string{"iss", "sub", "exp", "nbf", "iat", "jti"}

// Claims decodes the custom claims into dst, a pointer to a struct or a map: of a JWT all but iss, sub, exp, nbf, iat and
// jti, so that aud and scopes are among them (O1). Member names are matched exactly. Without custom claims dst is left as
// it is.
func (t *M2MToken) Claims(dst any) error {
	if t.claims == nil || t.format == FormatOpaque {
		return t.Meta.Claims(dst)
	}
	var members map[string]jsontext.Value
	if err := decode([]byte(*t.claims), &members); err != nil {
		return err
	}
	for _, name := range reservedClaims {
		delete(members, name)
	}
	if len(members) == 0 {
		return nil
	}
	custom, err := json.Marshal(members)
	if err != nil {
		return fail(ErrClaims, TypeM2M, "the custom claims cannot be encoded")
	}
	return decode(custom, dst)
}

// m2mClaims reads what is particular to M2M tokens (O1). Where this service has a machine ID, the token must name it (V7).
func m2mClaims(m Meta, p object, machine string) (*M2MToken, error) {
	t := &M2MToken{Meta: m}
	var err error
	if value, ok := p.lookup("scopes"); ok && value.isString() {
		t.Scopes = strings.Split(unquote(value), " ")
	} else if ok {
		t.Scopes, err = p.strs("scopes")
	} else if value, ok := p.lookup("aud"); ok && value.isArray() {
		t.Scopes = slices.Clone(m.Audience)
	}
	if err != nil {
		return nil, wrongKind("scopes", "a string or an array of strings")
	}
	t.Scopes = withoutEmpty(t.Scopes)
	if machine != "" && !slices.Contains(t.Scopes, machine) {
		return nil, fail(ErrAudience, TypeM2M, "the token's scopes do not name this service's Config.Machine")
	}
	return t, nil
}

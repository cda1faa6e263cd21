package oracle_test

import (
	"strconv"
	"strings"

	"example.com/machineauth/internal/oracle"
)

// member is a member of a JSON object, written as it will be sent: the name with its quotes.
type member struct{ name, value string }

// part is the header or the payload of a token that is still to be signed.
type part struct {
	members []member
	rewrite []func(string) string // applied to the text, one after the other
}

func (p *part) String() string {
	var list []string
	for _, m := range p.members {
		list = append(list, m.name+":"+m.value)
	}
	text := "{" + strings.Join(list, ",") + "}"
	for _, f := range p.rewrite {
		text = f(text)
	}
	return text
}

// set gives a member a value, and adds it where it is missing.
func (p *part) set(name, value string) {
	for i := range p.members {
		if p.members[i].name == `"`+name+`"` {
			p.members[i].value = value
			return
		}
	}
	p.members = append(p.members, member{`"` + name + `"`, value})
}

// draft is a token before it is signed.
type draft struct {
	kind, name      string
	header, payload part
	alg, key        string                                // that sign it
	sign            func(ring, string) (signature []byte) // in place of these two, where it isn't nil
}

// kinds are good tokens, each member with its value. Every service of this test accepts them.
var kinds = []struct {
	kind, name      string
	header, payload []string
}{
	{oracle.Session, "session", []string{"typ", `"JWT"`, "cat", `"cl_B7d4PD111AAA"`}, []string{
		"azp", `"https://app.example"`, "exp", `1800000060`, "fva", `[3,-1]`, "iat", `1800000000`, "iss", `"https://clerk.example"`, "jti", `"id"`, "nbf", `1799999990`,
		"org_id", `"org_1"`, "org_permissions", `["org:reports:read","org:reports:write"]`, "org_role", `"org:admin"`, "org_slug", `"acme"`, "sid", `"sess_1"`, "sub", `"user_1"`, "tenant", `{"id":1,"list":[1.0,"é"]}`,
	}},
	{oracle.Session, "session of version 2", []string{"typ", `"JWT"`, "cat", `"cl_I7d4PD111III"`}, []string{
		"act", `{"sub":"user_2","iss":"https://dashboard.example","sid":"sess_2"}`, "azp", `"https://app.example"`, "aud", `["https://api.example","x"]`, "exp", `1800000060`, "fea", `"o:reports,u:export,uo:billing"`,
		"fva", `[3,61]`, "iat", `1800000000`, "iss", `"https://clerk.example"`, "jti", `"id"`, "nbf", `1799999990`, "o", `{"id":"org_1","slg":"acme","rol":"admin","per":"read,write,manage","fpm":"3,4"}`,
		"pla", `"u:pro"`, "sid", `"sess_1"`, "sts", `"active"`, "sub", `"user_1"`, "v", `2`,
	}},
	{oracle.M2M, "M2M token", []string{"typ", `"JWT"`, "cat", `"cl_B7d4PD333AAA"`}, []string{
		"exp", `1800000060`, "iat", `1800000000`, "iss", `"https://clerk.example"`, "jti", `"mt_1"`, "nbf", `1799999990`, "scopes", `"mch_here jobs:run"`, "sub", `"mch_1"`, "tenant", `"acme"`,
	}},
	{oracle.M2M, "M2M token with aud", nil, []string{
		"aud", `["mch_here","https://api.example"]`, "exp", `1800000060`, "iss", `"https://clerk.example"`, "sub", `"mch_1"`,
	}},
	{oracle.OAuth, "OAuth token", []string{"typ", `"at+jwt"`}, []string{
		"aud", `"https://api.example"`, "client_id", `"client_1"`, "exp", `1800000060`, "iat", `1800000000`, "iss", `"https://clerk.example"`, "jti", `"oat_1"`, "scope", `"a b"`, "sub", `"user_1"`,
	}},
	{oracle.OAuth, "OAuth token with scp", []string{"typ", `"application/at+jwt"`}, []string{
		"aud", `["https://api.example"]`, "client_id", `"client_1"`, "exp", `1800000060.5`, "iss", `"https://clerk.example"`, "jti", `"oat_1"`, "scope", `"a b"`, "scp", `["b","a"]`, "sub", `"client_1"`,
	}},
}

// newDraft is a good token.
func newDraft(kind int, alg string) *draft {
	d := &draft{kind: kinds[kind].kind, name: kinds[kind].name, alg: alg, key: alg}
	d.header.set("alg", strconv.Quote(alg))
	d.header.set("kid", `"ins_`+alg+`"`)
	for i := 0; i < len(kinds[kind].header); i += 2 {
		d.header.set(kinds[kind].header[i], kinds[kind].header[i+1])
	}
	for i := 0; i < len(kinds[kind].payload); i += 2 {
		d.payload.set(kinds[kind].payload[i], kinds[kind].payload[i+1])
	}
	return d
}

// token is a signed one, in pieces that mutations may still change.
type token struct {
	segments       []string
	before, behind string
}

func (t *token) String() string { return t.before + strings.Join(t.segments, ".") + t.behind }

// issue signs the draft. genuine says that a trusted key signed it for its own algorithm, whatever the header has.
func (d *draft) issue(keys ring) (t *token, genuine bool) {
	input := encode([]byte(d.header.String())) + "." + encode([]byte(d.payload.String()))
	var signature []byte
	if d.sign != nil {
		signature = d.sign(keys, input)
	} else {
		signature = keys.sign(d.alg, d.key, input)
		genuine = d.alg == d.key
	}
	return &token{segments: append(strings.Split(input, "."), encode(signature))}, genuine
}

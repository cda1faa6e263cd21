package oracle_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/machineauth/internal/oracle"
)

// What a program may write into a token, as raw JSON. basic, one value of each kind, and hostile go anywhere; the rest is what the members mean something by,
// right and nearly right.

var basic = []string{`null`, `1`, `""`, `[]`, `{}`, `true`, `"x"`}

var hostile = []string{
	`null`, `true`, `false`, `0`, `-0`, `-1`, `1`, `2`, `1.0`, `5e-324`, `1e-400`, `1e400`, `9007199254740993`, `18446744073709551616`,
	`""`, `" "`, `"\u0000"`, `"x"`, `"user_1"`, `"mch_1"`, `"mch_"`, `"mch_here"`, `"0"`, `"2"`, `"null"`, `"JWT"`, `"at+jwt"`, `"EdDSA"`,
	`[]`, `{}`, `[""]`, `["x"]`, `["a","b"]`, `["a",1]`, `["a",null]`, `[["a"]]`, `{"sub":"mch_1"}`, `{"jkt":"x"}`, `[1,2]`,
	`"\ud83d\ude00"`, `"😀"`, `"é"`, `"e\u0301"`, `"\u202euser_1"`, `"\/"`,
}

var times = []string{
	`1`, `0.5`, `1.8e9`, `18000000e2`, `1.8e+9`, `180000000.0e1`, `1799999994.999`, `1799999995`, `1799999995.0`, `1799999995.0000002`, `1799999995.001`,
	`1799999996`, `1800000000`, `1800000005`, `1800000005.0`, `1800000005.0000003`, `1800000005.001`, `1800000006`, `1900000000`, `1900000000`,
	`253402300799`, `253402300799.0`, `253402300799.5`, `253402300800`, `1e20`, `1e308`, `-1800000060`, `"1800000060"`, `[1800000060]`, `1_800`, `01`, `+1`, `1.`, `0x6B49D200`,
}

var headerValues = map[string][]string{
	"alg": {
		`"EdDSA"`, `"ES256"`, `"RS256"`, `"PS256"`, `"RS384"`, `"RS512"`, `"PS384"`, `"PS512"`, `"ES384"`, `"ES512"`, `"Ed\u0044SA"`, `"none"`, `"None"`, `"HS256"`, `"HS512"`,
		`"eddsa"`, `"es256"`, `"ES256 "`, `"ES256K"`, `"Ed25519"`, `"RS1"`, `["EdDSA"]`,
	},
	"kid": {
		`"ins_EdDSA"`, `"ins_ES256"`, `"ins_RS256"`, `"ins_PS256"`, `"ins\u005fEdDSA"`, `"ins_other"`, `"INS_EDDSA"`, `"ins_EdDSA "`, `"../ins_EdDSA"`, `["ins_EdDSA"]`,
		`"` + strings.Repeat("k", 256) + `"`, `"` + strings.Repeat("k", 257) + `"`, `"` + strings.Repeat("ä", 129) + `"`,
	},
	"typ": {
		`"JWT"`, `"jwt"`, `"JwT"`, `"\u004aWT"`, `"at+jwt"`, `"AT+JWT"`, `"at\u002bjwt"`, `"application/at+jwt"`, `"Application/At+Jwt"`, `"application\/at+jwt"`, `"JWT "`,
		`"at+jwt "`, `"application/jwt"`, `"text/at+jwt"`, `"dpop+jwt"`, `"JOSE"`, `"at+ſwt"`, `["JWT"]`,
	},
	"cat": {
		`"cl_B7d4PD111AAA"`, `"cl_B7d4PD222AAA"`, `"cl_B7d4PD333AAA"`, `"cl_I7d4PD111III"`, `"cl_\u00427d4PD111AAA"`, `"cl_B7d4PD111AAA "`, `"CL_B7D4PD111AAA"`, `["cl_B7d4PD111AAA"]`,
	},
	"crit": {`["exp"]`, `["b64"]`}, "b64": {`true`}, "zip": {`"DEF"`}, "enc": {`"A128GCM"`}, "jwk": {`{"kty":"oct","k":"AA"}`},
	"jku": {`"https://evil.example/jwks.json"`}, "x5u": {`"https://evil.example/x"`}, "x5c": {`["MII"]`},
	"x5t": {`"x"`}, "cty": {`"JWT"`}, "foo": {`{"any":"thing"}`}, "sub": {`"mch_1"`},
}

var claimValues = map[string][]string{
	"sub": {
		`"user_1"`, `"user_2"`, `"mch_1"`, `"mch_2"`, `"mch_"`, `"client_1"`, `"\u006dch_1"`, `"mch\u005f1"`, `"Mch_1"`, `" mch_1"`, `"mch_1 "`, `"mch_1\u0000"`, `"mch\u0000_"`, `"user_1\u0000"`,
		`"` + strings.Repeat("s", 1022) + `"`, `"` + strings.Repeat("s", 1023) + `"`, `"` + strings.Repeat("s", 1024) + `"`, `"` + strings.Repeat("s", 1025) + `"`, `"` + strings.Repeat(`\u0073`, 171) + `"`,
	},
	"iss": {`"https://clerk.example"`, `"https:\/\/clerk.example"`, `"https://other.example"`, `"https://clerk.example/"`, `"https://Clerk.example"`, `"https://clerk.example.evil"`, `["https://clerk.example"]`},
	"aud": {
		`"https://api.example"`, `"https:\/\/api.example"`, `["https://api.example"]`, `["other","https://api.example","mch_here"]`, `["mch_here"]`, `"mch_here"`, `"https://api.example/"`,
		`"HTTPS://api.example"`, `"https://api.example other"`, `["https://api.example",1]`, `["https://api.example","https://api.example"]`, `"other"`,
	},
	"azp": {`"https://app.example"`, `"https:\/\/app.example"`, `"https://app.example/"`, `"https://app.example.evil"`, `["https://app.example"]`, `"http://app.example"`},
	"exp": times, "nbf": times, "iat": times,
	"jti": {`"id"`, `"other"`, `"mt_1"`},
	"cnf": {`{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}`, `{"x5t#S256":"x"}`},
	"sid": {`"sess_1"`, `"sess_2"`, `"s\u0065ss_1"`},
	"sts": {`"pending"`, `"active"`, `"pending"`, `"pending"`, `"pending"`, `"p\u0065nding"`, `"Pending"`, `"pending "`, `"other"`},
	"v":   {`1`, `2`, `2.0`, `20e-1`, `0.2e1`, `2.0000000000000001`, `2.1`, `3`, `"2"`, `[2]`},
	"o": {
		`{"id":"org_1","slg":"acme","rol":"admin","per":"read,write","fpm":"3,1"}`, `{"id":"org_2"}`, `{"id":"org_2","rol":"org:admin","per":" read , write","fpm":" 1 ,\t2"}`,
		`{"id":"org_1","per":"read,,write","fpm":"2,7"}`, `{"id":"org_1","per":"read","fpm":"18446744073709551617,36893488147419103233"}`, `{"id":"org_1","per":"a,b","fpm":"x,3,1"}`,
		`{"id":"org_1","per":"a,b","fpm":"0x3,+3,-3,0003"}`, `{"id":null,"rol":null,"slg":null,"per":null,"fpm":null}`, `{"id":1}`, `{"id":"org_1","rol":1}`, `{"id":"org_1","slg":[]}`, `{"id":"org_1","per":["a"]}`,
		`{"id":"org_1","fpm":3}`, `{"ID":"org_1"}`, `{"id":"org_1","id":"org_2"}`, `{"id":"org_1","\u0069d":"org_2"}`, `{"\u0069d":"org_1"}`,
		`{"id":"org_1","per":"` + strings.TrimSuffix(strings.Repeat("p,", 500), ",") + `","fpm":"` + strings.Repeat("9", 200) + `,` + strings.Repeat("9", 200) + `"}`,
	},
	"fea": {
		`"o:reports,u:export,uo:billing"`, `"o:reports"`, `"ou:a,uo:b,o:c"`, `" o:a , o:b "`, `"o:a:b,x:c,O:d,o:e"`, `"reports"`, `"o:a,"`, `"o:,o:b"`, `["o:a"]`,
		`"o:` + strings.Repeat("f", 5000) + `"`,
	},
	"pla": {`"u:pro"`, `"o:free"`},
	"fva": {
		`[3,-1]`, `[0,0]`, `[0.5,9.75]`, `[-1,-1]`, `[-0,1]`, `[-1.0,5]`, `[1e2,-1e0]`, `[-2,5]`, `[5]`, `[5,5,5]`, `["5","5"]`, `[5,null]`, `[1e300,0]`, `[1e400,0]`, `[153722867,0]`, `[99999999,100000001]`, `[[1],2]`, `{"0":1}`, `"5,5"`,
	},
	"act":             {`{"sub":"user_2"}`, `{"sub":"user_2","iss":"x","sid":"sess_2"}`, `{"sub":"user_2","iss":null}`, `{"sub":""}`, `{"sub":null}`, `{"sub":1}`, `{"SUB":"user_2"}`, `{"sub":"a","s\u0075b":"b"}`, `{"sub":"a","iss":1}`, `{"s\u0075b":"a"}`},
	"org_id":          {`"org_1"`, `"org_2"`},
	"org_role":        {`"org:admin"`, `"admin"`},
	"org_slug":        {`"acme"`},
	"org_permissions": {`["org:reports:read"]`, `["a","b","a"]`, `["a",""]`, `"org:reports:read"`},
	"scopes":          {`"mch_here"`, `"mch_a mch_here"`, `"mch_a  mch_here "`, `"mch_a\tmch_here"`, `"mch_a,mch_here"`, `["mch_a","mch_here"]`, `["mch_a mch_here"]`, `["","mch_here",""]`, `"MCH_HERE"`, `"mch\u005fhere"`},
	"scope":           {`"a b"`, `"b a"`, `"a"`, `"a a b"`, `"a  b "`, `"a\tb"`, `"A b"`, `["a","b"]`},
	"scp":             {`["a","b"]`, `["b","a"]`, `["a"]`, `["a","b",""]`, `["a b"]`, `["a","b","a"]`, `"a b"`},
	"client_id":       {`"client_1"`, `"client_2"`, `"mch_1"`, `["client_1"]`},
	"typ":             {`"at+jwt"`}, "cat": {`"cl_B7d4PD333AAA"`}, "tenant": {`"acme"`, `{"id":1,"x":[1.0,null]}`}, "__proto__": {`{"sub":"mch_1"}`},
}

// The names in an order that doesn't change from run to run, and those of the claims that decide about any token, and about
// one of a type.
var (
	headerNames = append(slices.Sorted(maps.Keys(headerValues)), "alg", "kid", "typ", "cat")
	claimNames  = slices.Sorted(maps.Keys(claimValues))
	decisive    = []string{"exp", "nbf", "iat", "exp", "nbf", "iat", "sub", "aud", "iss", "jti"}
	particular  = map[string][]string{
		oracle.Session: {"sts", "azp", "sid", "sts", "sts", "v", "o", "fea", "act", "fva", "fva", "org_permissions", "org_role"},
		oracle.M2M:     {"scopes", "scopes", "aud", "cnf"},
		oracle.OAuth:   {"scope", "scp", "client_id", "aud"},
	}
)

// alike makes another name out of one, nearly the same. Some make the same name, written differently.
var alike = []func(name string) string{
	strings.ToUpper,
	func(name string) string { return strings.ToUpper(name[:1]) + name[1:] },
	func(name string) string { return strings.Replace(name, "s", "ſ", 1) },
	func(name string) string { return strings.Replace(name, "k", "\u212a", 1) },
	func(name string) string { return name + " " },
	func(name string) string { return " " + name },
	func(name string) string { return name + `\u0000` },
	func(name string) string { return name[:len(name)-1] },
	func(name string) string { return "" },
	func(name string) string { return "x" },
	escapeFirst,
	escapeAll,
}

func escapeFirst(name string) string {
	return `\u00` + strconv.FormatUint(uint64(name[0]), 16) + name[1:]
}

func escapeAll(name string) string {
	var b strings.Builder
	for i := range len(name) {
		b.WriteString(`\u00` + strconv.FormatUint(uint64(name[i]), 16))
	}
	return b.String()
}

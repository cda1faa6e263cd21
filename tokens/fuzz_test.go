package tokens_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// rawSeeds are tokens good and bad.
func rawSeeds() []string {
	seeds := []string{"", ".", "..", "a.b.c", "mt_", "mt_x", "oat_x==", "ak_a.b", "e30.e30.e30", "eyJ.eyJ.AA"}
	for _, c := range confusables() {
		seeds = append(seeds, c.raw)
	}
	for _, kind := range jwtTypes {
		for segment := range 3 {
			seeds = append(seeds, flip(mint(kind), segment))
		}
		seeds = append(seeds, mint(kind, "exp", `1`), mint(kind, "x", nested(31)), mint(kind, "x", nested(32)), mint(kind, "s\\u0075b2", `"\ud83d\ude00"`))
	}
	return seeds
}

// Classify never panics, and Verify refuses by type exactly what Classify says is of another type.
func FuzzClassify(f *testing.F) {
	for _, raw := range rawSeeds() {
		f.Add(raw)
	}
	v := newVerifier(f, func(c *tokens.Config) { c.Keys = failingKeys{jwk.ErrUnknownKey} })
	f.Fuzz(func(t *testing.T, raw string) {
		class, err := v.Classify(raw)
		if err != nil {
			if class != (tokens.Class{}) {
				t.Errorf("Classify = %v and %v", class, err)
			}
			for _, kind := range append(tokens.AnyType(), "") {
				if token, verr := v.Verify(context.Background(), raw, kind); code(verr) != code(err) || token != nil {
					t.Errorf("Classify says %v, Verify %v", err, verr)
				}
			}
			return
		}
		if opaque := !strings.Contains(raw, "."); (class.Format == tokens.FormatOpaque) != opaque {
			t.Errorf("format %q", class.Format)
		}
		for _, kind := range tokens.AnyType() {
			token, err := v.Verify(context.Background(), raw, kind)
			if token != nil || err == nil {
				t.Fatalf("accepted as %s without a key", kind)
			}
			if e := err.(*tokens.Error); e.Type != class.Type || kind != class.Type && e.Code != tokens.ErrTypeMismatch {
				t.Errorf("Classify says %v, Verify for %s %v", class, kind, err)
			}
		}
	})
}

// A token that is accepted is one that was signed, to the byte of what it says: mutations change nobody's identity.
func FuzzVerify(f *testing.F) {
	type identity struct {
		kind             tokens.Type
		subject, id, iss string
	}
	signed := make(map[string]identity) // by header and payload, as signed
	v := newVerifier(f)
	for _, raw := range rawSeeds() {
		f.Add(raw)
		if token, err := verify(v, raw); err == nil {
			m := metaOf(token)
			signed[raw[:strings.LastIndexByte(raw, '.')]] = identity{token.Type(), m.Subject, m.ID, m.Issuer}
		}
	}
	if len(signed) < 10 {
		f.Fatalf("only %d seeds are good", len(signed))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := verify(v, raw)
		if (token == nil) != (err != nil) {
			t.Fatalf("Verify = %T, %v", token, err)
		}
		if err != nil {
			if errors.As(err, new(*tokens.Error)) && len(raw) > 20 && strings.Contains(err.Error(), raw) {
				t.Errorf("%v has the token", err)
			}
			return
		}
		m := metaOf(token)
		if want, ok := signed[raw[:strings.LastIndexByte(raw, '.')]]; !ok || want != (identity{token.Type(), m.Subject, m.ID, m.Issuer}) {
			t.Errorf("a mutated token became the %s of %q", token.Type(), m.Subject)
		}
	})
}

// fuzzClaims signs arbitrary bytes as a payload, so that what comes behind the signature is reached. Whatever is accepted is
// held to what every token must be, read a second time by another parser; check adds what is particular to the type.
func fuzzClaims(f *testing.F, kind tokens.Type, vectors string, check func(*testing.T, tokens.Token, map[string]json.RawMessage)) {
	type row struct{ Claims json.RawMessage }
	for _, row := range readVectors[row](f, vectors) {
		f.Add(string(row.Claims))
	}
	good := kinds[kind].payload
	for name := range good {
		for _, value := range []string{``, `null`, `0`, `-1`, `1e400`, `253402300800`, `1800000000.5`, `""`, `"\ud800"`, `[]`, `{}`, `["a","b"]`, `true`} {
			f.Add(good.with(name, value).String())
		}
	}
	f.Add(`{"sub":"mch_1","sub":"user_1"}`)
	f.Add(strings.Replace(good.String(), "{", "{ \n\"a\" : [ \"]\" , {} ] ,\t", 1))
	header := kinds[kind].header.String()
	v := newVerifier(f, func(c *tokens.Config) { c.AllowPendingSessions = true })
	f.Fuzz(func(t *testing.T, payload string) {
		raw := sign(header, payload)
		class, classErr := v.Classify(raw)
		token, err := verify(v, raw)
		if (token == nil) != (err != nil) || classErr != nil && err == nil {
			t.Fatalf("Classify: %v, Verify: %T, %v", classErr, token, err)
		}
		if err != nil {
			if e, ok := err.(*tokens.Error); !ok || e.Code.Temporary() {
				t.Errorf("%v blames somebody else", err)
			}
			return
		}
		var claims map[string]json.RawMessage
		if err := json.Unmarshal([]byte(payload), &claims); err != nil || !utf8.ValidString(payload) {
			t.Fatalf("accepted what is no JSON: %v", err)
		}
		m := metaOf(token)
		if m.Subject == "" || m.Subject != text(claims["sub"]) || m.Issuer != text(claims["iss"]) || m.ID != text(claims["jti"]) {
			t.Errorf("subject %q, issuer %q, ID %q", m.Subject, m.Issuer, m.ID)
		}
		if token.Type() != class.Type || goType(token) != class.Type || strings.HasPrefix(m.Subject, "mch_") != (class.Type == tokens.TypeM2M) {
			t.Errorf("a %T, classified as %v, of %q", token, class, m.Subject)
		}
		if !m.ExpiresAt.After(now.Add(-5*time.Second)) || m.IssuedAt.After(now.Add(5*time.Second)) || !near(claims["exp"], m.ExpiresAt) {
			t.Errorf("issued %v, expires %v", m.IssuedAt, m.ExpiresAt)
		}
		var all map[string]json.RawMessage
		if err := m.Claims(&all); err != nil || len(all) != len(claims) {
			t.Errorf("Claims: %v, %d of %d", err, len(all), len(claims))
		}
		check(t, token, claims)
	})
}

// text is what a raw JSON string says; "" for everything else.
func text(raw json.RawMessage) (s string) {
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// near reports whether a raw NumericDate is the time at, to the microsecond.
func near(raw json.RawMessage, at time.Time) bool {
	seconds, ok := new(big.Float).SetString(string(raw))
	if !ok {
		return false
	}
	microseconds, _ := seconds.Mul(seconds, big.NewFloat(1e6)).Int64()
	return microseconds-at.UnixMicro() < 100 && at.UnixMicro()-microseconds < 100
}

// list is what a raw JSON array of strings says.
func list(raw json.RawMessage) (l []string) {
	if json.Unmarshal(raw, &l) != nil {
		return nil
	}
	return l
}

func FuzzSessionClaims(f *testing.F) {
	fuzzClaims(f, tokens.TypeSession, "session_claims.json", func(t *testing.T, token tokens.Token, claims map[string]json.RawMessage) {
		s, ok := token.(*tokens.SessionToken)
		if !ok {
			return // a sub of mch_ with a session's category is refused, and without one never gets here
		}
		if s.SessionID == "" || s.SessionID != text(claims["sid"]) || s.Status != text(claims["sts"]) || s.AuthorizedParty != text(claims["azp"]) {
			t.Errorf("session %q, status %q, party %q", s.SessionID, s.Status, s.AuthorizedParty)
		}
		if act := claims["act"]; len(act) > 0 && string(act) != "null" && (s.Actor == nil || s.Actor.Subject == "") {
			t.Errorf("the actor %s went unseen", act)
		}
		if s.FactorAges[0].Age < 0 || s.FactorAges[1].Age < 0 {
			t.Errorf("ages %v", s.FactorAges)
		}
		if version2 := string(claims["v"]) == "2"; version2 {
			for _, permission := range s.OrgPermissions {
				if !strings.HasPrefix(permission, "org:") || s.Features == "" {
					t.Errorf("permission %q", permission)
				}
			}
		}
	})
}

func FuzzM2MClaims(f *testing.F) {
	fuzzClaims(f, tokens.TypeM2M, "m2m_claims.json", func(t *testing.T, token tokens.Token, claims map[string]json.RawMessage) {
		m, ok := token.(*tokens.M2MToken)
		if !ok {
			t.Fatalf("the header of an M2M token let a %T through", token)
		}
		for _, scope := range m.Scopes {
			if scope == "" || !strings.Contains(text(claims["scopes"]), scope) && !slices.Contains(list(claims["scopes"]), scope) && !slices.Contains(list(claims["aud"]), scope) {
				t.Errorf("scope %q", scope)
			}
		}
		var custom map[string]json.RawMessage
		if err := m.Claims(&custom); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"iss", "sub", "exp", "nbf", "iat", "jti"} {
			if _, ok := custom[name]; ok {
				t.Errorf("%s is among the custom claims", name)
			}
			delete(claims, name)
		}
		if len(custom) != len(claims) {
			t.Errorf("%d custom claims of %d", len(custom), len(claims))
		}
	})
}

func FuzzOAuthClaims(f *testing.F) {
	fuzzClaims(f, tokens.TypeOAuth, "oauth_claims.json", func(t *testing.T, token tokens.Token, claims map[string]json.RawMessage) {
		o, ok := token.(*tokens.OAuthToken)
		if !ok {
			t.Fatalf("the header of an OAuth token let a %T through", token)
		}
		if o.ClientID == "" || o.ClientID != text(claims["client_id"]) {
			t.Errorf("client %q", o.ClientID)
		}
		for _, scope := range o.Scopes {
			if scope == "" || !slices.Contains(strings.Split(text(claims["scope"]), " "), scope) && !slices.Contains(list(claims["scp"]), scope) {
				t.Errorf("scope %q", scope)
			}
		}
	})
}

func FuzzEntitlements(f *testing.F) {
	for _, claim := range []string{"", "o:a", "u:a,o:b", "ou:a,uo:b", " o:a , u:b", "a", ",", "o:,u:", "x:a", "o:a:b", "o:\x00,u:\xff"} {
		f.Add(claim)
	}
	f.Fuzz(func(t *testing.T, claim string) {
		list, err := tokens.ParseEntitlements(claim)
		if err != nil && list != nil || len(list) > strings.Count(claim, ",")+1 {
			t.Fatalf("%d entitlements, %v", len(list), err)
		}
		for _, e := range list {
			if !e.Org && !e.User || !strings.Contains(claim, ":"+e.Name) {
				t.Errorf("%+v", e)
			}
		}
	})
}

// FuzzProof: a proof that is taken says what it was asked about, by an independent reading; and it is taken once.
func FuzzProof(f *testing.F) {
	header, claims := goodProof()
	f.Add(header.String(), claims.String(), true)
	f.Add(header.String(), claims.with("iat", `"x"`, "htu", `"https://API.example.com:443/./jobs?x#y"`).String(), true)
	f.Add(header.with("typ", `"JWT"`, "jwk", `{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}`).String(), claims.String(), false)
	f.Add(rfcProof, "", false)
	f.Fuzz(func(t *testing.T, header, claims string, signed bool) {
		proof := header
		if claims != "" {
			proof = encode(header) + "." + encode(claims) + ".AAAA"
		}
		if signed {
			proof = sign(header, claims)
		}
		d := newDPoP(t)
		err := d.Verify(t.Context(), proof, proofOf(t))
		if err != nil {
			if _, ok := err.(*tokens.Error); !ok {
				t.Errorf("%T", err)
			}
			return
		}
		var h, c map[string]any
		if json.Unmarshal([]byte(header), &h) != nil || json.Unmarshal([]byte(claims), &c) != nil || !signed {
			t.Fatal("accepted what nobody signed, or is no JSON")
		}
		iat, _ := c["iat"].(float64)
		jti, _ := c["jti"].(string)
		if h["typ"] != "dpop+jwt" || h["alg"] != "EdDSA" || c["htm"] != "GET" || jti == "" || c["ath"] != "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A" ||
			iat > float64(now.Unix()+5) || iat <= float64(now.Unix()-300) {
			t.Errorf("accepted %v %v", h, c)
		}
		if err := d.Verify(t.Context(), proof, proofOf(t)); code(err) != tokens.ErrProofReplayed {
			t.Errorf("the second time: %v", err)
		}
	})
}

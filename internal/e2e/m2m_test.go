package e2e_test

import (
	"encoding/json"
	"strings"
	"time"

	"example.com/machineauth/tokens"
	"github.com/google/go-cmp/cmp"
)

// claims are hard to keep as they are. The integer is the largest that JavaScript can hold.
const claims = `{"region":"eu-1","nested":{"list":[1,{"none":null}]},"name":"Zoë 🚀 <&>","big":9007199254740991,"none":null,"camelCase":{"innerCase":true}}`

// testCreateM2M has each side make tokens that both accept, in both formats, with claims and an expiry.
func (w *world) testCreateM2M(api, cron machine) {
	var custom map[string]any
	if err := json.Unmarshal([]byte(claims), &custom); err != nil {
		w.t.Fatal(err)
	}
	for _, format := range []tokens.Format{tokens.FormatOpaque, tokens.FormatJWT} {
		made := w.must(cron.options(), "m2m.createToken", map[string]any{"tokenFormat": format, "claims": custom, "secondsUntilExpiration": 300})
		got := w.bothJudge("M2M "+string(format), made.Token, tokens.TypeM2M, true)
		want := judgement{Accepted: true, Type: "m2m_token", ID: made.ID, Subject: cron.ID, Scopes: []string{api.ID}, Claims: custom, Expires: *made.Expiration / 1000}
		seen := got
		if format == tokens.FormatJWT { // in a JWT the scopes are one of the claims (O1), for both sides
			seen.Claims = without(got.Claims, "scopes")
		}
		w.report.row("m2m.createToken "+string(format), want.String(), seen.String(), cmp.Diff(want, seen)+cmp.Diff(custom, made.Claims))

		for _, o := range []options{api.options(), {MachineSecretKey: api.secretKey, PEM: true}} {
			verified := w.must(o, "m2m.verify", map[string]any{"token": made.Token})
			npmSide := verified.judgement(tokens.TypeM2M, *verified.Expiration/1000)
			w.report.row("m2m.verify "+string(format)+from(o), npmSide.String(), got.String(), cmp.Diff(npmSide, got))
		}
		w.bothJudge("M2M "+string(format)+" where an API key is wanted", made.Token, tokens.TypeAPIKey, false)
		w.bothJudge("M2M "+string(format)+" where a session is wanted", made.Token, tokens.TypeSession, false)

		// JavaScript cannot hold the claim big of this one; that it is unchanged is for the Go side to see.
		created, err := cron.client.CreateM2M(w.t.Context(), tokens.CreateM2MParams{Format: format, TTL: time.Minute, Claims: map[string]any{"big": json.Number("9007199254740993")}})
		if err != nil {
			w.t.Fatal(err)
		}
		token, err := w.service.verifier.Verify(w.t.Context(), created.Text.Reveal(), tokens.TypeM2M)
		if err != nil {
			w.t.Fatal(err)
		}
		var exact struct {
			Big int64 `json:"big"`
		}
		if err := token.Claims(&exact); err != nil || exact.Big != 9007199254740993 {
			w.t.Errorf("%s: a large integer became %d (%v)", format, exact.Big, err)
		}
		npmSide := w.must(api.options(), "m2m.verify", map[string]any{"token": created.Text.Reveal()})
		w.report.row("tokens.Client.CreateM2M "+string(format), npmSide.ID, created.Token.ID, cmp.Diff(npmSide.ID, created.Token.ID))
	}
}

// testReuseListRevoke follows one token from its making to its end.
func (w *world) testReuseListRevoke(api, cron machine) {
	first := w.must(cron.options(), "m2m.createToken", map[string]any{"minRemainingTtlSeconds": 60})
	again, err := cron.client.CreateM2M(w.t.Context(), tokens.CreateM2MParams{TTL: 10 * time.Minute, MinRemainingTTL: time.Minute})
	if err != nil {
		w.t.Fatal(err)
	}
	w.report.row("m2m.createToken, reused", first.ID, again.Token.ID, cmp.Diff(first.Token, again.Text.Reveal()))
	w.bothJudge("M2M reused", first.Token, tokens.TypeM2M, true)

	w.bothList(cron, first.ID)
	revoked := w.must(cron.options(), "m2m.revokeToken", map[string]any{"m2mTokenId": first.ID, "revocationReason": "leaked"})
	diff := ""
	if !revoked.Revoked || revoked.RevocationReason == nil || *revoked.RevocationReason != "leaked" {
		diff = "the answer should have said so"
	}
	w.report.row("m2m.revokeToken", "revoked", w.bothJudge("M2M revoked", first.Token, tokens.TypeM2M, false).String(), diff)

	got := w.npm.call(api.options(), "m2m.verify", map[string]any{"token": first.Token})
	w.bothRefuse("m2m.verify of a revoked token", got, "POST", "/m2m_tokens/verify", api.secretKey, map[string]any{"token": first.Token}, "revoked")

	second := w.must(cron.options(), "m2m.createToken", map[string]any{})
	if err := cron.client.RevokeM2M(w.t.Context(), second.ID, "by Go"); err != nil {
		w.t.Error(err)
	}
	w.bothJudge("M2M revoked by Go", second.Token, tokens.TypeM2M, false)
}

// bothList has both sides list the tokens of a machine, of which newest is the first.
func (w *world) bothList(m machine, newest string) {
	var npmIDs, goIDs []string
	npmList, total := w.list("m2m.list", m.options(), map[string]any{"subject": m.ID, "limit": 50})
	for _, one := range npmList {
		npmIDs = append(npmIDs, one.ID)
	}
	goList, err := m.client.ListM2M(w.t.Context(), tokens.ListM2MParams{MachineID: m.ID, Limit: 50})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range goList.Tokens {
		goIDs = append(goIDs, one.ID)
	}
	diff := cmp.Diff(npmIDs, goIDs) + cmp.Diff(total, goList.Total)
	if len(npmIDs) != 3 || npmIDs[0] != newest || total != 3 {
		diff += "\nthe list should have the three opaque tokens, the newest first"
	}
	w.report.row("m2m.list", strings.Join(npmIDs, " "), strings.Join(goIDs, " "), diff)
}

// testRefusals has both sides ask for what is not to be had.
func (w *world) testRefusals(cron machine) {
	for _, test := range []struct {
		name, call, method, path string
		o                        options
		args                     any            // of the npm client
		body                     map[string]any // the same as it is sent
		mentions                 string
	}{
		{
			"reserved claims, opaque", "m2m.createToken", "POST", "/m2m_tokens", cron.options(),
			map[string]any{"claims": map[string]any{"sub": "mch_x", "exp": 1}},
			map[string]any{"claims": map[string]any{"sub": "mch_x", "exp": 1}}, "exp, sub",
		}, {
			"reserved claims, jwt", "m2m.createToken", "POST", "/m2m_tokens", cron.options(),
			map[string]any{"tokenFormat": "jwt", "claims": map[string]any{"jti": "x"}},
			map[string]any{"token_format": "jwt", "claims": map[string]any{"jti": "x"}}, "jti",
		}, {
			"wrong secret key", "m2m.createToken", "POST", "/m2m_tokens", options{MachineSecretKey: "msk_wrong"},
			map[string]any{}, map[string]any{}, "secret key",
		}, {
			"to be reused for longer than it lives", "m2m.createToken", "POST", "/m2m_tokens", cron.options(),
			map[string]any{"secondsUntilExpiration": 60, "minRemainingTtlSeconds": 60},
			map[string]any{"seconds_until_expiration": 60, "min_remaining_ttl_seconds": 60}, "min_remaining_ttl_seconds",
		}, {
			"unknown", "m2m.revokeToken", "POST", "/m2m_tokens/mt_unknown/revoke", options{MachineSecretKey: w.secret},
			map[string]any{"m2mTokenId": "mt_unknown"}, map[string]any{}, "no such",
		}, {
			"shown once", "machines.getSecretKey", "GET", "/v1/machines/mch_any/secret_key", options{MachineSecretKey: w.secret},
			"mch_any", nil, "hash",
		},
	} {
		got := w.npm.call(test.o, test.call, test.args)
		w.bothRefuse(test.call+", "+test.name, got, test.method, test.path, test.o.MachineSecretKey, test.body, test.mentions)
	}
}

// testExpiry makes tokens an hour ago.
func (w *world) testExpiry(cron machine) {
	w.ahead.Store(-int64(time.Hour))
	var made []resource
	for _, format := range []string{"opaque", "jwt"} {
		made = append(made, w.must(cron.options(), "m2m.createToken", map[string]any{"tokenFormat": format, "secondsUntilExpiration": 60}))
	}
	w.ahead.Store(0)
	w.bothJudge("M2M opaque, expired", made[0].Token, tokens.TypeM2M, false)
	w.bothJudge("M2M jwt, expired", made[1].Token, tokens.TypeM2M, false)
}

func without(m map[string]any, name string) map[string]any {
	rest := make(map[string]any)
	for k, v := range m {
		if k != name {
			rest[k] = v
		}
	}
	return rest
}

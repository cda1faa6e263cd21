package issuer_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// claims are hard to keep as they are: nested, unicode, an integer that float64 cannot hold, null.
const claims = `{"region":"eu-1","nested":{"a":[1,{"b":null}]},"name":"Zoë 🚀 <&>","big":9007199254740993,"none":null,"deep":{"z":1,"a":2}}`

func TestB4_CreateOpaque(t *testing.T) {
	w := newWorld(t)
	api, _ := w.machine("api")
	cron, key := w.machine("cron", api)
	for _, prefix := range []string{"", "/v1"} {
		a := w.must("POST", prefix+"/m2m_tokens", key, `{"token_format":"opaque","seconds_until_expiration":60,"claims":`+claims+`}`)
		if !strings.HasPrefix(a.str("token"), "mt_") || !strings.HasPrefix(a.str("id"), "mt_") || a.str("token") == a.str("id") {
			t.Errorf("token and ID must both be mt_…, and different")
		}
		if !strings.Contains(a.text, `"claims":`+claims) {
			t.Errorf("claims changed: %s", a.text)
		}
		delete(a.object, "token")
		delete(a.object, "id")
		delete(a.object, "claims")
		want := `{"created_at":1893553445000,"expiration":1893553505000,"expired":false,"last_used_at":null,"object":"machine_to_machine_token",` +
			`"revocation_reason":null,"revoked":false,"scopes":["` + api + `"],"subject":"` + cron + `","updated_at":1893553445000}`
		if diff := cmp.Diff(want, mustJSON(t, a.object)); diff != "" {
			t.Error(diff)
		}
		if got := a.header.Get("Content-Type"); got != "application/json" { // compared as a whole by the npm client
			t.Errorf("Content-Type is %q", got)
		}
	}
}

func TestB4_CreateDefaults(t *testing.T) {
	w := newWorld(t)
	_, key := w.machine("cron")
	for _, body := range []string{``, `{}`, `{"seconds_until_expiration":null,"claims":null,"token_format":"opaque"}`} {
		a := w.must("POST", "/m2m_tokens", key, body)
		if a.num("expiration")-a.num("created_at") != time.Hour.Milliseconds() || a.object["claims"] != nil {
			t.Errorf("%q: %s", body, a.text)
		}
	}
}

func TestB4_CreateRefused(t *testing.T) {
	w := newWorld(t)
	_, key := w.machine("cron")
	for _, test := range []struct {
		name, body, code, mentions string
		status                     int
	}{
		{"not JSON", `{"claims"`, "request_body_invalid", "JSON", 400},
		{"an array", `[]`, "request_body_invalid", "object", 400},
		{"null", `null`, "request_body_invalid", "object", 400},
		{"a duplicate", `{"claims":null,"claims":{}}`, "request_body_invalid", "duplicate", 400},
		{"trailing data", `{}{}`, "request_body_invalid", "after", 400},
		{"invalid UTF-8", "{\"claims\":{\"a\":\"\xff\"}}", "request_body_invalid", "UTF-8", 400},
		{"an unknown parameter", `{"Claims":{}}`, "form_param_value_invalid", `"Claims"`, 400},
		{"a wrong kind", `{"seconds_until_expiration":"60"}`, "form_param_value_invalid", "seconds_until_expiration", 400},
		{"a fraction", `{"seconds_until_expiration":1.5}`, "form_param_value_invalid", "seconds_until_expiration", 400},
		{"no time", `{"seconds_until_expiration":0}`, "form_param_value_invalid", "seconds_until_expiration", 400},
		{"too long", `{"seconds_until_expiration":9223372036854775807}`, "form_param_value_invalid", "315360000", 400},
		{"a JWT too long", `{"token_format":"jwt","seconds_until_expiration":86401}`, "form_param_value_invalid", "86400", 400},
		{"another format", `{"token_format":"JWT"}`, "form_param_value_invalid", "opaque or jwt", 400},
		{"reserved B5", `{"claims":{"sub":"mch_x","exp":1,"fine":2}}`, "form_param_value_invalid", "exp, sub", 400},
		{"iss iat nbf jti B5", `{"claims":{"iss":1,"iat":1,"nbf":1,"jti":1}}`, "form_param_value_invalid", "iat, iss, jti, nbf", 400},
		{"scopes B5", `{"token_format":"jwt","claims":{"scopes":"mch_victim"}}`, "form_param_value_invalid", "scopes", 400},
		{"escaped reserved B5", `{"claims":{"\u0073ub":"x"}}`, "form_param_value_invalid", "sub", 400},
		{"cnf", `{"claims":{"cnf":{}}}`, "form_param_value_invalid", "cnf", 400},
		{"a bad name", `{"claims":{"a b":1}}`, "form_param_value_invalid", "names of claims", 400},
		{"claims an array", `{"claims":[1]}`, "form_param_value_invalid", "object", 400},
		{"claims a string", `{"claims":"{}"}`, "form_param_value_invalid", "object", 400},
		{"claims too deep", `{"claims":{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, "form_param_value_invalid", "32 deep", 400},
		{"claims too long", `{"claims":{"a":"` + strings.Repeat("x", 9000) + `"}}`, "form_param_value_invalid", "8192", 400},
		{"a body too long", `{"claims":{"a":"` + strings.Repeat("x", 70000) + `"}}`, "request_body_too_large", "65536", 413},
		{"remaining as long as the life", `{"seconds_until_expiration":60,"min_remaining_ttl_seconds":60}`, "form_param_value_invalid", "min_remaining_ttl_seconds", 400},
		{"remaining below zero", `{"min_remaining_ttl_seconds":-1}`, "form_param_value_invalid", "min_remaining_ttl_seconds", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.do("POST", "/m2m_tokens", key, test.body)
			if a.status != test.status || a.errorCode() != test.code || !strings.Contains(a.text, strings.ReplaceAll(test.mentions, `"`, `\"`)) {
				t.Errorf("got %d %s, want %d %s with %q", a.status, a.text, test.status, test.code, test.mentions)
			}
		})
	}
	if a := w.do("POST", "/m2m_tokens", key, "a=b", "Content-Type", "application/x-www-form-urlencoded"); a.status != http.StatusUnsupportedMediaType {
		t.Errorf("a form: %d", a.status)
	}
}

func TestB1_VerifyM2M(t *testing.T) {
	w := newWorld(t)
	api, apiKey := w.machine("api")
	_, otherKey := w.machine("other")
	cron, cronKey := w.machine("cron", api)
	made := w.must("POST", "/m2m_tokens", cronKey, `{"seconds_until_expiration":60,"claims":`+claims+`}`)
	verify := func(key string) answer {
		return w.do("POST", "/m2m_tokens/verify", key, object{"token": made.str("token")})
	}

	for name, key := range map[string]string{"the instance": w.secret, "the machine it is for": apiKey} {
		a := verify(key)
		if a.status != http.StatusOK || a.str("id") != made.str("id") || a.str("subject") != cron || !strings.Contains(a.text, `"claims":`+claims) {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
		if a.str("token") != "" {
			t.Errorf("%s is told the token again", name)
		}
	}
	for name, key := range map[string]string{"another machine": otherKey, "the machine that made it": cronKey} {
		if a := verify(key); a.status != http.StatusNotFound || a.errorCode() != "resource_not_found" {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	for _, token := range []string{"", "mt_unknown", made.str("id"), made.str("token") + "x", cronKey} {
		if a := w.do("POST", "/m2m_tokens/verify", w.secret, object{"token": token}); a.status != http.StatusNotFound {
			t.Errorf("another string: %d", a.status)
		}
	}
	w.pass(time.Minute - time.Millisecond)
	if a := verify(w.secret); a.status != http.StatusOK {
		t.Errorf("just before it expires: %d", a.status)
	}
	w.pass(time.Millisecond)
	if a := verify(w.secret); a.status != http.StatusNotFound {
		t.Errorf("expired: %d", a.status)
	}
}

func TestB4_RevokeM2M(t *testing.T) {
	w := newWorld(t)
	_, cronKey := w.machine("cron")
	_, otherKey := w.machine("other")
	for name, key := range map[string]string{"the instance": w.secret, "its own machine": cronKey} {
		made := w.must("POST", "/m2m_tokens", cronKey, nil)
		path := "/m2m_tokens/" + made.str("id") + "/revoke"
		if a := w.do("POST", path, otherKey, `{"revocation_reason":"mine"}`); a.status != http.StatusNotFound {
			t.Errorf("another machine: %d", a.status)
		}
		w.pass(time.Second)
		a := w.must("POST", path, key, `{"revocation_reason":"leaked"}`)
		if a.object["revoked"] != true || a.str("revocation_reason") != "leaked" || a.num("updated_at") == made.num("updated_at") {
			t.Errorf("%s: %s", name, a.text)
		}
		if a := w.must("POST", path, key, `{"revocation_reason":null}`); a.str("revocation_reason") != "leaked" {
			t.Errorf("again: %s", a.text)
		}
		if a := w.do("POST", "/m2m_tokens/verify", w.secret, object{"token": made.str("token")}); a.status != http.StatusNotFound {
			t.Errorf("revoked by %s: %d", name, a.status)
		}
	}
	for _, id := range []string{"mt_unknown", ".", "..", "%2e%2e", "%2E", "a%2Fb", ""} {
		if a := w.do("POST", "/m2m_tokens/"+id+"/revoke", w.secret, nil); a.status != http.StatusNotFound || a.errorCode() != "resource_not_found" {
			t.Errorf("B4 ID %q: %d %s", id, a.status, a.text)
		}
	}
}

func TestB4_ListM2M(t *testing.T) {
	w := newWorld(t)
	cron, cronKey := w.machine("cron")
	other, otherKey := w.machine("other")
	var ids []string
	for range 4 {
		ids = append([]string{w.must("POST", "/m2m_tokens", cronKey, `{"seconds_until_expiration":600}`).str("id")}, ids...)
		w.pass(time.Second)
	}
	w.must("POST", "/m2m_tokens", otherKey, nil)
	short := w.must("POST", "/m2m_tokens", cronKey, `{"seconds_until_expiration":1}`).str("id")
	w.pass(time.Second)
	w.must("POST", "/m2m_tokens/"+ids[3]+"/revoke", cronKey, nil)

	for _, test := range []struct {
		query string
		want  []string
		total int64
	}{
		{"", ids[:3], 3},
		{"&revoked=true", ids, 4},
		{"&expired=true", append([]string{short}, ids[:3]...), 4},
		{"&revoked=true&expired=true", append([]string{short}, ids...), 5},
		{"&limit=2", ids[:2], 3},
		{"&limit=2&offset=2", ids[2:3], 3},
		{"&offset=100", nil, 3},
	} {
		a := w.must("GET", "/m2m_tokens?subject="+cron+test.query, cronKey, nil)
		var got []string
		for _, one := range a.object["m2m_tokens"].([]any) {
			got = append(got, object(one.(map[string]any)).str("id"))
			if object(one.(map[string]any)).str("token") != "" {
				t.Error("a list shows tokens")
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" || a.num("total_count") != test.total {
			t.Errorf("%s: total %d %s", test.query, a.num("total_count"), diff)
		}
	}
	if a := w.must("GET", "/m2m_tokens?subject="+other, w.secret, nil); a.num("total_count") != 1 {
		t.Errorf("the instance lists everybody's: %s", a.text)
	}
	for query, status := range map[string]int{
		"":                                400,
		"?subject=":                       400,
		"?subject=" + other:               403,
		"?subject=" + cron + "&limit=0":   400,
		"?subject=" + cron + "&limit=101": 400,
		"?subject=" + cron + "&limit=x":   400,
		"?subject=" + cron + "&offset=-1": 400,
		"?subject=" + cron + "&revoked=1": 400,
		"?subject=" + cron + "&what=1":    400,
		"?subject=" + cron + "&subject=x": 400,
		"?subject=" + cron + "&limit=%zz": 400,
	} {
		if a := w.do("GET", "/m2m_tokens"+query, cronKey, nil); a.status != status || a.errorCode() == "not an API error" {
			t.Errorf("%s: %d %s, want %d", query, a.status, a.text, status)
		}
	}
}

func TestDeletedMachine(t *testing.T) {
	w := newWorld(t)
	id, key := w.machine("cron")
	made := w.must("POST", "/m2m_tokens", key, nil)
	w.must("DELETE", "/v1/machines/"+id, w.secret, nil)
	if a := w.do("POST", "/m2m_tokens/verify", w.secret, object{"token": made.str("token")}); a.status != http.StatusNotFound {
		t.Errorf("its token: %d", a.status)
	}
	if a := w.do("POST", "/m2m_tokens", key, nil); a.status != http.StatusUnauthorized {
		t.Errorf("its key: %d", a.status)
	}
}

package issuer_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAPIKey(t *testing.T) {
	w := newWorld(t)
	a := w.must("POST", "/api_keys", w.secret, `{"name":"deploy","subject":"org_acme","description":"from CI","created_by":"user_jane",`+
		`"scopes":["deploy:run","logs:read"],"claims":`+claims+`,"seconds_until_expiration":60}`)
	id, secret := a.str("id"), a.str("secret")
	if !strings.HasPrefix(id, "ak_") || !strings.HasPrefix(secret, "ak_") || id == secret || !strings.Contains(a.text, `"claims":`+claims) {
		t.Errorf("an ID, a secret and the claims as they were are wanted")
	}
	delete(a.object, "secret")
	for name, got := range map[string]answer{
		"get":    w.must("GET", "/v1/api_keys/"+id, w.secret, nil),
		"verify": w.must("POST", "/api_keys/verify", w.secret, object{"secret": secret}),
	} {
		if diff := cmp.Diff(a.object, got.object); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	delete(a.object, "claims")
	want := `{"created_at":1893553445000,"created_by":"user_jane","description":"from CI","expiration":1893553505000,"expired":false,"id":"` + id + `",` +
		`"last_used_at":null,"name":"deploy","object":"api_key","revocation_reason":null,"revoked":false,"scopes":["deploy:run","logs:read"],` +
		`"subject":"org_acme","type":"api_key","updated_at":1893553445000}`
	if diff := cmp.Diff(want, mustJSON(t, a.object)); diff != "" {
		t.Error(diff)
	}

	w.pass(time.Minute - 1)
	w.must("POST", "/api_keys/verify", w.secret, object{"secret": secret})
	w.pass(1)
	if a := w.do("POST", "/api_keys/verify", w.secret, object{"secret": secret}); a.status != http.StatusNotFound || a.errorCode() != "resource_not_found" {
		t.Errorf("expired: %d", a.status)
	}
}

func TestAPIKey_Ends(t *testing.T) {
	w := newWorld(t)
	forever := w.must("POST", "/api_keys", w.secret, `{"name":"n","subject":"user_1","seconds_until_expiration":null}`)
	if forever.object["expiration"] != nil || forever.object["claims"] != nil || len(forever.object["scopes"].([]any)) != 0 {
		t.Errorf("defaults: %s", forever.text)
	}
	w.pass(20 * 365 * 24 * time.Hour)
	w.must("POST", "/api_keys/verify", w.secret, object{"secret": forever.str("secret")})

	a := w.must("POST", "/api_keys/"+forever.str("id")+"/revoke", w.secret, `{"revocation_reason":"left"}`)
	if a.object["revoked"] != true || a.str("revocation_reason") != "left" {
		t.Errorf("revoke: %s", a.text)
	}
	a = w.must("POST", "/api_keys/"+forever.str("id")+"/revoke", w.secret, nil)
	if a.str("revocation_reason") != "left" {
		t.Errorf("revoke again: %s", a.text)
	}
	deleted := w.must("POST", "/api_keys", w.secret, `{"name":"n","subject":"user_1"}`)
	w.must("DELETE", "/api_keys/"+deleted.str("id"), w.secret, nil)
	for name, secret := range map[string]string{
		"revoked": forever.str("secret"), "deleted": deleted.str("secret"), "unknown": "ak_unknown", "its ID": forever.str("id"), "empty": "",
	} {
		if a := w.do("POST", "/api_keys/verify", w.secret, object{"secret": secret}); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	for _, path := range []string{"/revoke", ""} {
		method := map[string]string{"/revoke": "POST", "": "DELETE"}[path]
		if a := w.do(method, "/api_keys/"+deleted.str("id")+path, w.secret, nil); a.status != http.StatusNotFound {
			t.Errorf("%s a deleted key: %d", method, a.status)
		}
	}
}

func TestAPIKey_Refused(t *testing.T) {
	w := newWorld(t)
	for body, param := range map[string]string{
		`{"subject":"user_1"}`:                                                              "name",
		`{"name":"n"}`:                                                                      "subject",
		`{"name":"n","subject":"mch_1"}`:                                                    "subject",
		`{"name":"n","subject":"user_\u0000"}`:                                              "subject",
		`{"name":"n","subject":"user_1","scopes":["a b"]}`:                                  "scopes",
		`{"name":"n","subject":"user_1","scopes":[""]}`:                                     "scopes",
		`{"name":"n","subject":"user_1","scopes":"a"}`:                                      "scopes",
		`{"name":"n","subject":"user_1","claims":{"sub":1}}`:                                "claims",
		`{"name":"n","subject":"user_1","seconds_until_expiration":0}`:                      "seconds_until_expiration",
		`{"name":"n","subject":"user_1","description":"` + "\\n" + `"}`:                     "description",
		`{"name":"n","subject":"user_1","scopes":[` + strings.Repeat(`"a",`, 150) + `"a"]}`: "scopes",
	} {
		a := w.do("POST", "/api_keys", w.secret, body)
		if a.status != http.StatusBadRequest || !strings.Contains(a.text, `"meta":{"param_name":"`+param+`"}`) {
			t.Errorf("%.80s: %d %s", body, a.status, a.text)
		}
	}
}

func TestAPIKey_List(t *testing.T) {
	w := newWorld(t)
	var ids []string
	for _, seconds := range []int{100, 1, 100, 100} {
		a := w.must("POST", "/api_keys", w.secret, object{"name": "n", "subject": "user_1", "seconds_until_expiration": seconds})
		ids = append([]string{a.str("id")}, ids...)
		w.pass(time.Second)
	}
	w.must("POST", "/api_keys", w.secret, `{"name":"n","subject":"user_2"}`)
	w.must("POST", "/api_keys/"+ids[0]+"/revoke", w.secret, nil)
	for query, want := range map[string][]string{
		"":                              {ids[1], ids[3]},
		"&include_invalid=true":         ids,
		"&include_invalid=true&limit=1": ids[:1],
		"&offset=1":                     ids[3:],
	} {
		a := w.must("GET", "/api_keys?subject=user_1"+query, w.secret, nil)
		var got []string
		for _, one := range a.object["data"].([]any) {
			got = append(got, object(one.(map[string]any)).str("id"))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	if a := w.do("GET", "/api_keys", w.secret, nil); a.status != http.StatusBadRequest {
		t.Errorf("without a subject: %d", a.status)
	}
}

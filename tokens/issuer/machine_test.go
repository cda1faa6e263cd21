package issuer_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMachine(t *testing.T) {
	w := newWorld(t)
	api, _ := w.machine("api")
	a := w.must("POST", "/v1/machines", w.secret, object{"name": "cron", "scoped_machines": []string{api, api}, "default_token_ttl": 90})
	id := a.str("id")
	if !strings.HasPrefix(id, "mch_") || !strings.HasPrefix(a.str("secret_key"), "msk_") {
		t.Errorf("mch_… and msk_… are wanted")
	}
	delete(a.object, "secret_key")
	got := w.must("GET", "/v1/machines/"+id, w.secret, nil)
	if diff := cmp.Diff(a.object, got.object); diff != "" {
		t.Error(diff)
	}
	want := `{"created_at":1893553445000,"default_token_ttl":90,"id":"` + id + `","instance_id":"https://auth.example.com","name":"cron","object":"machine",` +
		`"scoped_machines":[{"created_at":1893553445000,"default_token_ttl":3600,"id":"` + api + `","instance_id":"https://auth.example.com","name":"api",` +
		`"object":"machine","scoped_machines":[],"updated_at":1893553445000}],"updated_at":1893553445000}`
	if diff := cmp.Diff(want, mustJSON(t, got.object)); diff != "" {
		t.Error(diff)
	}

	w.pass(time.Second)
	got = w.must("PATCH", "/v1/machines/"+id, w.secret, `{"name":"nightly"}`)
	if got.str("name") != "nightly" || got.num("default_token_ttl") != 90 || got.num("updated_at") != 1893553446000 {
		t.Errorf("update: %s", got.text)
	}
	got = w.must("PATCH", "/v1/machines/"+id, w.secret, `{"default_token_ttl":30}`)
	if got.str("name") != "nightly" || got.num("default_token_ttl") != 30 {
		t.Errorf("update: %s", got.text)
	}
	got = w.must("DELETE", "/v1/machines/"+id, w.secret, nil)
	if diff := cmp.Diff(`{"deleted":true,"id":"`+id+`","object":"machine"}`, mustJSON(t, got.object)); diff != "" {
		t.Error(diff)
	}
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		if a := w.do(method, "/v1/machines/"+id, w.secret, nil); a.status != http.StatusNotFound {
			t.Errorf("%s a deleted machine: %d", method, a.status)
		}
	}
}

func TestMachine_Refused(t *testing.T) {
	w := newWorld(t)
	id, _ := w.machine("cron")
	long := strings.Repeat("x", 1025)
	for _, test := range []struct{ method, path, body, param string }{
		{"POST", "/machines", `{}`, "name"},
		{"POST", "/machines", `{"name":""}`, "name"},
		{"POST", "/machines", `{"name":"` + long + `"}`, "name"},
		{"POST", "/machines", `{"name":"a\u0000b"}`, "name"},
		{"POST", "/machines", `{"name":"n","default_token_ttl":0}`, "default_token_ttl"},
		{"POST", "/machines", `{"name":"n","scoped_machines":["mch_unknown"]}`, "scoped_machines"},
		{"POST", "/machines", `{"name":"n","scoped_machines":"` + id + `"}`, "scoped_machines"},
		{"PATCH", "/machines/" + id, `{"name":""}`, "name"},
		{"PATCH", "/machines/" + id, `{"default_token_ttl":-1}`, "default_token_ttl"},
		{"POST", "/machines/" + id + "/scopes", `{}`, "to_machine_id"},
		{"POST", "/machines/" + id + "/scopes", `{"to_machine_id":"mch_unknown"}`, "to_machine_id"},
		{"POST", "/machines/" + id + "/secret_key/rotate", `{}`, "previous_token_ttl"},
		{"POST", "/machines/" + id + "/secret_key/rotate", `{"previous_token_ttl":-1}`, "previous_token_ttl"},
		{"POST", "/machines/" + id + "/secret_key/rotate", `{"previous_token_ttl":28801}`, "previous_token_ttl"},
		{"GET", "/machines?order_by=id", ``, "order_by"},
	} {
		a := w.do(test.method, test.path, w.secret, test.body)
		if a.status != http.StatusBadRequest || a.errorCode() != "form_param_value_invalid" || !strings.Contains(a.text, `"meta":{"param_name":"`+test.param+`"}`) {
			t.Errorf("%s %s %s: %d %s", test.method, test.path, test.body, a.status, a.text)
		}
	}
}

func TestMachine_List(t *testing.T) {
	w := newWorld(t)
	// No ID has a 1 in it, which the query would find as well.
	for _, name := range []string{"b", "c", "a1", "a1b"} {
		w.machine(name)
		w.pass(time.Second)
	}
	for query, want := range map[string]string{
		"":                                "a1b a1 c b",
		"?order_by=-created_at":           "a1b a1 c b",
		"?order_by=%2Bcreated_at":         "b c a1 a1b",
		"?order_by=name":                  "a1 a1b b c",
		"?order_by=-name":                 "c b a1b a1",
		"?order_by=name&limit=2&offset=1": "a1b b",
		"?query=A1&order_by=name":         "a1 a1b",
		"?query=mch_&limit=1":             "a1b",
		"?query=nothing":                  "",
	} {
		a := w.must("GET", "/v1/machines"+query, w.secret, nil)
		var names []string
		for _, one := range a.object["data"].([]any) {
			names = append(names, object(one.(map[string]any)).str("name"))
		}
		if diff := cmp.Diff(want, strings.Join(names, " ")); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

func TestMachine_Scopes(t *testing.T) {
	w := newWorld(t)
	api, apiKey := w.machine("api")
	cron, key := w.machine("cron")
	before := w.must("POST", "/m2m_tokens", key, nil).str("token")
	a := w.must("POST", "/machines/"+cron+"/scopes", w.secret, object{"to_machine_id": api})
	if diff := cmp.Diff(`{"created_at":1893553445000,"from_machine_id":"`+cron+`","object":"machine_scope","to_machine_id":"`+api+`"}`, mustJSON(t, a.object)); diff != "" {
		t.Error(diff)
	}
	during := w.must("POST", "/m2m_tokens", key, nil).str("token")
	a = w.must("DELETE", "/machines/"+cron+"/scopes/"+api, w.secret, nil)
	if a.object["deleted"] != true || a.str("from_machine_id") != cron {
		t.Errorf("delete: %s", a.text)
	}
	if a := w.do("DELETE", "/machines/"+cron+"/scopes/"+api, w.secret, nil); a.status != http.StatusNotFound {
		t.Errorf("delete again: %d", a.status)
	}
	after := w.must("POST", "/m2m_tokens", key, nil).str("token")
	for name, test := range map[string]struct {
		token string
		want  int
	}{"before": {before, 404}, "during": {during, 200}, "after": {after, 404}} {
		if a := w.do("POST", "/m2m_tokens/verify", apiKey, object{"token": test.token}); a.status != test.want {
			t.Errorf("a token made %s there was the scope: %d", name, a.status)
		}
	}
}

func TestMachine_SecretRotation(t *testing.T) {
	w := newWorld(t)
	id, first := w.machine("cron")
	rotate := func(seconds int) string {
		a := w.must("POST", "/v1/machines/"+id+"/secret_key/rotate", w.secret, object{"previous_token_ttl": seconds})
		if a.str("object") != "machine_secret_key" {
			t.Errorf("rotate: %s", a.text)
		}
		return a.str("secret")
	}
	want := func(when string, statuses map[string]int) {
		t.Helper()
		for key, status := range statuses {
			if a := w.do("POST", "/m2m_tokens", key, nil); a.status != status {
				t.Errorf("%s: %d, want %d", when, a.status, status)
			}
		}
	}
	second := rotate(60)
	want("within the overlap", map[string]int{first: 200, second: 200})
	w.pass(time.Minute - 1)
	want("at the end of the overlap", map[string]int{first: 200, second: 200})
	w.pass(1)
	want("after the overlap", map[string]int{first: 401, second: 200})
	third := rotate(28800)
	want("in the next overlap", map[string]int{first: 401, second: 200, third: 200})
	fourth := rotate(0)
	want("a leak: both older ones end", map[string]int{second: 401, third: 401, fourth: 200})
}

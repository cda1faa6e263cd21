package issuer_test

import (
	"testing"
	"time"
)

func TestB4_Reuse(t *testing.T) {
	w := newWorld(t)
	id, key := w.machine("cron")
	create := func(key, body string) answer { return w.must("POST", "/m2m_tokens", key, body) }
	body := func(claims string) string {
		return `{"seconds_until_expiration":600,"min_remaining_ttl_seconds":60,"claims":` + claims + `}`
	}
	first := create(key, body(`{"b":9007199254740993,"a":{"y":1,"x":2}}`))
	check := func(name string, got answer, reused bool) {
		t.Helper()
		if (got.str("token") == first.str("token")) != reused || (got.str("id") == first.str("id")) != reused {
			t.Errorf("%s: reused %v, want %v", name, !reused, reused)
		}
		if a := w.do("POST", "/m2m_tokens/verify", w.secret, object{"token": got.str("token")}); a.status != 200 || a.str("id") != got.str("id") {
			t.Errorf("%s: the token is not good: %d", name, a.status)
		}
	}
	check("the same", create(key, body(`{"b":9007199254740993,"a":{"y":1,"x":2}}`)), true)
	check("the same in another order", create(key, body(`{"a":{"x":2,"y":1}, "b":9007199254740993}`)), true)
	check("a claim that is the same as float64", create(key, body(`{"b":9007199254740992,"a":{"y":1,"x":2}}`)), false)
	check("other claims", create(key, body(`{"a":1}`)), false)
	check("not asked for", create(key, `{"claims":{"b":9007199254740993,"a":{"y":1,"x":2}}}`), false)
	check("a shorter life", create(key, `{"seconds_until_expiration":120,"min_remaining_ttl_seconds":60,"claims":{"b":9007199254740993,"a":{"y":1,"x":2}}}`), false)
	_, otherKey := w.machine("other")
	check("another machine", create(otherKey, body(`{"b":9007199254740993,"a":{"y":1,"x":2}}`)), false)

	w.pass(9 * time.Minute)
	check("just enough left", create(key, body(`{"b":9007199254740993,"a":{"y":1,"x":2}}`)), true)
	w.pass(time.Millisecond)
	first = create(key, body(`{"b":9007199254740993,"a":{"y":1,"x":2}}`))
	check("the next", create(key, body(`{"b":9007199254740993,"a":{"y":1,"x":2}}`)), true)

	first = create(key, body(`null`))
	check("no claims", create(key, body(`null`)), true)
	w.must("POST", "/m2m_tokens/"+first.str("id")+"/revoke", key, nil)
	revoked := first
	first = create(key, body(`null`))
	if first.str("id") == revoked.str("id") {
		t.Error("a revoked token was handed out")
	}
	api, _ := w.machine("api")
	w.must("POST", "/machines/"+id+"/scopes", w.secret, object{"to_machine_id": api})
	check("other scopes", create(key, body(`null`)), false)

	first = create(key, body(`null`))
	rotated := w.must("POST", "/machines/"+id+"/secret_key/rotate", w.secret, `{"previous_token_ttl":60}`).str("secret")
	check("by the new secret key", create(rotated, body(`null`)), false)
	check("by the old one", create(key, body(`null`)), true)

	zero := create(key, `{"min_remaining_ttl_seconds":0}`)
	if again := create(key, `{"min_remaining_ttl_seconds":0}`); again.str("id") != zero.str("id") || zero.str("id") == first.str("id") {
		t.Error("0 asks for any token of the same lifetime that is alive")
	}
}

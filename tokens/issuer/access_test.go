package issuer_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/machineauth/tokens/issuer"
)

// endpoints are all of the Backend API, and who may call them.
var endpoints = []struct{ method, path, who string }{
	{"POST", "/m2m_tokens", "machine"},
	{"GET", "/m2m_tokens?subject=mch_1", "both"},
	{"POST", "/m2m_tokens/mt_1/revoke", "both"},
	{"POST", "/m2m_tokens/verify", "both"},
	{"POST", "/api_keys", "instance"},
	{"GET", "/api_keys?subject=user_1", "instance"},
	{"GET", "/api_keys/ak_1", "instance"},
	{"DELETE", "/api_keys/ak_1", "instance"},
	{"POST", "/api_keys/ak_1/revoke", "instance"},
	{"GET", "/api_keys/ak_1/secret", "instance"},
	{"POST", "/api_keys/verify", "instance"},
	{"POST", "/machines", "instance"},
	{"GET", "/machines", "instance"},
	{"GET", "/machines/mch_1", "instance"},
	{"PATCH", "/machines/mch_1", "instance"},
	{"DELETE", "/machines/mch_1", "instance"},
	{"GET", "/machines/mch_1/secret_key", "instance"},
	{"POST", "/machines/mch_1/secret_key/rotate", "instance"},
	{"POST", "/machines/mch_1/scopes", "instance"},
	{"DELETE", "/machines/mch_1/scopes/mch_2", "instance"},
	{"POST", "/oauth_applications", "instance"},
	{"GET", "/oauth_applications", "instance"},
	{"GET", "/oauth_applications/oa_1", "instance"},
	{"DELETE", "/oauth_applications/oa_1", "instance"},
	{"POST", "/oauth_applications/oa_1/rotate_secret", "instance"},
	{"POST", "/oauth_applications/oa_1/revoke_token", "instance"},
	{"POST", "/oauth_applications/access_tokens/verify", "instance"},
}

func TestAccess(t *testing.T) {
	w := newWorld(t)
	_, machineKey := w.machine("cron")
	for _, e := range endpoints {
		for _, prefix := range []string{"", "/v1"} {
			for _, secret := range []string{"", "wrong", w.secret + "x", w.secret[:len(w.secret)-1], " " + w.secret} {
				a := w.do(e.method, prefix+e.path, secret, nil)
				if a.status != http.StatusUnauthorized || a.errorCode() != "clerk_key_invalid" || a.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s %s with a wrong key: %d %s", e.method, e.path, a.status, a.text)
				}
			}
			for who, secret := range map[string]string{"machine": machineKey, "instance": w.secret} {
				a := w.do(e.method, prefix+e.path, secret, nil)
				refused := a.status == http.StatusForbidden && a.errorCode() == "authorization_invalid" && strings.Contains(a.text, "this needs")
				if refused == (e.who == who || e.who == "both") {
					t.Errorf("%s %s by the %s's key: %d %s", e.method, e.path, who, a.status, a.text)
				}
				if a.header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s %s may be cached", e.method, e.path)
				}
			}
		}
	}
}

func TestAuthorizationHeader(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		name   string
		header []string
		want   int
	}{
		{"any case", []string{"bEARER " + w.secret}, 200},
		{"none", nil, 401},
		{"two", []string{"Bearer " + w.secret, "Bearer " + w.secret}, 401},
		{"another scheme", []string{"Basic " + w.secret}, 401},
		{"no scheme", []string{w.secret}, 401},
		{"no key", []string{"Bearer "}, 401},
		{"junk behind", []string{"Bearer " + w.secret + " x"}, 401},
	} {
		r := httptest.NewRequest("GET", issuerURL+"/v1/machines", nil)
		r.Header["Authorization"] = test.header
		if a := w.send(r); a.status != test.want {
			t.Errorf("%s: %d %s", test.name, a.status, a.text)
		}
	}
}

func TestNoSuchPathOrMethod(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		method, path string
		status       int
		code, allow  string
	}{
		{"GET", "/", 404, "resource_not_found", ""},
		{"GET", "/v2/machines", 404, "resource_not_found", ""},
		{"GET", "/v1", 404, "resource_not_found", ""},
		{"GET", "/machines/", 404, "resource_not_found", ""},
		{"GET", "//machines", 404, "resource_not_found", ""},
		{"GET", "/machines/../machines", 404, "resource_not_found", ""},
		{"GET", "/machines/%2e%2e/machines", 404, "resource_not_found", ""},
		{"PUT", "/machines", 405, "method_not_allowed", "POST GET"},
		{"GET", "/m2m_tokens/verify", 405, "method_not_allowed", "POST"},
		{"POST", "/.well-known/jwks.json", 405, "method_not_allowed", "GET, HEAD"},
	} {
		a := w.do(test.method, test.path, w.secret, nil)
		if a.status != test.status || a.errorCode() != test.code || strings.Join(a.header.Values("Allow"), " ") != test.allow {
			t.Errorf("%s %s: %d %s", test.method, test.path, a.status, a.text)
		}
	}
}

// broken is a Store that cannot be reached.
type broken struct{ err error }

func (b broken) Get(context.Context, issuer.Kind, string) (issuer.Record, error) {
	return issuer.Record{}, b.err
}
func (b broken) Find(context.Context, issuer.Kind, issuer.Hash) (issuer.Record, error) {
	return issuer.Record{}, b.err
}
func (b broken) List(context.Context, issuer.Kind, string) iter.Seq2[issuer.Record, error] {
	return func(yield func(issuer.Record, error) bool) { yield(issuer.Record{}, b.err) }
}
func (b broken) Put(context.Context, issuer.Record) error          { return b.err }
func (b broken) Delete(context.Context, issuer.Kind, string) error { return b.err }

// contended is a Store in which somebody else is always faster.
type contended struct{ issuer.Store }

func (c contended) Put(ctx context.Context, r issuer.Record) error {
	if r.Version > 0 {
		return issuer.ErrConflict
	}
	return c.Store.Put(ctx, r)
}

func TestConflict(t *testing.T) {
	w := newWorld(t, func(cfg *issuer.Config) { cfg.Store = contended{cfg.Store} })
	_, key := w.machine("cron")
	made := w.must("POST", "/m2m_tokens", key, nil)
	if a := w.do("POST", "/m2m_tokens/"+made.str("id")+"/revoke", key, nil); a.status != http.StatusConflict || a.errorCode() != "conflict" {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestStoreFailure(t *testing.T) {
	secretDetail := errors.New("dial tcp 10.1.2.3: password hunter2")
	for code, err := range map[string]error{"store_unavailable": secretDetail, "store_full": issuer.ErrFull} {
		w := newWorld(t, func(cfg *issuer.Config) { cfg.Store = broken{err} })
		for _, test := range []struct {
			method, path, body string
		}{
			{"GET", "/m2m_tokens?subject=mch_1", ""},
			{"POST", "/m2m_tokens/verify", `{"token":"mt_1"}`},
			{"POST", "/m2m_tokens/mt_1/revoke", ""},
			{"POST", "/machines", `{"name":"n"}`},
			{"GET", "/machines", ""},
			{"DELETE", "/machines/mch_1", ""},
			{"POST", "/machines/mch_1/scopes", `{"to_machine_id":"mch_2"}`},
			{"POST", "/api_keys", `{"name":"n","subject":"user_1"}`},
			{"GET", "/api_keys?subject=user_1", ""},
			{"POST", "/api_keys/verify", `{"secret":"ak_1"}`},
			{"POST", "/oauth_applications", `{"name":"n"}`},
			{"GET", "/oauth_applications", ""},
			{"POST", "/oauth_applications/access_tokens/verify", `{"access_token":"oat_1"}`},
			{"POST", "/oauth_applications/oa_1/revoke_token", `{"token":"oat_1"}`},
		} {
			a := w.do(test.method, test.path, w.secret, test.body)
			if a.status != http.StatusServiceUnavailable || a.errorCode() != code || a.header.Get("Retry-After") == "" {
				t.Errorf("%s %s: %d %s, want %s", test.method, test.path, a.status, a.text, code)
			}
			if strings.Contains(a.text, "hunter2") || a.header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s %s: %s", test.method, test.path, a.text)
			}
			if !strings.Contains(w.log.String(), a.str("clerk_trace_id")) {
				t.Errorf("%s %s: nothing is logged", test.method, test.path)
			}
		}
		if a := w.do("POST", "/m2m_tokens", "msk_1", nil); a.status != http.StatusServiceUnavailable {
			t.Errorf("a secret key that cannot be looked up: %d", a.status)
		}
		if a := w.token("id", "secret", nil); a.status != http.StatusServiceUnavailable || a.str("error") != "temporarily_unavailable" || a.header.Get("Retry-After") == "" {
			t.Errorf("the token endpoint: %d %s", a.status, a.text)
		}
	}
}

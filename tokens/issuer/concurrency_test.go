package issuer_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/tokens/issuer"
)

// call is do for goroutines: it fails no test.
func (w *world) call(method, path, secret, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, issuerURL+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	return recorder
}

// TestConcurrency has everything happen at once, for the race detector, and looks that no change is lost.
func TestConcurrency(t *testing.T) {
	w := newWorld(t)
	var others []string
	for n := range 8 {
		id, _ := w.machine(fmt.Sprint("other", n))
		others = append(others, id)
	}
	id, key := w.machine("cron")
	victim := w.must("POST", "/m2m_tokens", key, nil)
	var wg sync.WaitGroup
	for n, other := range others {
		wg.Go(func() {
			for _, test := range []struct {
				method, path, secret, body string
			}{
				{"POST", "/machines/" + id + "/scopes", w.secret, `{"to_machine_id":"` + other + `"}`},
				{"POST", "/m2m_tokens", key, `{"min_remaining_ttl_seconds":60}`},
				{"POST", "/m2m_tokens", key, `{"token_format":"jwt"}`},
				{"POST", "/m2m_tokens/" + victim.str("id") + "/revoke", key, `{"revocation_reason":"` + other + `"}`},
				{"GET", "/m2m_tokens?revoked=true&subject=" + id, key, ``},
				{"GET", "/machines", w.secret, ``},
				{"GET", "/jwks", w.secret, ``},
			} {
				if a := w.call(test.method, test.path, test.secret, test.body); a.Code != 200 {
					t.Errorf("%s %s: %d %s", test.method, test.path, a.Code, a.Body)
				}
			}
			kid := fmt.Sprint("ins_new", n)
			if err := w.AddKey(issuer.SigningKey{Key: newKey(t, kid), ActiveFrom: w.clock().Add(time.Hour)}); err != nil || !w.RemoveKey(kid) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if a := w.must("GET", "/machines/"+id, w.secret, nil); len(a.object["scoped_machines"].([]any)) != len(others) {
		t.Errorf("scopes were lost: %s", a.text)
	}
	if a := w.do("POST", "/m2m_tokens/verify", w.secret, object{"token": victim.str("token")}); a.status != 404 {
		t.Errorf("a revocation was lost: %d", a.status)
	}
}

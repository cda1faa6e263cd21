package issuer_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/machineauth/tokens/issuer"
)

// FuzzRequest sends anything to anywhere with good keys. Whatever comes, the answer is JSON, nothing is the server's
// fault, and a token that the issuer hands out is good.
func FuzzRequest(f *testing.F) {
	for _, e := range endpoints {
		for _, body := range []string{
			``, `{}`, `{"name":"n","subject":"user_1"}`, `{"token":"mt_1"}`, `{"token_format":"jwt","claims":{"a":[1e400,"\ud800"]}}`,
			`{"claims":{"a":1,"b":{"a":null}},"min_remaining_ttl_seconds":1,"seconds_until_expiration":60}`, `{"limit":-0,"name":{}}`,
		} {
			f.Add(e.method, e.path, body, "application/json")
		}
	}
	f.Add("POST", "/oauth/token", "grant_type=client_credentials&client_id=a&client_secret=b&scope=%20", "application/x-www-form-urlencoded")
	f.Add("OPTIONS", "*", "", "")
	w := newWorld(f, func(cfg *issuer.Config) { cfg.Logger = slog.New(slog.NewTextHandler(io.Discard, nil)) })
	id, key := w.machine("cron")
	f.Fuzz(func(t *testing.T, method, path, body, contentType string) {
		path = strings.ReplaceAll(path, "mch_1", id)
		for _, secret := range []string{key, w.secret} {
			r := httptest.NewRequest("POST", issuerURL+"/", strings.NewReader(body))
			r.Method = method
			r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
			r.Header.Set("Authorization", "Bearer "+secret)
			r.Header.Set("Content-Type", contentType)
			recorder := httptest.NewRecorder()
			w.ServeHTTP(recorder, r)
			if recorder.Code == 204 || recorder.Code == 503 && strings.Contains(recorder.Body.String(), "store_full") {
				continue
			}
			if recorder.Code >= 500 {
				t.Fatalf("%s %q %q: %d %s", method, path, body, recorder.Code, recorder.Body)
			}
			var answer struct {
				Object, Token string
			}
			if text := recorder.Body.Bytes(); json.Unmarshal(text, &answer) != nil {
				t.Fatalf("%s %q %q: not JSON: %s", method, path, body, text)
			}
			if strings.HasPrefix(answer.Token, "mt_") {
				verify := httptest.NewRequest("POST", issuerURL+"/m2m_tokens/verify", strings.NewReader(`{"token":"`+answer.Token+`"}`))
				verify.Header.Set("Authorization", "Bearer "+w.secret)
				verify.Header.Set("Content-Type", "application/json")
				recorder := httptest.NewRecorder()
				if w.ServeHTTP(recorder, verify); recorder.Code != 200 {
					t.Fatalf("a new token is not good: %d %s", recorder.Code, recorder.Body)
				}
			}
		}
	})
}

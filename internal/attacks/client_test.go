package attacks

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

const backendSecret = "sk_test_of_the_backend_api"

// apiAnswers are what a Backend API says of tokens, by what stands behind the prefix. An answer's status is 200 where it
// isn't given.
var apiAnswers = map[string]struct {
	status  int
	members map[string]any
	body    string
}{
	"good":        {},
	"good+/~-_==": {},
	"revoked":     {members: map[string]any{"revoked": true}},
	"expired":     {members: map[string]any{"expired": true}},
	"ofuser":      {members: map[string]any{"subject": "user_backend"}},
	"ofmachine":   {members: map[string]any{"subject": "mch_backend"}},
	"ofprefix":    {members: map[string]any{"subject": "mch_"}},
	"elsewhere":   {members: map[string]any{"aud": []string{"https://elsewhere.example"}}},
	"nowhere":     {members: map[string]any{"aud": nil}},
	"bk401":       {status: 401, body: `{"errors":[{"code":"authentication_invalid"}]}`},
	"bk403":       {status: 403, body: `{}`},
	"bk429":       {status: 429, body: `{}`},
	"bk500":       {status: 500, body: `upstream says: out of disk`},
	"bkempty":     {body: `{}`},
}

// api is a Backend API that answers by the token's value.
type api struct {
	*httptest.Server
	calls atomic.Int64
}

func newAPI(t testing.TB) *api {
	a := new(api)
	hang, release := hangs(t)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		var in map[string]string
		if err := json.Unmarshal(body, &in); err != nil || len(in) != 1 || r.URL.RawQuery != "" {
			t.Errorf("the backend was asked %s %s with %d members", r.Method, r.URL, len(in))
		}
		for _, raw := range in {
			if strings.Contains(r.URL.Path, raw) {
				t.Error("the token is in the URL")
			}
			if strings.HasSuffix(raw, "_bktimeout") {
				hang(w, r)
				return
			}
			a.answer(w, raw)
		}
	}))
	t.Cleanup(a.Close)
	t.Cleanup(release)
	return a
}

func (a *api) answer(w http.ResponseWriter, raw string) {
	prefix, name, _ := strings.Cut(raw, "_")
	what, known := apiAnswers[name]
	switch {
	case !known:
		w.WriteHeader(http.StatusNotFound)
		return
	case what.status != 0:
		w.WriteHeader(what.status)
	}
	if what.body != "" {
		_, _ = io.WriteString(w, what.body)
		return
	}
	subject := "user_backend"
	if prefix == "mt" {
		subject = "mch_backend"
	}
	resource := map[string]any{"id": prefix + "_backend_id", "subject": subject, "client_id": "cl_backend", "name": "name",
		"scopes": []string{"read:items"}, "aud": []string{audience}, "claims": nil, "revoked": false, "expired": false, "expiration": nil,
		"created_at": 1700000000000, "updated_at": 1700000000000}
	for member, value := range what.members {
		resource[member] = value
	}
	_, _ = w.Write(must(json.Marshal(resource)))
}

// TestOpaqueRowsThroughTheClient sends the rows with opaque tokens through the client of the Backend API, over HTTP.
func TestOpaqueRowsThroughTheClient(t *testing.T) {
	rows, sent := byID(t), 0
	for _, r := range requests(t) {
		opaque := r.Token.Kind == "raw" && (strings.HasPrefix(r.Token.Value, "mt_") || strings.HasPrefix(r.Token.Value, "oat_") || strings.HasPrefix(r.Token.Value, "ak_"))
		if !opaque || r.onlyFake() {
			continue
		}
		sent++
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel() // the backend that hangs, and the pauses of those that are asked again
			w := newWorld(t)
			w.mint.rows = rows
			w.secrets.values[backendSecret] = true
			a := newAPI(t)
			client := must(tokens.NewClient(tokens.ClientConfig{SecretKey: tokens.NewSecret(backendSecret), BaseURL: a.URL, Timeout: 2 * time.Second, Now: w.now, Logger: w.logger()}))
			service := w.service(setup{cached: true, tokens: func(cfg *tokens.Config) { cfg.Opaque = client }})
			in := r.request(w.token(r.Token))
			for range 2 {
				before := a.calls.Load()
				got := service.send(in)
				for _, problem := range got.problems(r.Expect, in.method) {
					t.Errorf("%s (%s): %s", r.ID, r.Title, problem)
				}
				w.backend.calls.Store(a.calls.Load() - before)
				r.assert(t, r.ID, got, w)
				if strings.Contains(got.Body, "out of disk") {
					t.Error("the backend's body is shown")
				}
			}
		})
	}
	t.Logf("%d rows through the client", sent)
}

// onlyFake reports whether a row is about what no backend can say, but a fake that stands in the client's place can. Of
// these, a resource without a subject is an answer that is not complete, which the client makes a 503 of (B2).
func (r *row) onlyFake() bool {
	switch r.Token.Value {
	case "mt_bknil", "mt_bkpanic", "mt_becomesoauth", "oat_becomessession", "mt_ofnobody":
		return true
	}
	return false
}

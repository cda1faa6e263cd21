package issuer_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
	"example.com/machineauth/tokens/issuer"
)

// world is an issuer under test, its clock, and its secret key.
type world struct {
	*issuer.Issuer
	t      testing.TB
	store  issuer.Store
	secret string
	log    bytes.Buffer

	mu  sync.Mutex
	now time.Time
}

const issuerURL = "https://auth.example.com"

func newWorld(t testing.TB, change ...func(*issuer.Config)) *world {
	t.Helper()
	w := &world{t: t, secret: issuer.NewSecretKey().Reveal(), now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.store = issuer.NewMemory(0, w.clock)
	cfg := issuer.Config{
		Issuer: issuerURL, SecretKeys: []tokens.Secret{tokens.NewSecret(w.secret)}, Store: w.store, Now: w.clock,
		Keys: []issuer.SigningKey{{Key: newKey(t, "ins_1")}}, Logger: slog.New(slog.NewTextHandler(&w.log, nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	w.store = cfg.Store
	var err error
	if w.Issuer, err = issuer.New(cfg); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// rsaKey is made once: it takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func newKey(t testing.TB, id string) *jwk.PrivateKey {
	t.Helper()
	key, err := jwk.NewPrivateKey(id, "RS256", rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// answer is a response: its status, its header, and its body as JSON.
type answer struct {
	status int
	header http.Header
	text   string
	object
}

type object map[string]any

func (o object) str(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) num(name string) int64 {
	n, _ := o[name].(json.Number)
	i, _ := n.Int64()
	return i
}

// do sends a request with a body: a string as it is, anything else as JSON.
func (w *world) do(method, path, secret string, body any, header ...string) answer {
	w.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, issuerURL+path, reader)
	r.Header.Set("Content-Type", "application/json")
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	return w.send(r)
}

func (w *world) send(r *http.Request) answer {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	a := answer{status: recorder.Code, header: recorder.Header(), text: recorder.Body.String()}
	if a.text != "" {
		d := json.NewDecoder(strings.NewReader(a.text))
		d.UseNumber()
		if err := d.Decode(&a.object); err != nil {
			w.t.Fatalf("%s %s: the body is not JSON: %v", r.Method, r.URL.Path, err)
		}
	}
	return a
}

// must is do for calls that have to succeed.
func (w *world) must(method, path, secret string, body any) answer {
	w.t.Helper()
	a := w.do(method, path, secret, body)
	if a.status != http.StatusOK && a.status != http.StatusNoContent {
		w.t.Fatalf("%s %s: %d %s", method, path, a.status, a.text)
	}
	return a
}

// errorCode returns the code of a refusal in the API's shape.
func (a answer) errorCode() string {
	list, _ := a.object["errors"].([]any)
	if len(list) != 1 || a.str("clerk_trace_id") == "" {
		return "not an API error"
	}
	e, _ := list[0].(map[string]any)
	if e["message"] == "" || e["long_message"] == "" {
		return "an API error without a message"
	}
	code, _ := e["code"].(string)
	return code
}

// machine makes a machine that may call others, and returns its ID and its secret key.
func (w *world) machine(name string, scopes ...string) (id, secret string) {
	w.t.Helper()
	a := w.must("POST", "/v1/machines", w.secret, map[string]any{"name": name, "scoped_machines": scopes})
	return a.str("id"), a.str("secret_key")
}

// application makes an OAuth application.
func (w *world) application(params object) (id, clientID, secret string) {
	w.t.Helper()
	a := w.must("POST", "/v1/oauth_applications", w.secret, params)
	return a.str("id"), a.str("client_id"), a.str("client_secret")
}

func mustJSON(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decodeSegment(t testing.TB, segment string) []byte {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

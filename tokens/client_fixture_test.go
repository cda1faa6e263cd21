package tokens_test

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

const (
	secretKey     = "sk_test_of_this_service"
	machineSecret = "ak_of_this_machine"
)

// fakeBackend answers every request with its handler, and remembers them.
type fakeBackend struct {
	*httptest.Server
	handler atomic.Value // of http.HandlerFunc

	mu    sync.Mutex
	calls []backendCall
}

// backendCall is what a backend was asked.
type backendCall struct {
	Method, Path, Query, Body string
	Header                    http.Header `json:"-"`
}

// newFakeBackend returns a backend that is gone when the test ends, and sees that by then no goroutine is left behind.
func newFakeBackend(t testing.TB, handler http.HandlerFunc) *fakeBackend {
	t.Helper()
	leavesNoGoroutine(t)
	b := &fakeBackend{}
	b.handler.Store(handler)
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.calls = append(b.calls, backendCall{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header})
		b.mu.Unlock()
		b.handler.Load().(http.HandlerFunc)(w, r)
	}))
	t.Cleanup(b.Close)
	return b
}

// answer changes what the backend says from now on.
func (b *fakeBackend) answer(handler http.HandlerFunc) { b.handler.Store(handler) }

func (b *fakeBackend) asked() []backendCall {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.calls)
}

// client returns a Client of the backend that lives at now; change alters its configuration.
func (b *fakeBackend) client(t testing.TB, change ...func(*tokens.ClientConfig)) *tokens.Client {
	t.Helper()
	return newClient(t, append([]func(*tokens.ClientConfig){func(cfg *tokens.ClientConfig) {
		cfg.BaseURL, cfg.HTTPClient = b.URL, b.Client()
	}}, change...)...)
}

func newClient(t testing.TB, change ...func(*tokens.ClientConfig)) *tokens.Client {
	t.Helper()
	cfg := tokens.ClientConfig{
		SecretKey:        tokens.NewSecret(secretKey),
		MachineSecretKey: tokens.NewSecret(machineSecret),
		Now:              clock,
		Logger:           slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := tokens.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// says is a handler that answers with a status and a body.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// resources are what the backend says of a good token of each type.
var resources = map[tokens.Type]members{
	tokens.TypeM2M: {
		"object": `"machine_to_machine_token"`, "id": `"mt_1"`, "subject": `"mch_caller"`, "scopes": `["mch_us"]`,
		"claims": `{"tenant":"é","n":12345678901234567890,"list":[null,{}]}`, "revoked": `false`, "revocation_reason": `null`,
		"expired": `false`, "expiration": millis(now.Add(time.Hour)), "created_at": millis(now), "updated_at": millis(now),
	},
	tokens.TypeOAuth: {
		"object": `"clerk_idp_oauth_access_token"`, "id": `"oat_1"`, "client_id": `"client_1"`, "type": `"oauth_token"`,
		"subject": `"user_1"`, "scopes": `["openid","profile"]`, "revoked": `false`, "revocation_reason": `null`,
		"expired": `false`, "expiration": millis(now.Add(time.Hour)), "created_at": millis(now), "updated_at": millis(now),
		"aud": `["https://api.example.com"]`, "act": `{"sub":"agent_1"}`,
	},
	tokens.TypeAPIKey: {
		"object": `"api_key"`, "type": `"api_key"`, "id": `"ak_1"`, "name": `"nightly job"`, "subject": `"org_1"`,
		"scopes": `["reports:read"]`, "claims": `null`, "revoked": `false`, "revocation_reason": `null`, "expired": `false`,
		"expiration": `null`, "created_by": `"user_1"`, "description": `null`, "last_used_at": `null`,
		"created_at": millis(now), "updated_at": millis(now),
	},
}

// opaqueTypes are the types that have opaque tokens, and opaqueTokens one of each.
var (
	opaqueTypes  = slices.Sorted(maps.Keys(resources))
	opaqueTokens = map[tokens.Type]string{tokens.TypeM2M: "mt_abc", tokens.TypeOAuth: "oat_abc", tokens.TypeAPIKey: "ak_abc"}
)

func millis(t time.Time) string { return fmt.Sprint(t.UnixMilli()) }

// saysOf is a handler that knows one good token of a type; pairs alter what it says of it.
func saysOf(t tokens.Type, pairs ...string) http.HandlerFunc {
	return says(http.StatusOK, resources[t].with(pairs...).String())
}

// leavesNoGoroutine sees, when the test has ended and cleaned up, that as many goroutines run as now.
func leavesNoGoroutine(t testing.TB) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				stacks := make([]byte, 1<<20)
				t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			}
		}
	})
}

// noSecrets sees that a text holds neither a secret nor a token.
func noSecrets(t testing.TB, text string) {
	t.Helper()
	for _, secret := range []string{secretKey, machineSecret, "mt_abc", "oat_abc", "ak_abc"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q gives away %q", text, secret)
		}
	}
}

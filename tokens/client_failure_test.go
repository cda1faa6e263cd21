package tokens_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/machineauth/tokens"
)

// backendFailures are the ways in which a backend can let this service down, what that means, and how often it is asked when
// asking again does no harm.
var backendFailures = []struct {
	name    string
	handler http.HandlerFunc
	want    tokens.Code
	asked   int
}{
	{"slow", slow, tokens.ErrBackendUnavailable, 1},
	{"slow after the header", slowBody, tokens.ErrBackendUnavailable, 1},
	{"401", says(401, `{"errors":[]}`), tokens.ErrSecretKey, 1},
	{"403", says(403, `{"errors":[]}`), tokens.ErrSecretKey, 1},
	{"400", says(400, `{"errors":[]}`), tokens.ErrBackendUnavailable, 1},
	{"429", says(429, `{"errors":[]}`), tokens.ErrBackendUnavailable, 3},
	{"500", says(500, `{"errors":[]}`), tokens.ErrBackendUnavailable, 3},
	{"502 with a good body", says(502, resources[tokens.TypeM2M].String()), tokens.ErrBackendUnavailable, 3},
	{"204", says(204, ``), tokens.ErrBackendUnavailable, 1},
	{"206 with a good body", says(206, resources[tokens.TypeM2M].String()), tokens.ErrBackendUnavailable, 1},
	{"empty body", says(200, ``), tokens.ErrBackendUnavailable, 1},
	{"empty object", says(200, `{}`), tokens.ErrBackendUnavailable, 1},
	{"null", says(200, `null`), tokens.ErrBackendUnavailable, 1},
	{"array", says(200, `[]`), tokens.ErrBackendUnavailable, 1},
	{"HTML", says(200, `<html>`), tokens.ErrBackendUnavailable, 1},
	{"trailing data", says(200, resources[tokens.TypeM2M].String()+`{}`), tokens.ErrBackendUnavailable, 1},
	{"duplicate member", says(200, `{"revoked":true,`+resources[tokens.TypeM2M].String()[1:]), tokens.ErrBackendUnavailable, 1},
	{"invalid UTF-8", says(200, resources[tokens.TypeM2M].with("name", "\"\xff\"").String()), tokens.ErrBackendUnavailable, 1},
	{"deep", says(200, strings.Repeat(`{"a":`, 100_000)), tokens.ErrBackendUnavailable, 1},
	{"a gigabyte", gigabyte, tokens.ErrBackendUnavailable, 1},
	{"a gigabyte, with a good beginning", gigabyteAfter(resources[tokens.TypeM2M].String()), tokens.ErrBackendUnavailable, 1},
	{"cut off", cutOff, tokens.ErrBackendUnavailable, 3},
	{"not HTTP", notHTTP, tokens.ErrBackendUnavailable, 3},
	{"closes the connection", hangUp, tokens.ErrBackendUnavailable, 3},
}

func slow(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func slowBody(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "{")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func gigabyte(w http.ResponseWriter, r *http.Request) { gigabyteAfter("")(w, r) }

func gigabyteAfter(beginning string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, beginning)
		spaces := bytes.Repeat([]byte(" "), 1<<20)
		for range 1 << 10 {
			if _, err := w.Write(spaces); err != nil {
				return
			}
		}
	}
}

func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, resources[tokens.TypeM2M].String()[:100])
}

func notHTTP(w http.ResponseWriter, _ *http.Request) {
	connection, _, _ := http.NewResponseController(w).Hijack()
	_, _ = io.WriteString(connection, "mt_abc is your token\r\n\r\n")
	_ = connection.Close()
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	connection, _, _ := http.NewResponseController(w).Hijack()
	_ = connection.Close()
}

func TestB2_Failures(t *testing.T) {
	for _, tt := range backendFailures {
		t.Run(tt.name, func(t *testing.T) {
			b := newFakeBackend(t, tt.handler)
			c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.Timeout = timeoutFor(tt.name) })
			token, err := c.VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
			expect(t, token, err, tt.want)
			if !tt.want.Temporary() {
				t.Errorf("%s would be answered with 401", tt.want)
			}
			if got := len(b.asked()); got != tt.asked {
				t.Errorf("the backend was asked %d times, want %d", got, tt.asked)
			}
			noSecrets(t, fmt.Sprint(err))
		})
	}
}

// timeoutFor keeps tests of what never ends short, and gives all others more time than they need on a busy machine.
func timeoutFor(name string) time.Duration {
	if strings.HasPrefix(name, "slow") {
		return 200 * time.Millisecond
	}
	return time.Minute
}

func TestB2_UnknownTokenIsInvalid(t *testing.T) {
	b := newFakeBackend(t, says(404, `{"errors":[]}`))
	for _, kind := range opaqueTypes {
		token, err := b.client(t).VerifyOpaque(t.Context(), opaqueTokens[kind], kind)
		expect(t, token, err, tokens.ErrInvalid)
	}
}

func TestB2_BackendDown(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	c := b.client(t)
	b.Close()
	token, err := c.VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
	expect(t, token, err, tokens.ErrBackendUnavailable)
	if _, ok := errors.AsType[*net.OpError](err); !ok {
		t.Errorf("%v doesn't say why", err)
	}
}

func TestB2_RedirectsAreRefused(t *testing.T) {
	elsewhere := newFakeBackend(t, saysOf(tokens.TypeM2M))
	for _, status := range []int{301, 302, 303, 307, 308} {
		b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, status)
		})
		token, err := b.client(t).VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
		expect(t, token, err, tokens.ErrBackendUnavailable)
	}
	if n := len(elsewhere.asked()); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}

// The user's own HTTP client may follow redirects and keep cookies for others; it is left as it was.
func TestClient_LeavesTheHTTPClientAlone(t *testing.T) {
	own := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("mine") }}
	newClient(t, func(cfg *tokens.ClientConfig) { cfg.HTTPClient = own })
	if err := own.CheckRedirect(nil, nil); err == nil || err.Error() != "mine" {
		t.Errorf("CheckRedirect now returns %v", err)
	}
}

func TestB2_RefusedSecretIsLoud(t *testing.T) {
	var log bytes.Buffer
	at := now
	b := newFakeBackend(t, says(401, `{"errors":[{"message":"upstream says mt_abc"}]}`))
	c := b.client(t, func(cfg *tokens.ClientConfig) {
		cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		cfg.Now = func() time.Time { return at }
	})
	for range 3 {
		_, _ = c.VerifyM2M(t.Context(), "mt_abc")
	}
	if got := strings.Count(log.String(), "level=ERROR"); got != 1 {
		t.Errorf("%d lines in a minute, want 1:\n%s", got, &log)
	}
	at = at.Add(time.Minute)
	_, _ = c.VerifyM2M(t.Context(), "mt_abc")
	if got := strings.Count(log.String(), "level=ERROR"); got != 2 {
		t.Errorf("%d lines in two minutes, want 2:\n%s", got, &log)
	}
	noSecrets(t, log.String())
	if strings.Contains(log.String(), "upstream") {
		t.Errorf("the backend's words are in the log: %s", &log)
	}
}

func TestClient_TriesAgain(t *testing.T) {
	for _, status := range []int{429, 500, 502, 503, 504} {
		var n atomic.Int32
		b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) < 3 {
				says(status, `{}`)(w, r)
				return
			}
			saysOf(tokens.TypeM2M)(w, r)
		})
		token, err := b.client(t).VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
		expect(t, token, err, "")
	}
}

// Whatever the answer was, the next request takes the same connection: an overloaded backend isn't given handshakes to do.
func TestClient_KeepsItsConnection(t *testing.T) {
	b := newFakeBackend(t, nil)
	connections := make(map[string]bool)
	for _, status := range []int{500, 404, 401, 200} {
		b.answer(func(w http.ResponseWriter, r *http.Request) {
			connections[r.RemoteAddr] = true
			says(status, `{"errors":[]}`)(w, r)
		})
		_, _ = b.client(t).VerifyM2M(t.Context(), "mt_abc")
	}
	if len(connections) != 1 {
		t.Errorf("%d connections, want 1", len(connections))
	}
}

func TestClient_HonoursRetryAfter(t *testing.T) {
	var first, second time.Time
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		if first.IsZero() {
			first = time.Now()
			w.Header().Set("Retry-After", "1")
			says(429, `{}`)(w, r)
			return
		}
		second = time.Now()
		saysOf(tokens.TypeM2M)(w, r)
	})
	token, err := b.client(t).VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
	expect(t, token, err, "")
	if pause := second.Sub(first); pause < time.Second {
		t.Errorf("asked again after %v, want at least 1 s", pause)
	}
}

func TestClient_DoesNotWaitBeyondTheDeadline(t *testing.T) {
	for _, value := range []string{"3600", now.Add(time.Hour).UTC().Format(http.TimeFormat)} {
		b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", value)
			says(503, `{}`)(w, r)
		})
		start := time.Now()
		token, err := b.client(t, func(cfg *tokens.ClientConfig) { cfg.Timeout = time.Minute }).VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
		expect(t, token, err, tokens.ErrBackendUnavailable)
		if took := time.Since(start); took > 30*time.Second || len(b.asked()) != 1 {
			t.Errorf("gave up after %v and %d requests, want at once", took, len(b.asked()))
		}
	}
}

func TestClient_CallersDeadline(t *testing.T) {
	b := newFakeBackend(t, slow)
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.Timeout = 500 * time.Millisecond })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	token, err := c.VerifyOpaque(ctx, "mt_abc", tokens.TypeM2M)
	expect(t, token, err, tokens.ErrBackendUnavailable)
	if took := time.Since(start); took > 400*time.Millisecond {
		t.Errorf("the caller waited %v", took)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v doesn't say that the deadline has passed", err)
	}
}

func TestClient_BoundsConcurrency(t *testing.T) {
	var underWay, most atomic.Int32
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		n := underWay.Add(1)
		defer underWay.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(time.Millisecond)
		saysOf(tokens.TypeM2M)(w, r)
	})
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.MaxConcurrent, cfg.Timeout = 3, time.Minute })
	errs := make(chan error)
	for i := range 100 {
		go func() {
			_, err := c.VerifyM2M(t.Context(), fmt.Sprint("mt_", i))
			errs <- err
		}()
	}
	for range 100 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := most.Load(); got > 3 {
		t.Errorf("%d requests at a time, want at most 3", got)
	}
}

func TestClient_WaitingForATurnEndsAtTheDeadline(t *testing.T) {
	b := newFakeBackend(t, slow)
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.MaxConcurrent, cfg.Timeout = 1, 200*time.Millisecond })
	errs := make(chan error)
	for _, raw := range []string{"mt_a", "mt_b", "mt_c"} {
		go func() {
			_, err := c.VerifyM2M(t.Context(), raw)
			errs <- err
		}()
	}
	for range 3 {
		if err := <-errs; code(err) != tokens.ErrBackendUnavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	}
}

func TestClient_TimeoutOfTheHTTPClient(t *testing.T) {
	b := newFakeBackend(t, slow)
	impatient := *b.Client()
	impatient.Timeout = 20 * time.Millisecond
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.HTTPClient, cfg.Timeout = &impatient, time.Minute })
	token, err := c.VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
	expect(t, token, err, tokens.ErrBackendUnavailable)
	if !strings.Contains(fmt.Sprint(err), "own timeout") {
		t.Errorf("%v doesn't say why", err)
	}
}

// roundTripper is a user's own transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestClient_PanickingTransport(t *testing.T) {
	b := newFakeBackend(t, saysOf(tokens.TypeM2M))
	panics := true
	c := b.client(t, func(cfg *tokens.ClientConfig) {
		cfg.MaxConcurrent = 1
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if panics {
				panic("a user's mistake")
			}
			return b.Client().Transport.RoundTrip(r)
		})}
	})
	for range 2 {
		token, err := c.VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
		expect(t, token, err, tokens.ErrBackendUnavailable)
	}
	panics = false
	token, err := c.VerifyOpaque(t.Context(), "mt_abc", tokens.TypeM2M)
	expect(t, token, err, "")
}

// An answer that would be good but for its size is refused while it arrives: the backend gets no further than a few buffers.
func TestClient_StopsReading(t *testing.T) {
	written := make(chan int, 1)
	b := newFakeBackend(t, func(w http.ResponseWriter, _ *http.Request) {
		block, n := make([]byte, 64<<10), 0
		for n < 1<<30 {
			m, err := w.Write(block)
			if n += m; err != nil {
				break
			}
		}
		written <- n
	})
	_, err := b.client(t).VerifyM2M(t.Context(), "mt_abc")
	if code(err) != tokens.ErrBackendUnavailable {
		t.Error(err)
	}
	if n := <-written; n > 64<<20 {
		t.Errorf("the backend could send %d bytes", n)
	}
}

func TestNewClient_Mistakes(t *testing.T) {
	tests := map[string]struct {
		change func(*tokens.ClientConfig)
		want   string
	}{
		"no secret":    {func(cfg *tokens.ClientConfig) { cfg.SecretKey, cfg.MachineSecretKey = tokens.Secret{}, tokens.Secret{} }, "SecretKey or"},
		"line end":     {func(cfg *tokens.ClientConfig) { cfg.SecretKey = tokens.NewSecret(secretKey + "\n") }, "line end"},
		"not a URL":    {func(cfg *tokens.ClientConfig) { cfg.BaseURL = "api.clerk.com" }, "BaseURL must be an absolute URL"},
		"plain HTTP":   {func(cfg *tokens.ClientConfig) { cfg.BaseURL = "http://api.example.com" }, "must be https"},
		"odd loopback": {func(cfg *tokens.ClientConfig) { cfg.BaseURL = "http://localhost.example.com" }, "must be https"},
		"user":         {func(cfg *tokens.ClientConfig) { cfg.BaseURL = "https://a:b@api.example.com" }, "no user"},
		"query":        {func(cfg *tokens.ClientConfig) { cfg.BaseURL = "https://api.example.com?a=b" }, "query"},
		"timeout":      {func(cfg *tokens.ClientConfig) { cfg.Timeout = -1 }, "Timeout"},
		"long timeout": {func(cfg *tokens.ClientConfig) { cfg.Timeout = time.Hour }, "Timeout"},
		"concurrency":  {func(cfg *tokens.ClientConfig) { cfg.MaxConcurrent = -1 }, "MaxConcurrent"},
		"long cache":   {func(cfg *tokens.ClientConfig) { cfg.OpaqueTTL = 2 * time.Hour }, "OpaqueTTL"},
		"negative":     {func(cfg *tokens.ClientConfig) { cfg.OpaqueTTL, cfg.NegativeTTL = 1, 2 }, "NegativeTTL"},
		"size":         {func(cfg *tokens.ClientConfig) { cfg.CacheSize = -1 }, "CacheSize"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := tokens.ClientConfig{SecretKey: tokens.NewSecret(secretKey)}
			tt.change(&cfg)
			c, err := tokens.NewClient(cfg)
			if c != nil || code(err) != tokens.ErrConfig || !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("NewClient = %v, %v; want an error about %q", c, err, tt.want)
			}
			noSecrets(t, fmt.Sprint(err))
		})
	}
	for _, good := range []string{"", "https://api.example.com/", "http://localhost:1", "http://127.0.0.1:1/v1", "http://[::1]:1"} {
		if _, err := tokens.NewClient(tokens.ClientConfig{SecretKey: tokens.NewSecret(secretKey), BaseURL: good}); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestClient_Redacts(t *testing.T) {
	c := newClient(t)
	cfg := tokens.ClientConfig{SecretKey: tokens.NewSecret(secretKey), MachineSecretKey: tokens.NewSecret(machineSecret)}
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		noSecrets(t, fmt.Sprintf(verb, c))
		noSecrets(t, fmt.Sprintf(verb, *c))
		noSecrets(t, fmt.Sprintf(verb, cfg))
	}
}

// A 101 turns the connection into something that no deadline ends.
func TestClient_SwitchingProtocols(t *testing.T) {
	released := make(chan struct{})
	b := newFakeBackend(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		<-released
	})
	defer close(released)
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.MaxConcurrent, cfg.Timeout = 1, time.Second })
	for i := range 5 { // more than there are slots
		if _, err := c.VerifyM2M(t.Context(), fmt.Sprint("mt_", i)); code(err) != tokens.ErrBackendUnavailable || strings.Contains(err.Error(), "deadline") {
			t.Errorf("error %v, want ErrBackendUnavailable before the deadline", err)
		}
	}
}

// Callers who go away take what they asked for with them.
func TestClient_AbandonedVerificationsEnd(t *testing.T) {
	var asked atomic.Int32
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		saysOf(tokens.TypeM2M)(w, r)
	})
	c := b.client(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 1000 {
		if _, err := c.VerifyM2M(gone, fmt.Sprint("mt_gone", i)); code(err) != tokens.ErrBackendUnavailable {
			t.Fatalf("error %v, want ErrBackendUnavailable", err)
		}
	}
	if got := asked.Load(); got != 0 {
		t.Errorf("the backend was asked %d times for nobody", got)
	}

	release := make(chan struct{})
	slowly := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		saysOf(tokens.TypeM2M)(w, r)
	})
	c = slowly.client(t, func(cfg *tokens.ClientConfig) { cfg.MaxConcurrent, cfg.Timeout = 1, time.Minute })
	leaving, leave := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { _, err := c.VerifyM2M(leaving, "mt_a"); done <- err }()
	time.Sleep(20 * time.Millisecond)
	leave()
	if err := <-done; code(err) != tokens.ErrBackendUnavailable {
		t.Errorf("error %v, want ErrBackendUnavailable", err)
	}
	close(release)
	if _, err := c.VerifyM2M(t.Context(), "mt_b"); err != nil { // the only slot is free again
		t.Errorf("after somebody has left: %v", err)
	}
}

func TestClient_RetryAfterWithoutEnd(t *testing.T) {
	for _, value := range []string{"Fri, 31 Dec 9999 23:59:59 GMT", "99999999999", "99999999999999999999999", "3600"} {
		var asked atomic.Int32
		b := newFakeBackend(t, func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Retry-After", value)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		_, err := b.client(t).VerifyM2M(t.Context(), "mt_x")
		if got := asked.Load(); code(err) != tokens.ErrBackendUnavailable || got != 1 {
			t.Errorf("Retry-After %s: asked %d times, error %v, want once", value, got, err)
		}
	}
}

// However many tokens come at once, no more than 1,024 wait for their turn; the others are told at once.
func TestClient_BoundsTheQueue(t *testing.T) {
	const queue, more = 1024, 50
	release := make(chan struct{})
	b := newFakeBackend(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		saysOf(tokens.TypeM2M)(w, r)
	})
	c := b.client(t, func(cfg *tokens.ClientConfig) { cfg.MaxConcurrent, cfg.Timeout = 1, time.Minute })
	ctx, leave := context.WithCancel(t.Context())
	errs := make(chan error, queue+more)
	for i := range queue + more {
		go func() {
			_, err := c.VerifyM2M(ctx, fmt.Sprint("mt_", i))
			errs <- err
		}()
	}
	for range more {
		if err := <-errs; code(err) != tokens.ErrBackendUnavailable {
			t.Errorf("error %v, want ErrBackendUnavailable", err)
		}
	}
	select {
	case err := <-errs:
		t.Errorf("one more was turned away: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	leave()
	for range queue {
		<-errs
	}
	close(release)
	if _, err := c.VerifyM2M(t.Context(), "mt_next"); err != nil {
		t.Errorf("with the queue empty: %v", err)
	}
}

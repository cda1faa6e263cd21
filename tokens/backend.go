package tokens

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// backend is a server that is asked about tokens over a network that fails. It gives up at the deadline, reads at most
// maxAnswerBytes, follows no redirect, and has at most cap(slots) requests under way.
type backend struct {
	client  http.Client
	timeout time.Duration
	slots   chan struct{}
	now     func() time.Time
	logger  *slog.Logger

	refusalLogged atomic.Int64 // when the refusal of our secret was last logged, Unix time
}

const (
	maxAnswerBytes     = 1 << 20
	refusalLogInterval = 60 // seconds
)

// newBackend returns a backend for a completed cfg.
func newBackend(cfg backendConfig) *backend {
	b := &backend{
		client:  *cfg.httpClient,
		timeout: cfg.timeout,
		slots:   make(chan struct{}, cfg.maxConcurrent),
		now:     cfg.now,
		logger:  cfg.logger,
	}
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	b.client.Jar = nil
	return b
}

// question is one request to a backend.
type question struct {
	method, url string
	header      http.Header
	body        []byte
	repeatable  bool // asking twice does no harm
}

// answer is what came back, or what is known of why nothing did.
type answer struct {
	status     int
	body       []byte
	retryAfter string
	sent       bool // a connection was made, so that the backend may have acted
	passing    bool // the failure may be gone in a moment
}

// once asks a question once. Its errors are ErrBackendUnavailable.
func (b *backend) once(ctx context.Context, q question) (a answer, err error) {
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return answer{}, unavailable(ctx.Err())
	}
	var sent atomic.Bool // the transport may still dial when Do has returned
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), q.method, q.url, bytes.NewReader(q.body))
	if err != nil {
		return answer{}, unavailable(errors.New("its URL makes no request"))
	}
	r.Header = q.header.Clone()
	response, err := b.client.Do(r)
	if err != nil {
		return answer{sent: sent.Load(), passing: true}, unavailable(transportFailure(ctx, err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < 200 { // 101: what follows is no body, and no deadline ends it
		return answer{sent: true}, unavailable(errors.New("it wants to speak another protocol"))
	}
	defer context.AfterFunc(ctx, func() { _ = response.Body.Close() })()
	a = answer{status: response.StatusCode, retryAfter: response.Header.Get("Retry-After"), sent: true}
	a.body, err = io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1)) // of any status, or the connection is lost
	switch {
	case err != nil:
		a.passing = true
		return a, unavailable(transportFailure(ctx, err))
	case len(a.body) > maxAnswerBytes:
		return a, unavailable(errors.New("its answer is larger than 1 MiB"))
	case a.status == http.StatusTooManyRequests || a.status >= 500:
		a.passing = true
		return a, unavailable(fmt.Errorf("it answers %d", a.status))
	case a.status >= 300 && a.status < 400:
		return a, unavailable(fmt.Errorf("it answers with a redirect, %d, and secrets follow none: is its URL right?", a.status))
	}
	return a, nil
}

// transportFailure keeps of an error what helps to find the cause, and drops texts that may quote what the backend sent.
func transportFailure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return errors.New("the HTTP client's own timeout has passed")
	}
	return errors.New("the connection failed, or what came back is not HTTP")
}

// refused is the error for a backend that doesn't take this service's own secret (B2). Nothing works until somebody repairs
// the configuration, so it is logged, at most once a minute.
func (b *backend) refused(url string, status int) error {
	now, last := b.now().Unix(), b.refusalLogged.Load()
	if (last == 0 || now-last >= refusalLogInterval) && b.refusalLogged.CompareAndSwap(last, now) {
		b.logger.Error("the backend refuses this service's own secret: opaque tokens cannot be verified until it is replaced",
			"url", url, "status", status)
	}
	return &Error{Code: ErrSecretKey, Err: fmt.Errorf("the backend answers %d to this service's own secret: replace it", status)}
}

func unavailable(err error) error {
	return &Error{Code: ErrBackendUnavailable, Err: fmt.Errorf("the backend cannot be asked: %w", err)}
}

// incomplete is the error for an answer that doesn't say what it has to.
func incomplete(detail string) error {
	return fail(ErrBackendUnavailable, "", "the backend's answer is not the one expected: "+detail)
}

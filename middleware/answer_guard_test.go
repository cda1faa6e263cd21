package middleware_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/machineauth/middleware"
)

// A refusal is logged once; that an ErrorHandler panicked is logged beside it, and only then.
func TestAnswer_LogsOnce(t *testing.T) {
	for name, test := range map[string]struct {
		handler middleware.ErrorHandler
		panics  int
	}{
		"none":   {nil, 0},
		"writes": {func(w http.ResponseWriter, _ *http.Request, _ middleware.Refusal) { w.WriteHeader(401) }, 0},
		"panics": {func(http.ResponseWriter, *http.Request, middleware.Refusal) { panic("oops") }, 1},
	} {
		log, lines := logger()
		m := newFixture(t).middleware(t, middleware.Config{OnError: test.handler, Logger: log})
		serve(m.Require()(&caller{}), request())
		got := lines.String()
		if strings.Count(got, "no-credential") != 1 || strings.Count(got, "recovered a panic") != test.panics || strings.Count(got, "request refused") != 1+test.panics {
			t.Errorf("%s: logged %s", name, got)
		}
	}
}

// countingWriter counts the calls of WriteHeader, and fails to write.
type countingWriter struct {
	http.ResponseWriter
	statuses []int
}

func (c *countingWriter) WriteHeader(status int) {
	c.statuses = append(c.statuses, status)
	c.ResponseWriter.WriteHeader(status)
}

var errGone = errors.New("the client is gone")

func (c *countingWriter) Write([]byte) (int, error) { return 0, errGone }

// The status is written once, an ErrorHandler hears that its client is gone, and a late 1xx makes nothing unwritten.
func TestAnswer_WritesTheStatusOnce(t *testing.T) {
	var err error
	m := newFixture(t).middleware(t, middleware.Config{OnError: func(w http.ResponseWriter, _ *http.Request, _ middleware.Refusal) {
		w.WriteHeader(http.StatusTeapot)
		_, err = w.Write([]byte("a"))
	}})
	w := &countingWriter{ResponseWriter: httptest.NewRecorder()}
	m.Require()(&caller{}).ServeHTTP(w, request())
	if len(w.statuses) != 1 || w.statuses[0] != http.StatusTeapot || err != errGone {
		t.Errorf("statuses %d, error %v", w.statuses, err)
	}

	m = newFixture(t).middleware(t, middleware.Config{OnError: func(w http.ResponseWriter, _ *http.Request, _ middleware.Refusal) {
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusEarlyHints)
	}})
	if got := serve(m.Require()(&caller{}), request()); got.Code != http.StatusTeapot || got.Body.Len() != 0 {
		t.Errorf("got %d, %q", got.Code, got.Body)
	}
}

package attacks

import (
	"bytes"
	"context"
	"log"
	"log/slog"
	"slices"
	"sync"

	"example.com/machineauth/middleware"
)

// witness keeps what leaves a service: answers, log lines, decisions.
type witness struct {
	mu        sync.Mutex
	answers   []string
	lines     []string
	decisions []string
	errs      []error // of the decisions
}

// Write takes one line of a log.
func (s *witness) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, string(line))
	return len(line), nil
}

func (s *witness) serverLog() *log.Logger { return log.New(s, "server: ", 0) }

// observe writes a decision down as an audit log might.
func (s *witness) observe(_ context.Context, d middleware.Decision) {
	var text bytes.Buffer
	slog.New(slog.NewJSONHandler(&text, nil)).Info("decision", "decision", d, "auth", d.Auth)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decisions = append(s.decisions, usualFormats(d)+text.String())
	s.errs = append(s.errs, d.Err)
}

// lastError is why the last request was refused.
func (s *witness) lastError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errs[len(s.errs)-1]
}

// log returns the lines so far.
func (s *witness) log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

package resources

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// crowd is requests that are in a handler all at the same time: no answer ends before every answer has begun.
type crowd struct {
	begun atomic.Int64 // answers
}

// send sends requests to a handler and counts the answers by status. What is live is measured when all answers have begun: it is
// what so many requests hold.
func (c *crowd) send(t *testing.T, h http.Handler, requests []*http.Request) (answers map[int]int, spent cost) {
	t.Helper()
	writers := make([]standing, len(requests))
	var group, arrived sync.WaitGroup
	arrived.Add(len(requests))
	release := make(chan struct{})
	var most uint64
	before := live()
	spent = measure(func() {
		for n, r := range requests {
			writers[n] = standing{header: make(http.Header), begin: func() { c.begun.Add(1); arrived.Done(); <-release }}
			group.Go(func() { h.ServeHTTP(&writers[n], r) })
		}
		arrived.Wait()
		most = since(before)
		close(release)
		group.Wait()
	})
	spent.live = most
	answers = make(map[int]int)
	for _, w := range writers {
		answers[w.status]++
	}
	return answers, spent
}

// standing is a ResponseWriter whose handler stands still at its answer.
type standing struct {
	header http.Header
	status int
	begin  func()
}

func (s *standing) Header() http.Header { return s.header }

func (s *standing) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
		s.begin()
	}
}

func (s *standing) Write(b []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	return len(b), nil
}

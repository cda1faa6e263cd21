package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// entry is one thing that is timed: once does it one time and reports whether the outcome was the right one. newOnce returns
// a once for one goroutine.
type entry struct {
	name    string
	newOnce func() (once func() bool)
	verify  func() error // before and after the timing; nil where newOnce's outcome says it all
	na      string       // why it can't be measured; empty where it can
}

func (e entry) check() error {
	if e.verify == nil {
		return nil
	}
	return e.verify()
}

// cost is what one operation takes: the medians over all rounds.
type cost struct {
	ns     float64
	ratio  float64 // to the first entry, round by round
	best   float64 // the fastest round's ratio to the first entry's fastest
	allocs float64
	bytes  float64
	na     string
}

// sample is one entry in one round.
type sample struct{ ns, allocs, bytes float64 }

// calling makes a handler an entry's newOnce: the same request again and again, answered with the status that is wanted.
func calling(h http.Handler, token string, want int) func() func() bool {
	return func() func() bool {
		r, w := request(token), &discard{header: http.Header{}}
		return func() bool {
			clear(w.header)
			w.status = http.StatusOK
			h.ServeHTTP(w, r)
			return w.status == want
		}
	}
}

// discard is a ResponseWriter that costs nothing, and is used again and again.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

// slot is how long an entry runs in one round.
const slot = 20 * time.Millisecond

// compare times entries against each other, on so many cores, for as many rounds as fit into the time, but at least three.
// The first entry is what the ratios are to.
func compare(entries []entry, cores int, budget time.Duration) ([]cost, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	end := time.Now().Add(budget)
	samples := make([][]sample, len(entries))
	sizes := make([]int, len(entries))
	var order []int
	for i, e := range entries {
		if e.na != "" {
			continue
		}
		order = append(order, i)
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("%s, before the timing: %w", e.name, err)
		}
		s, ok := run(e, cores, 50) // warms up, too
		if !ok {
			return nil, fmt.Errorf("%s: wrong outcome", e.name)
		}
		sizes[i] = max(16, int(float64(min(slot, budget/4/time.Duration(len(entries))))/s.ns))
	}
	for round := 0; round < 3 || time.Now().Before(end); round++ {
		rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			runtime.GC() // nobody pays for what another left behind
			s, ok := run(entries[i], cores, sizes[i])
			if !ok {
				return nil, fmt.Errorf("%s: wrong outcome while it was timed", entries[i].name)
			}
			samples[i] = append(samples[i], s)
		}
	}
	for _, i := range order {
		if err := entries[i].check(); err != nil {
			return nil, fmt.Errorf("%s, after the timing: %w", entries[i].name, err)
		}
	}
	return summarize(entries, samples), nil
}

// run does an entry n times, shared out among as many goroutines as there are cores. The time is that of one operation on
// the clock, so that on two cores half of one core's is the ideal.
func run(e entry, cores, n int) (sample, bool) {
	const batch = 16
	var next atomic.Int64
	var wrong atomic.Bool
	var workers sync.WaitGroup
	start := make(chan struct{})
	for range cores {
		once := e.newOnce()
		workers.Go(func() {
			<-start
			for next.Add(batch) <= int64(n)+batch-1 {
				for range batch {
					if !once() {
						wrong.Store(true)
						return
					}
				}
			}
		})
	}
	n = (n + batch - 1) / batch * batch
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	close(start)
	workers.Wait()
	elapsed := time.Since(begin)
	runtime.ReadMemStats(&after)
	return sample{
		ns:     float64(elapsed) / float64(n),
		allocs: float64(after.Mallocs-before.Mallocs) / float64(n),
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(n),
	}, !wrong.Load()
}

func summarize(entries []entry, samples [][]sample) []cost {
	costs := make([]cost, len(entries))
	for i, e := range entries {
		costs[i].na = e.na
		if e.na != "" {
			continue
		}
		var ns, ratio, allocs, bytes []float64
		for round, s := range samples[i] {
			ns, allocs, bytes = append(ns, s.ns), append(allocs, s.allocs), append(bytes, s.bytes)
			ratio = append(ratio, s.ns/samples[0][round].ns)
		}
		costs[i] = cost{ns: median(ns), ratio: median(ratio), best: fastest(samples[i]) / fastest(samples[0]),
			allocs: median(allocs), bytes: median(bytes)}
	}
	return costs
}

func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

func fastest(samples []sample) float64 {
	return slices.MinFunc(samples, func(a, b sample) int { return cmp.Compare(a.ns, b.ns) }).ns
}

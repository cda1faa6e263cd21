package main

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"example.com/machineauth/jwk"
)

// wave is a number of requests that are all inside the handler at the same time.
type wave struct {
	ns     float64 // for one request, from the first's start to the last's arrival
	allocs float64 // for one request
	held   float64 // bytes that one request holds, heap and stack
}

// concurrency measures 1 to 20,000 requests at once.
func (g *growth) concurrency(budget time.Duration) error {
	workloads, err := newWorkloads(jwk.EdDSA)
	if err != nil {
		return err
	}
	w := workloads[0]
	sizes := []int{1, 10, 100, 1000, 10_000, 20_000}
	kinds := []string{noAuth.name, cold.name, warm.name}
	waves := make([][]wave, len(sizes)*len(kinds))
	end := time.Now().Add(budget)
	for round := 0; round < 1 || time.Now().Before(end); round++ {
		for i, n := range sizes {
			for k, kind := range kinds {
				c, err := newCrowd(w, kind)
				if err != nil {
					return err
				}
				at := i*len(kinds) + k
				waves[at] = append(waves[at], c.gather(n))
				if c.wrong.Load() {
					return errors.New("a good token was refused")
				}
			}
		}
	}
	t := &table{
		title: fmt.Sprintf("Concurrent requests (EdDSA, session, %d cores)", allCores),
		note: "All of a row's requests are inside the handler at once. Time: until the last is there, by their number, with the " +
			"goroutine that each has. Held: heap and stack of one, goroutine and request included.",
	}
	t.add("requests", "no auth", "held", "cold", "allocs", "held", "warm", "allocs", "held")
	for i, n := range sizes {
		none, first, again := typical(waves[i*3]), typical(waves[i*3+1]), typical(waves[i*3+2])
		held := func(w wave) string {
			if n < 100 {
				return "-" // too little to tell it from what else the program does
			}
			return fmt.Sprintf("%.1f KiB", w.held/1024)
		}
		t.add(n, micros(none.ns), held(none),
			micros(first.ns), fmt.Sprintf("%.0f", first.allocs), held(first),
			micros(again.ns), fmt.Sprintf("%.0f", again.allocs), held(again))
		if n == 1000 {
			g.heldFew = first.held
		}
		g.heldMany = first.held
	}
	g.tables = append(g.tables, t)
	return nil
}

// typical is the median of each number.
func typical(waves []wave) wave {
	pick := func(of func(wave) float64) float64 {
		values := make([]float64, len(waves))
		for i, w := range waves {
			values[i] = of(w)
		}
		return median(values)
	}
	return wave{
		ns:     pick(func(w wave) float64 { return w.ns }),
		allocs: pick(func(w wave) float64 { return w.allocs }),
		held:   pick(func(w wave) float64 { return w.held }),
	}
}

// crowd is a handler whose callers wait in it for each other.
type crowd struct {
	http.Handler
	token  string
	inside *sync.WaitGroup
	leave  chan struct{}
	wrong  atomic.Bool // somebody was refused
}

func newCrowd(w *workload, kind string) (*crowd, error) {
	c := &crowd{token: w.token, inside: new(sync.WaitGroup)}
	hold := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		c.inside.Done()
		<-c.leave
	})
	if kind == noAuth.name {
		c.Handler = hold
		return c, nil
	}
	keys, err := jwk.FromJWKS(w.jwks)
	if err != nil {
		return nil, err
	}
	cfg := ourConfig(keys)
	cfg.DisableCache = kind == cold.name
	m, err := ourMiddleware(cfg)
	if err != nil {
		return nil, err
	}
	c.Handler = m.Require()(hold)
	c.gather(1) // warms the cache
	return c, nil
}

// gather sends n requests at once, again and again where n is small, and looks at what they hold the last time.
func (c *crowd) gather(n int) wave {
	requests, writers := make([]*http.Request, n), make([]discard, n)
	for i := range requests {
		requests[i], writers[i].header = request(c.token), http.Header{}
	}
	var before, after, inside runtime.MemStats
	var spent time.Duration
	repeats := max(1, 500/n)
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range repeats {
		c.leave = make(chan struct{})
		c.inside.Add(n)
		var done sync.WaitGroup
		begin := time.Now()
		for j := range n {
			done.Go(func() {
				c.ServeHTTP(&writers[j], requests[j])
				if writers[j].status != 0 {
					c.wrong.Store(true)
					c.inside.Done()
				}
			})
		}
		c.inside.Wait()
		spent += time.Since(begin)
		if i == repeats-1 {
			runtime.ReadMemStats(&after)
			runtime.GC()
			runtime.ReadMemStats(&inside)
		}
		close(c.leave)
		done.Wait()
	}
	total := float64(n * repeats)
	inUse := func(m *runtime.MemStats) uint64 { return m.HeapAlloc + m.StackInuse }
	return wave{
		ns:     float64(spent) / total,
		allocs: float64(after.Mallocs-before.Mallocs) / total,
		held:   float64(grown(inUse(&before), inUse(&inside))) / float64(n),
	}
}

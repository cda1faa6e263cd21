package main

import (
	"fmt"
	"runtime"
	"time"
)

// growth is what happens to cost as work grows.
type growth struct {
	tables []*table

	keysCold    float64 // cold with the most keys, as a multiple of cold with one
	cacheHeap   uint64  // bytes, after as many distinct tokens as the cache has room for; zero where there was no time
	remembered  float64 // the share of them that the cache then held
	floodTokens int     // distinct tokens put through it at last
	floodHeap   uint64  // bytes
	heldFew     float64 // bytes that one of 1,000 concurrent requests holds
	heldMany    float64 // bytes that one of the most concurrent requests holds
}

func measureGrowth(budget time.Duration, progress func(string)) (*growth, error) {
	g := &growth{}
	for _, part := range []struct {
		name    string
		measure func(*growth, time.Duration) error
		share   time.Duration // percent of the budget
	}{
		{"keys in the set", (*growth).keys, 8},
		{"bytes of claims", (*growth).claims, 12},
		{"concurrent requests", (*growth).concurrency, 10},
		{"distinct tokens", (*growth).tokens, 70},
	} {
		progress("growth: " + part.name)
		if err := part.measure(g, budget*part.share/100); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return g, nil
}

func (g *growth) judge() []verdict {
	full := verdict{"A cache of 100,000 tokens stays under 64 MiB", "the run was too short for so many", unknown}
	if g.cacheHeap > 0 {
		full.measured = fmt.Sprintf("%s with %.0f %% of them remembered", mebibytes(g.cacheHeap), 100*g.remembered)
		full.outcome = outcomeOf(g.cacheHeap < 64<<20 && g.remembered >= 0.95)
	}
	flooded := verdict{"A flood of 1,000,000 tokens leaves no more in memory than 100,000 do", "the run was too short for so many", unknown}
	if g.cacheHeap > 0 && g.floodTokens > cacheSize {
		flooded.measured = fmt.Sprintf("%s after %d", mebibytes(g.floodHeap), g.floodTokens)
		if few := float64(g.floodHeap) <= 1.1*float64(g.cacheHeap); !few || g.floodTokens == 1_000_000 {
			flooded.outcome = outcomeOf(few)
		}
	}
	return []verdict{full, flooded,
		{"1,000 keys cost a request no more than one key does", fmt.Sprintf("%.2f times", g.keysCold), outcomeOf(g.keysCold <= 1.1)},
		{"One of 20,000 concurrent requests holds no more memory than one of 1,000",
			fmt.Sprintf("%.1f KiB, %.1f KiB", g.heldMany/1024, g.heldFew/1024), outcomeOf(g.heldMany <= 1.25*g.heldFew)},
	}
}

// heapInUse is what is reachable, once everything else is collected.
func heapInUse() uint64 {
	var m runtime.MemStats
	for range 3 { // finalizers and pools take more than one collection
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// grown is how much more is in use than before; not less than nothing.
func grown(before, after uint64) uint64 { return after - min(before, after) }

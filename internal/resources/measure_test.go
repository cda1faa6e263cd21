package resources

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// cost is what a piece of work took.
type cost struct {
	time       time.Duration
	allocated  uint64 // bytes in all, those given back meanwhile included
	peak       uint64 // bytes by which the heap grew meanwhile, as far as was seen, with garbage
	live       uint64 // bytes in use, garbage apart, at the worst moment; where somebody looked
	goroutines int    // as far as was seen
}

// measure runs f and watches heap and goroutines.
func measure(f func()) (c cost) {
	runtime.GC()
	before, goroutines := heap(), runtime.NumGoroutine()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	allocated := memory.TotalAlloc

	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			if now := heap(); now > before {
				c.peak = max(c.peak, now-before)
			}
			c.goroutines = max(c.goroutines, runtime.NumGoroutine()-goroutines-1)
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	start := time.Now()
	f()
	c.time = time.Since(start)
	close(stop)
	<-stopped
	runtime.ReadMemStats(&memory)
	c.allocated = memory.TotalAlloc - allocated
	return c
}

// least is the cheapest of several runs: what others allocate meanwhile is no part of it.
func least(f func()) cost {
	best := cost{allocated: math.MaxUint64}
	for range 5 {
		if c := measure(f); c.allocated < best.allocated {
			best = c
		}
	}
	best.peak = 0 // too short to be seen
	return best
}

func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// live returns how many bytes are in use now, stacks included and garbage not.
func live() uint64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc + memory.StackInuse
}

// since returns by how much live has grown.
func since(before uint64) uint64 { return max(live(), before) - before }

// table is what is printed when all tests have run.
var table struct {
	sync.Mutex
	rows []string
}

// print adds a line: what was sent, what came of it, and what it cost.
func print(t *testing.T, situation, outcome string, c cost, note string) {
	t.Helper()
	table.Lock()
	defer table.Unlock()
	goroutines := ""
	if c.goroutines > 1 {
		goroutines = fmt.Sprint(c.goroutines)
	}
	table.rows = append(table.rows, strings.Join([]string{situation, outcome, c.time.Round(time.Microsecond).String(),
		kib(c.allocated), kib(c.peak), kib(c.live), goroutines, note}, "\t"))
}

func kib(bytes uint64) string {
	if bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f KiB", float64(bytes)/1024)
}

// settled waits until no more goroutines are there than before.
func settled(t *testing.T, before int) {
	t.Helper()
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left of what was %d", runtime.NumGoroutine(), before)
}

func TestMain(m *testing.M) {
	status := m.Run()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "what was sent\tanswer\ttime\tallocated\theap grew by\tlive at most\tgoroutines\t")
	for _, row := range table.rows {
		fmt.Fprintln(w, row)
	}
	_ = w.Flush()
	os.Exit(status)
}

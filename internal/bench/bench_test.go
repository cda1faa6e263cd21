package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// BenchmarkRequest is the ratios' table for benchstat: see the package comment.
func BenchmarkRequest(b *testing.B) {
	for _, alg := range algorithms {
		workloads, err := newWorkloads(alg)
		if err != nil {
			b.Fatal(err)
		}
		for _, w := range workloads {
			entries, err := entriesOf(w)
			if err != nil {
				b.Fatal(err)
			}
			for _, e := range entries {
				b.Run(fmt.Sprintf("alg=%s/token=%s/by=%s", alg, w.kind, benchName(e.name)), func(b *testing.B) {
					benchmark(b, e)
				})
			}
		}
	}
}

func benchmark(b *testing.B, e entry) {
	if err := e.check(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		once := e.newOnce()
		for pb.Next() {
			if !once() {
				b.Error("wrong outcome")
				return
			}
		}
	})
	if err := e.check(); err != nil {
		b.Fatal(err)
	}
}

// benchName is a name without what benchstat would read as a separator.
func benchName(name string) string {
	return strings.NewReplacer(", ", "-", " + ", "+", " ", "-", "/", "-").Replace(name)
}

// BenchmarkHarness is what the harness itself adds to each.
func BenchmarkHarness(b *testing.B) {
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, user, user) })
	once := calling(h, "token", http.StatusOK)()
	b.ReportAllocs()
	for b.Loop() {
		once()
	}
}

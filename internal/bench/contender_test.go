package main

import (
	"slices"
	"testing"
)

// TestContenders holds every contender to what the tables say of it: the good token is let in as who it names, a bad one is
// refused, but for the flaws that the library has no setting to refuse.
func TestContenders(t *testing.T) {
	for _, alg := range algorithms {
		workloads, err := newWorkloads(alg)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range workloads {
			for _, c := range contenders {
				t.Run(w.String()+"/"+c.name, func(t *testing.T) {
					h, err := c.protect(w)
					if err != nil {
						t.Fatal(err)
					}
					if got := status(h, w.token); got != 200 {
						t.Fatalf("the good token got %d", got)
					}
					for _, b := range w.bad {
						got := status(h, b.token)
						if missed := !refused(got); missed != slices.Contains(c.misses[w.kind], b.flaw) {
							t.Errorf("%s: status %d, refused: %v", b.flaw, got, !missed)
						}
					}
					if got := status(h, w.token); got != 200 {
						t.Errorf("the good token got %d after the bad ones", got)
					}
				})
			}
		}
	}
}

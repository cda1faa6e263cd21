package main

import (
	"os"
	"slices"
	"testing"
	"time"

	"example.com/machineauth/jwk"
)

// TestMain makes the test binary the load client where it was started as one.
func TestMain(m *testing.M) {
	if slices.Equal(os.Args[1:], []string{loadArg}) {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestCompare runs every entry of a workload, at the least effort, on one core and on all.
func TestCompare(t *testing.T) {
	workloads, err := newWorkloads(jwk.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range workloads {
		entries, err := entriesOf(w)
		if err != nil {
			t.Fatal(err)
		}
		for _, cores := range []int{1, 2} {
			costs, err := compare(entries, cores, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range costs {
				if c.na == "" && !(c.ns > 0 && c.ratio > 0) {
					t.Errorf("%s, %s: %+v", w, entries[i].name, c)
				}
			}
		}
	}
}

// TestCompareNoticesWrongOutcomes: what doesn't do its work is not timed.
func TestCompareNoticesWrongOutcomes(t *testing.T) {
	calls := 0
	for name, e := range map[string]entry{
		"always":          {newOnce: func() func() bool { return func() bool { return false } }},
		"sooner or later": {newOnce: func() func() bool { return func() bool { calls++; return calls != 100 } }},
	} {
		if _, err := compare([]entry{e}, 1, 0); err == nil {
			t.Errorf("wrong %s, and no error", name)
		}
	}
}

func TestSummarize(t *testing.T) {
	samples := [][]sample{
		{{ns: 10, allocs: 1}, {ns: 100, allocs: 1}, {ns: 20, allocs: 2}}, // the second round was slow for both
		{{ns: 30, allocs: 5}, {ns: 300, allocs: 5}, {ns: 40, allocs: 5}},
	}
	got := summarize(make([]entry, 2), samples)
	if got[0].ns != 20 || got[0].ratio != 1 || got[0].allocs != 1 || got[1].ns != 40 || got[1].ratio != 3 || got[1].allocs != 5 ||
		got[1].best != 3 {
		t.Errorf("%+v", got)
	}
}

// TestServer puts a few requests through a real server, from a client in another process.
func TestServer(t *testing.T) {
	got, err := measureServer(time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range serving {
		if got[c.name].perSecond <= 0 || got[c.name].share <= 0 {
			t.Errorf("%s: %+v", c.name, got[c.name])
		}
	}
}

// TestServerNoticesRefusals: requests that are refused are no throughput.
func TestServerNoticesRefusals(t *testing.T) {
	workloads, err := newWorkloads(jwk.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	server, addr, err := serve(workloads[0])
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	o := order{Addr: addr, Path: path(2), Token: workloads[0].other, Connections: 1, Duration: time.Millisecond}
	if got := o.carryOut(); got.Requests != 0 || got.Problem == "" {
		t.Errorf("%+v", got)
	}
}

// TestGrowth takes the measures of growth where they are small.
func TestGrowth(t *testing.T) {
	m, err := newMill()
	if err != nil {
		t.Fatal(err)
	}
	set, err := jwk.NewStatic(m.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	h, err := protectedBy(ourConfig(set), session, user)
	if err != nil {
		t.Fatal(err)
	}
	f := &flood{mill: m, handler: h}
	for i := range f.hot {
		f.hot[i] = m.token(-1 - i)
	}
	if ns, complete := f.until(20, time.Now().Add(time.Minute)); ns <= 0 || !complete || f.seen != 20 || f.wrong.Load() {
		t.Errorf("%v ns, complete %v, %d seen, wrong %v", ns, complete, f.seen, f.wrong.Load())
	}
	if _, complete := f.until(5000, time.Now()); complete || f.seen == 5000 {
		t.Errorf("complete %v with %d, though the time was up", complete, f.seen)
	}
	if m.token(1) == m.token(2) {
		t.Error("two numbers make the same token")
	}
	workloads, err := newWorkloads(jwk.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{noAuth.name, cold.name, warm.name} {
		c, err := newCrowd(workloads[0], kind)
		if err != nil {
			t.Fatal(err)
		}
		if w := c.gather(10); w.ns <= 0 || w.allocs <= 0 || c.wrong.Load() {
			t.Errorf("%s: %+v, somebody refused: %v", kind, w, c.wrong.Load())
		}
		c.token = workloads[0].other
		if c.gather(3); c.wrong.Load() != (kind != noAuth.name) {
			t.Errorf("%s: a machine refused: %v", kind, c.wrong.Load())
		}
	}
}

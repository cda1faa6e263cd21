package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// rawName and refusedName are the entries that are no contenders.
const (
	rawName     = "raw signature check"
	refusedName = "machineauth, refused type"
)

// ratios are what everything costs, by workload, cores and entry.
type ratios map[id]map[int]map[string]cost

// regimes are the numbers of cores measured: one, and all where there are more.
func regimes() []int {
	if allCores > 1 {
		return []int{1, allCores}
	}
	return []int{1}
}

// entriesOf are everything that is timed with a workload, the raw check first.
func entriesOf(w *workload) ([]entry, error) {
	raw, err := rawCheck(w)
	if err != nil {
		return nil, err
	}
	refusing, err := refusing(w)
	if err != nil {
		return nil, err
	}
	entries := []entry{
		{name: rawName, newOnce: func() func() bool { return raw }},
		{name: refusedName, newOnce: calling(refusing, w.token, http.StatusUnauthorized), verify: func() error {
			if got := status(refusing, w.other); got != http.StatusMisdirectedRequest {
				return fmt.Errorf("the type that is accepted got %d", got)
			}
			return nil
		}},
	}
	for _, c := range contenders {
		e := entry{name: c.name}
		h, err := c.protect(w)
		if err != nil {
			e.na = err.Error()
		} else {
			e.newOnce = calling(h, w.token, http.StatusOK)
			e.verify = func() error { return verifyContender(h, w) }
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// verifyContender checks that a contender tells a good token from a forged one.
func verifyContender(h http.Handler, w *workload) error {
	if got := status(h, w.token); got != http.StatusOK {
		return fmt.Errorf("the good token got %d", got)
	}
	for _, b := range w.bad {
		if b.flaw == forged && !refused(status(h, b.token)) {
			return fmt.Errorf("a forged token got in")
		}
	}
	return nil
}

// measureRatios runs all entries of all workloads within about the budget.
func measureRatios(budget time.Duration, progress func(string)) (ratios, error) {
	result := ratios{}
	share := budget / time.Duration(2*len(algorithms)*len(regimes()))
	for _, alg := range algorithms {
		workloads, err := newWorkloads(alg)
		if err != nil {
			return nil, err
		}
		for _, w := range workloads {
			entries, err := entriesOf(w)
			if err != nil {
				return nil, err
			}
			result[w.id] = map[int]map[string]cost{}
			for _, cores := range regimes() {
				progress(fmt.Sprintf("%s, %d core(s)", w, cores))
				costs, err := compare(entries, cores, share)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", w, err)
				}
				byName := map[string]cost{}
				for i, e := range entries {
					byName[e.name] = costs[i]
				}
				result[w.id][cores] = byName
			}
		}
	}
	return result, nil
}

// table is the one table of all that was compared.
func (r ratios) table() *table {
	t := &table{
		title: "Time of one request as a multiple of the raw signature check, and its allocations",
		note: fmt.Sprintf("Each column: on one core / on %d cores · allocations. Medians over rounds in random order. "+
			"421 to the wrong subject, 401 to a forged token: verified before and after.", allCores),
	}
	names := []string{rawName, refusedName}
	for _, c := range contenders {
		names = append(names, c.name)
	}
	header, floor := []any{""}, []any{"raw signature check, time"}
	workloads := workloadIDs()
	for _, w := range workloads {
		header = append(header, fmt.Sprintf("%s %s", w.alg, w.kind))
		var times []string
		for _, cores := range regimes() {
			times = append(times, fmt.Sprintf("%.1f", r[w][cores][rawName].ns/1000))
		}
		floor = append(floor, strings.Join(times, " / ")+" µs")
	}
	t.add(header...)
	t.add(floor...)
	for _, name := range names {
		row := []any{name}
		for _, w := range workloads {
			row = append(row, r.cell(w, name))
		}
		t.add(row...)
	}
	for _, w := range workloads {
		for _, name := range names {
			if reason := r[w][1][name].na; reason != "" {
				t.note += fmt.Sprintf("\nn/a: %s with %s: %s", name, w, reason)
			}
		}
	}
	return t
}

func (r ratios) cell(w id, name string) string {
	var times []string
	for _, cores := range regimes() {
		c := r[w][cores][name]
		if c.na != "" {
			return "n/a"
		}
		times = append(times, fmt.Sprintf("%.2f", c.ratio))
	}
	return fmt.Sprintf("%s · %.0f", strings.Join(times, " / "), r[w][1][name].allocs)
}

// workloadIDs are all workloads, in the order of the table.
func workloadIDs() []id {
	var ids []id
	for _, alg := range algorithms {
		ids = append(ids, id{alg, session}, id{alg, m2m})
	}
	return ids
}

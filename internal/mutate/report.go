package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// tally counts the verdicts of one file, or of all.
type tally map[verdict]int

// report prints the checks of a run as they are judged, and counts them.
type report struct {
	w       io.Writer
	files   map[string]tally
	total   tally
	unclear int // how many checks the exit status is about
}

func newReport(w io.Writer) *report {
	return &report{w: w, files: make(map[string]tally), total: make(tally)}
}

// judge compares a result with the list of survivors, prints it and counts it.
func (r *report) judge(res result, survivors map[string]string) {
	reason, known := survivors[res.key()]
	switch {
	case res.verdict == survived && known:
		res.verdict, res.by = listed, reason
	case res.verdict == survived:
		r.unclear++
	case known:
		res.by += ": but survivors.go lists it"
		r.unclear++
	}
	if r.files[res.file] == nil {
		r.files[res.file] = make(tally)
	}
	r.files[res.file][res.verdict]++
	r.total[res.verdict]++
	fmt.Fprintf(r.w, "%-8s %s   %s\n", res.verdict, res.check, res.by)
}

// stale prints the listed survivors that are no checks any more.
func (r *report) stale(checks []check, survivors map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(survivors)) {
		if !slices.ContainsFunc(checks, func(c check) bool { return c.key() == key }) {
			fmt.Fprintf(r.w, "STALE    %s: survivors.go lists a check that is not there\n", key)
			r.unclear++
		}
	}
}

// table prints the counts by file.
func (r *report) table() {
	w := tabwriter.NewWriter(r.w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nfile\tchecks\tkilled\tsurvived\tlisted\t")
	for _, file := range slices.Sorted(maps.Keys(r.files)) {
		r.files[file].row(w, file)
	}
	r.total.row(w, "all")
	w.Flush()
}

func (t tally) row(w io.Writer, name string) {
	all := t[killed] + t[survived] + t[listed]
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t\n", name, all, t[killed], t[survived], t[listed])
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	root  string
	only  string
	all   bool
	own   bool
	doubt bool
	list  bool
	jobs  int
}

func main() {
	log.SetFlags(0)
	var o options
	flag.StringVar(&o.root, "root", "../..", "the root of the module")
	flag.StringVar(&o.only, "only", "", "only the checks of files and functions with this in their name; or with one of these, separated by commas")
	flag.BoolVar(&o.all, "all", false, "also the files that ask a backend: client*, backend* and introspection* of tokens")
	flag.BoolVar(&o.own, "own", false, "only the tests of a check's own package: faster, and with more survivors")
	flag.BoolVar(&o.doubt, "doubt", false, "all tests for the checks that are listed as survivors, too: takes half an hour more")
	flag.BoolVar(&o.list, "list", false, "print the checks, and run nothing")
	flag.IntVar(&o.jobs, "jobs", 2, "how many mutants to test at a time")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := boundMemory(8 << 30); err != nil {
		log.Fatal(err)
	}
	switch err := o.mutate(ctx, os.Stdout, scopes, survivors); {
	case errors.Is(err, errUnclear):
		log.Print(err)
		os.Exit(1)
	case err != nil:
		log.Print(err)
		os.Exit(2)
	}
}

var errUnclear = errors.New("checks can be deleted without a test failing, or the list of survivors is wrong: see above")

// mutate deletes each check of the scopes in turn, and prints what became of it.
func (o options) mutate(ctx context.Context, w io.Writer, scopes []scope, survivors map[string]string) error {
	begin := time.Now()
	var every []check
	var jobs []job
	var packages []string // whose tests are needed
	for _, s := range scopes {
		checks, err := s.checks(o.root)
		if err != nil {
			return err
		}
		for i := range checks {
			checks[i].id = len(every) + i + 1
			if !o.covers(checks[i]) {
				continue
			}
			tests := s.tests
			if _, known := survivors[checks[i].key()]; o.own || known && !o.doubt {
				tests = tests[:1]
			}
			jobs = append(jobs, job{checks[i], tests, make(chan result, 1)})
			packages = append(packages, tests...)
		}
		every = append(every, checks...)
	}
	if o.list {
		for _, j := range jobs {
			fmt.Fprintln(w, j.check)
		}
		return nil
	}

	r, err := newRunner(o.root)
	if err != nil {
		return err
	}
	defer os.RemoveAll(r.dir)
	slices.Sort(packages)
	packages = slices.Compact(packages)
	if err := r.build(ctx, every, packages); err != nil {
		return err
	}
	if err := r.baseline(ctx, packages); err != nil {
		return err
	}
	report := newReport(w)
	if err := r.all(ctx, jobs, o.jobs, func(res result) { report.judge(res, survivors) }); err != nil {
		return err
	}
	report.stale(every, survivors)
	report.table()
	fmt.Fprintf(w, "%d checks in %v\n", len(jobs), time.Since(begin).Round(time.Second))
	if report.unclear > 0 {
		return errUnclear
	}
	return nil
}

// covers reports whether a check was asked for.
func (o options) covers(c check) bool {
	named := func(part string) bool { return strings.Contains(c.file, part) || strings.Contains(c.function, part) }
	return slices.ContainsFunc(strings.Split(o.only, ","), named) &&
		(o.all || !asking.MatchString(path.Base(filepath.ToSlash(c.file))))
}

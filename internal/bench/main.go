package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// allCores is how many there are for Go, containers' limits heeded.
var allCores = runtime.GOMAXPROCS(0)

func main() {
	log.SetFlags(0)
	if slices.Equal(os.Args[1:], []string{loadArg}) {
		if err := load(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	budget := flag.Duration("budget", 4*time.Minute, "about how long all of it may take")
	only := flag.String("only", "ratios,server,growth", "the parts to measure")
	svg := flag.String("svg", "ratios.svg", "where the plot of the ratios goes; empty for nowhere")
	flag.Parse()
	if err := bench(*budget, strings.Split(*only, ","), *svg); err != nil {
		log.Fatal(err)
	}
}

// bench measures the parts that are asked for, and prints what it found.
func bench(budget time.Duration, parts []string, svg string) error {
	shares := map[string]time.Duration{"ratios": 50, "server": 15, "growth": 35} // of what they share between them
	var sum time.Duration
	for _, part := range parts {
		if shares[part] == 0 {
			return fmt.Errorf("-only: there is no part %q; the parts are ratios, server and growth", part)
		}
		sum += shares[part]
	}
	share := func(part string) (time.Duration, bool) {
		return budget * shares[part] / sum, slices.Contains(parts, part)
	}
	begin := time.Now()
	progress := func(what string) { fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(begin).Seconds(), what) }

	printVersions()
	refusals().print(os.Stdout)
	var r results
	var err error
	if b, ok := share("ratios"); ok {
		if r.ratios, err = measureRatios(b, progress); err != nil {
			return err
		}
		r.ratios.table().print(os.Stdout)
		if svg != "" {
			if err := r.ratios.draw(svg); err != nil {
				return err
			}
		}
	}
	if b, ok := share("server"); ok {
		progress("a real server")
		if r.server, err = measureServer(b); err != nil {
			return err
		}
		serverTable(r.server).print(os.Stdout)
	}
	if b, ok := share("growth"); ok {
		if r.growth, err = measureGrowth(b, progress); err != nil {
			return err
		}
		for _, t := range r.growth.tables {
			t.print(os.Stdout)
		}
	}
	printVerdicts(os.Stdout, judge(r))
	return nil
}

// printVersions says what is compared, and on what.
func printVersions() {
	fmt.Printf("%s %s/%s, %d core(s)\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, allCores)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return
	}
	for _, m := range info.Deps {
		if slices.ContainsFunc(peers, func(c contender) bool { return c.module == m.Path }) {
			fmt.Println(m.Path, m.Version)
		}
	}
}

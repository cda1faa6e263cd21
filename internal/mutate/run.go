package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// verdict is what became of a mutant.
type verdict string

const (
	killed   verdict = "killed"
	survived verdict = "SURVIVED"
	listed   verdict = "listed" // it survived, and survivors.go says why
)

// result is a check and what became of its mutant.
type result struct {
	check
	verdict verdict
	by      string // the package and the test that killed it, or why it is listed
}

// runner runs the tests of mutants, from binaries that hold all of them.
type runner struct {
	root  string           // absolute
	dir   string           // for the binaries
	known map[string]suite // by package
}

// suite is what is known of the tests of a package once they have run.
type suite struct {
	slow    string        // regular expression for the names of those that take long; they run last
	timeout time.Duration // for all
}

// slow is how long a test takes that runs last.
const slow = 200 * time.Millisecond

func newRunner(root string) (runner, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return runner{}, err
	}
	dir, err := os.MkdirTemp("", "mutate")
	return runner{root, dir, make(map[string]suite)}, err
}

// build makes the binaries of the packages' tests, with the mutants laid over the source.
func (r runner) build(ctx context.Context, checks []check, packages []string) error {
	replace := make(map[string]string)
	lay := func(target string, source []byte) error {
		file := filepath.Join(r.dir, strings.ReplaceAll(target, string(filepath.Separator), "_"))
		replace[filepath.Join(r.root, target)] = file
		return os.WriteFile(file, source, 0o600)
	}
	byFile := make(map[string][]check)
	for _, c := range checks {
		byFile[c.file] = append(byFile[c.file], c)
	}
	for file, checks := range byFile {
		source, err := os.ReadFile(filepath.Join(r.root, file))
		if err != nil {
			return err
		}
		if err := lay(file, mutate(source, checks)); err != nil {
			return err
		}
		dir := filepath.Dir(file) // which is what the packages are called
		if err := lay(filepath.Join(dir, "mutant.go"), switchFile(filepath.Base(dir))); err != nil {
			return err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	file := filepath.Join(r.dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return err
	}
	for _, pkg := range packages {
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay="+file, "-o", r.binary(pkg), "./"+pkg)
		cmd.Dir = r.root
		if output, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s doesn't compile with its mutants, which is a mistake of this command: %w\n%s", pkg, err, output)
		}
	}
	return nil
}

func (r runner) binary(pkg string) string {
	return filepath.Join(r.dir, strings.ReplaceAll(pkg, "/", "_")+".test")
}

// baseline runs all tests without any mutant: what fails anyway kills nothing.
func (r runner) baseline(ctx context.Context, packages []string) error {
	for _, pkg := range packages {
		begin := time.Now()
		output, err := r.test(ctx, pkg, 0, 10*time.Minute, "-test.v")
		if err != nil {
			return fmt.Errorf("%s fails without any check deleted: %w\n%s", pkg, err, output)
		}
		r.known[pkg] = suite{slowTests(output), 20*time.Second + 4*time.Since(begin)}
	}
	return nil
}

// try runs the tests that hold a check without it, until one fails.
func (r runner) try(ctx context.Context, c check, tests []string) (result, error) {
	for _, pkg := range tests {
		for _, part := range []string{"-test.skip=" + r.known[pkg].slow, "-test.run=" + r.known[pkg].slow} {
			by := r.failure(ctx, c, pkg, part)
			if ctx.Err() != nil {
				return result{}, ctx.Err()
			}
			if by != "" {
				return result{c, killed, pkg + " " + by}, nil
			}
		}
	}
	return result{c, survived, ""}, nil
}

// failure runs a part of a package's tests without a check, and returns the name of the first that fails, or "". A test must
// fail twice: one that fails now and then, because the machine is busy, kills nothing.
func (r runner) failure(ctx context.Context, c check, pkg, part string) string {
	timeout := r.known[pkg].timeout
	for range 3 {
		output, err := r.test(ctx, pkg, c.id, timeout, "-test.failfast", part)
		if err == nil {
			return ""
		}
		by := firstFailure(output)
		test, _, _ := strings.Cut(by, "/")
		if strings.Contains(test, " ") { // a panic or timeout, which no test has to its name
			return by
		}
		if _, err := r.test(ctx, pkg, c.id, timeout, "-test.run=^"+test+"$"); err != nil {
			return by
		}
	}
	return ""
}

// test runs tests of a package with one check deleted, and returns what they printed. An error means that one failed.
func (r runner) test(ctx context.Context, pkg string, id int, timeout time.Duration, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout+10*time.Second) // a test heeds its own; this is for when it doesn't
	defer cancel()
	cmd := exec.CommandContext(ctx, r.binary(pkg), append(args, "-test.timeout="+timeout.String())...)
	cmd.Dir = filepath.Join(r.root, pkg)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", variable, id))
	cmd.WaitDelay = time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	return output.Bytes(), err
}

// boundMemory keeps a mutant that never stops allocating from taking the machine. What this process starts inherits it.
func boundMemory(bytes uint64) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: bytes, Max: bytes}); err != nil {
		return fmt.Errorf("bounding the memory of tests: %w", err)
	}
	return nil
}

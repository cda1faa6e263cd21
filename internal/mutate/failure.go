package main

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	failLine    = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+)`)
	timeoutLine = regexp.MustCompile(`(?m)^panic: test timed out`)
	runningLine = regexp.MustCompile(`(?m)^\t+((?:Test|Fuzz|Example)\S*) \(`)
	passLine    = regexp.MustCompile(`(?m)^--- PASS: (\S+) \((.*)s\)`)
	panicLine   = regexp.MustCompile(`(?m)^(?:panic|fatal error): .*`)
)

// firstFailure finds in the output of tests the first one that failed, with its first subtest that did.
func firstFailure(output []byte) string {
	if timeoutLine.Match(output) {
		if m := runningLine.FindSubmatch(output); m != nil {
			return "timeout in " + string(m[1])
		}
		return "timeout"
	}
	name := ""
	for _, m := range failLine.FindAllSubmatch(output, -1) {
		if next := string(m[1]); name == "" || strings.HasPrefix(next, name+"/") {
			name = next
		}
	}
	if name != "" {
		return name
	}
	if p := panicLine.Find(output); p != nil {
		return oneLine(string(p))
	}
	return "no test that says its name"
}

// slowTests finds in the verbose output of tests those that take long, as a regular expression.
func slowTests(output []byte) string {
	var names []string
	for _, m := range passLine.FindAllSubmatch(output, -1) {
		if seconds, err := strconv.ParseFloat(string(m[2]), 64); err == nil && seconds >= slow.Seconds() {
			names = append(names, string(m[1]))
		}
	}
	return "^(" + strings.Join(names, "|") + ")$"
}

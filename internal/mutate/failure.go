package main

import (
	"regexp"
	"strings"
)

var (
	failLine    = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+)`)
	timeoutLine = regexp.MustCompile(`(?m)^panic: test timed out`)
	runningLine = regexp.MustCompile(`(?m)^\t+((?:Test|Fuzz|Example)\S*) \(`)
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

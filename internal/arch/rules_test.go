package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented are the rules of a package doc: "//   - C4: …".
var documented = regexp.MustCompile(`(?m)^//   - ([A-Z][0-9]+):`)

// named are the rules that a test says it holds, in its function's name or in that of a subtest. TestC1toC5_… names five.
var (
	testFunc = regexp.MustCompile(`(?m)^func (?:Test|Fuzz)(\w+)\(`)
	subtest  = regexp.MustCompile(`"([A-Z][0-9]+) `)
	rule     = regexp.MustCompile(`[A-Z][0-9]+`)
	span     = regexp.MustCompile(`([A-Z])([0-9])to[A-Z]([0-9])`)
)

// TestRulesAreTested: a rule that a package documents is the name of a test.
func TestRulesAreTested(t *testing.T) {
	rules, tested := make(map[string]string), make(map[string]bool)
	files, err := filepath.Glob("../../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			for _, m := range documented.FindAllStringSubmatch(string(text), -1) {
				rules[m[1]] = file
			}
			continue
		}
		for _, m := range slices.Concat(testFunc.FindAllStringSubmatch(string(text), -1), subtest.FindAllStringSubmatch(string(text), -1)) {
			for _, r := range rule.FindAllString(m[1], -1) {
				tested[r] = true
			}
			for _, s := range span.FindAllStringSubmatch(m[1], -1) {
				for n := s[2][0]; n <= s[3][0]; n++ {
					tested[s[1]+string(n)] = true
				}
			}
		}
	}
	for r, file := range rules {
		if !tested[r] {
			t.Errorf("no test is named after %s, a rule of %s", r, file)
		}
	}
	if len(rules) < 40 {
		t.Errorf("only %d rules found: this test looks in the wrong place", len(rules))
	}
}

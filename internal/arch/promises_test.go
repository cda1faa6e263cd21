package arch

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPromisesNameTheirTests: every promise of SECURITY.md names at least one test, and each of those exists where it says.
func TestPromisesNameTheirTests(t *testing.T) {
	text, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)\\w+)`")
	promises, tests := 0, 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || strings.TrimSpace(cells[2]) == "" || strings.HasPrefix(cells[1], " ---") || strings.TrimSpace(cells[2]) == "held by" {
			continue
		}
		promises++
		references := named.FindAllStringSubmatch(cells[2], -1)
		if len(references) == 0 {
			t.Errorf("no test holds the promise:%s", cells[1])
		}
		for _, reference := range references {
			tests++
			if !declares(t, filepath.Join("../..", reference[1]), reference[2]) {
				t.Errorf("%s is in no test of %s", reference[2], reference[1])
			}
		}
	}
	if promises < 30 {
		t.Errorf("only %d promises found: this test looks in the wrong place", promises)
	}
	t.Logf("%d promises, held by %d tests", promises, tests)
}

// declares reports whether a directory's tests have a function of this name.
func declares(t *testing.T, dir, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}

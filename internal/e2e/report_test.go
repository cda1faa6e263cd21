package e2e_test

import (
	"fmt"
	"os"
	"testing"
	"text/tabwriter"
)

// report is the table of every call with its outcome on both sides.
type report struct {
	t     *testing.T
	table *tabwriter.Writer
}

// newReport begins a table, which is printed when the test ends.
func newReport(t *testing.T) *report {
	r := &report{t, tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)}
	fmt.Fprintf(r.table, "\n\tcall\tnpm client\tGo\n")
	t.Cleanup(func() { _ = r.table.Flush() })
	return r
}

// row adds a call. A diff is where the two sides, or what was expected, disagree: the test fails.
func (r *report) row(call, npmSide, goSide, diff string) {
	r.t.Helper()
	mark := "ok"
	if diff != "" {
		mark = "DISAGREE"
		r.t.Errorf("%s: the two sides disagree (-npm +Go):\n%s", call, diff)
	}
	fmt.Fprintf(r.table, "%s\t%s\t%s\t%s\n", mark, call, short(npmSide), short(goSide))
}

func short(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most-1] + "…"
	}
	return s
}

func (j judgement) String() string {
	if !j.Accepted {
		return "refused: " + j.Reason
	}
	return "accepted: " + j.Type + " " + j.Subject
}

func (e thrown) String() string { return fmt.Sprintf("%d %s", e.Status, e.Code) }

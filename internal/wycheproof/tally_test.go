package wycheproof_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"example.com/machineauth/jwk"
	"example.com/machineauth/tokens"
)

// A tally counts what became of the vectors of one file.
type tally struct {
	ran, accepted, refused int
	refusals               map[string]int   // of those that had to be refused, by code
	stricter               map[string][]int // the listed ones, by reason
}

func newTally() *tally {
	return &tally{refusals: map[string]int{}, stricter: map[string][]int{}}
}

// judge compares a verdict with the vector's. reason says why the two may differ; without one they may not, and with one
// they must.
func (c *tally) judge(t *testing.T, v vector, verdict error, reason string) {
	t.Helper()
	c.ran++
	differs := (verdict == nil) != v.valid()
	switch {
	case differs && reason == "" && v.valid():
		t.Errorf("tcId %d (%s) is valid, but is refused: %v", v.ID, v.Comment, verdict)
	case differs && reason == "":
		t.Errorf("tcId %d (%s) is %s, but is accepted", v.ID, v.Comment, v.Result)
	case !differs && reason != "":
		t.Errorf("tcId %d (%s) needs no listing: it is %s, and judged so; it is listed because %s", v.ID, v.Comment, v.Result, reason)
	case differs:
		c.stricter[reason] = append(c.stricter[reason], v.ID)
	case v.valid():
		c.accepted++
	default:
		c.refused++
		c.refusals[code(verdict)]++
	}
}

// report prints the counts, and sees that no vector of the file was passed over.
func (c *tally) report(t *testing.T, want int) {
	t.Helper()
	if c.ran != want {
		t.Errorf("%d vectors ran; the file says that it has %d", c.ran, want)
	}
	fmt.Fprintf(t.Output(), "%d vectors ran, %d passed (%d valid, %d others); listed: %d as stricter\n",
		c.ran, c.accepted+c.refused, c.accepted, c.refused, total(c.stricter))
	for _, code := range slices.Sorted(maps.Keys(c.refusals)) {
		fmt.Fprintf(t.Output(), "  refused with %s: %d\n", code, c.refusals[code])
	}
	for _, reason := range slices.Sorted(maps.Keys(c.stricter)) {
		fmt.Fprintf(t.Output(), "  stricter, because %s: tcId %s\n", reason, strings.Trim(fmt.Sprint(c.stricter[reason]), "[]"))
	}
}

func total(listed map[string][]int) (n int) {
	for _, ids := range listed {
		n += len(ids)
	}
	return n
}

// code names a refusal.
func code(err error) string {
	if c, ok := errors.AsType[tokens.Code](err); ok {
		return string(c)
	}
	if c, ok := errors.AsType[jwk.Code](err); ok {
		return string(c)
	}
	return err.Error()
}

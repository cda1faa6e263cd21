package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// variable tells the tests of a mutated package, by the number of the check, which mutant they test: 0 is none.
const variable = "MUTATE_CHECK"

// switchFile is added to each package that is mutated.
func switchFile(name string) []byte {
	return fmt.Appendf(nil, `package %s

import (
	"os"
	"strconv"
)

var mutant, _ = strconv.Atoi(os.Getenv(%q))
`, name, variable)
}

// mutate returns the source of a file in which any of its checks can be deleted when the program starts. Lines stay where
// they are.
func mutate(source []byte, checks []check) []byte {
	outerFirst := slices.SortedStableFunc(slices.Values(checks), func(a, b check) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	before, behind := make(map[int]string), make(map[int]string)
	for _, c := range outerFirst {
		opening, closing := c.brackets()
		before[c.start] += opening
		behind[c.end] = closing + behind[c.end]
	}
	var b bytes.Buffer
	for i := range len(source) + 1 {
		b.WriteString(behind[i] + before[i])
		if i < len(source) {
			b.WriteByte(source[i])
		}
	}
	return b.Bytes()
}

// brackets returns what is written before and behind what is deleted. All that it names is still used, so that it compiles,
// and nothing of it is evaluated where it is deleted, but for the call whose error is dropped.
func (c check) brackets() (opening, closing string) {
	switch c.how {
	case never:
		return fmt.Sprintf("(mutant != %d && (", c.id), "))"
	case always:
		return fmt.Sprintf("(mutant == %d || (", c.id), "))"
	case skipped:
		return fmt.Sprintf("if mutant != %d { ", c.id), " }"
	}
	var parameters, values []string
	for i, t := range c.types {
		parameters = append(parameters, fmt.Sprintf("v%d %s", i, t))
		values = append(values, fmt.Sprintf("v%d", i))
	}
	return fmt.Sprintf("func(%s) (%s) { if mutant == %d { v%d = nil }; return %s }(", strings.Join(parameters, ", "),
		strings.Join(c.types, ", "), c.id, len(c.types)-1, strings.Join(values, ", ")), ")"
}

package main

import (
	"fmt"
	"path"
)

// how says in which way a check is deleted.
type how string

const (
	never   how = "never"   // the condition is false
	always  how = "always"  // the condition, or the returned bool, is true
	skipped how = "skipped" // the statements of the case don't run
	noError how = "noerror" // the returned error is nil
)

// check is one check of the source.
type check struct {
	id       int    // from 1
	file     string // below the root, with slashes
	line     int
	function string // Type.Method for methods
	how      how
	text     string // the source, on one line; numbered where a function has it more than once

	start, end int      // of what is deleted, in bytes
	types      []string // for noError: of the results that it stands for
}

// key names a check independently of where in its package it stands.
func (c check) key() string {
	return fmt.Sprintf("%s %s %s: %s", path.Dir(c.file), c.function, c.how, c.text)
}

func (c check) String() string {
	text := []rune(c.text)
	if len(text) > 100 {
		text = append(text[:99], '…')
	}
	return fmt.Sprintf("%s:%d %s  %s: %s", c.file, c.line, c.function, c.how, string(text))
}

// number tells apart the checks of a package that look the same in one function.
func number(checks []check) []check {
	seen := make(map[string]int)
	for i, c := range checks {
		if seen[c.key()]++; seen[c.key()] > 1 {
			checks[i].text += fmt.Sprintf(" #%d", seen[c.key()])
		}
	}
	return checks
}

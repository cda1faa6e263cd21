package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// scope is a package whose checks are deleted, and the tests that hold them.
type scope struct {
	dir   string   // below the root
	tests []string // the directories of packages: its own first, then those that rely on it
}

// scopes are the packages that decide about a request.
var scopes = []scope{
	{"jwk", []string{"jwk", "tokens", "internal/attacks", "internal/wycheproof"}},
	{"tokens", []string{"tokens", "middleware", "internal/attacks", "internal/wycheproof"}},
	{"authobj", []string{"authobj", "middleware", "internal/attacks"}},
	{"middleware", []string{"middleware", "internal/attacks"}},
}

// asking are the files that ask a backend about opaque tokens, or make it mint some. They are looked at only with -all.
var asking = regexp.MustCompile(`^(backend|client|introspection)`)

// checks returns the scope's checks, in the order of files and lines.
func (s scope) checks(root string) ([]check, error) {
	files, err := filepath.Glob(filepath.Join(root, s.dir, "*.go"))
	if err != nil {
		return nil, err
	}
	if files == nil {
		return nil, fmt.Errorf("%s has no Go files: -root must be the root of the module", filepath.Join(root, s.dir))
	}
	var checks []check
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		found, err := findChecks(root, filepath.Join(s.dir, filepath.Base(file)))
		if err != nil {
			return nil, err
		}
		checks = append(checks, found...)
	}
	return number(checks), nil
}

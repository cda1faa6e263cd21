package jwk

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Static is a [Source] of keys that are known from the start and never change. Nothing that prints it lists its keys.
type Static struct {
	find   func(kid string) *Key // and not the map: fmt reads unexported fields, but knows nothing of functions
	report func() Report
}

func newStatic(keys map[string]*Key, report Report) *Static {
	return &Static{func(kid string) *Key { return keys[kid] }, report.clone}
}

// NewStatic returns a source of these keys, each with a kid of its own. An error names every mistake, and is an
// ErrInvalidKey.
func NewStatic(keys ...*Key) (*Static, error) {
	if err := checkSet(keys); err != nil {
		return nil, err
	}
	set := make(map[string]*Key, len(keys))
	for _, k := range keys {
		set[k.id] = k
	}
	return newStatic(set, Report{Usable: len(keys)}), nil
}

// checkSet finds what keeps keys from being told apart in a set.
func checkSet(keys []*Key) error {
	var mistakes []error
	if len(keys) == 0 {
		mistakes = append(mistakes, errors.New("a set needs at least one key"))
	}
	for i, k := range keys {
		switch {
		case k == nil || k.signatureSize == 0:
			mistakes = append(mistakes, fmt.Errorf("key %d is nil or zero: make it with NewKey", i))
		case k.id == "":
			mistakes = append(mistakes, fmt.Errorf("key %d has no kid, so that no token can name it", i))
		case slices.ContainsFunc(keys[:i], func(other *Key) bool { return other != nil && other.id == k.id }):
			mistakes = append(mistakes, fmt.Errorf("key %d has the kid of another key", i))
		}
	}
	if mistakes != nil {
		return &Error{Code: ErrInvalidKey, Err: errors.Join(mistakes...)}
	}
	return nil
}

// Key returns the key of this kid, or an ErrUnknownKey.
func (s *Static) Key(_ context.Context, kid string) (*Key, error) {
	if s.find != nil {
		if k := s.find(kid); k != nil {
			return k, nil
		}
	}
	return nil, errUnknown()
}

func errUnknown() error { return fail(ErrUnknownKey, "the set holds no usable key of this kid") }

// Report says what was skipped or assumed when the keys were read.
func (s *Static) Report() Report {
	if s.report == nil {
		return Report{}
	}
	return s.report()
}

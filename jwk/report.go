package jwk

import (
	"fmt"
	"slices"
)

// Report says what became of the keys of a set when it was loaded.
type Report struct {
	Usable  int    // keys that verify
	Skipped []Note // keys that were left out (K5)
	Assumed []Note // usable keys that don't say their algorithm, and were given the one that their type implies
}

// Note is about one key.
type Note struct {
	Position int    // in the set, from 0
	ID       string // the key's kid as far as it has one, cut after 64 bytes
	Reason   string
}

// String is the note as a line for a log, the kid quoted.
func (n Note) String() string { return fmt.Sprintf("key %d (kid %q): %s", n.Position, n.ID, n.Reason) }

const maxNoteIDBytes = 64

func note(position int, id, reason string) Note {
	return Note{position, id[:min(len(id), maxNoteIDBytes)], reason}
}

func (r Report) clone() Report {
	return Report{r.Usable, slices.Clone(r.Skipped), slices.Clone(r.Assumed)}
}

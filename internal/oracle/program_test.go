package oracle_test

import (
	"fmt"
	"strings"
)

// program makes a token out of the bytes of a fuzz input: each byte is a choice, and where they end, every choice is the first.
type program struct {
	bytes []byte
	steps []string // what was done, for people
}

func (p *program) pick(n int) int {
	if len(p.bytes) == 0 {
		return 0
	}
	b := p.bytes[0]
	p.bytes = p.bytes[1:]
	return int(b) % n
}

// raw takes up to 63 bytes as they are.
func (p *program) raw() string {
	n := min(p.pick(64), len(p.bytes))
	text := string(p.bytes[:n])
	p.bytes = p.bytes[n:]
	return text
}

func (p *program) say(format string, args ...any) {
	p.steps = append(p.steps, fmt.Sprintf(format, args...))
}

func (p *program) String() string { return "\n  " + strings.Join(p.steps, "\n  ") }

// brief is what of a text fits into a step's description.
func brief(text string) string {
	if len(text) > 60 {
		return fmt.Sprintf("%q and %d bytes more", text[:60], len(text)-60)
	}
	return fmt.Sprintf("%q", text)
}

// How many mutations before and after signing; few, so that many tokens stay good or have a single fault.
var counts = []struct{ before, after int }{
	{1, 0}, {0, 1}, {1, 0}, {2, 0}, {1, 0}, {2, 0}, {0, 0}, {1, 1}, {3, 0}, {2, 0}, {0, 2}, {4, 0}, {1, 0}, {5, 1}, {1, 0}, {2, 0},
}

// made is what a program has made: a token, the configuration of who receives it, and what its issuer signed.
type made struct {
	raw    string
	config int
	signed map[string]bool // what was signed with a trusted key for that key's algorithm
}

// run executes the program.
func (p *program) run(keys ring) made {
	config := p.pick(configs)
	kind, alg := p.pick(len(kinds)), trusted[p.pick(len(trusted))]
	count := counts[p.pick(len(counts))]
	p.say("a %s signed for %s, received by %s", kinds[kind].name, alg, describe(config))

	d := newDraft(kind, alg)
	for range count.before {
		beforeSigning[p.pick(len(beforeSigning))](p, d)
	}
	t, genuine := d.issue(keys)
	a := &aftermath{token: t, draft: d, keys: keys, signed: make(map[string]bool)}
	if genuine {
		a.sign(t)
	}
	if count.after > 0 {
		a.other, _ = newDraft(p.pick(len(kinds)), alg).issue(keys)
		a.sign(a.other)
		for range count.after {
			afterSigning[p.pick(len(afterSigning))](p, a)
		}
	}
	return made{raw: t.String(), config: config, signed: a.signed}
}

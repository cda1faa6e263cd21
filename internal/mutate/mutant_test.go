package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The fixture is a module of one package, with a test that misses some of its checks.
const fixture = `package gate

import "errors"

type gate struct{ open, paid bool }

func (g *gate) admit(name string, age int) (string, error) {
	if name == "" || age < 18 {
		return "", errors.New("refused")
	}
	if g.open && !(g.paid || age > 80) {
		return name, nil
	}
	switch name {
	case "root":
		return "", errors.New("not root")
	case "guest":
		return name, nil
	}
	return g.ask(name, age)
}

func (g *gate) ask(name string, age int) (_ string, err error) {
	old := !g.open && age > 80
	for _, n := range []string{"root", "eve"} {
		if n != name {
			continue
		}
		if old {
			name += " the old"
		}
		return name, nil
	}
	return "", errors.New("unknown")
}

func isAdult(age int) bool { return age >= 18 }
`

const fixtureTest = `package gate

import (
	"os"
	"testing"
)

func TestAdmit(t *testing.T) {
	for _, row := range []struct {
		name string
		age  int
		ok   bool
	}{{"", 20, false}, {"eve", 17, false}, {"ann", 20, false}, {"eve", 20, true}, {"root", 20, false}, {"guest", 20, true}} {
		t.Run(row.name, func(t *testing.T) {
			if name, err := new(gate).admit(row.name, row.age); (err == nil) != row.ok || row.ok && name != row.name {
				t.Error(name, err)
			}
		})
	}
}

// It fails once for each mutant, of itself.
func TestFlaky(t *testing.T) {
	id := os.Getenv("MUTATE_CHECK")
	if err := os.Mkdir("../failed-"+id, 0o700); id != "0" && err == nil {
		t.Error("once")
	}
}
`

// The whole way: which checks there are, what kills them, and what is said of the list of survivors.
func TestMutate(t *testing.T) {
	t.Setenv("GOWORK", "off")
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":            "module example.com/fixture\n\ngo 1.26.0\n",
		"gate/gate.go":      fixture,
		"gate/gate_test.go": fixtureTest,
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	err := options{root: root, jobs: 2}.mutate(t.Context(), &out, []scope{{"gate", []string{"gate"}}}, map[string]string{
		`gate gate.admit never: name == ""`:       "nobody unnamed is known",
		`gate gate.ask never: n != name`:          "not true",
		`gate gate.ask never: this was here once`: "not true any more",
	})
	if !errors.Is(err, errUnclear) {
		t.Errorf("got error %v, want %v", err, errUnclear)
	}
	got, _, _ := strings.Cut(out.String(), "checks in")
	want := `
killed   gate/gate.go:8 gate.admit  never: name == "" || age < 18   gate TestAdmit/eve
listed   gate/gate.go:8 gate.admit  never: name == ""   nobody unnamed is known
killed   gate/gate.go:8 gate.admit  never: age < 18   gate TestAdmit/eve
killed   gate/gate.go:11 gate.admit  always: g.open && !(g.paid || age > 80)   gate TestAdmit/ann
killed   gate/gate.go:11 gate.admit  always: g.open   gate TestAdmit/ann
SURVIVED gate/gate.go:11 gate.admit  always: !(g.paid || age > 80)   
SURVIVED gate/gate.go:11 gate.admit  never: g.paid   
SURVIVED gate/gate.go:11 gate.admit  never: age > 80   
killed   gate/gate.go:16 gate.admit  skipped: case "root"   gate TestAdmit/root
killed   gate/gate.go:20 gate.admit  noerror: return g.ask(name, age)   gate TestAdmit/ann
SURVIVED gate/gate.go:24 gate.ask  always: !g.open   
killed   gate/gate.go:24 gate.ask  always: age > 80   gate TestAdmit/eve#01
killed   gate/gate.go:26 gate.ask  never: n != name   gate TestAdmit/ann: but survivors.go lists it
SURVIVED gate/gate.go:29 gate.ask  never: old   
killed   gate/gate.go:29 gate.ask  always: old   gate TestAdmit/eve#01
killed   gate/gate.go:34 gate.ask  noerror: return "", errors.New("unknown")   gate TestAdmit/ann
SURVIVED gate/gate.go:37 isAdult  always: return age >= 18   
STALE    gate gate.ask never: this was here once: survivors.go lists a check that is not there

          file  checks  killed  survived  listed
  gate/gate.go      17      10         6       1
           all      17      10         6       1
17 `
	if got != want[1:] {
		t.Errorf("got:\n%s\nwant:\n%s", got, want[1:])
	}
}

func TestSlowTests(t *testing.T) {
	output := "=== RUN   TestA\n    --- PASS: TestA/b (1.00s)\n--- PASS: TestA (1.00s)\n--- PASS: TestB (0.19s)\n--- PASS: FuzzC (0.20s)\nPASS\n"
	if got, want := slowTests([]byte(output)), "^(TestA|FuzzC)$"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := slowTests(nil), "^()$"; got != want { // matches no name
		t.Errorf("got %s, want %s", got, want)
	}
}

// A mutant that fails in another way than by a test is named, too.
func TestFirstFailure(t *testing.T) {
	for want, output := range map[string]string{
		"TestA/b":                    "--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\n        x_test.go:1: no\n    --- FAIL: TestA/c (0.00s)\nFAIL\n",
		"TestA":                      "ok\n--- FAIL: TestA (0.00s)\npanic: boom [recovered]\n\tpanic: boom\n",
		"timeout in TestSlow/a":      "panic: test timed out after 20s\n\trunning tests:\n\t\tTestSlow/a (20s)\n\ngoroutine 1 [running]:\n",
		"panic: boom":                "panic: boom\n\ngoroutine 7 [running]:\n",
		"fatal error: out of memory": "fatal error: out of memory\n",
		"no test that says its name": "",
	} {
		if got := firstFailure([]byte(output)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

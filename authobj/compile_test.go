package authobj_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAs_CompilesForAuthObjectsOnly gives As, and a function with its constraint, every kind of type: the four compile, and
// for each of the others the compiler says why not.
func TestAs_CompilesForAuthObjectsOnly(t *testing.T) {
	if out, err := compile(t, "*authobj.Session", "*authobj.M2M", "*authobj.OAuth", "*authobj.APIKey"); err != nil {
		t.Fatalf("the four types don't compile: %v\n%s", err, out)
	}
	for _, kind := range []string{"authobj.Auth", "authobj.Session", "*tokens.SessionToken", "string", "any", "*impostor", "*own"} {
		out, err := compile(t, kind)
		if err == nil || !strings.Contains(out, "does not satisfy authobj.Object") {
			t.Errorf("As[%s]: want the compiler to say that it does not satisfy authobj.Object: %v\n%s", kind, err, out)
		}
	}
}

func compile(t *testing.T, kinds ...string) (output string, err error) {
	t.Helper()
	const program = `package main

import (
	"context"

	"example.com/machineauth/authobj"
	"example.com/machineauth/tokens"
)

type impostor struct{ *authobj.Session }

type own authobj.Session

var _ tokens.Type

func main() {
	%s
}
`
	var calls []string
	for _, kind := range kinds {
		calls = append(calls, fmt.Sprintf("_, _ = authobj.As[%s](context.Background())", kind))
	}
	file := filepath.Join(t.TempDir(), "main.go")
	must(t, os.WriteFile(file, fmt.Appendf(nil, program, strings.Join(calls, "\n\t")), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, file).CombinedOutput()
	return string(out), err
}

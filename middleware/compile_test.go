package middleware_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestProtectAndHandle_CompileForAuthObjectsOnly gives both functions types that are auth objects, and types that aren't:
// those compile, and for each of these the compiler says why not.
func TestProtectAndHandle_CompileForAuthObjectsOnly(t *testing.T) {
	for _, kind := range []string{"*authobj.Session", "*authobj.M2M", "*authobj.OAuth", "*authobj.APIKey"} {
		if out, err := compile(t, kind); err != nil {
			t.Errorf("%s: %v\n%s", kind, err, out)
		}
	}
	for _, kind := range []string{"string", "authobj.Auth", "authobj.M2M", "*tokens.M2MToken"} {
		out, err := compile(t, kind)
		if refusals := strings.Count(out, "does not satisfy authobj.Object"); err == nil || refusals != 2 {
			t.Errorf("%s: %d of 2 calls are refused: %v\n%s", kind, refusals, err, out)
		}
	}
}

func compile(t *testing.T, kind string) (output string, err error) {
	t.Helper()
	const program = `package main

import (
	"net/http"

	"example.com/machineauth/authobj"
	"example.com/machineauth/middleware"
	"example.com/machineauth/tokens"
)

var (
	_ authobj.Auth
	_ tokens.Token
)

func main() {
	_ = middleware.Handle[%[1]s](nil, func(http.ResponseWriter, *http.Request, %[1]s) {})
	_, _ = middleware.Protect[%[1]s](nil, nil)
}
`
	file := filepath.Join(t.TempDir(), "main.go")
	check(t, os.WriteFile(file, fmt.Appendf(nil, program, kind), 0o600))
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, file).CombinedOutput()
	return string(out), err
}

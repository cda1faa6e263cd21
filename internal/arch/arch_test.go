// Package arch holds the architecture as tests: which package may import which, and what no package may call.
package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "example.com/machineauth"

// pipeline lists the packages of the core, each with all it may import beyond the standard library.
var pipeline = map[string][]string{
	"/jwk":                     {"github.com/lestrrat-go/jwx/v2/jwa", "github.com/lestrrat-go/jwx/v2/jws", "github.com/go-json-experiment/json", "github.com/go-json-experiment/json/jsontext"},
	"/internal/shared":         {},
	"/tokens":                  {module + "/jwk", module + "/internal/shared", "github.com/maypok86/otter/v2", "golang.org/x/sync/singleflight", "github.com/go-json-experiment/json", "github.com/go-json-experiment/json/jsontext"},
	"/tokens/issuer":           {module + "/jwk", module + "/tokens", "github.com/go-json-experiment/json", "github.com/go-json-experiment/json/jsontext"},
	"/tokens/issuer/storetest": {module + "/tokens", module + "/tokens/issuer", "github.com/google/go-cmp/cmp"},
	"/tokens/outbound":         {module + "/tokens", "golang.org/x/oauth2", "golang.org/x/oauth2/clientcredentials", "golang.org/x/sync/singleflight"},
	"/internal/caller":         {module + "/tokens"},
	"/authobj":                 {module + "/tokens", module + "/internal/caller"},
	"/middleware":              {module + "/authobj", module + "/tokens", module + "/internal/caller", module + "/internal/shared"},
	"/example/quickstart":      {module + "/jwk", module + "/tokens", module + "/authobj", module + "/middleware", module + "/tokens/issuer", "github.com/go-chi/chi/v5", "golang.org/x/oauth2/clientcredentials"},
	"/internal/attacks":        nil,
	"/internal/oracle":         nil,
	"/internal/arch":           nil,
	"/internal/resources":      nil,
}

type pkg struct {
	ImportPath   string
	Dir          string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// list returns the packages of the module.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func TestArrows(t *testing.T) {
	seen := 0
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, ok := pipeline[name]
		if !ok {
			t.Errorf("%s is a new package: say in pipeline what it may import", p.ImportPath)
			continue
		}
		seen++
		for _, path := range p.Imports {
			if !isStandard(path) && !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
		}
		for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
			if strings.HasPrefix(path, "github.com/lestrrat-go/jwx") && name != "/jwk" {
				t.Errorf("the tests of %s import %s", p.ImportPath, path)
			}
		}
	}
	if seen != len(pipeline) {
		t.Errorf("%d packages seen, %d in pipeline", seen, len(pipeline))
	}
}

// TestJWXIsUsedForOneThing: jwx checks signatures through jws.NewVerifier, and parses, fetches and decides nothing.
func TestJWXIsUsedForOneThing(t *testing.T) {
	found := 0
	eachFile(t, func(path string, file *ast.File) {
		names := make(map[string]bool) // what jwx packages are called in this file
		for _, spec := range file.Imports {
			importPath, _ := strconv.Unquote(spec.Path.Value)
			if strings.HasPrefix(importPath, "github.com/lestrrat-go/jwx") && !strings.HasSuffix(importPath, "/jwa") {
				name := filepath.Base(importPath)
				if spec.Name != nil {
					name = spec.Name.Name
				}
				names[name] = true
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && names[x.Name] {
					found++
					if sel.Sel.Name != "NewVerifier" && sel.Sel.Name != "Verifier" {
						t.Errorf("%s uses %s.%s", path, x.Name, sel.Sel.Name)
					}
				}
			}
			return true
		})
	})
	if found == 0 {
		t.Error("jws.NewVerifier is not used at all: this test looks in the wrong place")
	}
}

// TestNoGlobalState: nothing reads the environment, and no package has an init.
func TestNoGlobalState(t *testing.T) {
	eachFile(t, func(path string, file *ast.File) {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init", path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" && slices.Contains([]string{"Getenv", "LookupEnv", "Environ"}, sel.Sel.Name) {
					t.Errorf("%s reads the environment", path)
				}
			}
			return true
		})
	})
}

// eachFile parses every file of the core that isn't a test.
func eachFile(t *testing.T, visit func(path string, file *ast.File)) {
	t.Helper()
	for _, dir := range []string{"jwk", "tokens", "authobj", "middleware"} {
		err := filepath.WalkDir(filepath.Join("../..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err == nil {
				visit(path, file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

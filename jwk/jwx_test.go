package jwk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// Of jwx, the verifier of one signature is used and nothing else: its parsers, fetchers and global settings are too lenient,
// or without bound.
func TestJWX_IsUsedForNothingButVerification(t *testing.T) {
	const jwx = "github.com/lestrrat-go/jwx"
	allowed := map[string]bool{"jws.NewVerifier": true, "jwa.SignatureAlgorithm": true}
	seen := map[string]bool{}
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		local := map[string]bool{}
		for _, i := range file.Imports {
			if path := strings.Trim(i.Path.Value, `"`); strings.HasPrefix(path, jwx) {
				if i.Name != nil {
					t.Errorf("%s imports %s under another name", name, path)
				}
				local[path[strings.LastIndex(path, "/")+1:]] = true
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok && local[x.Name] {
					use := x.Name + "." + s.Sel.Name
					seen[use] = true
					if !allowed[use] {
						t.Errorf("%s uses %s", name, use)
					}
				}
			}
			return true
		})
	}
	if len(seen) != len(allowed) {
		t.Errorf("found %v, want %v: does the test still look in the right place?", seen, allowed)
	}
}

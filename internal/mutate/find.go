package main

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// finder finds the checks of one file.
type finder struct {
	fset     *token.FileSet
	source   []byte
	file     string
	function string
	found    []check
}

// findChecks returns the checks of a file below root, in the order in which they stand there.
func findChecks(root, file string) ([]check, error) {
	source, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, err
	}
	f := &finder{fset: token.NewFileSet(), source: source, file: filepath.ToSlash(file)}
	syntax, err := parser.ParseFile(f.fset, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, decl := range syntax.Decls {
		f.function = "var"
		var results *ast.FieldList
		if fn, ok := decl.(*ast.FuncDecl); ok {
			f.function, results = nameOf(fn), fn.Type.Results
			f.lastReturn(fn.Body, results)
		}
		f.walk(decl, results)
	}
	slices.SortStableFunc(f.found, func(a, b check) int { // where two start together, the larger first
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	return f.found, nil
}

// nameOf returns the name of a function as it is known outside its package: Type.Method for a method.
func nameOf(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	receiver := fn.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + fn.Name.Name
	}
	return fn.Name.Name
}

// walk visits all of node, which belongs to a function with these results.
func (f *finder) walk(node ast.Node, results *ast.FieldList) {
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			f.lastReturn(n.Body, n.Type.Results)
			f.walk(n.Body, n.Type.Results)
			return false
		case *ast.IfStmt:
			f.condition(n.Cond, f.ifText(n), outcomeOf(n.Body.List, results))
			f.walkIf(n.Init, results)
			f.literals(n.Cond)
			f.walk(n.Body, results)
			f.walkIf(n.Else, results)
			return false
		case *ast.SwitchStmt:
			f.walkIf(n.Init, results)
			for _, clause := range n.Body.List {
				f.clause(clause.(*ast.CaseClause), n.Tag == nil, results)
			}
			return false
		case *ast.TypeSwitchStmt:
			for _, clause := range n.Body.List {
				f.clause(clause.(*ast.CaseClause), false, results)
			}
			return false
		case *ast.ForStmt: // its condition is no check, but counts
			f.walkIf(n.Init, results)
			f.walkIf(n.Post, results)
			f.walk(n.Body, results)
			return false
		case *ast.ReturnStmt:
			f.returned(n, results)
		case *ast.BinaryExpr:
			if isLogical(n) {
				f.operands(n)
				f.literals(n)
				return false
			}
		}
		return true
	})
}

// walkIf is walk for a part that a statement may lack.
func (f *finder) walkIf(s ast.Stmt, results *ast.FieldList) {
	if s != nil {
		f.walk(s, results)
	}
}

// literals visits the functions inside an expression whose operands have been dealt with.
func (f *finder) literals(e ast.Expr) {
	ast.Inspect(e, func(n ast.Node) bool {
		if fn, ok := n.(*ast.FuncLit); ok {
			f.lastReturn(fn.Body, fn.Type.Results)
			f.walk(fn.Body, fn.Type.Results)
			return false
		}
		return true
	})
}

// clause visits a clause of a switch; conditions says whether its expressions are conditions.
func (f *finder) clause(c *ast.CaseClause, conditions bool, results *ast.FieldList) {
	outcome := outcomeOf(c.Body, results)
	switch {
	case c.List == nil: // default: what remains where no other clause is deleted
	case conditions:
		for _, e := range c.List {
			f.condition(e, "case "+f.text(e), outcome)
			f.literals(e)
		}
	case outcome == refuses:
		text := string(f.source[f.offset(c.Case):f.offset(c.Colon)])
		f.add(check{how: skipped, text: oneLine(text), start: f.offset(c.Body[0].Pos()), end: f.offset(c.End())})
	}
	for _, s := range c.Body {
		f.walk(s, results)
	}
}

// ifText is an if statement up to its brace.
func (f *finder) ifText(n *ast.IfStmt) string {
	return oneLine(string(f.source[f.offset(n.If)+len("if ") : f.offset(n.Cond.End())]))
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

// text is the source of a node on one line.
func (f *finder) text(n ast.Node) string { return oneLine(f.raw(n)) }

func (f *finder) raw(n ast.Node) string {
	return string(f.source[f.offset(n.Pos()):f.offset(n.End())])
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// add completes a check and keeps it, unless it is there already.
func (f *finder) add(c check) {
	if !slices.ContainsFunc(f.found, func(other check) bool { return other.start == c.start && other.end == c.end && other.how == c.how }) {
		c.file, c.function = f.file, f.function
		c.line = 1 + bytes.Count(f.source[:c.start], []byte("\n"))
		f.found = append(f.found, c)
	}
}

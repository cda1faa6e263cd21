package main

import (
	"go/ast"
	"go/token"
)

// outcome is what stands behind a condition.
type outcome int

const (
	acts    outcome = iota // anything: it can't be told whether this lets more through or less
	refuses                // nothing follows, or an error
	accepts                // a result
)

// outcomeOf looks at the statements behind a condition, in a function with these results. Those behind conditions of their
// own don't count.
func outcomeOf(body []ast.Stmt, results *ast.FieldList) outcome {
	for _, s := range body {
		switch s := s.(type) {
		case *ast.ReturnStmt:
			return outcomeOfReturn(s, results)
		case *ast.BranchStmt:
			if s.Tok == token.CONTINUE {
				return refuses
			}
		case *ast.ExprStmt:
			if call, ok := s.X.(*ast.CallExpr); ok && isIdent(call.Fun, "panic") {
				return refuses
			}
		}
	}
	return acts
}

func outcomeOfReturn(s *ast.ReturnStmt, results *ast.FieldList) outcome {
	if len(s.Results) == 0 {
		return refuses
	}
	last := s.Results[len(s.Results)-1]
	switch {
	case len(s.Results) < results.NumFields() || isIdent(lastType(results), "bool"):
		return acts
	case isError(results) && isIdent(last, "nil"):
		return accepts
	case isError(results) || isZero(last):
		return refuses
	}
	return accepts
}

// lastReturn adds the refusal at the end of a function.
func (f *finder) lastReturn(body *ast.BlockStmt, results *ast.FieldList) {
	if body == nil || len(body.List) == 0 {
		return
	}
	s, ok := body.List[len(body.List)-1].(*ast.ReturnStmt)
	if !ok || len(s.Results) == 0 || len(s.Results) < results.NumFields() {
		return
	}
	last := s.Results[len(s.Results)-1]
	switch {
	case isError(results) && !isIdent(last, "nil"):
		f.withoutError(s, last, []string{"error"})
	case isIdent(last, "false"):
		f.force(always, last, "return "+f.text(last))
	}
}

// returned adds what is decided in a return: a comparison, and the error among another function's results.
func (f *finder) returned(s *ast.ReturnStmt, results *ast.FieldList) {
	if len(s.Results) == 1 && results.NumFields() > 1 && isError(results) {
		f.withoutError(s, s.Results[0], f.types(results))
	}
	for _, e := range s.Results {
		switch e := ast.Unparen(e).(type) {
		case *ast.BinaryExpr:
			if isComparison(e.Op) {
				f.force(always, e, "return "+f.text(e))
			}
		case *ast.UnaryExpr:
			if e.Op == token.NOT {
				f.force(always, e, "return "+f.text(e))
			}
		}
	}
}

func (f *finder) withoutError(s *ast.ReturnStmt, e ast.Expr, types []string) {
	f.add(check{how: noError, text: f.text(s), types: types, start: f.offset(e.Pos()), end: f.offset(e.End())})
}

// types are the types of results, without their names.
func (f *finder) types(results *ast.FieldList) []string {
	var list []string
	for _, field := range results.List {
		for range max(1, len(field.Names)) {
			list = append(list, f.raw(field.Type))
		}
	}
	return list
}

func lastType(results *ast.FieldList) ast.Expr {
	if results.NumFields() == 0 {
		return nil
	}
	return results.List[len(results.List)-1].Type
}

func isError(results *ast.FieldList) bool { return isIdent(lastType(results), "error") }

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// isZero reports whether e is written as a zero value.
func isZero(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "nil"
	case *ast.BasicLit:
		return e.Value == `""` || e.Value == "0"
	case *ast.CompositeLit:
		return len(e.Elts) == 0
	}
	return false
}

func isComparison(op token.Token) bool {
	switch op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ:
		return true
	}
	return false
}

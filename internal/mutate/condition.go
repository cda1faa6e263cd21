package main

import (
	"go/ast"
	"go/token"
)

// condition adds the checks that a condition consists of: itself, and those of its operands by which less would be refused
// or, where that can't be told, by which anything would change.
func (f *finder) condition(e ast.Expr, text string, behind outcome) {
	if behind != accepts {
		f.force(never, e, text)
		f.loosen(never, e)
	}
	if behind != refuses {
		f.force(always, e, text)
		f.loosen(always, e)
	}
}

// loosen adds the operands of e that can by themselves be false where e is to be false, or true where it is to be true.
func (f *finder) loosen(to how, e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		if e.Op == token.NOT {
			f.loosen(opposite(to), e.X)
		}
	case *ast.BinaryExpr:
		if !isLogical(e) {
			return
		}
		for _, operand := range operandsOf(e) {
			if e.Op == token.LOR && to == never || e.Op == token.LAND && to == always {
				f.force(to, operand, f.text(operand))
			}
			f.loosen(to, operand)
		}
	}
}

func opposite(to how) how {
	if to == never {
		return always
	}
	return never
}

// operands adds each operand of a logical expression of which nobody knows what follows from it.
func (f *finder) operands(e ast.Expr) {
	switch e := ast.Unparen(e).(type) {
	case *ast.UnaryExpr:
		f.operands(e.X)
	case *ast.BinaryExpr:
		if !isLogical(e) {
			return
		}
		without := always
		if e.Op == token.LOR {
			without = never
		}
		for _, operand := range operandsOf(e) {
			f.force(without, operand, f.text(operand))
			f.operands(operand)
		}
	}
}

// operandsOf returns the operands of a chain of one operator.
func operandsOf(e *ast.BinaryExpr) []ast.Expr {
	var list []ast.Expr
	for _, side := range []ast.Expr{e.X, e.Y} {
		if inner, ok := ast.Unparen(side).(*ast.BinaryExpr); ok && inner.Op == e.Op {
			list = append(list, operandsOf(inner)...)
		} else {
			list = append(list, side)
		}
	}
	return list
}

func isLogical(e *ast.BinaryExpr) bool { return e.Op == token.LAND || e.Op == token.LOR }

// force adds a check that is deleted by making e true or false without evaluating it.
func (f *finder) force(to how, e ast.Expr, text string) {
	f.add(check{how: to, text: text, start: f.offset(e.Pos()), end: f.offset(e.End())})
}

package scorecard

import (
	"fmt"
	"regexp/syntax"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// refused are functions whose cost CEL does not know: they make much of little.
var refused = map[string]string{
	"lists.range": "lists.range is not available: go through a list that is there",
	"findAll":     "findAll is not available: it may search a text as often as it is long; use find or matches",
}

// maxPattern is how many steps a pattern may have, a repeated one counted as often as it is repeated.
const maxPattern = 300

// refuse says what is wrong with an expression that CEL accepts.
func refuse(a *ast.AST) error {
	var err error
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || err != nil {
			return
		}
		call := e.AsCall()
		why := refused[call.FunctionName()]
		if args := call.Args(); len(args) > 0 && (call.FunctionName() == "matches" || call.FunctionName() == "find") {
			why = refusePattern(args[len(args)-1])
		}
		if why != "" {
			at := a.SourceInfo().GetStartLocation(e.ID())
			err = fmt.Errorf("line %d, column %d: %s", at.Line(), at.Column()+1, why)
		}
	}))
	return err
}

// refusePattern says why a pattern may not be used, empty if it may. What it costs to match one is not known before it is
// read, so that it must be known when the expression is compiled.
func refusePattern(e ast.Expr) string {
	if e.Kind() != ast.LiteralKind {
		return "the pattern must be a plain text between quotes: compare texts with ==, startsWith or contains"
	}
	text, ok := e.AsLiteral().(types.String)
	if !ok {
		return "" // CEL says what is wrong
	}
	pattern, err := syntax.Parse(string(text), syntax.Perl)
	if err != nil {
		return fmt.Sprintf("the pattern cannot be read: %v", err)
	}
	if steps(pattern) > maxPattern {
		return fmt.Sprintf("the pattern has more than %d steps: repeat less", maxPattern)
	}
	return ""
}

// steps is about how many instructions a pattern compiles to; it does not count far beyond maxPattern.
func steps(p *syntax.Regexp) int {
	n := 1 + len(p.Rune)
	if p.Op == syntax.OpCharClass {
		n = 1
	}
	for _, s := range p.Sub {
		if n += steps(s); n > maxPattern {
			return n
		}
	}
	if p.Op == syntax.OpRepeat {
		n *= max(p.Min, p.Max, 1)
	}
	return n
}

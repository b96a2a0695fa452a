package scorecard

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

const (
	maxEvidence = 3
	maxPath     = 253
	maxValue    = 100
)

// What stands in place of a value.
const (
	valueAbsent   = "absent"
	valuePresent  = "present"
	valueNotKnown = "not known"
)

// evidence runs the expression a second time, tracked, and tells the paths and values of the part that decided. Values
// below workloads are told only where shown lists the path, or one above it.
func (p *program) evidence(w *watchdog, shown []string) (out []catalog.Evidence) {
	defer func() {
		if recover() != nil { // a library's; the result stands without evidence
			out = nil
		}
	}()
	t, err := p.tracked()
	if err != nil {
		return nil
	}
	state, last := t.track(w)
	if state == nil {
		return nil
	}
	f := &finder{state: state, last: last, shown: shown, vars: map[string]string{}}
	f.decide(p.ast.Expr())
	return f.out
}

// finder goes down from the result to the fields that decided it.
type finder struct {
	state interpreter.EvalState
	last  map[int64]ref.Val
	shown []string
	vars  map[string]string // variables of comprehensions: the paths that they stand for
	out   []catalog.Evidence
}

func (f *finder) value(e ast.Expr) ref.Val {
	v, _ := f.state.Value(e.ID())
	return v
}

// decide notes the fields that decided the value of an expression.
func (f *finder) decide(e ast.Expr) {
	if path, ok := f.path(e); ok {
		f.note(e, path)
		return
	}
	switch e.Kind() {
	case ast.CallKind:
		f.decideCall(e)
	case ast.SelectKind:
		f.decide(e.AsSelect().Operand())
	case ast.ComprehensionKind:
		f.decideComprehension(e.AsComprehension())
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			f.decide(x)
		}
	case ast.MapKind:
		for _, x := range e.AsMap().Entries() {
			f.decide(x.AsMapEntry().Value())
		}
	}
}

func (f *finder) decideCall(e ast.Expr) {
	call := e.AsCall()
	switch name := call.FunctionName(); name {
	case operators.LogicalAnd, operators.LogicalOr:
		// One operand decides where it has the value that the others cannot change; else all do that are like the result.
		alone := types.Bool(name == operators.LogicalOr)
		result := f.value(e)
		for _, x := range call.Args() {
			v := f.value(x)
			if result == alone && v != alone || v == nil || types.IsUnknownOrError(result) && !types.IsUnknownOrError(v) {
				continue
			}
			f.decide(x)
		}
	case operators.Conditional:
		taken := call.Args()[1]
		if f.value(call.Args()[0]) != types.True {
			taken = call.Args()[2]
		}
		f.decide(taken)
		f.decide(call.Args()[0])
	default:
		if call.IsMemberFunction() {
			f.decide(call.Target())
		}
		for _, x := range call.Args() {
			f.decide(x)
		}
	}
}

// decideComprehension looks at the last round of all and exists, after which they stopped; at the range of the others.
func (f *finder) decideComprehension(c ast.ComprehensionExpr) {
	elem, looped := f.last[c.LoopStep().ID()]
	if c.AccuInit().Kind() != ast.LiteralKind || !looped {
		f.decide(c.IterRange())
		return
	}
	path, ok := f.path(c.IterRange())
	if !ok {
		f.decide(c.IterRange())
		return
	}
	before, had := f.vars[c.IterVar()]
	f.vars[c.IterVar()] = path + f.index(c.IterRange(), elem)
	f.decide(c.LoopStep())
	if delete(f.vars, c.IterVar()); had {
		f.vars[c.IterVar()] = before
	}
}

// index is the place of an element in what was gone through.
func (f *finder) index(all ast.Expr, elem ref.Val) string {
	switch v := f.value(all).(type) {
	case traits.Lister:
		n, ok := v.Size().(types.Int)
		for i := types.Int(0); ok && i < n; i++ {
			if same(v.Get(i), elem) {
				return "[" + strconv.FormatInt(int64(i), 10) + "]"
			}
		}
	case traits.Mapper:
		return "[" + strconv.Quote(fmt.Sprint(elem.Value())) + "]"
	}
	return "[]"
}

// same says whether two values are one; objects and lists are converted once, so they are one only if they are the same.
func same(a, b ref.Val) bool {
	switch a.(type) {
	case types.String, types.Int, types.Double, types.Bool, *object:
		return a == b
	}
	return a.Type() == b.Type() && a.Equal(b) == types.True
}

// path is where the value of an expression stands, if it is a field of a variable.
func (f *finder) path(e ast.Expr) (string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		if p, ok := f.vars[e.AsIdent()]; ok {
			return p, true
		}
		return e.AsIdent(), variable(e.AsIdent()) != 0
	case ast.SelectKind:
		p, ok := f.path(e.AsSelect().Operand())
		return p + "." + e.AsSelect().FieldName(), ok
	case ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case operators.Index, operators.OptIndex, operators.OptSelect:
			p, ok := f.path(call.Args()[0])
			return p + f.key(call.Args()[1], call.FunctionName() == operators.OptSelect), ok
		}
	}
	return "", false
}

func (f *finder) key(e ast.Expr, field bool) string {
	v := f.value(e)
	if e.Kind() == ast.LiteralKind {
		v = e.AsLiteral()
	}
	switch v := v.(type) {
	case types.String:
		if field {
			return "." + string(v)
		}
		return "[" + strconv.Quote(string(v)) + "]"
	case types.Int:
		return "[" + strconv.FormatInt(int64(v), 10) + "]"
	}
	return "[]"
}

func (f *finder) note(e ast.Expr, path string) {
	v := f.value(e)
	path = clip(path, maxPath)
	if v == nil || len(f.out) == maxEvidence {
		return // not evaluated, or enough
	}
	for _, had := range f.out {
		if had.Path == path {
			return
		}
	}
	test := e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly()
	f.out = append(f.out, catalog.Evidence{Path: path, Value: f.text(path, v, test)})
}

// text is a value as it is shown.
func (f *finder) text(path string, v ref.Val, test bool) string {
	if o, ok := v.(*types.Optional); ok {
		if !o.HasValue() {
			return valueAbsent
		}
		v = o.GetValue()
	}
	switch {
	case types.IsUnknown(v):
		return valueNotKnown
	case types.IsError(v), test && v == types.False:
		return valueAbsent
	case test:
		return valuePresent
	case !f.mayShow(path):
		return ""
	}
	switch v := v.(type) {
	case types.String:
		return clip(strconv.Quote(string(v)), maxValue)
	case types.Int, types.Uint, types.Double, types.Bool:
		return fmt.Sprint(v.Value())
	case types.Timestamp, types.Duration:
		if s, ok := v.ConvertToType(types.StringType).(types.String); ok {
			return clip(string(s), maxValue)
		}
	case traits.Lister:
		return fmt.Sprintf("%v elements", v.Size().Value())
	case traits.Sizer:
		return fmt.Sprintf("%v fields", v.Size().Value())
	}
	return ""
}

// mayShow says whether the value at a path may be told.
func (f *finder) mayShow(path string) bool {
	plain := withoutIndexes(path)
	if plain != "workloads" && !strings.HasPrefix(plain, "workloads.") {
		return true
	}
	for _, s := range f.shown {
		if plain == s || strings.HasPrefix(plain, s+".") {
			return true
		}
	}
	return false
}

// withoutIndexes takes what stands in brackets out of a path; a key may hold brackets, within quotes.
func withoutIndexes(path string) string {
	var out strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case quoted:
			switch c {
			case '\\':
				i++
			case '"':
				quoted = false
			}
		case depth > 0 && c == '"':
			quoted = true
		case c == '[':
			depth++
		case c == ']':
			depth--
		case depth == 0:
			out.WriteByte(c)
		}
	}
	return out.String()
}

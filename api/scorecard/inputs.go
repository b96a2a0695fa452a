package scorecard

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// MaxInputs is how many fields Inputs tells of.
const MaxInputs = 10

// programsOf are the programs of a check for a kind, and its list of what may be shown; nil if there is no such check.
func (c *Compiled) programsOf(k relation.Kind, name catalog.CheckName) (p *programs, shown []string) {
	for i := range c.checks {
		if c.checks[i].name == name {
			return &c.checks[i].by[k], c.checks[i].evidence
		}
	}
	return nil, nil
}

// CheckReads are the variables that the result of a check depends on, for a kind.
func (c *Compiled) CheckReads(k relation.Kind, name catalog.CheckName) Variables {
	var v Variables
	p, _ := c.programsOf(k, name)
	if p == nil {
		return 0
	}
	for _, e := range []*program{p.when, p.expression} {
		if e != nil {
			v |= e.reads
		}
	}
	return v
}

// Inputs are the fields that a check reads of an entity, with their values as far as these may be told: those of when,
// then those of the expression, MaxInputs at most. Of a loop they are those of the last round.
func (c *Compiled) Inputs(ctx context.Context, s *Subject, name catalog.CheckName) []catalog.Evidence {
	p, shown := c.programsOf(s.input.Ref.Kind, name)
	if p == nil {
		return nil
	}
	w := newWatchdog(ctx, s)
	defer w.stop()
	r := &reader{}
	for _, e := range []*program{p.when, p.expression} {
		if e == nil {
			continue
		}
		w.next()
		if held := r.run(w, e, shown); !held {
			break // of when: the expression is not asked
		}
	}
	return r.out
}

// reader notes all fields that an expression reads, where finder notes those that decided.
type reader struct {
	*finder
	out []catalog.Evidence
}

// run notes what an expression reads, and says whether it is true.
func (r *reader) run(w *watchdog, p *program, shown []string) (held bool) {
	defer func() {
		if recover() != nil { // a library's
			held = false
		}
	}()
	if _, err := p.eval(w); err != nil {
		return r.outline(p) // what did not come to an end shall not run a second time
	}
	t, err := p.tracked()
	if err != nil {
		return false
	}
	state, last := t.track(w)
	if state == nil {
		return false
	}
	r.finder = &finder{state: state, last: last, shown: shown, vars: map[string]string{}}
	r.read(p.ast.Expr())
	return r.value(p.ast.Expr()) == types.True
}

// outline notes the variables alone.
func (r *reader) outline(p *program) bool {
	for i, name := range variables {
		if p.reads&(1<<i) != 0 {
			r.add(name, "")
		}
	}
	return false
}

func (r *reader) read(e ast.Expr) {
	if path, ok := r.path(e); ok {
		if v := r.value(e); v != nil { // else it was not looked at
			test := e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly()
			path = clip(path, maxPath)
			r.add(path, r.text(path, v, test))
		}
		return
	}
	switch e.Kind() {
	case ast.CallKind:
		if e.AsCall().IsMemberFunction() {
			r.read(e.AsCall().Target())
		}
		for _, x := range e.AsCall().Args() {
			r.read(x)
		}
	case ast.SelectKind:
		r.read(e.AsSelect().Operand())
	case ast.ListKind:
		for _, x := range e.AsList().Elements() {
			r.read(x)
		}
	case ast.MapKind:
		for _, x := range e.AsMap().Entries() {
			r.read(x.AsMapEntry().Value())
		}
	case ast.ComprehensionKind:
		r.readLoop(e.AsComprehension())
	}
}

// readLoop notes what the last round of a loop read.
func (r *reader) readLoop(c ast.ComprehensionExpr) {
	r.read(c.IterRange())
	elem, looped := r.last[c.LoopStep().ID()]
	if !looped {
		return
	}
	before, had := r.vars[c.IterVar()]
	if path, ok := r.path(c.IterRange()); ok {
		r.vars[c.IterVar()] = path + r.index(c.IterRange(), elem)
	}
	r.read(c.LoopStep())
	if delete(r.vars, c.IterVar()); had {
		r.vars[c.IterVar()] = before
	}
}

func (r *reader) add(path, value string) {
	known := func(e catalog.Evidence) bool { return e.Path == path }
	if len(r.out) < MaxInputs && !slices.ContainsFunc(r.out, known) {
		r.out = append(r.out, catalog.Evidence{Path: path, Value: value})
	}
}

// Questions are those whose answers a check reads, by name; all is true if that cannot be told from the expression.
func (c *Compiled) Questions(k relation.Kind, name catalog.CheckName) (names []string, all bool) {
	p, _ := c.programsOf(k, name)
	if p == nil {
		return nil, false
	}
	mentioned, told := 0, 0
	for _, e := range []*program{p.when, p.expression} {
		if e == nil {
			continue
		}
		ast.PreOrderVisit(e.ast.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
			if x.Kind() == ast.IdentKind && x.AsIdent() == attestations {
				mentioned++
			}
			if q, ok := questionOf(x); ok {
				names, told = append(names, q), told+1
			}
		}))
	}
	slices.Sort(names)
	return slices.Compact(names), mentioned > told
}

// questionOf is the question that an expression names, such as attestations['threat-model'].
func questionOf(e ast.Expr) (string, bool) {
	var of, key ast.Expr
	switch e.Kind() {
	case ast.SelectKind:
		s := e.AsSelect()
		return s.FieldName(), s.Operand().Kind() == ast.IdentKind && s.Operand().AsIdent() == attestations
	case ast.CallKind:
		args := e.AsCall().Args()
		switch e.AsCall().FunctionName() {
		case operators.Index, operators.OptIndex, operators.OptSelect:
			of, key = args[0], args[1]
		case operators.In:
			of, key = args[1], args[0]
		}
	}
	if of == nil || of.Kind() != ast.IdentKind || of.AsIdent() != attestations || key.Kind() != ast.LiteralKind {
		return "", false
	}
	q, ok := key.AsLiteral().(types.String)
	return string(q), ok
}

// Answers says whether a control is the one that is asked for, or a part of it: SOC2 CC7.1 answers SOC2 and SOC2 CC7, and
// SOC2 CC7.10 does not answer SOC2 CC7.1.
func Answers(control catalog.Control, asked string) bool {
	rest, ok := strings.CutPrefix(string(control), asked)
	if !ok || asked == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || !unicode.IsLetter(first) && !unicode.IsDigit(first)
}

// Package scorecard compiles the checks of Scorecards and judges entities by them: result of each check, score, level,
// verdict, and what decided. It is pure: it knows neither a cluster nor a clock.
//
// A Scorecard is compiled once (Compile) and an entity converted once (NewSubject); each entity is then judged by as many
// Scorecards as there are (Compiled.Evaluate). All of it may be shared between goroutines.
package scorecard

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Purpose says why a Scorecard is compiled.
type Purpose uint8

const (
	// Admission compiles what is to be stored, with the libraries that the oldest supported API server has too.
	Admission Purpose = iota
	// Stored compiles what was admitted once, with all libraries that there ever were.
	Stored
)

// Compiled is a Scorecard that is ready to judge.
type Compiled struct {
	name     string
	checks   []check
	levels   []catalog.Word
	passing  catalog.PassMark
	scope    labels.Selector
	where    [relation.User + 1]*program
	kinds    [relation.User + 1]bool
	reads    [relation.User + 1]Variables
	override []override
}

// check is a check with its programs, one for each kind.
type check struct {
	name     catalog.CheckName
	title    string
	level    int // index in levels, -1 if none
	weight   int64
	evidence []string
	by       [relation.User + 1]programs
}

// programs are those of a check for a kind. Broken says why the check cannot be run for the kind.
type programs struct {
	when, expression, message *program
	broken                    string
}

// Compile makes the programs of a Scorecard. What is wrong is said with the field's path and, of an expression, with the
// position in it. A Compiled is returned even then, as good as can be: a check that cannot be compiled is an Error.
func Compile(sc *catalog.Scorecard, purpose Purpose) (*Compiled, field.ErrorList) {
	spec := &sc.Spec
	c := &Compiled{
		name: sc.Name, passing: spec.Passing, scope: labels.Everything(),
	}
	errs := lint(spec)
	for _, l := range spec.Levels {
		c.levels = append(c.levels, l.Name)
	}
	path := field.NewPath("spec", "appliesTo")
	if s := spec.AppliesTo.Selector; len(s.MatchLabels)+len(s.MatchExpressions) > 0 {
		scope, err := relation.Selector(s)
		if err != nil {
			errs = append(errs, field.Invalid(path.Child("selector"), "", err.Error()))
			scope = labels.Nothing()
		}
		c.scope = scope
	}
	var kinds []relation.Kind
	for _, k := range relation.Kinds() {
		if slices.Contains(spec.AppliesTo.Kinds, catalog.ScoredKind(k.ObjectKind())) {
			c.kinds[k] = true
			kinds = append(kinds, k)
		}
	}
	if where := spec.AppliesTo.Where; where != "" {
		for _, k := range kinds {
			p, err := compileWhere(where, k, purpose)
			c.where[k] = p
			errs = appendOnce(errs, path.Child("where"), where, err, k, len(kinds))
		}
	}
	for i := range spec.Checks {
		k, more := compileCheck(&spec.Checks[i], field.NewPath("spec", "checks").Index(i), kinds, purpose)
		k.level = slices.Index(c.levels, spec.Checks[i].Level)
		c.checks = append(c.checks, k)
		errs = append(errs, more...)
	}
	for _, k := range kinds {
		c.reads[k] = c.readsOf(k)
	}
	more := c.compileOverrides(spec)
	return c, append(errs, more...)
}

func compileCheck(in *catalog.ScorecardCheck, path *field.Path, kinds []relation.Kind, purpose Purpose) (check, field.ErrorList) {
	out := check{name: in.Name, title: in.Title, weight: 1}
	if in.Weight != nil {
		out.weight = clampWeight(*in.Weight)
	}
	if out.title == "" {
		out.title = string(in.Name)
	}
	for _, e := range in.Evidence {
		out.evidence = append(out.evidence, string(e))
	}
	var errs field.ErrorList
	for _, k := range kinds {
		p := &out.by[k]
		for _, e := range []struct {
			name string
			text catalog.CELExpression
			to   **program
			want resultType
		}{
			{"when", in.When, &p.when, wantBool},
			{"expression", in.Expression, &p.expression, wantBool},
			{"messageExpression", in.MessageExpression, &p.message, wantString},
		} {
			if e.text == "" && e.name != "expression" {
				continue
			}
			program, err := compile(string(e.text), k, e.want, purpose)
			*e.to = program
			if err != nil && e.want == wantBool && p.broken == "" {
				p.broken = e.name + ": " + err.Error()
			}
			errs = appendOnce(errs, path.Child(e.name), e.text, err, k, len(kinds))
		}
	}
	return out, errs
}

// appendOnce adds what is wrong with an expression, once for all kinds for which the same is wrong.
func appendOnce(errs field.ErrorList, path *field.Path, text catalog.CELExpression, err error, k relation.Kind, kinds int) field.ErrorList {
	if err == nil {
		return errs
	}
	why := err.Error()
	for _, e := range errs {
		if e.Field == path.String() {
			return errs // the first kind for which it is wrong is enough
		}
	}
	if kinds > 1 {
		why = "of kind " + k.ObjectKind() + ": " + why
	}
	return append(errs, field.Invalid(path, string(text), why))
}

// Kinds are the kinds that the Scorecard judges.
func (c *Compiled) Kinds() []relation.Kind {
	return slices.DeleteFunc(relation.Kinds(), func(k relation.Kind) bool { return !c.kinds[k] })
}

// Reads are the variables that the expressions for a kind read: a change of another one changes no result.
func (c *Compiled) Reads(k relation.Kind) Variables { return c.reads[k] }

func (c *Compiled) readsOf(k relation.Kind) Variables {
	var v Variables
	for i := range c.checks {
		for _, p := range []*program{c.checks[i].by[k].when, c.checks[i].by[k].expression, c.checks[i].by[k].message} {
			if p != nil {
				v |= p.reads
			}
		}
	}
	return v | VarEntity
}

func clampWeight(w int32) int64 { return int64(min(max(w, 0), 100)) }

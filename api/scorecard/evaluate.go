package scorecard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apiserver/pkg/cel/library"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

const (
	// costLimit is that of one expression, in the units of Kubernetes, of which a bare field costs one; Kubernetes allows
	// 1,000,000. The limit of an entity is the sum over its checks, so that no check takes from another.
	costLimit = 20_000
	// maxMessage is how many characters of a message are kept.
	maxMessage = 200
)

// program is an expression that is ready to run.
type program struct {
	text    string
	run     cel.Program
	plain   cel.Program // does not count what it costs; nil if that may be too much even where all is small
	reads   Variables
	ast     *ast.AST
	tracked func() (*tracker, error) // made when first needed
}

// CheckResult is how a check came out.
type CheckResult struct {
	Check catalog.CheckName
	// Level is empty if the check counts for points only.
	Level   catalog.Word
	Weight  int64
	Outcome catalog.CheckOutcome
	// Message says what is wrong; empty on Pass and NotApplicable.
	Message string
	// Evidence is what decided; only on Fail, Unknown and Error.
	Evidence []catalog.Evidence
	// Exemption is the name of the exemption that counts.
	Exemption string

	rank int // of its level
}

// Failed says whether the check counts as not passed.
func (r *CheckResult) Failed() bool {
	switch r.Outcome {
	case catalog.OutcomeFail, catalog.OutcomeUnknown, catalog.OutcomeError:
		return true
	}
	return false
}

// covers says whether kind and labels of the entity are those that the Scorecard judges.
func (c *Compiled) covers(s *Subject) bool {
	return s.input.Entity != nil && c.kinds[s.input.Ref.Kind] && c.scope.Matches(labels.Set(s.input.Entity.labels))
}

// selects says whether where selects the entity. If it cannot be evaluated it does, and each check is an Error.
func (c *Compiled) selects(w *watchdog, s *Subject) (selected bool, broken string) {
	p := c.where[s.input.Ref.Kind]
	if p == nil {
		return true, ""
	}
	out, err := p.eval(w)
	if err != nil {
		return true, "where: " + err.Error()
	}
	return out == types.True, ""
}

// Evaluate judges an entity, or says with false that the Scorecard does not judge it. It never panics, and a check that
// cannot be evaluated stops no other.
func (c *Compiled) Evaluate(ctx context.Context, s *Subject) (Result, bool) {
	if !c.covers(s) {
		return Result{}, false
	}
	w := newWatchdog(ctx, s)
	defer func() { w.stop() }()
	selected, broken := c.selects(w, s)
	if w.interrupted() {
		w = w.again(s)
		selected, broken = c.selects(w, s)
	}
	if !selected {
		return Result{}, false
	}
	o := c.overrideOf(s)
	r := Result{Scorecard: c.name, Override: o.name, Checks: make([]CheckResult, 0, len(c.checks))}
	exempt := c.exemptions(s, &r)
	if c.reads[s.input.Ref.Kind].Has(VarAttestations) {
		r.expireAt(s.until)
	}
	for i := range c.checks {
		k := &c.checks[i]
		if o.disabled[k.name] {
			continue
		}
		out := c.unjudged(k, o)
		switch e := exempt.of(k.name); {
		case e != nil:
			out.Outcome, out.Exemption, out.Message = catalog.OutcomeExempt, e.Name, "Exempt by "+e.Name
		case broken != "":
			out.Outcome, out.Message = catalog.OutcomeError, message(broken)
		default:
			for range tries {
				w, out = w.again(s), c.unjudged(k, o)
				if k.judge(w, s, &out); !w.interrupted() {
					break
				}
			}
		}
		r.Checks = append(r.Checks, out)
	}
	c.score(&r, &o.passing)
	return r, true
}

// overrideOf is the override that applies to an entity: the first that matches, else one that changes nothing.
func (c *Compiled) overrideOf(s *Subject) *override {
	for i := range c.override {
		if c.override[i].matches(s) {
			return &c.override[i]
		}
	}
	return &override{passing: c.passing}
}

// unjudged is the result of a check before it has run: what it counts for.
func (c *Compiled) unjudged(k *check, o *override) CheckResult {
	out := CheckResult{Check: k.name, Weight: k.weight, rank: len(c.levels)}
	if k.level >= 0 {
		out.Level, out.rank = c.levels[k.level], k.level
	}
	if weight, ok := o.weights[k.name]; ok {
		out.Weight = weight
	}
	return out
}

// judge runs a check.
func (k *check) judge(w *watchdog, s *Subject, out *CheckResult) {
	defer func() {
		if r := recover(); r != nil { // CEL catches its own; this is for what it calls outside of that
			out.Outcome, out.Message = catalog.OutcomeError, message(fmt.Sprintf("internal error: %v", r))
		}
	}()
	p := &k.by[s.input.Ref.Kind]
	if p.broken != "" || p.expression == nil {
		out.Outcome, out.Message = catalog.OutcomeError, message(p.broken)
		return
	}
	decided := p.expression
	if p.when != nil {
		v, err := p.when.eval(w)
		switch {
		case err == nil && v == types.True:
		case err == nil && v == types.False:
			out.Outcome = catalog.OutcomeNotApplicable
			return
		default:
			k.explain(w, s, out, p.when, v, err)
			return
		}
	}
	v, err := decided.eval(w)
	if err == nil && v == types.True {
		out.Outcome = catalog.OutcomePass
		return
	}
	k.explain(w, s, out, decided, v, err)
}

// explain says what is wrong with a check that does not pass: its expression gave v or err.
func (k *check) explain(w *watchdog, s *Subject, out *CheckResult, decided *program, v ref.Val, err error) {
	unknown, isUnknown := v.(*types.Unknown)
	switch {
	case err != nil:
		out.Outcome, out.Message = catalog.OutcomeError, message(err.Error())
		if errors.Is(err, errCosts) || errors.Is(err, errSlow) {
			return // what did not come to an end shall not run a second time
		}
	case isUnknown:
		out.Outcome, out.Message = catalog.OutcomeUnknown, message("Not known: "+strings.Join(trails(unknown), ", "))
	case v == types.False:
		out.Outcome, out.Message = catalog.OutcomeFail, message(k.title)
		if m := k.by[s.input.Ref.Kind].message; m != nil {
			text, err := m.eval(w)
			if t, ok := text.(types.String); ok && err == nil && strings.TrimSpace(string(t)) != "" {
				out.Message = message(string(t))
			}
		}
	default:
		out.Outcome, out.Message = catalog.OutcomeError, message(fmt.Sprintf("must be a bool, and is a %s", v.Type().TypeName()))
	}
	out.Evidence = decided.evidence(w, k.evidence)
}

func newProgram(env envPair, checked *cel.Ast) (*program, error) {
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize), cel.InterruptCheckFrequency(rounds), cel.CustomDecoratorV2(bound)}
	counting := append(slices.Clone(options), cel.CostLimit(costLimit), cel.CostTracking(&library.CostEstimator{}))
	run, err := env.counting.Program(checked, counting...)
	if err != nil {
		return nil, err
	}
	p := &program{
		text: checked.Source().Content(), run: run, reads: readsOf(checked.NativeRep()), ast: checked.NativeRep(),
		tracked: sync.OnceValues(func() (*tracker, error) { return newTracker(env.plain, checked, options) }),
	}
	if cheap(env.counting, checked) {
		p.plain, err = env.plain.Program(checked, options...)
	}
	return p, err
}

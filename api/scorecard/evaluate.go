package scorecard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"k8s.io/apimachinery/pkg/labels"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/library"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Limits of one expression. The limit of an entity is the sum over its checks, so that no check takes from another.
const (
	// costLimit is in the units of Kubernetes, of which a bare field costs one; Kubernetes allows 1,000,000.
	costLimit = 50_000
	// timeLimit ends what is slow and costs little.
	timeLimit = 50 * time.Millisecond
	// maxMessage is how many characters of a message are kept.
	maxMessage = 200
)

// program is an expression that is ready to run.
type program struct {
	text    string
	run     cel.Program
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
	// Cost is what the expressions cost, in CEL's units.
	Cost uint64

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

// selects says whether the Scorecard judges the entity. If where cannot be evaluated it does, and each check is an Error.
func (c *Compiled) selects(ctx context.Context, s *Subject) (selected bool, broken string) {
	k := s.input.Ref.Kind
	if s.input.Entity == nil || !c.kinds[k] || !c.scope.Matches(labels.Set(s.input.Entity.labels)) {
		return false, ""
	}
	p := c.where[k]
	if p == nil {
		return true, ""
	}
	w := newWatchdog(ctx)
	defer w.stop()
	out, _, err := p.eval(w, s)
	if err != nil {
		return true, "where: " + err.Error()
	}
	return out == types.True, ""
}

// Evaluate judges an entity, or says with false that the Scorecard does not judge it. It never panics, and a check that
// cannot be evaluated stops no other.
func (c *Compiled) Evaluate(ctx context.Context, s *Subject) (Result, bool) {
	selected, broken := c.selects(ctx, s)
	if !selected {
		return Result{}, false
	}
	o := &override{passing: c.passing}
	for i := range c.override {
		if c.override[i].matches(s) {
			o = &c.override[i]
			break
		}
	}
	r := Result{Scorecard: c.name, Override: o.name, Checks: make([]CheckResult, 0, len(c.checks))}
	exempt := c.exemptions(s, &r)
	w := newWatchdog(ctx)
	defer w.stop()
	for i := range c.checks {
		k := &c.checks[i]
		if o.disabled[k.name] {
			continue
		}
		out := CheckResult{Check: k.name, Weight: k.weight, rank: len(c.levels)}
		if k.level >= 0 {
			out.Level, out.rank = c.levels[k.level], k.level
		}
		if weight, ok := o.weights[k.name]; ok {
			out.Weight = weight
		}
		switch e := exempt.of(k.name); {
		case e != nil:
			out.Outcome, out.Exemption, out.Message = catalog.OutcomeExempt, e.Name, "Exempt by "+e.Name
		case broken != "":
			out.Outcome, out.Message = catalog.OutcomeError, message(broken)
		default:
			k.judge(w, s, &out)
		}
		r.Checks = append(r.Checks, out)
	}
	c.score(&r, &o.passing)
	return r, true
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
		v, cost, err := p.when.eval(w, s)
		out.Cost += cost
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
	v, cost, err := decided.eval(w, s)
	out.Cost += cost
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
	case isUnknown:
		out.Outcome, out.Message = catalog.OutcomeUnknown, message("Not known: "+strings.Join(trails(unknown), ", "))
	case v == types.False:
		out.Outcome, out.Message = catalog.OutcomeFail, message(k.title)
		if m := k.by[s.input.Ref.Kind].message; m != nil {
			text, cost, err := m.eval(w, s)
			out.Cost += cost
			if t, ok := text.(types.String); ok && err == nil && strings.TrimSpace(string(t)) != "" {
				out.Message = message(string(t))
			}
		}
	default:
		out.Outcome, out.Message = catalog.OutcomeError, message(fmt.Sprintf("must be a bool, and is a %s", v.Type().TypeName()))
	}
	out.Evidence = decided.evidence(w, s, k.evidence)
}

func newProgram(env *cel.Env, checked *cel.Ast) (*program, error) {
	options := []cel.ProgramOption{
		cel.CostLimit(costLimit), cel.CostTracking(&library.CostEstimator{}),
		cel.InterruptCheckFrequency(celconfig.CheckFrequency), cel.CustomDecoratorV2(bound),
	}
	run, err := env.Program(checked, options...)
	if err != nil {
		return nil, err
	}
	return &program{
		text: checked.Source().Content(), run: run, reads: readsOf(checked.NativeRep()), ast: checked.NativeRep(),
		tracked: sync.OnceValues(func() (*tracker, error) { return newTracker(env, checked, options) }),
	}, nil
}

// eval runs an expression. A panic of a library is an error.
func (p *program) eval(w *watchdog, s *Subject) (v ref.Val, cost uint64, err error) {
	v, details, err := p.run.ContextEval(w.context(), &s.vars)
	if details != nil {
		if c := details.ActualCost(); c != nil {
			cost = *c
		}
	}
	return v, cost, w.plain(err)
}

// watchdog gives each expression its own time. To make a context for each costs more than most expressions.
type watchdog struct {
	parent context.Context
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

var (
	errSlow  = fmt.Errorf("took longer than %v", timeLimit)
	errCosts = fmt.Errorf("costs more than %d units: ask for less", costLimit)
)

func newWatchdog(parent context.Context) *watchdog {
	w := &watchdog{parent: parent}
	w.renew()
	return w
}

func (w *watchdog) renew() {
	w.ctx, w.cancel = context.WithCancelCause(w.parent)
	cancel := w.cancel
	w.timer = time.AfterFunc(timeLimit, func() { cancel(errSlow) })
}

func (w *watchdog) context() context.Context {
	if !w.timer.Reset(timeLimit) { // it rang, perhaps for the one before
		w.stop()
		w.renew()
	}
	return w.ctx
}

func (w *watchdog) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// plain says in our own words what went wrong.
func (w *watchdog) plain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errSlow):
		return errSlow
	case strings.Contains(err.Error(), "actual cost limit exceeded"):
		return errCosts
	}
	return err
}

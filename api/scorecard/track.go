package scorecard

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// tracker is the program of an expression that notes the value of each of its parts.
type tracker struct {
	run cel.Program
}

// newTracker makes one. It costs more to run, so it is made and run only for results that are to be explained. What it runs
// has come to an end before, within costLimit.
func newTracker(env *cel.Env, checked *cel.Ast, options []cel.ProgramOption) (*tracker, error) {
	steps := map[int64]string{}
	ast.PreOrderVisit(checked.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.ComprehensionKind {
			steps[e.AsComprehension().LoopStep().ID()] = e.AsComprehension().IterVar()
		}
	}))
	run, err := env.Program(checked, append(options, cel.EvalOptions(cel.OptTrackState),
		cel.CustomDecoratorV2(func(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
			if name, ok := steps[i.ID()]; ok {
				return &step{InterpretableV2: i, iterVar: name}, nil
			}
			return i, nil
		}))...)
	if err != nil {
		return nil, err
	}
	return &tracker{run: run}, nil
}

// step notes what the variable of a comprehension held last.
type step struct {
	interpreter.InterpretableV2
	iterVar string
}

// Exec implements interpreter.InterpretableV2.
func (s *step) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	if r, ok := frame.ResolveName(recorder); ok {
		if last, ok := r.(map[int64]ref.Val); ok {
			if v, ok := frame.ResolveName(s.iterVar); ok {
				last[s.ID()] = types.DefaultTypeAdapter.NativeToValue(v)
			}
		}
	}
	return s.InterpretableV2.Exec(frame)
}

// Eval implements interpreter.Interpretable.
func (s *step) Eval(vars interpreter.Activation) ref.Val { return s.Exec(interpreter.AsFrame(vars)) }

// recorder is a name that no expression can write.
const recorder = "@last"

// recording are bindings with room for what the steps note.
type recording struct {
	*watchdog
	last map[int64]ref.Val
}

// ResolveName implements cel-go's Activation.
func (r *recording) ResolveName(name string) (any, bool) {
	if name == recorder {
		return r.last, true
	}
	return r.watchdog.ResolveName(name)
}

// track runs the expression again, and returns the values of its parts.
func (t *tracker) track(w *watchdog) (state interpreter.EvalState, last map[int64]ref.Val) {
	r := &recording{watchdog: w, last: map[int64]ref.Val{}}
	_, details, _ := t.run.ContextEval(w, r) // what is wrong is known from the first run
	if details == nil || details.State() == nil {
		return nil, nil
	}
	return details.State(), r.last
}

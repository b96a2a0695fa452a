package scorecard

import (
	"strings"

	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

// CEL charges for what a value costs to go through, after it was made. A text that is replaced letter by letter, or a list
// of one list many times over, costs little to ask for and has no end. So what an expression makes has a size.
const (
	// maxText is how long a text that an expression makes may be, in bytes.
	maxText = 8 << 10
	// maxElements is how many elements a list or map that an expression makes may hold, those within it counted as often as
	// they stand there; 16 bytes of text count as one.
	maxElements = 500
	// maxMade is how much a check may make in all, in bytes; an element counts as 16.
	maxMade = 512 << 10
)

// growing are the functions that can make much of little.
var growing = map[string]bool{
	operators.Add: true, "replace": true, "join": true, "format": true, "flatten": true, "split": true, "strings.quote": true,
	"cel.@mapInsert": true, "quantity": true,
}

// maxScale is how many digits a quantity may have before or behind the point: CEL compares them digit by digit.
const maxScale = 64

// bound puts a bound to what an instruction of an expression makes.
func bound(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	switch i := i.(type) {
	case interpreter.InterpretableCall:
		if !growing[i.Function()] {
			break
		}
		return &boundedCall{InterpretableCall: i}, nil
	case interpreter.InterpretableConstructor:
		for _, e := range i.InitVals() {
			if _, constant := e.(interpreter.InterpretableConst); !constant {
				return &boundedConstructor{InterpretableConstructor: i}, nil
			}
		}
	}
	return i, nil
}

// boundedCall is a call of a function that can make much of little.
type boundedCall struct {
	interpreter.InterpretableCall
}

// Exec implements interpreter.InterpretableV2.
func (b *boundedCall) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	if b.Function() == "replace" {
		return b.replace(frame)
	}
	v := b.InterpretableCall.Exec(frame)
	if l, ok := v.(traits.Lister); ok && b.Function() == operators.Add {
		// Macros collect their lists so, one by one: to count again each time would cost the square. What is added was counted.
		if n, ok := l.Size().(types.Int); ok && n > 8 && n < maxElements && n%16 != 0 {
			return v
		}
	}
	return bounded(frame, v)
}

// Eval implements interpreter.Interpretable.
func (b *boundedCall) Eval(vars interpreter.Activation) ref.Val {
	return b.Exec(interpreter.AsFrame(vars))
}

// replace knows how long its result will be before it makes it.
func (b *boundedCall) replace(frame *interpreter.ExecutionFrame) ref.Val {
	args := make([]ref.Val, len(b.Args()))
	for i, a := range b.Args() {
		if args[i] = a.Exec(frame); types.IsUnknownOrError(args[i]) {
			return args[i]
		}
	}
	text, ok1 := args[0].(types.String)
	from, ok2 := args[1].(types.String)
	to, ok3 := args[2].(types.String)
	if !ok1 || !ok2 || !ok3 {
		return types.NewErr("no such overload: replace")
	}
	most := strings.Count(string(text), string(from))
	if len(args) > 3 {
		n, ok := args[3].(types.Int)
		if !ok {
			return types.NewErr("no such overload: replace")
		}
		if n >= 0 {
			most = int(min(int64(n), int64(most)))
		}
	}
	if len(text)+most*(len(to)-len(from)) > maxText {
		return tooLong()
	}
	return bounded(frame, types.String(strings.Replace(string(text), string(from), string(to), most)))
}

// boundedConstructor makes a list or map of values that are not constant.
type boundedConstructor struct {
	interpreter.InterpretableConstructor
}

// Exec implements interpreter.InterpretableV2.
func (b *boundedConstructor) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	return bounded(frame, b.InterpretableConstructor.Exec(frame))
}

// Eval implements interpreter.Interpretable.
func (b *boundedConstructor) Eval(vars interpreter.Activation) ref.Val {
	return b.Exec(interpreter.AsFrame(vars))
}

// bounded is the value, or an error in place of one that is too large.
func bounded(frame *interpreter.ExecutionFrame, v ref.Val) ref.Val {
	size := 0
	switch v := v.(type) {
	case types.String:
		if size = len(v); size > maxText {
			return tooLong()
		}
	case apiservercel.Quantity:
		if n := v.DeepCopy(); n.AsDec().Scale() > maxScale || n.AsDec().Scale() < -maxScale {
			return types.NewErr("a quantity of more than %d digits", maxScale)
		}
	case *object, *types.Err, *types.Unknown:
	case traits.Lister, traits.Mapper:
		left := maxElements
		if !fits(v, &left) {
			return types.NewErr("makes a list or map of more than %d elements", maxElements)
		}
		size = 16 * (maxElements - left)
	}
	if size >= 64 && !charge(frame, size) {
		return types.NewErr("makes more than %d KiB of texts and lists", maxMade>>10)
	}
	return v
}

// made is the name of what a check made so far; no expression can write it.
const made = "@made"

// charge says whether so much may still be made.
func charge(frame *interpreter.ExecutionFrame, size int) bool {
	if v, ok := frame.ResolveName(made); ok {
		if made, ok := v.(*int); ok {
			*made += size
			return *made <= maxMade
		}
	}
	return true
}

func tooLong() ref.Val { return types.NewErr("makes a text of more than %d bytes", maxText) }

// fits counts the elements of a value down; it stops where none is left. Objects that were given count as one.
func fits(v ref.Val, left *int) bool {
	if *left--; *left < 0 {
		return false
	}
	switch v := v.(type) {
	case types.String:
		*left -= len(v) / 16
	case *object:
	case traits.Lister:
		for it := v.Iterator(); it.HasNext() == types.True; {
			if !fits(it.Next(), left) {
				return false
			}
		}
	case traits.Mapper:
		for it := v.Iterator(); it.HasNext() == types.True; {
			k := it.Next()
			if !fits(k, left) || !fits(v.Get(k), left) {
				return false
			}
		}
	}
	return *left >= 0
}

package scorecard

import (
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apiserver/pkg/cel/library"
)

// To count what an expression costs takes about as long as to run it. Most cannot reach costLimit on what most entities
// are, by the estimate that the API server holds against the rules of CRDs: on those it is not counted.
const (
	// smallList is how many elements the lists and maps of a variable may have for it to be small.
	smallList = 16
	// smallText is how long its texts may be, in bytes.
	smallText = 512
)

// cheap says whether an expression stays within costLimit on all variables that are small. One that makes texts, lists or
// maps may make them of any size, so it is not.
func cheap(env *cel.Env, checked *cel.Ast) bool {
	makes := false
	a := checked.NativeRep()
	ast.PreOrderVisit(a.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.CallKind && sized(a.GetType(e.ID())) && !passesOn[e.AsCall().FunctionName()] {
			makes = true
		}
	}))
	if makes {
		return false
	}
	cost, err := env.EstimateCost(checked, &library.CostEstimator{SizeEstimator: smallSizes{}})
	return err == nil && cost.Max <= costLimit
}

// passesOn are the functions whose result is a part of what they are given, or no longer.
var passesOn = map[string]bool{
	operators.Index: true, operators.OptIndex: true, operators.OptSelect: true, operators.Conditional: true,
	"orValue": true, "or": true, "value": true, "lowerAscii": true, "upperAscii": true, "trim": true, "substring": true, "quantity": true,
}

// sized says whether values of a type can be of any size.
func sized(t *types.Type) bool {
	switch t.Kind() {
	case types.BoolKind, types.IntKind, types.UintKind, types.DoubleKind, types.TimestampKind, types.DurationKind, types.NullTypeKind:
		return false
	}
	return true
}

// smallSizes are the sizes of what is small.
type smallSizes struct{}

// EstimateSize implements checker.CostEstimator.
func (smallSizes) EstimateSize(e checker.AstNode) *checker.SizeEstimate {
	switch e.Type().Kind() {
	case types.ListKind, types.MapKind:
		return &checker.SizeEstimate{Max: smallList}
	case types.StringKind, types.BytesKind, types.DynKind, types.AnyKind:
		return &checker.SizeEstimate{Max: smallText}
	}
	return nil
}

// EstimateCallCost implements checker.CostEstimator.
func (smallSizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}

// isSmall says whether all lists, maps and texts of a value are small.
func isSmall(v ref.Val) bool {
	switch v := v.(type) {
	case nil, types.Bool, types.Int, types.Double, types.Timestamp, types.Duration, types.Null, *types.Unknown:
		return true
	case types.String:
		return len(v) <= smallText
	case *told:
		return isSmall(v.all)
	case *object:
		if !v.typed && len(v.fields) > smallList {
			return false
		}
		for i := range v.fields {
			if !isSmall(v.fields[i].val) {
				return false
			}
		}
		return true
	case traits.Lister:
		n, ok := v.Size().(types.Int)
		if !ok || n > smallList {
			return false
		}
		for i := range n {
			if !isSmall(v.Get(i)) {
				return false
			}
		}
		return true
	}
	return false // nobody knows
}

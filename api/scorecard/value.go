package scorecard

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

// toVal converts what JSON decodes to, guided by a type: what the type does not have is left out.
func toVal(d *apiservercel.DeclType, v any) ref.Val {
	switch v := v.(type) {
	case nil:
		return types.NullValue
	case map[string]any:
		return toMap(d, v)
	case []any:
		elem := dynType
		if d.IsList() {
			elem = d.ElemType
		}
		return listOf(elem, v)
	case string:
		return toScalar(d, v)
	case bool:
		return types.Bool(v)
	case int64:
		if d.CelType() == types.DoubleType {
			return types.Double(v)
		}
		return types.Int(v)
	case float64:
		if d.CelType() == types.IntType && v == float64(int64(v)) {
			return types.Int(int64(v))
		}
		return types.Double(v)
	case int:
		return types.Int(v)
	case int32:
		return types.Int(v)
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

func toScalar(d *apiservercel.DeclType, v string) ref.Val {
	switch d.CelType() {
	case types.TimestampType:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return types.Timestamp{Time: t}
		}
		return types.NullValue
	case types.DurationType:
		if t, err := time.ParseDuration(v); err == nil {
			return types.Duration{Duration: t}
		}
		return types.NullValue
	}
	return types.String(v)
}

func toMap(d *apiservercel.DeclType, v map[string]any) ref.Val {
	out := &object{fields: make(map[string]ref.Val, len(v)), typed: d.IsObject()}
	for name, value := range v {
		t := dynType
		switch {
		case d.IsObject():
			f := d.Fields[name]
			if f == nil {
				escaped, ok := apiservercel.Escape(name)
				if f = d.Fields[escaped]; !ok || f == nil {
					continue // hidden, or of a later version
				}
			}
			if t = f.Type; value == nil {
				continue
			}
		case d.IsMap():
			t = d.ElemType
		}
		out.fields[name] = toVal(t, value)
	}
	return out
}

func listOf(elem *apiservercel.DeclType, v []any) ref.Val {
	out := make([]ref.Val, len(v))
	for i, e := range v {
		out[i] = toVal(elem, e)
	}
	return newList(out)
}

func newList(v []ref.Val) traits.Lister { return types.NewRefValList(types.DefaultTypeAdapter, v) }

// object is a struct or map with values that are converted already. Its keys come in alphabetical order, so that texts
// that are made of them do not change.
type object struct {
	fields map[string]ref.Val
	// typed says that it is a struct, whose names CEL may have escaped.
	typed bool
}

var _ traits.Mapper = (*object)(nil)

// Find implements traits.Mapper.
func (o *object) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	if v, ok := o.fields[string(name)]; ok {
		return v, true
	}
	if o.typed && strings.Contains(string(name), "__") {
		if plain, ok := apiservercel.Unescape(string(name)); ok {
			v, ok := o.fields[plain]
			return v, ok
		}
	}
	return nil, false
}

// Get implements traits.Indexer.
func (o *object) Get(key ref.Val) ref.Val {
	if v, ok := o.Find(key); ok {
		return v
	}
	return types.ValOrErr(key, "no such key: %v", key)
}

// Contains implements traits.Container.
func (o *object) Contains(key ref.Val) ref.Val {
	_, ok := o.Find(key)
	return types.Bool(ok)
}

// Size implements traits.Sizer.
func (o *object) Size() ref.Val { return types.Int(len(o.fields)) }

// Iterator implements traits.Iterable.
func (o *object) Iterator() traits.Iterator {
	keys := make([]ref.Val, 0, len(o.fields))
	for _, k := range o.names() {
		keys = append(keys, types.String(k))
	}
	return newList(keys).Iterator()
}

func (o *object) names() []string {
	out := make([]string, 0, len(o.fields))
	for k := range o.fields {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Equal implements ref.Val.
func (o *object) Equal(other ref.Val) ref.Val {
	m, ok := other.(traits.Mapper)
	if !ok || m.Size() != o.Size() {
		return types.False
	}
	for k, v := range o.fields {
		w, found := m.Find(types.String(k))
		if !found {
			return types.False
		}
		if eq := types.Equal(v, w); eq != types.True {
			return eq
		}
	}
	return types.True
}

// Type implements ref.Val.
func (o *object) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (o *object) Value() any {
	out := make(map[string]any, len(o.fields))
	for k, v := range o.fields {
		out[k] = v.Value()
	}
	return out
}

// ConvertToNative implements ref.Val.
func (o *object) ConvertToNative(t reflect.Type) (any, error) {
	if t.Kind() == reflect.Map || t.Kind() == reflect.Interface {
		return o.Value(), nil
	}
	return nil, fmt.Errorf("an object cannot be a %s", t)
}

// ConvertToType implements ref.Val.
func (o *object) ConvertToType(t ref.Type) ref.Val {
	switch t {
	case types.MapType:
		return o
	case types.TypeType:
		return types.MapType
	}
	return types.NewErr("an object cannot be a %s", t.TypeName())
}

// facts is a map of which CEL may ask what is there, and in which the rest is not known. It is no Mapper: CEL asks one for
// a value and for its presence with the same method.
type facts struct{ all *object }

// Get implements traits.Indexer.
func (f *facts) Get(key ref.Val) ref.Val {
	if v, ok := f.all.Find(key); ok {
		return v
	}
	return notThere(fmt.Sprintf("facts[%q]", fmt.Sprint(key.Value())))
}

// IsSet implements traits.FieldTester.
func (f *facts) IsSet(key ref.Val) ref.Val { return f.all.Contains(key) }

// Contains implements traits.Container.
func (f *facts) Contains(key ref.Val) ref.Val { return f.all.Contains(key) }

// Size implements traits.Sizer.
func (f *facts) Size() ref.Val { return f.all.Size() }

// Iterator implements traits.Iterable.
func (f *facts) Iterator() traits.Iterator { return f.all.Iterator() }

// Equal implements ref.Val.
func (f *facts) Equal(other ref.Val) ref.Val { return types.Bool(f == other) }

// Type implements ref.Val.
func (f *facts) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (f *facts) Value() any { return f.all.Value() }

// ConvertToNative implements ref.Val.
func (f *facts) ConvertToNative(t reflect.Type) (any, error) { return f.all.ConvertToNative(t) }

// ConvertToType implements ref.Val.
func (f *facts) ConvertToType(t ref.Type) ref.Val {
	if t == types.MapType {
		return f
	}
	return f.all.ConvertToType(t)
}

// notThere is what a variable without data reads as: whatever depends on it is Unknown.
func notThere(path string) ref.Val { return types.NewUnknown(0, types.NewAttributeTrail(path)) }

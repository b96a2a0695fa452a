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
	isObject, t := d.IsObject(), dynType
	if d.IsMap() {
		t = d.ElemType
	}
	out := &object{fields: make([]entry, 0, len(v)), typed: isObject}
	for name, value := range v {
		if isObject {
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
		}
		out.fields = append(out.fields, entry{name, toVal(t, value)})
	}
	out.sort()
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

// object is a struct or map with values that are converted already. Its fields come in alphabetical order, so that texts
// that are made of them do not change. Most have few, among which a map would not find one faster.
type object struct {
	fields []entry
	// typed says that it is a struct, whose names CEL may have escaped.
	typed bool
}

type entry struct {
	name string
	val  ref.Val
}

var _ traits.Mapper = (*object)(nil)

// newObject makes an object of fields in any order.
func newObject(typed bool, fields ...entry) *object {
	o := &object{fields: fields, typed: typed}
	o.sort()
	return o
}

func (o *object) sort() {
	slices.SortFunc(o.fields, func(a, b entry) int { return strings.Compare(a.name, b.name) })
}

// few is up to how many fields are looked at one by one.
const few = 12

func (o *object) find(name string) (ref.Val, bool) {
	if len(o.fields) <= few {
		for i := range o.fields {
			if o.fields[i].name == name {
				return o.fields[i].val, true
			}
		}
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(o.fields, name, func(f entry, name string) int { return strings.Compare(f.name, name) })
	if !ok {
		return nil, false
	}
	return o.fields[i].val, true
}

// without copies an object without one of its fields.
func (o *object) without(name string) *object {
	fields := slices.DeleteFunc(slices.Clone(o.fields), func(f entry) bool { return f.name == name })
	return &object{fields: fields, typed: o.typed}
}

// Find implements traits.Mapper.
func (o *object) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	if v, ok := o.find(string(name)); ok {
		return v, true
	}
	if o.typed && strings.Contains(string(name), "__") {
		if plain, ok := apiservercel.Unescape(string(name)); ok {
			return o.find(plain)
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
	keys := make([]ref.Val, len(o.fields))
	for i := range o.fields {
		keys[i] = types.String(o.fields[i].name)
	}
	return newList(keys).Iterator()
}

// Equal implements ref.Val.
func (o *object) Equal(other ref.Val) ref.Val {
	m, ok := other.(traits.Mapper)
	if !ok || m.Size() != o.Size() {
		return types.False
	}
	for _, f := range o.fields {
		w, found := m.Find(types.String(f.name))
		if !found {
			return types.False
		}
		if eq := types.Equal(f.val, w); eq != types.True {
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
	for _, f := range o.fields {
		out[f.name] = f.val.Value()
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

// told is a map of what others tell: CEL may ask what is there, and the rest is not known. It is no Mapper: CEL asks one for
// a value and for its presence with the same method.
type told struct {
	name string // of the variable
	all  *object
}

// Get implements traits.Indexer.
func (t *told) Get(key ref.Val) ref.Val {
	if v, ok := t.all.Find(key); ok {
		return v
	}
	return notThere(fmt.Sprintf("%s[%q]", t.name, fmt.Sprint(key.Value())))
}

// IsSet implements traits.FieldTester.
func (t *told) IsSet(key ref.Val) ref.Val { return t.all.Contains(key) }

// Contains implements traits.Container.
func (t *told) Contains(key ref.Val) ref.Val { return t.all.Contains(key) }

// Size implements traits.Sizer.
func (t *told) Size() ref.Val { return t.all.Size() }

// Iterator implements traits.Iterable.
func (t *told) Iterator() traits.Iterator { return t.all.Iterator() }

// Equal implements ref.Val.
func (t *told) Equal(other ref.Val) ref.Val { return types.Bool(t == other) }

// Type implements ref.Val.
func (t *told) Type() ref.Type { return types.MapType }

// Value implements ref.Val.
func (t *told) Value() any { return t.all.Value() }

// ConvertToNative implements ref.Val.
func (t *told) ConvertToNative(to reflect.Type) (any, error) { return t.all.ConvertToNative(to) }

// ConvertToType implements ref.Val.
func (t *told) ConvertToType(to ref.Type) ref.Val {
	if to == types.MapType {
		return t
	}
	return t.all.ConvertToType(to)
}

// notThere is what a variable without data reads as: whatever depends on it is Unknown.
func notThere(path string) ref.Val { return types.NewUnknown(0, types.NewAttributeTrail(path)) }

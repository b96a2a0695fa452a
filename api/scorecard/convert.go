package scorecard

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

// converter makes the value of a Go value that toVal would make of its JSON; nil where JSON has null.
type converter func(reflect.Value) ref.Val

// fromGo converts a Go value. By way of JSON it would take five times as long.
func fromGo(v reflect.Value) ref.Val { return converterOf(v.Type())(v) }

var converters sync.Map // reflect.Type -> converter

func converterOf(t reflect.Type) converter {
	if c, ok := converters.Load(t); ok {
		if c, ok := c.(converter); ok {
			return c
		}
	}
	c := newConverter(t)
	converters.Store(t, c)
	return c
}

// later finds a converter when it is first needed: a type may be within itself.
func later(t reflect.Type) func() converter {
	return sync.OnceValue(func() converter { return converterOf(t) })
}

// special are the types that JSON has as a scalar, whatever they are in Go.
var special = map[reflect.Type]converter{
	reflect.TypeFor[metav1.Time](): func(v reflect.Value) ref.Val {
		t, _ := reflect.TypeAssert[metav1.Time](v)
		return timeVal(t.Time)
	},
}

// timeVal is a time as precise as it is in JSON.
func timeVal(t time.Time) ref.Val {
	if t.IsZero() {
		return nil
	}
	return types.Timestamp{Time: t.UTC().Truncate(time.Second)}
}

var marshaler = reflect.TypeFor[json.Marshaler]()

func newConverter(t reflect.Type) converter {
	if c := special[t]; c != nil {
		return c
	}
	if t.Kind() != reflect.Pointer && (t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler)) {
		return throughJSON
	}
	switch t.Kind() {
	case reflect.Pointer:
		elem := later(t.Elem())
		return func(v reflect.Value) ref.Val {
			if v.IsNil() {
				return nil
			}
			return elem()(v.Elem())
		}
	case reflect.Bool:
		return func(v reflect.Value) ref.Val { return types.Bool(v.Bool()) }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(v reflect.Value) ref.Val { return types.Int(v.Int()) }
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return func(v reflect.Value) ref.Val { return types.Int(int64(v.Uint())) } //nolint:gosec // 32 bits fit
	case reflect.Float32, reflect.Float64:
		return func(v reflect.Value) ref.Val { return types.Double(v.Float()) }
	case reflect.String:
		return func(v reflect.Value) ref.Val { return types.String(v.String()) }
	case reflect.Slice:
		return newListConverter(t)
	case reflect.Map:
		return newMapConverter(t)
	case reflect.Struct:
		return newStructConverter(t)
	}
	return throughJSON
}

// throughJSON is the long way, for what has JSON of its own.
func throughJSON(v reflect.Value) ref.Val {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return types.WrapErr(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		return types.WrapErr(err)
	}
	if plain == nil {
		return nil
	}
	return toVal(dynType, plain)
}

func newListConverter(t reflect.Type) converter {
	if t.Elem().Kind() == reflect.Uint8 {
		return func(v reflect.Value) ref.Val {
			if v.IsNil() {
				return nil
			}
			return types.String(base64.StdEncoding.EncodeToString(v.Bytes()))
		}
	}
	elem := later(t.Elem())
	return func(v reflect.Value) ref.Val {
		if v.IsNil() {
			return nil
		}
		out := make([]ref.Val, v.Len())
		for i := range out {
			out[i] = orNull(elem()(v.Index(i)))
		}
		return newList(out)
	}
}

func newMapConverter(t reflect.Type) converter {
	elem := later(t.Elem())
	return func(v reflect.Value) ref.Val {
		if v.IsNil() {
			return nil
		}
		out := &object{fields: make([]entry, 0, v.Len())}
		for it := v.MapRange(); it.Next(); {
			out.fields = append(out.fields, entry{it.Key().String(), orNull(elem()(it.Value()))})
		}
		out.sort()
		return out
	}
}

func orNull(v ref.Val) ref.Val {
	if v == nil {
		return types.NullValue
	}
	return v
}

// structField is a field of a Go struct, or of one that is inline in it.
type structField struct {
	name      string
	index     []int
	omitEmpty bool
	omitZero  bool
	convert   func() converter
}

func newStructConverter(t reflect.Type) converter {
	fields := fieldsOf(t)
	slices.SortFunc(fields, func(a, b structField) int { return cmp.Compare(a.name, b.name) })
	return func(v reflect.Value) ref.Val {
		var room [few]entry
		out := room[:0]
		for i := range fields {
			f := &fields[i]
			fv, err := v.FieldByIndexErr(f.index)
			if err != nil || f.omitEmpty && isEmpty(fv) || f.omitZero && fv.IsZero() {
				continue
			}
			if val := f.convert()(fv); val != nil {
				out = append(out, entry{f.name, val})
			}
		}
		return &object{fields: slices.Clone(out), typed: true}
	}
}

// fieldsOf are the fields of a struct that checks see.
func fieldsOf(t reflect.Type) (out []structField) {
	visible(t, nil, func(name string, f reflect.StructField, index []int) {
		if _, ok := apiservercel.Escape(name); !ok {
			return // it has no type either
		}
		_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		out = append(out, structField{
			name: name, index: index, omitEmpty: strings.Contains(options, "omitempty"), omitZero: strings.Contains(options, "omitzero"),
			convert: later(f.Type),
		})
	})
	return out
}

// isEmpty says what omitempty leaves out.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String, reflect.Array:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

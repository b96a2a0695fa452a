package scorecard

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// source is a source of chance as the filler wants it.
type source struct{ *rand.PCG }

func (s source) Int63() int64 { return int64(s.Uint64() >> 1) }

func (source) Seed(int64) {}

// TestFromGoIsWhatJSONGives holds that the short way of an entity to CEL ends where the long one does, by way of JSON and
// its types. Each kind is filled by chance many times.
func TestFromGoIsWhatJSONGives(t *testing.T) {
	filler := fuzzer.FuzzerFor(metafuzzer.Funcs, source{rand.NewPCG(1, 2)}, serializer.NewCodecFactory(runtime.NewScheme()))
	for _, e := range []catalog.Entity{
		&catalog.Component{}, &catalog.API{}, &catalog.Resource{}, &catalog.System{}, &catalog.Domain{}, &catalog.Group{}, &catalog.User{},
	} {
		k, start := relation.KindOf(e), time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("x", 3600))
		t.Run(k.ObjectKind(), func(t *testing.T) {
			for i := range 300 {
				filler.Fill(e)
				e.SetCreationTimestamp(metav1.NewTime(start.Add(time.Duration(i) * 123456789))) // the filler knows whole seconds only
				o, err := NewObject(e)
				if err != nil {
					t.Fatal(err)
				}
				plain, err := runtime.DefaultUnstructuredConverter.ToUnstructured(e)
				if err != nil {
					t.Fatal(err)
				}
				plain["apiVersion"], plain["kind"] = catalog.GroupVersion.String(), k.ObjectKind()
				if diff := cmp.Diff(shown(toVal(decls().entity[k], plain)), shown(o.val)); diff != "" {
					t.Fatalf("(-by JSON +direct):\n%s", diff)
				}
				delete(plain, fieldStatus)
				if diff := cmp.Diff(shown(toVal(decls().entity[k], plain)), shown(o.declared)); diff != "" {
					t.Fatalf("without status (-by JSON +direct):\n%s", diff)
				}
			}
		})
	}
}

// TestFromGoKnowsEveryType holds that no field of a kind goes through JSON, which would be slow.
func TestFromGoKnowsEveryType(t *testing.T) {
	for _, e := range []any{
		catalog.Component{}, catalog.API{}, catalog.Resource{}, catalog.System{}, catalog.Domain{}, catalog.Group{}, catalog.User{}, Definition{},
	} {
		walk(t, reflect.TypeOf(e), reflect.TypeOf(e).Name())
	}
}

func walk(t *testing.T, in reflect.Type, path string) {
	switch in.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		walk(t, in.Elem(), path)
		return
	case reflect.Struct:
	default:
		return
	}
	if special[in] != nil {
		return
	}
	if in.Implements(marshaler) || reflect.PointerTo(in).Implements(marshaler) {
		t.Errorf("%s is a %s, which has JSON of its own: give it a converter in special", path, in)
		return
	}
	for _, f := range fieldsOf(in) {
		walk(t, in.FieldByIndex(f.index).Type, path+"."+f.name)
	}
}

// shown is a value with the types of CEL, in a form that can be compared and read.
func shown(v ref.Val) any {
	switch v := v.(type) {
	case *object:
		out := map[string]any{}
		for _, f := range v.fields {
			out[f.name] = shown(f.val)
		}
		return out
	case traits.Lister:
		out := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			out = append(out, shown(it.Next()))
		}
		return out
	case types.Timestamp:
		return v.Time
	}
	return v
}

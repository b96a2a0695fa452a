package diagram

import (
	"reflect"
	"testing"

	"github.com/callboard-dev/callboard/api/relation"
)

// TestSumTellsDiagramsApart changes each field of a diagram: nothing that is drawn may be taken for something else.
func TestSumTellsDiagramsApart(t *testing.T) {
	ref := relation.Ref{Kind: relation.API, Namespace: "shop", Name: "pay"}
	fresh := func() *Diagram {
		return &Diagram{
			Title: "All", Nodes: []Node{{ID: "a", Ref: ref}}, Edges: []Edge{{From: "a", To: "b"}},
			Clusters: []Cluster{{ID: "in a", Ref: ref}}, Truncated: []string{"Some"},
		}
	}
	seen := map[sum]string{}
	tell := func(what string, d *Diagram, f Form) {
		s, ok := sumOf(*d, f)
		if other, met := seen[s]; !ok || met {
			t.Errorf("%s and %s are taken for the same", what, other)
		}
		seen[s] = what
	}
	tell("nothing", fresh(), Inline)
	tell("the form", fresh(), Download)
	fields := 0
	var walk func(what string, at func(*Diagram) reflect.Value)
	walk = func(what string, at func(*Diagram) reflect.Value) {
		switch v := at(fresh()); v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				walk(what+"."+v.Type().Field(i).Name, func(d *Diagram) reflect.Value { return at(d).Field(i) })
			}
		case reflect.Slice:
			walk(what+"[0]", func(d *Diagram) reflect.Value { return at(d).Index(0) })
		default:
			d := fresh()
			switch v := at(d); v.Kind() {
			case reflect.String:
				v.SetString(v.String() + "x")
			case reflect.Bool:
				v.SetBool(!v.Bool())
			case reflect.Int:
				v.SetInt(v.Int() + 1)
			case reflect.Uint8:
				v.SetUint(v.Uint() + 1)
			default:
				t.Fatalf("%s is a %s: teach the test", what, v.Kind())
			}
			fields++
			tell(what, d, Inline)
		}
	}
	walk("Diagram", func(d *Diagram) reflect.Value { return reflect.ValueOf(d).Elem() })
	if fields < 20 {
		t.Errorf("only %d fields were looked at", fields)
	}
}

package main

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/hack/harness"
)

// TestEachRaceMakesWhatMustNotBe holds that both writes of every pair together violate, in each of their forms, and that
// either of them alone does not.
func TestEachRaceMakesWhatMustNotBe(t *testing.T) {
	for _, race := range races {
		for round := range 4 {
			p := pair{race, 0, round}
			for _, in := range [][2]bool{{true, true}, {true, false}, {false, true}} {
				if got, want := after(t, p, in), in == [2]bool{true, true}; got != want {
					t.Errorf("%s, round %d, writes %v: violates %v, want %v", race.name, round, in, got, want)
				}
			}
		}
	}
}

// after says whether what must not be is, after some writes of a pair.
func after(t *testing.T, p pair, in [2]bool) bool {
	t.Helper()
	w := world{}
	for _, write := range base([]pair{{race: p.race, i: p.i}}) {
		w.do(t, write)
	}
	for side, write := range []request{p.race.take(p), p.consume()} {
		if in[side] {
			w.do(t, write)
		}
	}
	g := relation.NewGraph()
	for _, e := range w.entities(t) {
		g.Upsert(relation.FactsOf(e))
	}
	g.SetNamespace(apis, nil)
	g.SetNamespace(users, nil)
	slipped := false
	for _, v := range visibility.All(g, p.consumer()) {
		slipped = slipped || p.race.slipped(v)
	}
	return slipped
}

// world takes writes as the API server does, and refuses none.
type world map[string]fields // by path

func (w world) do(t *testing.T, r request) {
	t.Helper()
	var body fields
	if len(r.body) > 0 {
		if err := json.Unmarshal(r.body, &body); err != nil {
			t.Fatal(err)
		}
	}
	switch r.method {
	case http.MethodPost:
		w[r.path+"/"+body["metadata"].(fields)["name"].(string)] = body
	case http.MethodDelete:
		delete(w, r.path)
	default:
		spec, ok := w[r.path]["spec"].(fields)
		if !ok {
			t.Fatalf("%s: there is none", r)
		}
		for key, value := range body["spec"].(fields) {
			if spec[key] = value; value == nil {
				delete(spec, key)
			}
		}
	}
}

func (w world) entities(t *testing.T) []catalog.Entity {
	t.Helper()
	var out []catalog.Entity
	for _, k := range relation.Kinds() {
		var items []fields
		for _, object := range w {
			if object["kind"] == k.ObjectKind() {
				items = append(items, object)
			}
		}
		list, err := harness.DecodeList(k, encoded(fields{"items": items}))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, list...)
	}
	return out
}

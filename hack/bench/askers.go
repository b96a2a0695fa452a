package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

// ask is one request of which admission is asked.
type ask struct {
	method, path, content string
	body                  []byte
	refused               bool   // it takes what is not granted, or from others what they have
	made                  string // the path of what it creates
}

// asker makes up what people write. What it expects of admission holds whatever else it has made up before: nothing that
// a verdict depends on changes.
type asker struct {
	random   *rand.Rand
	graph    *relation.Graph
	entities map[relation.Kind][]catalog.Entity
	open     []relation.Ref // APIs that anybody may consume
	closed   []relation.Ref // those that not everybody may
	used     []relation.Ref // open ones of which another System would be cut off
	serial   int
}

// newAsker makes one of a catalog.
func newAsker(made *synthetic.Catalog, seed uint64) *asker {
	a := &asker{random: rand.New(rand.NewPCG(seed, 5)), graph: relation.NewGraph(), entities: map[relation.Kind][]catalog.Entity{}}
	for _, e := range made.Entities {
		a.graph.Upsert(relation.FactsOf(e))
		k := relation.KindOf(e)
		a.entities[k] = append(a.entities[k], e)
	}
	for _, e := range a.entities[relation.API] {
		ref := relation.RefOf(e)
		if e.(*catalog.API).Spec.Visibility != catalog.VisibilityPublic {
			a.closed = append(a.closed, ref)
			continue
		}
		a.open = append(a.open, ref)
		private := relation.FactsOf(e)
		private.Private = true
		a.graph.Try(private, func(t *relation.Trial) {
			if slices.ContainsFunc(t.Touched, func(c relation.Touched) bool {
				return c.Ref.Kind == relation.Component && visibility.Judge(t, c.Ref, ref).Decision == visibility.Denied
			}) {
				a.used = append(a.used, ref)
			}
		})
	}
	return a
}

// Of a hundred: writes of mixed() that create, creations and changes by kind, and those of a kind that are special.
const (
	createsOf100 = 50
	refusedOf100 = 15 // creations and changes of Components and APIs
	specialOf100 = 25 // changes that say more than a description does
)

// shares are how many of a hundred writes are of a kind.
var shares = []struct {
	kind relation.Kind
	of   int
}{{relation.Component, 65}, {relation.API, 15}, {relation.Resource, 5}, {relation.System, 9}, {relation.Group, 6}}

func (a *asker) kind() relation.Kind {
	n := a.random.IntN(100)
	for _, s := range shares {
		if n -= s.of; n < 0 {
			return s.kind
		}
	}
	return relation.Component
}

func (a *asker) chance(of100 int) bool { return a.random.IntN(100) < of100 }

func oneOf[T any](a *asker, list []T) T { return list[a.random.IntN(len(list))] }

// creations are so many that are let in.
func (a *asker) creations(n int) []ask {
	out := make([]ask, n)
	for i := range out {
		out[i] = a.create(false)
	}
	return out
}

// mixed are so many creations and changes, some of which are refused if they may be.
func (a *asker) mixed(n int, mayRefuse bool) []ask {
	out := make([]ask, n)
	for i := range out {
		if out[i] = a.create(mayRefuse); !a.chance(createsOf100) {
			out[i] = a.change(mayRefuse)
		}
	}
	return out
}

// create makes the like of an entity, which belongs where that does and consumes what that does.
func (a *asker) create(mayRefuse bool) ask {
	model := oneOf(a, a.entities[a.kind()])
	e, ok := model.DeepCopyObject().(catalog.Entity)
	if !ok {
		panic("the copy of an entity is one")
	}
	*e.EntityStatus() = catalog.EntityStatus{}
	a.serial++
	e.SetName(fmt.Sprintf("%s-like-%d", e.GetName(), a.serial))
	refused := false
	switch e := e.(type) {
	case *catalog.Component:
		if api, ok := a.denied(relation.RefOf(model)); ok && mayRefuse && a.chance(refusedOf100) {
			e.Spec.ConsumesAPIs, refused = append(e.Spec.ConsumesAPIs, api.EntityRef()), true
		}
	case *catalog.API:
		if e.Spec.Visibility == catalog.VisibilityRestricted {
			for _, k := range []relation.Kind{relation.Group, relation.Domain} {
				e.Spec.AllowedConsumers = append(e.Spec.AllowedConsumers, relation.RefOf(oneOf(a, a.entities[k])).EntityRef())
			}
		}
	}
	ref := relation.RefOf(e)
	return ask{http.MethodPost, harness.CollectionPath(ref.Kind, ref.Namespace) + "?fieldValidation=Strict", harness.ContentJSON, encoded(e), refused, harness.EntityPath(ref)}
}

// change changes an entity that stood before.
func (a *asker) change(mayRefuse bool) ask {
	e := oneOf(a, a.entities[a.kind()])
	a.serial++
	spec, refused := map[string]any{"description": fmt.Sprintf("Edited for the %dth time.", a.serial)}, false
	switch e := e.(type) {
	case *catalog.Component:
		consumes := slices.Clone(e.Spec.ConsumesAPIs)
		appendRef := func(api relation.Ref) { consumes = append(consumes, api.EntityRef()) }
		if api, ok := a.denied(relation.RefOf(e)); ok && mayRefuse && a.chance(refusedOf100) {
			appendRef(api)
			refused = true
		} else if api := oneOf(a, a.open); a.chance(specialOf100) {
			appendRef(api)
		}
		spec["consumesApis"] = slices.Compact(slices.Sorted(slices.Values(consumes)))
	case *catalog.API:
		switch {
		case mayRefuse && e.Spec.Visibility == catalog.VisibilityPublic && slices.Contains(a.used, relation.RefOf(e)) && a.chance(refusedOf100):
			spec["visibility"], refused = catalog.VisibilityPrivate, true
		case e.Spec.Visibility == catalog.VisibilityRestricted && a.chance(specialOf100):
			spec["allowedConsumers"] = append(slices.Clone(e.Spec.AllowedConsumers),
				catalog.EntityRef(fmt.Sprintf("component:%s/newcomer-%d", e.Namespace, a.serial)))
		}
	case *catalog.System:
		if e.Spec.Owner != "" && a.chance(specialOf100) {
			spec["owner"] = oneOf(a, a.entities[relation.Group]).GetName()
		}
	case *catalog.Group:
		spec = map[string]any{"profile": map[string]any{"displayName": fmt.Sprintf("Team %d", a.serial)}}
		if e.Spec.Type == "team" && a.chance(specialOf100) {
			spec["parent"] = a.department()
		}
	}
	ref := relation.RefOf(e)
	return ask{http.MethodPatch, harness.EntityPath(ref) + "?fieldManager=bench", contentMerge, encoded(map[string]any{"spec": spec}), refused, ""}
}

// denied draws an API that does not grant a consumer.
func (a *asker) denied(consumer relation.Ref) (relation.Ref, bool) {
	for range 8 {
		api := oneOf(a, a.closed)
		if visibility.Judge(a.graph, consumer, api).Decision == visibility.Denied {
			return api, true
		}
	}
	return relation.Ref{}, false
}

// department is the parent of some team.
func (a *asker) department() catalog.EntityRef {
	for {
		if g, ok := oneOf(a, a.entities[relation.Group]).(*catalog.Group); ok && g.Spec.Type == "team" {
			return g.Spec.Parent
		}
	}
}

// encoded is an object as JSON. All that is made up here can be encoded.
func encoded(object any) []byte {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return text
}

package relation

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// town is a catalog with one of everything: consent given and refused, a cycle of each kind, Groups that disagree, names
// that nobody bears. Its Groups differ in their members only where the parents do not depend on what came first.
func town() []catalog.Entity {
	in := func(name string) Ref { return Ref{Namespace: "shop", Name: name} }
	at := func(name string) Ref { return Ref{Namespace: "pay", Name: name} }
	all := func(name string) Ref { return Ref{Name: name} }
	to := func(from catalog.FromNamespaces) catalog.AllowedNamespaces {
		return catalog.AllowedNamespaces{From: from}
	}
	toProd := catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: catalog.LabelSelector{
		MatchLabels: map[string]catalog.LabelValue{"env": "prod"},
	}}
	refs := func(texts ...catalog.EntityRef) []catalog.EntityRef { return texts }
	return []catalog.Entity{
		&catalog.Domain{ObjectMeta: meta(all("commerce")), Spec: catalog.DomainSpec{Owner: "top", AllowedNamespaces: toProd}},
		&catalog.Domain{ObjectMeta: meta(all("sales")), Spec: catalog.DomainSpec{SubdomainOf: "commerce"}},
		&catalog.Domain{ObjectMeta: meta(all("ring-a")), Spec: catalog.DomainSpec{SubdomainOf: "ring-b", Owner: "b"}},
		&catalog.Domain{ObjectMeta: meta(all("ring-b")), Spec: catalog.DomainSpec{SubdomainOf: "ring-c"}},
		&catalog.Domain{ObjectMeta: meta(all("ring-c")), Spec: catalog.DomainSpec{SubdomainOf: "ring-a"}},
		&catalog.Domain{ObjectMeta: meta(all("below-ring")), Spec: catalog.DomainSpec{SubdomainOf: "ring-b"}},

		&catalog.Group{ObjectMeta: meta(all("top")), Spec: catalog.GroupSpec{
			Children: refs("a", "b", "top", "nobody"), AllowedNamespaces: to(catalog.FromAll),
		}},
		&catalog.Group{ObjectMeta: meta(all("a")), Spec: catalog.GroupSpec{Parent: "top", Members: refs("ada", "bob", "nobody")}},
		&catalog.Group{ObjectMeta: meta(all("b")), Spec: catalog.GroupSpec{AllowedNamespaces: toProd}},
		&catalog.Group{ObjectMeta: meta(all("rival-1")), Spec: catalog.GroupSpec{Children: refs("a", "wanted")}},
		&catalog.Group{ObjectMeta: meta(all("rival-0")), Spec: catalog.GroupSpec{Children: refs("wanted")}},
		&catalog.Group{ObjectMeta: meta(all("wanted"))},
		&catalog.Group{ObjectMeta: meta(all("loop-a")), Spec: catalog.GroupSpec{Parent: "loop-b"}},
		&catalog.Group{ObjectMeta: meta(all("loop-b")), Spec: catalog.GroupSpec{Parent: "loop-a"}},
		&catalog.User{ObjectMeta: meta(all("ada")), Spec: catalog.UserSpec{MemberOf: refs("a", "b")}},
		&catalog.User{ObjectMeta: meta(all("bob"))},

		&catalog.System{ObjectMeta: meta(in("store")), Spec: catalog.SystemSpec{Domain: "sales", AllowedNamespaces: toProd}},
		&catalog.System{ObjectMeta: meta(at("core")), Spec: catalog.SystemSpec{Domain: "commerce", Owner: "a"}},
		&catalog.System{ObjectMeta: meta(at("lost")), Spec: catalog.SystemSpec{Domain: "below-ring"}},

		&catalog.Component{ObjectMeta: meta(in("cart")), Spec: catalog.ComponentSpec{
			System: "store", ProvidesAPIs: refs("cart"), ConsumesAPIs: refs("pay/charge"),
			DependsOn: refs("api:pay/charge", "resource:db", "component:cart", "component:nobody"),
		}},
		&catalog.Component{ObjectMeta: meta(in("page")), Spec: catalog.ComponentSpec{
			System: "pay/core", Owner: "b", SubcomponentOf: "cart", ConsumesAPIs: refs("cart", "nobody"), ProvidesAPIs: refs("pay/charge"),
		}},
		&catalog.Component{ObjectMeta: meta(at("charge")), Spec: catalog.ComponentSpec{
			System: "shop/store", ProvidesAPIs: refs("charge", "shop/cart"), SubcomponentOf: "shop/cart",
			DependencyOf: refs("component:shop/cart"),
		}},
		&catalog.Component{ObjectMeta: meta(in("half-a")), Spec: catalog.ComponentSpec{SubcomponentOf: "half-b"}},
		&catalog.Component{ObjectMeta: meta(in("half-b")), Spec: catalog.ComponentSpec{SubcomponentOf: "half-a", Owner: "user:ada"}},
		&catalog.API{ObjectMeta: meta(in("cart")), Spec: catalog.APISpec{System: "store"}},
		&catalog.API{ObjectMeta: meta(at("charge")), Spec: catalog.APISpec{
			System: "core", Owner: "user:bob", Visibility: catalog.VisibilityPrivate, AllowedConsumers: refs("component:shop/cart"),
		}},
		&catalog.Resource{ObjectMeta: meta(in("db")), Spec: catalog.ResourceSpec{
			System: "store", DependencyOf: refs("component:cart"), DependsOn: refs("resource:db", "robot:x"),
		}},
	}
}

// inAnyOrder puts entities into a graph in several orders, some more than once, and compares what it then knows.
func inAnyOrder(t *testing.T, r *rand.Rand, orders int, entities []catalog.Entity, more []step) {
	t.Helper()
	var steps []step
	for _, e := range entities {
		steps = append(steps, step{do: upsert, facts: FactsOf(e)})
	}
	var want map[Ref]View
	var first []step
	for range orders {
		order := append(shuffled(r, steps), more...)
		for range len(order) / 3 { // once more what is already there, and what is to come
			order = append(order, order[r.IntN(len(order))])
		}
		order = shuffled(r, order)
		for _, e := range entities { // health is told of what is there
			if h := Health(len(e.GetName()) % healths); h != HealthNone {
				order = append(order, step{do: health, ref: RefOf(e), health: h})
			}
		}
		g := NewGraph()
		for _, s := range order {
			s.apply(g)
		}
		got := allViews(g, entities)
		if want == nil {
			want, first = got, order
			continue
		}
		if !maps.EqualFunc(want, got, sameView) {
			diff := cmp.Diff(want, got)
			t.Fatalf("one order:\n%s\nanother:\n%s\nviews (-one +another)\n%s", list(first), list(order), diff)
		}
	}
}

func shuffled(r *rand.Rand, steps []step) []step {
	out := make([]step, len(steps))
	for i, j := range r.Perm(len(steps)) {
		out[i] = steps[j]
	}
	return out
}

func allViews(g *Graph, entities []catalog.Entity) map[Ref]View {
	views := map[Ref]View{}
	for _, e := range entities {
		views[RefOf(e)], _ = g.View(RefOf(e))
	}
	return views
}

func list(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintln(&b, " ", s)
	}
	return b.String()
}

func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	namespaces := []step{
		{do: namespaceSet, ns: "shop", labels: labels.Set{"env": "prod"}},
		{do: namespaceSet, ns: "pay", labels: labels.Set{"env": "prod", "team": "pay"}},
	}
	r := rand.New(rand.NewPCG(1, 2))
	t.Run("town", func(t *testing.T) { inAnyOrder(t, r, 1000, town(), namespaces) })
	t.Run("random catalogs", func(t *testing.T) {
		for i := range 100 {
			gen := newGenerator(rand.New(rand.NewPCG(3, uint64(i))), universe{namespaces: 2, names: 2, components: 4, groups: 4, domains: 4})
			inAnyOrder(t, gen.Rand, 10, gen.catalog(), namespaces)
		}
	})
}

// catalog makes one object of each name, most of the time. All Groups once had members: who has a history is not told by
// what is there.
func (g *generator) catalog() []catalog.Entity {
	var out []catalog.Entity
	seen := map[Ref]bool{}
	for range 60 {
		r := g.ref()
		if seen[r] {
			continue
		}
		seen[r] = true
		o := g.object(r)
		if o, ok := o.(*catalog.Group); ok {
			o.Status.Summary = catalog.Summary{Members: new(int32)}
		}
		out = append(out, o)
	}
	return out
}

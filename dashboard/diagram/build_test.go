package diagram_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/dashboard/diagram"
)

// world is a random catalog. Everything in it is of one namespace, names its owner and consents, so that what holds
// between two entities depends on these two alone; where it is closed, whether APIs grant it depends on more.
func world(r *rand.Rand, closed bool) []catalog.Entity {
	n := 2 + r.IntN(4)
	name := func(k string) catalog.EntityRef { return catalog.EntityRef(fmt.Sprintf("%s%d", k, r.IntN(n))) }
	some := func(k string) []catalog.EntityRef {
		var out []catalog.EntityRef
		for range r.IntN(3) {
			if one := name(k); !slices.Contains(out, one) {
				out = append(out, one)
			}
		}
		return out
	}
	maybe := func(k string) catalog.EntityRef {
		if r.IntN(3) == 0 {
			return ""
		}
		return name(k)
	}
	var out []catalog.Entity
	all := catalog.AllowedNamespaces{From: catalog.FromAll}
	for i := range n {
		out = append(out,
			apitest.User(fmt.Sprintf("u%d", i), func(s *catalog.UserSpec) { s.MemberOf = some("g") }),
			apitest.Group(fmt.Sprintf("g%d", i), func(s *catalog.GroupSpec) { s.Parent = maybe("g") }),
			apitest.Domain(fmt.Sprintf("d%d", i), func(s *catalog.DomainSpec) {
				s.Owner, s.SubdomainOf, s.AllowedNamespaces = name("g"), maybe("d"), all
			}),
			apitest.System("x", fmt.Sprintf("s%d", i), func(s *catalog.SystemSpec) {
				s.Owner, s.Domain, s.AllowedNamespaces = name("g"), maybe("d"), all
			}),
			apitest.API("x", fmt.Sprintf("a%d", i), func(s *catalog.APISpec) {
				s.Owner, s.System = name("g"), maybe("s")
				if closed {
					s.Visibility = []catalog.Visibility{"Public", "Restricted", "Private"}[r.IntN(3)]
				}
			}),
			apitest.Resource("x", fmt.Sprintf("r%d", i), func(s *catalog.ResourceSpec) { s.Owner, s.System = name("g"), maybe("s") }),
		)
		for j := range 2 {
			out = append(out, apitest.Component("x", fmt.Sprintf("c%d", 2*i+j), func(s *catalog.ComponentSpec) {
				s.Owner, s.System, s.ProvidesAPIs, s.ConsumesAPIs = name("g"), maybe("s"), some("a"), some("a")
				for _, k := range []string{"component:c", "resource:r", "api:a"} {
					if r.IntN(3) == 0 {
						s.DependsOn = append(s.DependsOn, name(k))
					}
				}
			}))
		}
	}
	return out
}

func graphOf(entities []catalog.Entity) *relation.Graph {
	g := relation.NewGraph()
	for _, e := range entities {
		g.Upsert(relation.FactsOf(e))
	}
	return g
}

// hidden are some entities.
func hidden(r *rand.Rand, entities []catalog.Entity) map[relation.Ref]bool {
	out := map[relation.Ref]bool{}
	share := r.IntN(60)
	for _, e := range entities {
		out[relation.RefOf(e)] = r.IntN(100) < share
	}
	return out
}

// pictures are all diagrams of a source.
func pictures(s diagram.Source, entities []catalog.Entity, o diagram.Options) map[string]diagram.Diagram {
	out := map[string]diagram.Diagram{}
	for _, e := range entities {
		ref := relation.RefOf(e)
		if d, ok := s.Around(ref, o); ok {
			out["around "+ref.String()] = d
		}
		if d, ok := s.SystemMap(ref, o.Nodes); ok {
			out["systems of "+ref.String()] = d
		}
		if d, ok := s.Organisation(ref, o.Nodes); ok {
			out["groups of "+ref.String()] = d
		}
	}
	out["systems"], _ = s.SystemMap(relation.Ref{}, o.Nodes)
	out["groups"], _ = s.Organisation(relation.Ref{}, o.Nodes)
	out["domains"] = s.DomainMap(o.Nodes)
	return out
}

func randomOptions(r *rand.Rand) diagram.Options {
	o := diagram.Options{
		Depth: 1 + r.IntN(3), Direction: []diagram.Direction{diagram.Both, diagram.In, diagram.Out}[r.IntN(3)],
		Nodes: []int{0, 2, 3, 5, 8, 13, 300}[r.IntN(7)],
	}
	for _, k := range relation.Kinds() {
		if r.IntN(4) == 0 {
			o.Kinds = append(o.Kinds, k)
		}
	}
	return o
}

// inAnyOrder compares diagrams as what they are: sets.
var inAnyOrder = cmp.Options{
	cmpopts.SortSlices(func(a, b diagram.Node) bool { return a.ID < b.ID }),
	cmpopts.SortSlices(func(a, b diagram.Cluster) bool { return a.ID < b.ID }),
	cmpopts.SortSlices(func(a, b diagram.Edge) bool {
		return a.From+"\x00"+a.To+"\x00"+string(a.Type) < b.From+"\x00"+b.To+"\x00"+string(b.Type)
	}),
	cmpopts.EquateEmpty(),
}

// TestHiddenMightAsWellNotBeThere compares diagrams of a reader with those that everybody gets of a catalog without what
// that reader may not get.
func TestHiddenMightAsWellNotBeThere(t *testing.T) {
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 1))
		entities := world(r, false)
		secret := hidden(r, entities)
		left := slices.DeleteFunc(slices.Clone(entities), func(e catalog.Entity) bool { return secret[relation.RefOf(e)] })
		o := randomOptions(r)
		got := pictures(diagram.Source{Graph: graphOf(entities), May: func(r relation.Ref) bool { return !secret[r] }}, entities, o)
		want := pictures(diagram.Source{Graph: graphOf(left), May: everything}, entities, o)
		if diff := cmp.Diff(want, got, inAnyOrder); diff != "" {
			t.Fatalf("seed %d, %+v: a diagram tells of what is hidden (-without it +got):\n%s", seed, o, diff)
		}
	}
}

// TestNothingHiddenIsNamed looks for hidden names in all that is written, where APIs are closed, too.
func TestNothingHiddenIsNamed(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		entities := world(r, true)
		secret := hidden(r, entities)
		s := diagram.Source{Graph: graphOf(entities), May: func(r relation.Ref) bool { return !secret[r] }}
		s.Look = func(r relation.Ref) diagram.Look {
			if secret[r] {
				t.Fatalf("seed %d: the looks of %s are asked for", seed, r)
			}
			return diagram.Look{Title: r.String() + ";", URL: "/" + r.String()}
		}
		for name, d := range pictures(s, entities, randomOptions(r)) {
			text := diagram.DOT(d) + diagram.Mermaid(d) + fmt.Sprint(diagram.Rows(d)) + fmt.Sprint(d.Truncated)
			for ref, is := range secret {
				if is && (strings.Contains(text, ref.String()+";") || strings.Contains(text, ref.String()+`"`)) {
					t.Fatalf("seed %d: %s names %s:\n%s", seed, name, ref, text)
				}
			}
		}
	}
}

// TestEdgesAreWhatTheGraphSays holds every edge of a complete diagram against the graph.
func TestEdgesAreWhatTheGraphSays(t *testing.T) {
	denied := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		entities := world(r, true)
		g := graphOf(entities)
		s := diagram.Source{Graph: g, May: everything}
		for _, e := range entities {
			d, _ := s.Around(relation.RefOf(e), diagram.Options{Depth: 1 + r.IntN(3), Nodes: 300})
			if len(d.Truncated) > 0 {
				t.Fatalf("seed %d: %v", seed, d.Truncated)
			}
			for _, edge := range d.Edges {
				from, to := parse(t, edge.From), parse(t, strings.TrimPrefix(edge.To, "in "))
				if !slices.Contains(g.Related(from, edge.Type), to) {
					t.Errorf("seed %d: %+v is not in the graph", seed, edge)
				}
				want := edge.Type == "consumesApi" && visibility.Judge(g, from, to).Decision == visibility.Denied
				if got := edge.Denied > 0; got != want {
					t.Errorf("seed %d: %+v is denied: %v, want %v", seed, edge, got, want)
				}
				denied += edge.Denied
			}
		}
	}
	if denied == 0 {
		t.Error("no edge was denied in any diagram")
	}
}

func parse(t *testing.T, text string) relation.Ref {
	t.Helper()
	ref, err := relation.Parse(catalog.EntityRef(text), relation.KindNone, "")
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// TestSystemEdgesAreWhatTheGraphDerives compares the map with the graph's own answer.
func TestSystemEdgesAreWhatTheGraphDerives(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 4))
		g := graphOf(world(r, true))
		d, _ := diagram.Source{Graph: g, May: everything}.SystemMap(relation.Ref{}, 300)
		got, want := map[string]bool{}, map[string]bool{}
		for _, e := range d.Edges {
			if e.Type == "consumesApi" {
				got[e.From+" "+e.To] = true
			}
		}
		for _, s := range g.All(relation.System) {
			for _, u := range g.SystemUses(s) {
				want[s.String()+" "+u.Ref.String()] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: (-graph +map)\n%s", seed, diff)
		}
	}
}

// TestLimitsHold counts: whatever is drawn as one, nothing gets lost, and there are never more boxes than asked for.
func TestLimitsHold(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		entities := world(r, true)
		s := diagram.Source{Graph: graphOf(entities), May: everything}
		o := randomOptions(r)
		limit := o.Nodes
		if limit == 0 {
			limit = diagram.DefaultNodes
		}
		o.Nodes = diagram.MaxNodes
		whole := pictures(s, entities, o)
		o.Nodes = limit
		for name, d := range pictures(s, entities, o) {
			room := limit
			if limit == diagram.DefaultNodes && len(d.Edges) <= 2*diagram.MapNodes { // of which some are boxes around others
				room = diagram.MapNodes
			}
			if len(d.Nodes) > room {
				t.Errorf("seed %d: %s has %d boxes, want %d at most", seed, name, len(d.Nodes), room)
			}
			sum, ids := 0, map[string]bool{}
			for _, n := range d.Nodes {
				sum += max(1, n.Collapsed)
				ids[n.ID] = true
			}
			for _, c := range d.Clusters {
				ids[c.ID] = true
			}
			for _, e := range d.Edges {
				if !ids[e.From] || !ids[e.To] {
					t.Errorf("seed %d: %s: an edge leads nowhere: %+v", seed, name, e)
				}
			}
			all := len(whole[name].Nodes)
			if !strings.HasPrefix(name, "groups") && sum != all {
				t.Errorf("seed %d: %s stands for %d entities, want %d", seed, name, sum, all)
			}
			if cut := len(d.Nodes) < all; cut != (len(d.Truncated) > 0) {
				t.Errorf("seed %d: %s has %d of %d boxes and says %q", seed, name, len(d.Nodes), all, d.Truncated)
			}
		}
	}
}

// TestMapOfADomainHoldsThoseBelow holds that a Domain's map shows the Systems of the Domains below it, each edge once.
func TestMapOfADomainHoldsThoseBelow(t *testing.T) {
	system := func(name, domain string) *catalog.System {
		return apitest.System("x", name, func(s *catalog.SystemSpec) { s.Domain = catalog.EntityRef(domain) })
	}
	api := func(name, system string) *catalog.API {
		return apitest.API("x", name, func(s *catalog.APISpec) { s.System = catalog.EntityRef(system) })
	}
	user := func(name, system string, apis ...catalog.EntityRef) *catalog.Component {
		return apitest.Component("x", name, func(s *catalog.ComponentSpec) { s.System, s.ConsumesAPIs = catalog.EntityRef(system), apis })
	}
	g := graphOf([]catalog.Entity{
		apitest.Domain("top"), apitest.Domain("low", func(s *catalog.DomainSpec) { s.SubdomainOf = "top" }), apitest.Domain("other"),
		system("a", "top"), system("b", "low"), system("c", "other"), system("far", "other"), api("a", "a"), api("b", "b"), api("far", "far"),
		user("ua", "a", "b"), user("uc", "c", "b", "a"), user("ub", "b", "a"),
	})
	d, ok := diagram.Source{Graph: g, May: func(relation.Ref) bool { return true }}.SystemMap(relation.Ref{Kind: relation.Domain, Name: "top"}, 0)
	var nodes, edges []string
	for _, n := range d.Nodes {
		nodes = append(nodes, n.Ref.Name)
	}
	for _, e := range d.Edges {
		if e.Label == "uses" {
			edges = append(edges, fmt.Sprintf("%s %s %d", e.From, e.To, e.Count))
		}
	}
	slices.Sort(nodes)
	slices.Sort(edges)
	if want := []string{"a", "b", "c"}; !ok || !slices.Equal(nodes, want) {
		t.Errorf("the map holds %q, want %q", nodes, want)
	}
	if want := []string{"system:x/a system:x/b 1", "system:x/b system:x/a 1", "system:x/c system:x/a 1", "system:x/c system:x/b 1"}; !slices.Equal(edges, want) {
		t.Errorf("edges %q, want %q", edges, want)
	}
}

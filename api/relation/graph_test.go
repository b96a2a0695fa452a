package relation

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func graphOf(entities ...catalog.Entity) *Graph {
	g := NewGraph()
	for _, e := range entities {
		g.Upsert(FactsOf(e))
	}
	return g
}

func view(t *testing.T, g *Graph, r Ref) View {
	t.Helper()
	v, ok := g.View(r)
	if !ok {
		t.Fatalf("View(%s) finds nothing", r)
	}
	return v
}

func texts(touched []Touched) []string {
	var out []string
	for _, x := range touched {
		text := x.Ref.String()
		if x.Counts {
			text += " counts"
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func TestInheritedOwnerFollowsTheSystem(t *testing.T) {
	c := &catalog.Component{ObjectMeta: meta(Ref{Namespace: "shop", Name: "cart"}), Spec: catalog.ComponentSpec{System: "store"}}
	s := &catalog.System{ObjectMeta: meta(Ref{Namespace: "shop", Name: "store"}), Spec: catalog.SystemSpec{Owner: "a"}}
	a := Ref{Kind: Group, Name: "a"}
	g := graphOf(c, s, &catalog.Group{ObjectMeta: meta(a)})
	if got := view(t, g, RefOf(c)).Owner; got.Ref != a || got.From != RefOf(s) || got.State != Claimed {
		t.Errorf("owner of %s = %+v, want %s from %s, claimed", RefOf(c), got, a, RefOf(s))
	}
	if v := view(t, g, a); v.Tally.Components != 1 || v.Tally.Systems != 1 || v.Owns != 2 {
		t.Errorf("tally of %s = %+v, owns %d, want one component and one system", a, v.Tally, v.Owns)
	}
	g.Delete(RefOf(s))
	if v := view(t, g, a); v.Tally != (Tally{}) || v.Owns != 0 {
		t.Errorf("tally of %s without the system = %+v, owns %d, want none", a, v.Tally, v.Owns)
	}
}

func TestTouched(t *testing.T) {
	cart := &catalog.Component{ObjectMeta: meta(Ref{Namespace: "shop", Name: "cart"}), Spec: catalog.ComponentSpec{System: "store"}}
	store := &catalog.System{ObjectMeta: meta(Ref{Namespace: "shop", Name: "store"}), Spec: catalog.SystemSpec{Domain: "sales"}}
	sales := &catalog.Domain{ObjectMeta: meta(Ref{Name: "sales"}), Spec: catalog.DomainSpec{SubdomainOf: "commerce", Owner: "a"}}
	commerce := &catalog.Domain{ObjectMeta: meta(Ref{Name: "commerce"})}
	a := &catalog.Group{ObjectMeta: meta(Ref{Name: "a"}), Spec: catalog.GroupSpec{Parent: "top", Members: []catalog.EntityRef{"ada"}}}
	top := &catalog.Group{ObjectMeta: meta(Ref{Name: "top"})}
	ada := &catalog.User{ObjectMeta: meta(Ref{Name: "ada"})}
	rival := &catalog.Group{ObjectMeta: meta(Ref{Name: "rival"}), Spec: catalog.GroupSpec{Children: []catalog.EntityRef{"a"}}}
	everything := []catalog.Entity{cart, store, sales, commerce, a, top, ada}

	cases := map[string]struct {
		change func(g *Graph) []Touched
		want   []string
	}{
		"the same again":            {func(g *Graph) []Touched { return g.Upsert(FactsOf(cart)) }, nil},
		"what is not there deleted": {func(g *Graph) []Touched { return g.Delete(Ref{Kind: User, Name: "bob"}) }, nil},
		"health of what is not there": {
			func(g *Graph) []Touched { return g.SetHealth(Ref{Kind: User, Name: "bob"}, Degraded) }, nil,
		},
		"health of a part goes up both ways": {
			func(g *Graph) []Touched { return g.SetHealth(RefOf(cart), Degraded) },
			[]string{"domain:commerce counts", "domain:sales counts", "group:a counts", "group:top counts", "system:shop/store counts"},
		},
		"a label that no consent looks at": {
			func(g *Graph) []Touched { return g.SetNamespace("shop", labels.Set{"team": "a"}) }, nil,
		},
		"who inherits an owner, when that goes": {
			func(g *Graph) []Touched { return g.Delete(RefOf(a)) },
			[]string{
				"component:shop/cart", "domain:commerce counts", "domain:sales", "group:top counts", "system:shop/store",
				"user:ada counts",
			},
		},
		"who is owned by a Group, when its last member goes": {
			func(g *Graph) []Touched { return g.Delete(RefOf(ada)) },
			[]string{"component:shop/cart", "domain:sales", "group:a", "group:top counts", "system:shop/store"},
		},
		"the members of a System, when its Domain differs": {
			func(g *Graph) []Touched {
				s := store.DeepCopy()
				s.Spec.Domain = ""
				s.Spec.Owner = "a"
				return g.Upsert(FactsOf(s))
			},
			[]string{
				"component:shop/cart", "domain:commerce counts", "domain:sales counts", "group:a counts", "system:shop/store",
			},
		},
		"a Group that another names as its child": {
			func(g *Graph) []Touched { return g.Upsert(FactsOf(rival)) }, []string{"group:a", "group:rival"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := texts(tc.change(graphOf(everything...))); !slices.Equal(got, tc.want) {
				t.Errorf("touched\n%q, want\n%q", got, tc.want)
			}
		})
	}
}

func TestConsentComparesSelectors(t *testing.T) {
	system := func(env catalog.LabelValue, others ...string) Facts {
		s := catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{"env": env}}
		for _, o := range others {
			s.MatchExpressions = append(s.MatchExpressions, catalog.LabelRequirement{Key: o, Operator: "Exists"})
		}
		return FactsOf(&catalog.System{ObjectMeta: meta(Ref{Namespace: "shop", Name: "store"}), Spec: catalog.SystemSpec{
			AllowedNamespaces: catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: s},
		}})
	}
	everything := system("prod")
	everything.Consent.Selector = labels.Everything()
	nothing := system("prod")
	nothing.Consent.Selector = labels.Nothing()
	cases := map[string]struct {
		one, other Facts
		want       []string
	}{
		"built anew":                    {system("prod"), system("prod"), nil},
		"in another order":              {system("prod", "a", "b"), system("prod", "b", "a"), nil},
		"another value":                 {system("prod"), system("dev"), []string{"system:shop/store"}},
		"one requirement more":          {system("prod"), system("prod", "a"), []string{"system:shop/store"}},
		"nothing instead of everything": {everything, nothing, []string{"system:shop/store"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g := NewGraph()
			g.Upsert(tc.one)
			if got := texts(g.Upsert(tc.other)); !slices.Equal(got, tc.want) {
				t.Errorf("%v after %v touches %q, want %q", tc.other.Consent, tc.one.Consent, got, tc.want)
			}
		})
	}
}

func TestSetNamespaceKeepsNoMapOfTheCaller(t *testing.T) {
	g := graphOf(
		&catalog.System{ObjectMeta: meta(Ref{Namespace: "shop", Name: "store"}), Spec: catalog.SystemSpec{
			AllowedNamespaces: catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: catalog.LabelSelector{
				MatchLabels: map[string]catalog.LabelValue{"env": "prod"},
			}},
		}},
		&catalog.Component{ObjectMeta: meta(Ref{Namespace: "pay", Name: "c"}), Spec: catalog.ComponentSpec{System: "shop/store"}},
	)
	set := labels.Set{}
	g.SetNamespace("pay", set)
	set["env"] = "prod"
	if got, want := texts(g.SetNamespace("pay", set)), []string{"component:pay/c", "system:shop/store"}; len(got) != len(want) {
		t.Errorf("the label env=prod touches %q, want %q", got, want)
	}
}

// names writes n numbered references.
func names(format string, n int) []catalog.EntityRef {
	out := make([]catalog.EntityRef, n)
	for i := range out {
		out[i] = catalog.EntityRef(fmt.Sprintf(format, i))
	}
	return out
}

func TestManyEdgesStayInOrder(t *testing.T) {
	const count = 500
	api := &catalog.API{ObjectMeta: meta(Ref{Namespace: "shop", Name: "x"})}
	r := rand.New(rand.NewPCG(1, 1))
	g := graphOf(api)
	there := map[string]bool{}
	for range 8 * count {
		name := fmt.Sprintf("c-%d", r.IntN(count))
		c := &catalog.Component{ObjectMeta: meta(Ref{Namespace: "shop", Name: name}), Spec: catalog.ComponentSpec{
			ConsumesAPIs: []catalog.EntityRef{"x"}, DependsOn: []catalog.EntityRef{"api:x"},
		}}
		if r.IntN(3) == 0 {
			c.Spec.DependsOn = nil
		}
		switch r.IntN(400) {
		case 0:
			g.Delete(RefOf(api))
			if got := g.Related(RefOf(c), "consumesApi"); len(got) > 0 {
				t.Fatalf("Related(%s, consumesApi) = %v without the API", RefOf(c), got)
			}
			g.Upsert(FactsOf(api))
		default:
			if there[name] = !there[name]; there[name] {
				g.Upsert(FactsOf(c))
			} else {
				g.Delete(RefOf(c))
				delete(there, name)
			}
		}
		if got := g.Related(RefOf(api), "apiConsumedBy"); len(got) != len(there) || !slices.IsSortedFunc(got, Compare) {
			t.Fatalf("Related(%s, apiConsumedBy) = %v, want all %d in order", RefOf(api), got, len(there))
		}
	}
	v := view(t, g, RefOf(api))
	all := g.Related(RefOf(api), "apiConsumedBy")
	if rel := v.Relations[0]; rel.Count != len(all) || !slices.Equal(rel.Refs, all[:Shown]) {
		t.Errorf("View(%s) shows %d: %v, want %d and the first %d of %v", RefOf(api), rel.Count, rel.Refs, len(all), Shown, all)
	}
}

func TestLongListChangesByOne(t *testing.T) {
	group := func(members []catalog.EntityRef) Facts {
		return FactsOf(&catalog.Group{ObjectMeta: meta(Ref{Name: "all"}), Spec: catalog.GroupSpec{Members: members}})
	}
	members := names("u%d", 1024)
	g := NewGraph()
	for _, m := range members {
		g.Upsert(FactsOf(&catalog.User{ObjectMeta: meta(Ref{Name: string(m)})}))
	}
	g.Upsert(group(members))
	for _, i := range []int{0, 1, 511, 1022, 1023} {
		fewer := slices.Delete(slices.Clone(members), i, i+1)
		want := []string{"group:all", "user:" + string(members[i]) + " counts"}
		if got := texts(g.Upsert(group(fewer))); !slices.Equal(got, want) {
			t.Errorf("without member %d: touched %q, want %q", i, got, want)
		}
		if got := texts(g.Upsert(group(members))); !slices.Equal(got, want) {
			t.Errorf("with member %d again: touched %q, want %q", i, got, want)
		}
	}
	slices.Reverse(members)
	if got := texts(g.Upsert(group(members))); !slices.Equal(got, []string{"group:all"}) {
		t.Errorf("in another order: touched %q, want the group alone", got)
	}
	if got := view(t, g, Ref{Kind: Group, Name: "all"}).Tally.Members; got != 1024 {
		t.Errorf("members = %d, want 1024", got)
	}
}

func TestLastMemberOfAnOwnerOfThousands(t *testing.T) {
	const owned = 5000
	ada := &catalog.User{ObjectMeta: meta(Ref{Name: "ada"}), Spec: catalog.UserSpec{MemberOf: []catalog.EntityRef{"below"}}}
	team := Ref{Kind: Group, Name: "team"}
	g := graphOf(
		&catalog.Group{ObjectMeta: meta(team)}, ada,
		&catalog.Group{ObjectMeta: meta(Ref{Name: "below"}), Spec: catalog.GroupSpec{Parent: "team"}},
	)
	for i := range owned {
		g.Upsert(FactsOf(&catalog.Resource{
			ObjectMeta: meta(Ref{Namespace: "shop", Name: fmt.Sprint("r", i)}), Spec: catalog.ResourceSpec{Owner: "team"},
		}))
	}
	for _, inactive := range []bool{true, false} {
		var touched []Touched
		if inactive {
			touched = g.Delete(RefOf(ada))
		} else {
			touched = g.Upsert(FactsOf(ada))
		}
		own := 0
		for _, x := range touched {
			if x.Ref.Kind == Resource && !x.Counts {
				own++
			}
		}
		if got := view(t, g, Ref{Resource, "shop", "r7"}).Owner.Inactive; own != owned || got != inactive {
			t.Errorf("touched %d resources, Inactive = %t; want %d, %t", own, got, owned, inactive)
		}
	}
}

func TestLongCycle(t *testing.T) {
	const length = 20_000
	g := NewGraph()
	domain := func(i int, parent string) Facts {
		d := &catalog.Domain{ObjectMeta: meta(Ref{Name: fmt.Sprintf("d%05d", i)})}
		d.Spec.SubdomainOf = catalog.EntityRef(parent)
		return FactsOf(d)
	}
	for i := range length - 1 {
		g.Upsert(domain(i, fmt.Sprintf("d%05d", i+1)))
	}
	g.Upsert(domain(length-1, ""))
	g.Upsert(FactsOf(&catalog.System{ObjectMeta: meta(Ref{Namespace: "shop", Name: "s"}), Spec: catalog.SystemSpec{Domain: "d00000"}}))
	last := Ref{Kind: Domain, Name: fmt.Sprintf("d%05d", length-1)}
	if got := view(t, g, last).Tally.Systems; got != 1 {
		t.Errorf("systems below the topmost domain = %d, want 1", got)
	}
	if got := len(g.Upsert(domain(length-1, "d00000"))); got != length {
		t.Errorf("closing the cycle touches %d, want %d", got, length)
	}
	v := view(t, g, last)
	if len(v.Cycle) != length || v.Cycle[0].Name != "d00000" || v.Cycle[1].Name != "d00001" || v.Tally.Systems != 0 {
		t.Errorf("cycle of %d from %v, %d systems; want %d upwards from d00000, and none", len(v.Cycle), v.Cycle[:2], v.Tally.Systems, length)
	}
	if got := len(g.Delete(last)); got != length-1 {
		t.Errorf("opening the cycle touches %d, want %d", got, length-1)
	}
	if v := view(t, g, Ref{Kind: Domain, Name: fmt.Sprintf("d%05d", length-2)}); v.Cycle != nil || v.Tally.Systems != 1 {
		t.Errorf("after that, cycle = %d, systems = %d; want none and 1", len(v.Cycle), v.Tally.Systems)
	}
}

func TestNothingStaysWhenAllIsDeleted(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	g := NewGraph()
	for range 50 {
		entities := town()
		for _, i := range r.Perm(len(entities)) {
			g.Upsert(FactsOf(entities[i]))
		}
		g.SetNamespace("shop", labels.Set{"env": "prod"})
		g.SetNamespace("elsewhere", labels.Set{"env": "prod"})
		g.DeleteNamespace("elsewhere")
		g.SetHealth(RefOf(entities[0]), Degraded)
		for _, i := range r.Perm(len(entities)) {
			g.Delete(RefOf(entities[i]))
		}
		g.DeleteNamespace("shop")
		g.DeleteNamespace("never")
		if why := leaks(g); why != "" {
			t.Fatalf("the empty graph holds %s", why)
		}
	}
	if got, most := len(g.nodes), 2*len(town()); got > most {
		t.Errorf("the graph has room for %d nodes, want the ids used again: at most %d", got, most)
	}
}

func TestDanglingNamesAreForgotten(t *testing.T) {
	c := &catalog.Component{ObjectMeta: meta(Ref{Namespace: "shop", Name: "c"})}
	g := NewGraph()
	for i := range 100 {
		c.Spec.DependsOn = []catalog.EntityRef{catalog.EntityRef(fmt.Sprintf("component:elsewhere/x%d", i))}
		g.Upsert(FactsOf(c))
	}
	if len(g.ids) != 2 || len(g.namespaces) != 1 {
		t.Errorf("%d names, %d namespaces; want the component and what it names, and one namespace", len(g.ids), len(g.namespaces))
	}
}

func TestManyReadWhileOneWrites(t *testing.T) {
	gen := newGenerator(rand.New(rand.NewPCG(9, 9)), universe{namespaces: 2, names: 2, components: 4, groups: 4, domains: 4})
	g := NewGraph()
	steps := gen.steps(5000)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 8 {
		readers.Go(func() {
			own := newGenerator(rand.New(rand.NewPCG(10, uint64(i))), gen.universe)
			for {
				select {
				case <-done:
					return
				default:
					askEverything(g, own.ref())
				}
			}
		})
	}
	for _, s := range steps {
		s.apply(g)
	}
	close(done)
	readers.Wait()
}

// askEverything calls every query and looks at all of the answers.
func askEverything(g *Graph, r Ref) {
	v, ok := g.View(r)
	if ok && (v.Ref != r || len(v.Owner.Ref.String()) == 0 != v.Owner.Ref.IsZero()) {
		panic(fmt.Sprintf("View(%s) = %+v", r, v))
	}
	_ = fmt.Sprint(v)
	for _, t := range relationTypes {
		_ = fmt.Sprint(g.Related(r, t))
	}
	_ = fmt.Sprint(g.Exists(r), g.Len(), g.Uses(r), g.UsedBy(r), g.SystemUses(r), g.SystemUsedBy(r))
}

package relation

import (
	"fmt"
	"math/rand/v2"
	"slices"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

const (
	namespaces    = 1000
	popularShare  = 10 // one Component in so many consumes the popular API
	bigGroupShare = 15 // one entity in so many that declare an owner names the big Group: in all, one in 20 is its
)

// landscape is a catalog of a realistic shape: a few large namespaces and many small ones, one API that a tenth of the
// Components consume, one Group that owns a twentieth of everything.
type landscape struct {
	*rand.Rand
	facts      []Facts
	components []int // indexes into facts
	systems    map[string][]Ref
	zipf       *rand.Zipf
	apis       []Ref
}

var (
	popularAPI = Ref{Kind: API, Namespace: "ns-0000", Name: "identity-tokens"}
	bigGroup   = Ref{Kind: Group, Name: "platform-engineering"}
	largeGroup = Ref{Kind: Group, Name: "everybody"} // as many members as a Group can name
)

func newLandscape(entities int, seed uint64) *landscape {
	r := rand.New(rand.NewPCG(seed, 0))
	l := &landscape{Rand: r, systems: map[string][]Ref{}, zipf: rand.NewZipf(r, 1.1, 4, namespaces-1)}
	share := func(percent int) int { return entities * percent / 100 }
	for i := range share(1) / 2 {
		l.add(l.domain(i))
	}
	users := share(8)
	for i := range users {
		l.add(&catalog.User{ObjectMeta: meta(l.user(i))})
	}
	for i := range share(3)/2 - 2 {
		l.add(l.group(i, users))
	}
	l.add(&catalog.Group{ObjectMeta: meta(bigGroup), Spec: catalog.GroupSpec{
		Members: []catalog.EntityRef{"user-00001"}, AllowedNamespaces: catalog.AllowedNamespaces{From: catalog.FromAll},
	}})
	l.add(l.everybody(min(1024, users)))
	for i := range share(5) {
		l.add(l.system(i, entities))
	}
	for i := range share(15) {
		l.add(l.api(i))
	}
	for i := range share(10) {
		l.add(l.resource(i))
	}
	for i := range share(60) {
		l.components = append(l.components, len(l.facts))
		l.add(l.component(i))
	}
	return l
}

func (l *landscape) add(e catalog.Entity) { l.facts = append(l.facts, FactsOf(e)) }

func (l *landscape) name(format string, n int) catalog.EntityRef {
	return catalog.EntityRef(fmt.Sprintf(format, n))
}

func (l *landscape) namespace() string { return fmt.Sprintf("ns-%04d", l.zipf.Uint64()) }

func (l *landscape) user(i int) Ref { return Ref{Kind: User, Name: fmt.Sprintf("user-%05d", i)} }

func (l *landscape) domain(i int) *catalog.Domain {
	d := &catalog.Domain{ObjectMeta: meta(Ref{Name: fmt.Sprintf("domain-%03d", i)})}
	d.Spec.Owner = l.name("team-%04d", l.IntN(1000))
	d.Spec.AllowedNamespaces = catalog.AllowedNamespaces{From: catalog.FromAll}
	if i > 50 {
		d.Spec.SubdomainOf = l.name("domain-%03d", l.IntN(50))
	}
	return d
}

func (l *landscape) group(i, users int) *catalog.Group {
	g := &catalog.Group{ObjectMeta: meta(Ref{Name: fmt.Sprintf("team-%04d", i)})}
	for range 6 {
		m := l.name("user-%05d", l.IntN(users))
		if !slices.Contains(g.Spec.Members, m) {
			g.Spec.Members = append(g.Spec.Members, m)
		}
	}
	if i > 100 {
		g.Spec.Parent = l.name("team-%04d", l.IntN(100))
	}
	switch i % 3 {
	case 0:
		g.Spec.AllowedNamespaces = catalog.AllowedNamespaces{From: catalog.FromAll}
	case 1:
		g.Spec.AllowedNamespaces = catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: catalog.LabelSelector{
			MatchLabels: map[string]catalog.LabelValue{"kubernetes.io/metadata.name": catalog.LabelValue(l.namespace())},
		}}
	}
	return g
}

func (l *landscape) everybody(users int) *catalog.Group {
	g := &catalog.Group{ObjectMeta: meta(largeGroup)}
	for i := range users {
		g.Spec.Members = append(g.Spec.Members, l.name("user-%05d", i))
	}
	return g
}

func (l *landscape) system(i, entities int) *catalog.System {
	r := Ref{Kind: System, Namespace: l.namespace(), Name: fmt.Sprintf("system-%05d", i)}
	l.systems[r.Namespace] = append(l.systems[r.Namespace], r)
	s := &catalog.System{ObjectMeta: meta(r)}
	s.Spec.Domain = l.name("domain-%03d", l.IntN(max(1, entities/200)))
	if l.IntN(10) > 0 {
		s.Spec.Owner = l.owner()
	}
	return s
}

func (l *landscape) owner() catalog.EntityRef {
	switch l.IntN(bigGroupShare) {
	case 0:
		return bigGroup.EntityRef()
	case 1:
		return "user:" + l.name("user-%05d", l.IntN(1000))
	}
	return l.name("team-%04d", l.IntN(1400))
}

func (l *landscape) member(kind Kind, format string, i int) (r Ref, system catalog.EntityRef) {
	r = Ref{Kind: kind, Namespace: l.namespace(), Name: fmt.Sprintf(format, i)}
	if s := l.systems[r.Namespace]; len(s) > 0 && l.IntN(20) > 0 {
		system = catalog.EntityRef(s[l.IntN(len(s))].Name)
	}
	return r, system
}

func (l *landscape) api(i int) *catalog.API {
	r, s := l.member(API, "orders-api-%05d", i)
	if i == 0 {
		r = popularAPI
	}
	l.apis = append(l.apis, r)
	a := &catalog.API{ObjectMeta: meta(r), Spec: catalog.APISpec{System: s}}
	if l.IntN(2) == 0 {
		a.Spec.Owner = l.owner()
	}
	return a
}

func (l *landscape) resource(i int) *catalog.Resource {
	r, s := l.member(Resource, "orders-db-%05d", i)
	return &catalog.Resource{ObjectMeta: meta(r), Spec: catalog.ResourceSpec{System: s}}
}

// component makes five edges: to a System, an owner or not, APIs, and what it depends on.
func (l *landscape) component(i int) *catalog.Component {
	r, s := l.member(Component, "checkout-service-%05d", i)
	c := &catalog.Component{ObjectMeta: meta(r), Spec: catalog.ComponentSpec{System: s}}
	if l.IntN(2) == 0 {
		c.Spec.Owner = l.owner()
	}
	if i%popularShare == 0 {
		c.Spec.ConsumesAPIs = append(c.Spec.ConsumesAPIs, popularAPI.EntityRef())
	}
	for range 2 {
		a := l.apis[1+l.IntN(len(l.apis)-1)]
		if l.IntN(2) == 0 { // a few are used by many
			a = l.apis[1+l.IntN(len(l.apis)/20)]
		}
		if !slices.Contains(c.Spec.ConsumesAPIs, a.EntityRef()) {
			c.Spec.ConsumesAPIs = append(c.Spec.ConsumesAPIs, a.EntityRef())
		}
	}
	if i < len(l.apis) && l.apis[i].Namespace != "" {
		c.Spec.ProvidesAPIs = []catalog.EntityRef{l.apis[i].EntityRef()}
	}
	c.Spec.DependsOn = []catalog.EntityRef{catalog.EntityRef(fmt.Sprintf("component:checkout-service-%05d", l.IntN(i+1)))}
	if l.IntN(2) == 0 {
		c.Spec.DependsOn = append(c.Spec.DependsOn, catalog.EntityRef(fmt.Sprintf("resource:orders-db-%05d", l.IntN(10_000))))
	}
	return c
}

// graph puts the landscape into a graph, in random order, and says how all do.
func (l *landscape) graph() *Graph {
	g := NewGraph()
	for _, i := range l.Perm(len(l.facts)) {
		g.Upsert(l.facts[i])
		if k := l.facts[i].Ref.Kind; k == Component || k == Resource {
			g.SetHealth(l.facts[i].Ref, Health(1+l.IntN(4)))
		}
	}
	return g
}

// of returns the facts of one entity.
func (l *landscape) of(r Ref) Facts {
	return l.facts[slices.IndexFunc(l.facts, func(f Facts) bool { return f.Ref == r })]
}

// all returns the facts of all entities of a kind.
func (l *landscape) all(k Kind) []Facts {
	var out []Facts
	for _, f := range l.facts {
		if f.Ref.Kind == k {
			out = append(out, f)
		}
	}
	return out
}

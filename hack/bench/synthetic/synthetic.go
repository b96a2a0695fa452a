// Package synthetic makes catalogs of any size, shaped like those of real organisations: few namespaces hold most of it,
// one API is used by many, one group owns much. The same options give the same catalog.
package synthetic

import (
	"fmt"
	"math/rand/v2"
	"sort"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Options say which catalog to make.
type Options struct {
	// Entities is how many there are of all kinds together, at least 100.
	Entities int
	// Components, if it is not 0, is how many Components there are, whatever Entities says; of the others there are as
	// many as Entities makes.
	Components int
	// Seed decides all that is left to chance.
	Seed uint64
	// Prefix begins every name and namespace, so that catalogs can live side by side.
	Prefix string
}

// Catalog is a catalog in which every reference resolves and every claim is permitted.
type Catalog struct {
	// Namespaces are those of the entities.
	Namespaces []string
	// Entities stand in the order of dependency: nothing names what comes after it.
	Entities []catalog.Entity
	// HotAPI is consumed by a tenth of the components.
	HotAPI relation.Ref
	// BigOwner is the group that owns a twentieth of all.
	BigOwner relation.Ref
}

// Every so many.
const (
	hotEvery      = 10 // components consume HotAPI
	bigEvery      = 19 // of what may be owned in a namespace, which is 95 % of all, belongs to BigOwner
	openEvery     = 10 // systems let all namespaces join
	inheritEvery  = 5  // declare no owner
	homelessEvery = 20 // components have no system
	joinEvery     = 25 // components are part of an open system, often of another namespace
	nestedEvery   = 20 // components are part of another one
)

// maker holds what was made so far.
type maker struct {
	options    Options
	random     *rand.Rand
	out        *Catalog
	zipf       []float64 // cumulated weights of the namespaces
	teams      []string
	domains    []string
	spaces     []space
	systems    []*catalog.System
	open       []*catalog.System
	apis       []*catalog.API
	publicAPIs []*catalog.API
	names      int
}

// space is what a namespace holds.
type space struct {
	systems    []*catalog.System
	resources  []*catalog.Resource
	apis       []*catalog.API
	components []*catalog.Component
}

// New makes a catalog.
func New(o Options) *Catalog {
	m := &maker{options: o, random: rand.New(rand.NewPCG(o.Seed, 0)), out: &Catalog{}}
	n := max(o.Entities, 100)
	groups, users, domains := max(4, n*8/1000), max(6, n/100), max(2, n*2/1000)
	systems, resources, apis := n*3/100, n/10, n/4
	m.makeNamespaces(max(2, n/100))
	m.makeGroups(groups)
	m.makeUsers(users)
	m.makeDomains(domains)
	m.makeSystems(systems)
	for range resources {
		m.makeResource()
	}
	for range apis {
		m.makeAPI()
	}
	components := n - groups - users - domains - systems - resources - apis
	if o.Components > 0 {
		components = o.Components
	}
	for i := range components {
		m.makeComponent(i)
	}
	return m.out
}

func (m *maker) add(e catalog.Entity) { m.out.Entities = append(m.out.Entities, e) }

func (m *maker) makeNamespaces(n int) {
	sum := 0.0
	for i := range n {
		sum += 1 / float64(i+1)
		m.zipf = append(m.zipf, sum)
		m.out.Namespaces = append(m.out.Namespaces, fmt.Sprintf("%s%s-%d", m.options.Prefix, areas[i%len(areas)], i))
	}
	m.spaces = make([]space, n)
}

// namespace draws one; the first are by far the most likely.
func (m *maker) namespace() int {
	at := m.random.Float64() * m.zipf[len(m.zipf)-1]
	return min(sort.SearchFloat64s(m.zipf, at), len(m.zipf)-1)
}

// makeGroups makes a company, its departments, and the teams in them.
func (m *maker) makeGroups(n int) {
	departments := max(1, n/10)
	name := func(i int) string {
		switch {
		case i == 0:
			return m.options.Prefix + "company"
		case i <= departments:
			return fmt.Sprintf("%sdepartment-%d", m.options.Prefix, i)
		}
		return fmt.Sprintf("%s%s-team-%d", m.options.Prefix, areas[i%len(areas)], i)
	}
	for i := range n {
		g := &catalog.Group{TypeMeta: kind(catalog.KindGroup), ObjectMeta: metav1.ObjectMeta{Name: name(i)}}
		g.Spec.AllowedNamespaces.From = catalog.FromAll
		g.Spec.Profile = catalog.Profile{DisplayName: name(i), Email: name(i) + "@example.com"}
		switch {
		case i == 0:
			g.Spec.Type = "organization"
		case i <= departments:
			g.Spec.Type, g.Spec.Parent = "department", catalog.EntityRef(name(0))
		default:
			g.Spec.Type, g.Spec.Parent = "team", catalog.EntityRef(name(1+i%departments))
			m.teams = append(m.teams, name(i))
		}
		m.add(g)
	}
	m.out.BigOwner = relation.Ref{Kind: relation.Group, Name: m.teams[0]}
}

// makeUsers gives every team a member if there are as many users.
func (m *maker) makeUsers(n int) {
	for i := range n {
		name := fmt.Sprintf("%s%s-%d", m.options.Prefix, people[i%len(people)], i)
		u := &catalog.User{TypeMeta: kind(catalog.KindUser), ObjectMeta: metav1.ObjectMeta{Name: name}}
		u.Spec.Profile = catalog.Profile{DisplayName: name, Email: name + "@example.com"}
		u.Spec.MemberOf = []catalog.EntityRef{catalog.EntityRef(m.teams[i%len(m.teams)])}
		m.add(u)
	}
}

func (m *maker) makeDomains(n int) {
	for i := range n {
		name := fmt.Sprintf("%s%s-domain-%d", m.options.Prefix, areas[i%len(areas)], i)
		d := &catalog.Domain{TypeMeta: kind(catalog.KindDomain), ObjectMeta: metav1.ObjectMeta{Name: name}}
		d.Spec.Type, d.Spec.Owner = "product-area", m.team()
		d.Spec.AllowedNamespaces.From = catalog.FromAll
		if i%4 == 3 {
			d.Spec.SubdomainOf = catalog.EntityRef(m.domains[i/4])
		}
		m.domains = append(m.domains, name)
		m.add(d)
	}
}

// makeSystems gives every namespace one, as far as they go.
func (m *maker) makeSystems(n int) {
	for i := range n {
		ns := i
		if i >= len(m.spaces) {
			ns = m.namespace()
		}
		s := &catalog.System{TypeMeta: kind(catalog.KindSystem), ObjectMeta: m.meta(ns, "system")}
		s.Spec.Type, s.Spec.Domain = "product", catalog.EntityRef(m.domains[m.random.IntN(len(m.domains))])
		s.Spec.Descriptor = describe(s.Name)
		if i%inheritEvery != 0 {
			s.Spec.Owner = m.team()
		}
		if i%openEvery == 0 {
			s.Spec.AllowedNamespaces.From = catalog.FromAll
			m.open = append(m.open, s)
		}
		m.spaces[ns].systems = append(m.spaces[ns].systems, s)
		m.systems = append(m.systems, s)
		m.add(s)
	}
}

func (m *maker) makeResource() {
	ns := m.namespace()
	r := &catalog.Resource{TypeMeta: kind(catalog.KindResource), ObjectMeta: m.meta(ns, stores[m.random.IntN(len(stores))])}
	r.Spec.Type = "database"
	r.Spec.System = m.systemIn(ns)
	r.Spec.Owner = m.owner(r.Spec.System)
	r.Spec.Descriptor = describe(r.Name)
	m.spaces[ns].resources = append(m.spaces[ns].resources, r)
	m.add(r)
}

func (m *maker) makeAPI() {
	ns := m.namespace()
	first := len(m.apis) == 0
	if first {
		ns = 0
	}
	a := &catalog.API{TypeMeta: kind(catalog.KindAPI), ObjectMeta: m.meta(ns, "api")}
	a.Spec.Lifecycle = lifecycles[m.random.IntN(len(lifecycles))]
	a.Spec.System = m.systemIn(ns)
	a.Spec.Owner = m.owner(a.Spec.System)
	a.Spec.Descriptor = describe(a.Name)
	a.Spec.Type, a.Spec.Definition = m.definition(a.Name)
	a.Spec.Visibility = catalog.VisibilityPublic
	switch chance := m.random.IntN(10); {
	case first || a.Spec.System == "":
	case chance == 0:
		a.Spec.Visibility = catalog.VisibilityPrivate
	case chance <= 2:
		a.Spec.Visibility = catalog.VisibilityRestricted
		s := m.systems[m.random.IntN(len(m.systems))]
		a.Spec.AllowedConsumers = []catalog.EntityRef{full(relation.RefOf(s))}
	}
	if first {
		m.out.HotAPI = relation.RefOf(a)
	}
	if a.Spec.Visibility == catalog.VisibilityPublic {
		m.publicAPIs = append(m.publicAPIs, a)
	}
	m.apis = append(m.apis, a)
	m.spaces[ns].apis = append(m.spaces[ns].apis, a)
	m.add(a)
}

func (m *maker) makeComponent(i int) {
	ns := m.namespace()
	here := &m.spaces[ns]
	c := &catalog.Component{TypeMeta: kind(catalog.KindComponent), ObjectMeta: m.meta(ns, roles[m.random.IntN(len(roles))])}
	c.Spec.Type, c.Spec.Lifecycle = "service", lifecycles[m.random.IntN(len(lifecycles))]
	c.Spec.Descriptor = describe(c.Name)
	c.Spec.Links = []catalog.Link{{URL: "https://runbooks.example.com/" + c.Name, Title: "Runbook", Type: "runbook"}}
	c.Spec.Source = catalog.Source{Repository: catalog.WebURL("https://git.example.com/" + c.Namespace + "/" + c.Name)}
	switch {
	case i%homelessEvery == 0:
	case i%joinEvery == 0:
		c.Spec.System = short(relation.RefOf(m.open[m.random.IntN(len(m.open))]), c.Namespace)
	default:
		c.Spec.System = m.systemIn(ns)
	}
	c.Spec.Owner = m.owner(c.Spec.System)
	if n := len(here.components); n > 0 && i%nestedEvery == 1 {
		c.Spec.SubcomponentOf = catalog.EntityRef(here.components[m.random.IntN(n)].Name)
	}
	if n := len(here.apis); n > 0 {
		for range 1 + m.random.IntN(2) {
			appendNew(&c.Spec.ProvidesAPIs, catalog.EntityRef(here.apis[m.random.IntN(n)].Name))
		}
	}
	if i%hotEvery == 0 {
		appendNew(&c.Spec.ConsumesAPIs, short(m.out.HotAPI, c.Namespace))
	}
	for want := 2 + m.random.IntN(4); len(c.Spec.ConsumesAPIs) < want; {
		appendNew(&c.Spec.ConsumesAPIs, short(relation.RefOf(m.consumable(c)), c.Namespace))
	}
	for range 1 + m.random.IntN(3) {
		if target := m.dependency(ns); target != nil {
			appendNew(&c.Spec.DependsOn, full(relation.RefOf(target)))
		}
	}
	here.components = append(here.components, c)
	m.add(c)
}

// consumable draws an API other than HotAPI that the component may consume.
func (m *maker) consumable(c *catalog.Component) *catalog.API {
	home := relation.Ref{}
	if c.Spec.System != "" {
		home, _ = relation.Parse(c.Spec.System, relation.System, c.Namespace)
	}
	for range 4 {
		if a := m.apis[1+m.random.IntN(len(m.apis)-1)]; mayConsume(home, a) {
			return a
		}
	}
	return m.publicAPIs[1+m.random.IntN(len(m.publicAPIs)-1)]
}

// mayConsume says whether a component of the System home, if any, may consume the API.
func mayConsume(home relation.Ref, a *catalog.API) bool {
	if a.Spec.Visibility == catalog.VisibilityPublic {
		return true
	}
	if system, err := relation.Parse(a.Spec.System, relation.System, a.Namespace); err == nil && system == home {
		return true
	}
	for _, allowed := range a.Spec.AllowedConsumers {
		if allowed == full(home) {
			return true
		}
	}
	return false
}

// dependency draws what a new component of a namespace may depend on: a resource, or a component that is there already.
func (m *maker) dependency(ns int) catalog.Entity {
	here := &m.spaces[ns]
	resources, components := len(here.resources), len(here.components)
	switch {
	case resources > 0 && (components == 0 || m.random.IntN(2) == 0):
		return here.resources[m.random.IntN(resources)]
	case components > 0:
		return here.components[m.random.IntN(components)]
	}
	return nil
}

// systemIn draws a System of a namespace.
func (m *maker) systemIn(ns int) catalog.EntityRef {
	systems := m.spaces[ns].systems
	if len(systems) == 0 {
		return ""
	}
	return catalog.EntityRef(systems[m.random.IntN(len(systems))].Name)
}

// owner says who owns the next entity; empty where it inherits from its System.
func (m *maker) owner(system catalog.EntityRef) catalog.EntityRef {
	switch {
	case m.names%bigEvery == 0:
		return catalog.EntityRef(m.out.BigOwner.Name)
	case m.names%inheritEvery == 0 && system != "":
		return ""
	}
	return m.team()
}

// team draws a team that is not BigOwner.
func (m *maker) team() catalog.EntityRef {
	return catalog.EntityRef(m.teams[1+m.random.IntN(len(m.teams)-1)])
}

// meta names the next entity of a namespace.
func (m *maker) meta(ns int, what string) metav1.ObjectMeta {
	m.names++
	return metav1.ObjectMeta{
		Namespace: m.out.Namespaces[ns],
		Name:      fmt.Sprintf("%s%s-%s-%d", m.options.Prefix, areas[m.random.IntN(len(areas))], what, m.names),
		Labels:    map[string]string{"app.kubernetes.io/managed-by": "bench"},
	}
}

func kind(name string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: catalog.GroupVersion.String(), Kind: name}
}

// full is a reference with its kind and namespace.
func full(r relation.Ref) catalog.EntityRef { return r.EntityRef() }

// short is a reference as people write it from a namespace, where the field says the kind.
func short(r relation.Ref, from string) catalog.EntityRef {
	if r.Namespace == from {
		return catalog.EntityRef(r.Name)
	}
	return catalog.EntityRef(r.Namespace + "/" + r.Name)
}

func appendNew(list *[]catalog.EntityRef, ref catalog.EntityRef) {
	for _, r := range *list {
		if r == ref {
			return
		}
	}
	*list = append(*list, ref)
}

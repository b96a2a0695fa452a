package relation

import (
	"math/rand/v2"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// universe says how many names there are: few, so that they meet.
type universe struct {
	namespaces int
	names      int // of APIs, Resources and Systems in a namespace, and of Users
	components int // in a namespace
	groups     int
	domains    int
}

// generator makes random changes. It remembers the objects that are there, so as to edit and delete them.
type generator struct {
	*rand.Rand
	universe
	objects map[Ref]catalog.Entity
	order   []Ref // of the objects, since a map has none
}

func newGenerator(r *rand.Rand, u universe) *generator {
	return &generator{Rand: r, universe: u, objects: map[Ref]catalog.Entity{}}
}

func (g *generator) steps(n int) []step {
	out := make([]step, 0, n)
	for len(out) < n {
		s := g.step()
		out = append(out, s)
		if g.IntN(16) == 0 { // informers repeat themselves
			out = append(out, s)
		}
	}
	return out
}

func (g *generator) step() step {
	switch n := g.IntN(100); {
	case n < 35:
		return g.put(g.object(g.ref()))
	case n < 65 && len(g.order) > 0:
		return g.put(g.edited(g.existing()))
	case n < 78 && len(g.order) > 0:
		return g.drop(g.existing())
	case n < 80:
		return g.drop(g.ref())
	case n < 84:
		return step{do: scored, ref: g.ref(), scores: g.scores()}
	case n < 90:
		return step{do: health, ref: g.ref(), health: Health(g.IntN(healths))}
	case n < 97:
		return step{do: namespaceSet, ns: g.namespace(), labels: g.labels()}
	}
	return step{do: namespaceDelete, ns: g.namespace()}
}

// cards are the Scorecards that there are.
const cards = 3

// scores are those of an entity, by Card.
func (g *generator) scores() []Score {
	var out []Score
	for card := Card(1); card <= cards; card++ {
		if g.IntN(2) == 0 {
			continue
		}
		s := Score{Card: card, Passing: g.IntN(2) == 0, Level: uint8(g.IntN(CardLevels + 1)), Percent: int8(g.IntN(102) - 1)}
		for check := g.IntN(CardChecks); check < CardChecks && len(s.Failed) < 4; check += 1 + g.IntN(20) {
			s.Failed = append(s.Failed, uint8(check))
		}
		out = append(out, s)
	}
	return out
}

func (g *generator) put(e catalog.Entity) step {
	f := FactsOf(e)
	if g.objects[f.Ref] == nil {
		g.order = append(g.order, f.Ref)
	}
	g.objects[f.Ref] = e
	return step{do: upsert, facts: f}
}

func (g *generator) drop(r Ref) step {
	for i, o := range g.order {
		if o == r {
			g.order = append(g.order[:i:i], g.order[i+1:]...)
			delete(g.objects, r)
			break
		}
	}
	return step{do: remove, ref: r}
}

func (g *generator) existing() Ref { return g.order[g.IntN(len(g.order))] }

func (g *generator) oneOf(words ...string) string { return words[g.IntN(len(words))] }

func (g *generator) namespace() string { return "ns" + strconv.Itoa(g.IntN(g.namespaces)) }

func (g *generator) ref() Ref {
	if g.components > 20 && g.IntN(2) == 0 {
		return g.refOf(Component)
	}
	return g.refOf(Kinds()[g.IntN(len(Kinds()))])
}

func (g *generator) refOf(k Kind) Ref {
	count := g.names
	switch k {
	case Group:
		count = g.groups
	case Domain:
		count = g.domains
	case Component:
		count = g.components
	}
	r := Ref{Kind: k, Name: k.String() + strconv.Itoa(g.IntN(count))}
	if k.Namespaced() {
		r.Namespace = g.namespace()
	}
	return r
}

func (g *generator) labels() labels.Set {
	set := labels.Set{}
	for _, key := range []string{"env", "team"} {
		if g.IntN(2) == 0 {
			set[key] = g.oneOf("x", "y")
		}
	}
	if g.IntN(4) > 0 {
		set["kubernetes.io/metadata.name"] = g.namespace()
	}
	return set
}

// text is a reference to an entity of the kind, in one of the ways to write it; now and then to one that never exists,
// and now and then a bad one.
func (g *generator) text(k Kind) catalog.EntityRef {
	if g.IntN(40) == 0 {
		return catalog.EntityRef(g.oneOf("robot:x", "template:ns0/x", "a/b/c", "component:ns0/", ":x", "group:ns0/x",
			"Component:x", "user:x", "api:x", "location:"))
	}
	r := g.refOf(k)
	if g.IntN(20) == 0 {
		r.Name = "ghost"
	}
	if !k.Namespaced() && g.IntN(4) == 0 {
		r.Namespace = "default"
	}
	text := r.String()
	switch kind := k.String() + ":"; g.IntN(3) {
	case 0:
		return catalog.EntityRef(text[len(kind):])
	case 1:
		return catalog.EntityRef(kind + r.Name)
	}
	return catalog.EntityRef(text)
}

func (g *generator) maybe(k ...Kind) catalog.EntityRef {
	if g.IntN(3) == 0 {
		return ""
	}
	return g.many(1, k...)[0]
}

// many are references to entities of the kinds, now and then the same in two ways.
func (g *generator) many(n int, kinds ...Kind) []catalog.EntityRef {
	out := make([]catalog.EntityRef, n)
	for i := range out {
		k := kinds[g.IntN(len(kinds))]
		out[i] = g.text(k)
		for len(kinds) > 1 && out[i][0] != ':' && !hasKind(out[i]) { // of several kinds one must be written
			out[i] = catalog.EntityRef(k.String()) + ":" + out[i]
		}
	}
	return out
}

func hasKind(text catalog.EntityRef) bool {
	for _, c := range text {
		if c == ':' {
			return true
		}
	}
	return false
}

func (g *generator) some(kinds ...Kind) []catalog.EntityRef { return g.many(g.IntN(4), kinds...) }

func (g *generator) consent() catalog.AllowedNamespaces {
	switch g.IntN(5) {
	case 0:
		return catalog.AllowedNamespaces{}
	case 1:
		return catalog.AllowedNamespaces{From: catalog.FromNamespaces(g.oneOf("None", "Same"))}
	case 2:
		return catalog.AllowedNamespaces{From: catalog.FromAll}
	}
	s := catalog.LabelSelector{}
	switch g.IntN(4) {
	case 0:
		s.MatchLabels = map[string]catalog.LabelValue{"env": catalog.LabelValue(g.oneOf("x", "y"))}
	case 1:
		s.MatchLabels = map[string]catalog.LabelValue{"kubernetes.io/metadata.name": catalog.LabelValue(g.namespace())}
	case 2:
		s.MatchExpressions = []catalog.LabelRequirement{{Key: "team", Operator: catalog.LabelOperator(g.oneOf("Exists", "DoesNotExist"))}}
	}
	return catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: s}
}

func meta(r Ref) metav1.ObjectMeta { return metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name} }

// object makes a random object.
func (g *generator) object(r Ref) catalog.Entity {
	switch r.Kind {
	case Component:
		return &catalog.Component{ObjectMeta: meta(r), Spec: catalog.ComponentSpec{
			System: g.maybe(System), Owner: g.maybe(Group, User), SubcomponentOf: g.maybe(Component),
			ProvidesAPIs: g.some(API), ConsumesAPIs: g.some(API),
			DependsOn: g.some(Component, Resource, API), DependencyOf: g.some(Component, Resource),
		}}
	case API:
		return &catalog.API{ObjectMeta: meta(r), Spec: catalog.APISpec{
			System: g.maybe(System), Owner: g.maybe(Group, User), Visibility: catalog.Visibility(g.oneOf("Public", "Restricted", "Private")),
			AllowedConsumers: g.some(Component, System, Domain, Group),
		}}
	case Resource:
		return &catalog.Resource{ObjectMeta: meta(r), Spec: catalog.ResourceSpec{
			System: g.maybe(System), Owner: g.maybe(Group, User),
			DependsOn: g.some(Component, Resource, API), DependencyOf: g.some(Component, Resource),
		}}
	case System:
		return &catalog.System{ObjectMeta: meta(r), Spec: catalog.SystemSpec{
			Owner: g.maybe(Group, User), Domain: g.maybe(Domain), AllowedNamespaces: g.consent(),
		}}
	case Domain:
		return &catalog.Domain{ObjectMeta: meta(r), Spec: catalog.DomainSpec{
			Owner: g.maybe(Group, User), SubdomainOf: g.maybe(Domain), AllowedNamespaces: g.consent(),
		}}
	case Group:
		return g.group(r)
	}
	return &catalog.User{ObjectMeta: meta(r), Spec: catalog.UserSpec{MemberOf: g.some(Group)}}
}

func (g *generator) group(r Ref) *catalog.Group {
	o := &catalog.Group{ObjectMeta: meta(r), Spec: catalog.GroupSpec{
		Children: g.some(Group), Members: g.some(User), AllowedNamespaces: g.consent(),
	}}
	if g.IntN(2) == 0 {
		o.Spec.Parent = g.maybe(Group)
	}
	if g.IntN(8) == 0 {
		o.Status.Summary = catalog.Summary{Members: new(int32)}
	}
	return o
}

// edited replaces one field of an object by that of another.
func (g *generator) edited(r Ref) catalog.Entity {
	o, other := g.objects[r].DeepCopyObject(), g.object(r)
	n := g.IntN(7)
	switch o := o.(type) {
	case *catalog.Component:
		from := other.(*catalog.Component).Spec
		s := &o.Spec
		switch n {
		case 0:
			s.System = from.System
		case 1:
			s.Owner = from.Owner
		case 2:
			s.SubcomponentOf = from.SubcomponentOf
		case 3:
			s.ProvidesAPIs = from.ProvidesAPIs
		case 4:
			s.ConsumesAPIs = from.ConsumesAPIs
		case 5:
			s.DependsOn = from.DependsOn
		default:
			s.DependencyOf = from.DependencyOf
		}
		return o
	case *catalog.Group:
		from := other.(*catalog.Group)
		switch n {
		case 0, 1:
			o.Spec.Parent = from.Spec.Parent
		case 2, 3:
			o.Spec.Children = from.Spec.Children
		case 4:
			o.Spec.AllowedNamespaces = from.Spec.AllowedNamespaces
		case 5:
			o.Status = from.Status
		default:
			o.Spec.Members = from.Spec.Members
		}
		return o
	case *catalog.System:
		from := other.(*catalog.System).Spec
		switch n % 3 {
		case 0:
			o.Spec.Owner = from.Owner
		case 1:
			o.Spec.Domain = from.Domain
		default:
			o.Spec.AllowedNamespaces = from.AllowedNamespaces
		}
		return o
	case *catalog.Domain:
		from := other.(*catalog.Domain).Spec
		switch n % 3 {
		case 0:
			o.Spec.Owner = from.Owner
		case 1:
			o.Spec.SubdomainOf = from.SubdomainOf
		default:
			o.Spec.AllowedNamespaces = from.AllowedNamespaces
		}
		return o
	}
	return other
}

package relation

import (
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Graph knows every entity and what each claims of others. A change costs in proportion to the edges that it touches.
// Many may read while one writes.
type Graph struct {
	mu         sync.RWMutex
	ids        map[Ref]id
	nodes      []*node // by id; nodes[0] is never used
	free       []id
	namespaces map[string]*namespace
	dirty      []id          // to be derived anew
	touched    []id          // by the change in hand
	counts     [User + 1]int // entities by kind
	trial      bool          // what is changed is about to be changed back
	loose      []id          // perhaps named by nobody any more
}

// id numbers a node: references are kept once.
type id uint32

// node is an entity, or the place of one that others name.
type node struct {
	ref    Ref
	id     id
	exists bool
	dirty  bool
	touch  touch

	claims []claim
	bad    []BadRef
	back   []backref // who claims something of this one; sorted
	edges  []edges   // what holds, in both directions

	consent    Consent
	health     Health
	private    bool
	restricted bool

	// Derived. The ids are 0 where there is none.
	home      id // what the entity is a part of: of a member the System, of a System the Domain
	parent    id // of a Group, Domain or sub-component; see hierarchy.go
	cyclic    bool
	owner     ownership
	heirOf    id
	owned     bool   // the edge to the owner is in place
	unit      unit   // what the entity counts for where it belongs
	hadMember bool   // a Group: in it or below it, now or once
	inactive  bool   // a Group: had members, and none is left
	tally     *Tally // of a grouping
	slot      int    // in its namespace
}

// claim is a reference that a spec makes.
type claim struct {
	target id
	index  uint16
	field  Field
	state  State
}

// backref is a claim seen from its target: in which field, by whom, at which index. Those of a field stand together.
type backref uint64

func backrefOf(source id, f Field, index uint16) backref {
	return backref(f)<<48 | backref(source)<<16 | backref(index)
}

func (b backref) source() id { return id(b >> 16) }

// claimants are the claims that others make of the node in one field.
func (n *node) claimants(f Field) []backref {
	from, _ := slices.BinarySearch(n.back, backrefOf(0, f, 0))
	to, _ := slices.BinarySearch(n.back, backrefOf(0, f+1, 0))
	return n.back[from:to]
}

// namespace is what the graph knows of a namespace.
type namespace struct {
	name    string
	told    bool // somebody told its labels
	labels  labels.Set
	members []id
}

// touch says how a change bears on an entity.
type touch uint8

const (
	touchCounts touch = 1 << iota // lists, numbers, roll-ups
	touchOwn                      // what conditions speak of
)

// Touched is an entity that a change bears on.
type Touched struct {
	Ref Ref
	// Counts says that only lists, numbers and roll-ups may differ, not what conditions speak of.
	Counts bool
}

// NewGraph makes an empty graph.
func NewGraph() *Graph {
	return &Graph{ids: map[Ref]id{}, nodes: make([]*node, 1), namespaces: map[string]*namespace{}}
}

// Upsert puts an entity into the graph or replaces what is known of it, and says which entities that touches. The
// entity itself is among them only if its facts differ.
func (g *Graph) Upsert(f Facts) []Touched {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.upsert(f)
}

func (g *Graph) upsert(f Facts) []Touched {
	n := g.intern(f.Ref)
	if n.exists && g.same(n, f) {
		return nil
	}
	if !n.exists || !n.consent.equal(f.Consent) {
		g.soilClaimants(n)
	}
	if !n.exists {
		g.enter(n)
	}
	n.consent, n.private, n.restricted, n.bad = f.Consent, f.Private, f.Restricted, f.Bad
	n.hadMember = n.hadMember || f.HadMembers && !g.trial
	g.setClaims(n, f.Claims)
	g.mark(n, touchOwn)
	g.markConsumers(n)
	g.soil(n)
	return g.settle()
}

// Delete takes an entity out of the graph and says which others that touches.
func (g *Graph) Delete(ref Ref) []Touched {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.delete(ref)
}

func (g *Graph) delete(ref Ref) []Touched {
	n := g.nodes[g.ids[ref]]
	if n == nil || !n.exists {
		return nil
	}
	g.setClaims(n, nil)
	g.leave(n)
	n.consent, n.private, n.restricted, n.bad, n.health = Consent{}, false, false, nil, HealthNone
	g.mark(n, touchOwn)
	g.soil(n)
	g.soilClaimants(n)
	g.loose = append(g.loose, n.id)
	return g.settle()
}

// SetHealth says how an entity does, and answers which groupings that touches. It has no effect on an entity that is
// not in the graph.
func (g *Graph) SetHealth(ref Ref, h Health) []Touched {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.nodes[g.ids[ref]]
	if n == nil || !n.exists || n.health == h {
		return nil
	}
	n.health = h
	g.soil(n)
	return g.settle()
}

// SetNamespace says which labels a namespace carries, and answers which entities that touches. A namespace that nobody
// spoke of carries its name alone.
func (g *Graph) SetNamespace(name string, set labels.Set) []Touched {
	g.mu.Lock()
	defer g.mu.Unlock()
	ns := g.namespace(name)
	if !ns.told { // what depended on its labels was open
		ns.told = true
		for _, m := range ns.members {
			g.mark(g.nodes[m], touchOwn)
			g.markBelow(g.nodes[m])
		}
	}
	g.relabel(ns, set)
	return g.settle()
}

// DeleteNamespace forgets the labels of a namespace, and answers which entities that touches.
func (g *Graph) DeleteNamespace(name string) []Touched {
	g.mu.Lock()
	defer g.mu.Unlock()
	ns := g.namespaces[name]
	if ns == nil {
		return nil
	}
	ns.told = false
	g.forget(ns)
	g.relabel(ns, nameLabel(name))
	return g.settle()
}

func (g *Graph) relabel(ns *namespace, set labels.Set) {
	if labels.Equals(ns.labels, set) {
		return
	}
	if ns.labels[catalog.LabelVisibility] != set[catalog.LabelVisibility] {
		for _, m := range ns.members {
			g.markConsumers(g.nodes[m])
		}
	}
	ns.labels = set
	for _, m := range ns.members {
		g.soil(g.nodes[m])
	}
}

// Counts counts the entities in the graph by kind.
func (g *Graph) Counts() map[Kind]int {
	g.mu.RLock()
	defer g.mu.RUnlock()
	counts := make(map[Kind]int, len(g.counts))
	for k, n := range g.counts {
		counts[Kind(k)] = n
	}
	return counts
}

// same says whether the facts are those that the graph holds.
func (g *Graph) same(n *node, f Facts) bool {
	if n.private != f.Private || n.restricted != f.Restricted || !n.consent.equal(f.Consent) || f.HadMembers && !n.hadMember ||
		len(n.claims) != len(f.Claims) || !slices.Equal(n.bad, f.Bad) {
		return false
	}
	for i, c := range f.Claims {
		own := n.claims[i]
		if own.field != c.Field || own.index != uint16(c.Index) || g.nodes[own.target].ref != c.Target {
			return false
		}
	}
	return true
}

func (c Consent) equal(o Consent) bool {
	if c.From != o.From || (c.Selector == nil) != (o.Selector == nil) {
		return false
	}
	return c.Selector == nil || c.Selector.String() == o.Selector.String()
}

// intern finds the node of a reference, or makes its place.
func (g *Graph) intern(ref Ref) *node {
	if i, ok := g.ids[ref]; ok {
		return g.nodes[i]
	}
	ref.Name = strings.Clone(ref.Name)
	if ref.Namespace != "" {
		ref.Namespace = g.namespaceName(ref.Namespace)
	}
	n := &node{ref: ref}
	if last := len(g.free) - 1; last >= 0 {
		n.id, g.free = g.free[last], g.free[:last]
		g.nodes[n.id] = n
	} else {
		n.id = id(len(g.nodes))
		g.nodes = append(g.nodes, n)
	}
	g.ids[ref] = n.id
	return n
}

// namespaceName is the name in a copy that many references share.
func (g *Graph) namespaceName(name string) string {
	if ns := g.namespaces[name]; ns != nil {
		return ns.name
	}
	return strings.Clone(name)
}

// namespace finds what is known of a namespace, or begins with nothing but its name.
func (g *Graph) namespace(name string) *namespace {
	ns := g.namespaces[name]
	if ns == nil {
		name = strings.Clone(name)
		ns = &namespace{name: name, labels: nameLabel(name)}
		g.namespaces[name] = ns
	}
	return ns
}

func nameLabel(name string) labels.Set {
	return labels.Set{"kubernetes.io/metadata.name": name}
}

// enter makes a node an entity.
func (g *Graph) enter(n *node) {
	n.exists = true
	g.counts[n.ref.Kind]++
	if n.ref.Namespace != "" {
		ns := g.namespace(n.ref.Namespace)
		n.slot = len(ns.members)
		ns.members = append(ns.members, n.id)
	}
}

// leave makes the entity a mere name again, as long as others use it.
func (g *Graph) leave(n *node) {
	n.exists = false
	g.counts[n.ref.Kind]--
	if n.ref.Namespace == "" {
		return
	}
	ns := g.namespaces[n.ref.Namespace]
	last := ns.members[len(ns.members)-1]
	ns.members[n.slot] = last
	g.nodes[last].slot = n.slot
	ns.members = ns.members[:len(ns.members)-1]
	g.forget(ns)
}

// forget drops a namespace that holds nothing and of which nobody told.
func (g *Graph) forget(ns *namespace) {
	if len(ns.members) == 0 && !ns.told {
		delete(g.namespaces, ns.name)
	}
}

// setClaims replaces what a node claims. What it claimed before and claims again stays as it is; what one field claims
// twice of a target counts once.
func (g *Graph) setClaims(n *node, claims []Claim) {
	type key struct {
		target id
		field  Field
	}
	before := make(map[key]State, len(n.claims))
	old := n.claims
	for _, c := range old {
		before[key{c.target, c.field}] = c.state
	}
	n.claims = make([]claim, 0, len(claims))
	placed := make(map[key]bool, len(claims))
	for _, c := range claims {
		t := g.intern(c.Target)
		k := key{t.id, c.Field}
		if placed[k] {
			continue
		}
		placed[k] = true
		n.claims = append(n.claims, claim{target: t.id, index: uint16(c.Index), field: c.Field, state: before[k]})
		delete(before, k)
	}
	for i := range old {
		c := &old[i]
		t := g.nodes[c.target]
		remove(&t.back, backrefOf(n.id, c.field, c.index))
		k := key{c.target, c.field}
		if _, dropped := before[k]; dropped {
			g.setState(n, c, unjudged)
			g.loose = append(g.loose, t.id)
		}
		if c.field == FieldChildren {
			g.soil(t)
		}
	}
	for _, c := range n.claims {
		t := g.nodes[c.target]
		insert(&t.back, backrefOf(n.id, c.field, c.index))
		if c.field == FieldChildren {
			g.soil(t)
		}
	}
}

// collect frees a node that is no entity and that nobody names.
func (g *Graph) collect(n *node) {
	if n == nil || n.exists || len(n.back) > 0 {
		return
	}
	delete(g.ids, n.ref)
	g.nodes[n.id] = nil
	g.free = append(g.free, n.id)
}

// soil has a node derived anew before the change in hand ends.
func (g *Graph) soil(n *node) {
	if !n.dirty {
		n.dirty = true
		g.dirty = append(g.dirty, n.id)
	}
}

// soilClaimants has everybody derived anew who claims something of the node.
func (g *Graph) soilClaimants(n *node) {
	for _, b := range n.back {
		g.soil(g.nodes[b.source()])
	}
}

// mark notes that the change in hand bears on a node.
func (g *Graph) mark(n *node, t touch) {
	if n.touch == 0 {
		g.touched = append(g.touched, n.id)
	}
	n.touch |= t
}

// settle derives what is to be derived anew until nothing is left, and tells what was touched.
func (g *Graph) settle() []Touched {
	for len(g.dirty) > 0 {
		last := len(g.dirty) - 1
		n := g.nodes[g.dirty[last]]
		g.dirty = g.dirty[:last]
		n.dirty = false
		g.derive(n)
	}
	for i := 0; i < len(g.touched); i++ { // grows while it runs
		g.settleMembers(g.nodes[g.touched[i]])
	}
	out := make([]Touched, 0, len(g.touched))
	for _, i := range g.touched {
		n := g.nodes[i]
		if n.exists {
			out = append(out, Touched{Ref: n.ref, Counts: n.touch == touchCounts})
		}
		n.touch = 0
	}
	g.touched = g.touched[:0]
	for _, i := range g.loose {
		g.collect(g.nodes[i])
	}
	g.loose = g.loose[:0]
	return out
}

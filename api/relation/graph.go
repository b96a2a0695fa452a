package relation

import (
	"slices"
	"strings"
	"sync"
)

// Graph knows every entity and what each claims of others. A change costs in proportion to the edges that it touches.
// Many may read while one writes.
type Graph struct {
	mu         sync.RWMutex
	ids        map[Ref]id
	nodes      []*node // by id; nodes[0] is never used
	free       []id
	counts     [User + 1]int // entities by kind
	few, ready int           // see edges.go
	listings   [User + 1]int // entries of allowedConsumers by kind
	scores     scoreTallies  // of all entities
	namespaces map[string]*namespace
	selecting  map[string]map[id]bool // by label: whose consent looks at it

	// Of the change in hand.
	trial   bool // it is about to be taken back
	moved   regrouped
	dirty   []id // to be derived anew
	touched []id
	groups  []id // the Groups among them
	short   []id // with a long list that lacks some of its first
	loose   []id // perhaps named by nobody any more
	fetched id
}

// id numbers a node: references are kept once.
type id uint32

// node is an entity, or the place of one that others name. What most changes look at comes first, in two cache lines.
type node struct {
	ref    Ref
	id     id
	exists bool
	dirty  dirt
	touch  touch
	health Health

	// Derived, with owner. The ids are 0 where there is none.
	home      id // what the entity is a part of: of a member the System, of a System the Domain
	parent    id // of a Group, Domain or sub-component; see hierarchy.go
	heirOf    id
	cyclic    bool
	owned     bool // the edge to the owner is in place
	inactive  bool // a Group: had members, and none is left
	hadMember bool // a Group: in it or below it, now or once

	claims []claim
	edges  []edge // what holds, in both directions, and who names this one
	owner  ownership
	unit   unit    // what the entity counts for where it belongs
	scores []Score // counted for, too

	private    bool
	restricted bool
	bad        []BadRef
	consent    Consent
	hub        *hub
}

// touch says how a change bears on an entity.
type touch uint8

const (
	touchCounts touch = 1 << iota // lists, numbers, roll-ups
	touchOwn                      // what conditions speak of
)

// Touched is an entity that a change bears on: nothing else than these is viewed differently after it.
type Touched struct {
	Ref Ref
	// Counts says that only lists, numbers and roll-ups may differ, not what conditions speak of.
	Counts bool
}

// NewGraph makes an empty graph.
func NewGraph() *Graph {
	return &Graph{
		ids: map[Ref]id{}, nodes: make([]*node, 1), few: defaultFew, ready: defaultReady,
		namespaces: map[string]*namespace{}, selecting: map[string]map[id]bool{},
	}
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
	head := g.agree(n.claims, f.Claims)
	if n.exists && g.same(n, f, head) {
		return nil
	}
	g.setConsent(n, f.Consent)
	if !n.exists {
		g.enter(n)
	}
	g.markConsumers(n) // as it was
	g.setClaims(n, f.Claims, head)
	n.private, n.restricted, n.bad = f.Private, f.Restricted, f.Bad
	n.hadMember = n.hadMember || f.HadMembers && !g.trial
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
	g.setClaims(n, nil, 0)
	g.leave(n)
	g.setConsent(n, Consent{})
	n.private, n.restricted, n.bad, n.health = false, false, nil, HealthNone
	g.mark(n, touchOwn)
	g.soil(n)
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

// Len counts the entities in the graph.
func (g *Graph) Len() int {
	g.mu.RLock()
	defer g.mu.RUnlock()
	sum := 0
	for _, n := range g.counts {
		sum += n
	}
	return sum
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

// same says whether the facts are those that the graph holds; the first head claims are.
func (g *Graph) same(n *node, f Facts, head int) bool {
	return head == len(f.Claims) && head == len(n.claims) && n.private == f.Private && n.restricted == f.Restricted && (n.hadMember || !f.HadMembers) &&
		n.consent.equal(f.Consent) && slices.Equal(n.bad, f.Bad)
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

// enter makes a node an entity.
func (g *Graph) enter(n *node) {
	n.exists = true
	g.counts[n.ref.Kind]++
	if n.ref.Namespace != "" {
		ns := g.namespace(n.ref.Namespace)
		ns.entities = append(ns.entities, n.id)
		ns.counts[n.ref.Kind]++
	}
	g.doubtClaimants(n)
}

// leave makes the entity a mere name again, as long as others use it.
func (g *Graph) leave(n *node) {
	n.exists = false
	g.counts[n.ref.Kind]--
	if n.ref.Namespace != "" {
		ns := g.namespaces[n.ref.Namespace]
		i := slices.Index(ns.entities, n.id)
		last := len(ns.entities) - 1
		ns.entities[i] = ns.entities[last]
		ns.entities = ns.entities[:last]
		ns.counts[n.ref.Kind]--
		g.forget(ns)
	}
	g.doubtClaimants(n)
}

// collect frees a node that is no entity and that nobody names.
func (g *Graph) collect(n *node) {
	if n == nil || n.exists || !n.alone() {
		return
	}
	delete(g.ids, n.ref)
	g.nodes[n.id] = nil
	g.free = append(g.free, n.id)
}

// dirt says what of a node is to be derived anew.
type dirt uint8

const (
	dirtyClaims dirt = 1 << iota // those in doubt
	dirtyPlace                   // all else: where it belongs, and to whom
)

// soil has a node derived anew before the change in hand ends.
func (g *Graph) soil(n *node) { g.soilWith(n, dirtyClaims|dirtyPlace) }

func (g *Graph) soilWith(n *node, d dirt) {
	if n.dirty == 0 {
		g.dirty = append(g.dirty, n.id)
	}
	n.dirty |= d
}

// mark notes that the change in hand bears on a node.
func (g *Graph) mark(n *node, t touch) {
	if n.touch == 0 {
		g.touched = append(g.touched, n.id)
		if n.ref.Kind == Group {
			g.groups = append(g.groups, n.id)
		}
	}
	n.touch |= t
}

// settle derives what is to be derived anew until nothing is left, and tells what was touched.
func (g *Graph) settle() []Touched {
	g.drain()
	for _, i := range g.groups {
		g.settleMembers(g.nodes[i])
	}
	g.groups = g.groups[:0]
	for _, i := range g.short {
		g.refill(g.nodes[i])
	}
	g.short = g.short[:0]
	g.settleAccess()
	out := g.tellTouched()
	for _, i := range g.loose {
		g.collect(g.nodes[i])
	}
	g.loose = g.loose[:0]
	return out
}

// drain derives what is to be derived anew until nothing is left, some at a time.
func (g *Graph) drain() {
	var some [64]id
	for len(g.dirty) > 0 {
		rest := max(0, len(g.dirty)-len(some))
		now := some[:copy(some[:], g.dirty[rest:])]
		g.dirty = g.dirty[:rest]
		g.fetch(now)
		for _, i := range now {
			n := g.nodes[i]
			d := n.dirty
			n.dirty = 0
			g.derive(n, d)
		}
	}
}

// fetch reads what derive is about to read of some nodes, for nothing but that the processor waits for the memory of
// many at once rather than for one after the other: where thousands are touched, that halves the cost of a change.
func (g *Graph) fetch(ids []id) {
	for _, i := range ids {
		n := g.nodes[i]
		if len(n.claims) > 0 {
			g.fetched += n.claims[0].target
		}
		if last := len(n.edges) - 1; last >= 0 {
			g.fetched += n.edges[0].to + n.edges[last].to
		}
		if n.ref.Name != "" {
			g.fetched += id(n.ref.Name[0])
		}
	}
}

// tellTouched empties the list of what was touched. What is not in the graph has no one to tell.
func (g *Graph) tellTouched() []Touched {
	var out []Touched
	if len(g.touched) > 0 {
		out = make([]Touched, 0, len(g.touched))
	}
	for _, i := range g.touched {
		n := g.nodes[i]
		if n.exists {
			out = append(out, Touched{Ref: n.ref, Counts: n.touch == touchCounts})
		}
		n.touch = 0
	}
	g.touched = g.touched[:0]
	return out
}

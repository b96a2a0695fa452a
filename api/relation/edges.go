package relation

import (
	"cmp"
	"iter"
	"slices"
)

// Edges are kept at both ends. A node has those of all its relations in one short list, in any order. Only a relation
// that leads to more than a few has a long list of its own, by id: to find a number there looks at no other node, to
// find a reference would look at a dozen. What is shown first, in the order of the references, is kept beside it.

const (
	defaultFew   = 16        // more edges of one relation than these make a long list
	defaultReady = 5 * Shown // how many of a long list are kept in the order of the references, at most: as many as a picture looks at
)

// edge leads from a node to another. Two claims stand for it at most: either both sides declare the relation, or one
// side does in two fields.
type edge struct {
	to    id
	rel   rel
	twice bool
}

// end is an edge in a list of its own: an id, and the bit that says whether two claims stand for it.
type end uint32

const twice end = 1 << 31

func (e end) id() id { return id(e &^ twice) }

// longList holds the many edges of one relation.
type longList struct {
	rel  rel
	ends []end // by id
	// first are the first by reference: as many as are shown, and some more so as not to look for others too often. Empty
	// for a relation that is not shown.
	first []id
}

// hub is what few nodes have: what they count, and long lists.
type hub struct {
	weight weight
	lists  []longList
}

// long finds the long list of a relation, or nil.
func (n *node) long(r rel) *longList {
	if n.hub != nil {
		for i := range n.hub.lists {
			if n.hub.lists[i].rel == r {
				return &n.hub.lists[i]
			}
		}
	}
	return nil
}

// to yields the nodes that a relation leads to.
func (n *node) to(r rel) iter.Seq[id] {
	return func(yield func(id) bool) {
		if l := n.long(r); l != nil {
			for _, e := range l.ends {
				if !yield(e.id()) {
					return
				}
			}
			return
		}
		for _, e := range n.edges {
			if e.rel == r && !yield(e.to) {
				return
			}
		}
	}
}

// count says to how many nodes a relation leads.
func (n *node) count(r rel) int {
	if l := n.long(r); l != nil {
		return len(l.ends)
	}
	count := 0
	for _, e := range n.edges {
		if e.rel == r {
			count++
		}
	}
	return count
}

// leads says whether a relation leads to a node.
func (n *node) leads(r rel, to id) bool {
	if l := n.long(r); l != nil {
		_, found := l.search(to)
		return found
	}
	return slices.ContainsFunc(n.edges, func(e edge) bool { return e.to == to && e.rel == r })
}

// alone says that no edge leads from the node, nor any claim to it.
func (n *node) alone() bool {
	return len(n.edges) == 0 && (n.hub == nil || len(n.hub.lists) == 0)
}

// allTo returns what a relation leads to, in order.
func (g *Graph) allTo(n *node, r rel) []Ref {
	out := g.anyTo(n, r)
	slices.SortFunc(out, Compare)
	return out
}

// anyTo returns what a relation leads to, in no order.
func (g *Graph) anyTo(n *node, r rel) []Ref {
	out := make([]Ref, 0, n.count(r))
	for i := range n.to(r) {
		out = append(out, g.nodes[i].ref)
	}
	return out
}

// firstTo returns the first of what a relation leads to, in order, as many as are shown.
func (g *Graph) firstTo(n *node, r rel) []Ref {
	l := n.long(r)
	if l == nil {
		refs := g.allTo(n, r)
		return refs[:min(len(refs), Shown)]
	}
	out := make([]Ref, min(len(l.ends), Shown))
	for i := range out {
		out[i] = g.nodes[l.first[i]].ref
	}
	return out
}

// connect adds one claim for a relation from a to b, and for its inverse.
func (g *Graph) connect(a *node, r rel, b *node) {
	added := g.half(a, r, b)
	g.half(b, r.inverse(), a)
	if added {
		g.edgeChanged(a, r, b, +1)
	}
}

// disconnect takes one claim for a relation from a to b back, and for its inverse.
func (g *Graph) disconnect(a *node, r rel, b *node) {
	removed := g.unhalf(a, r, b)
	g.unhalf(b, r.inverse(), a)
	if removed {
		g.edgeChanged(a, r, b, -1)
	}
}

// edgeChanged follows up an edge that came or went.
func (g *Graph) edgeChanged(a *node, r rel, b *node, sign int32) {
	switch r {
	case memberOf:
		g.count(b, weight{tally: Tally{Members: sign}})
	case hasMember:
		g.count(a, weight{tally: Tally{Members: sign}})
	}
	g.mark(a, touchCounts)
	g.mark(b, touchCounts)
}

// half adds one claim for an edge on one side, and says whether the edge is new.
func (g *Graph) half(n *node, r rel, to *node) (added bool) {
	if l := n.long(r); l != nil {
		return g.insert(l, to)
	}
	count := 0
	for i := range n.edges {
		if e := &n.edges[i]; e.rel == r {
			if e.to == to.id {
				e.twice = true
				return false
			}
			count++
		}
	}
	n.edges = append(n.edges, edge{to: to.id, rel: r})
	if count == g.few {
		g.lengthen(n, r)
	}
	return true
}

// unhalf takes one claim for an edge back on one side, and says whether the edge is gone.
func (g *Graph) unhalf(n *node, r rel, to *node) (removed bool) {
	if l := n.long(r); l != nil {
		return g.cut(n, l, to)
	}
	i := slices.IndexFunc(n.edges, func(e edge) bool { return e.to == to.id && e.rel == r })
	if e := &n.edges[i]; e.twice {
		e.twice = false
		return false
	}
	last := len(n.edges) - 1
	n.edges[i] = n.edges[last]
	n.edges = n.edges[:last]
	return true
}

// lengthen gives a relation a long list.
func (g *Graph) lengthen(n *node, r rel) {
	l := longList{rel: r}
	for _, e := range n.edges {
		if e.rel == r {
			g.insert(&l, g.nodes[e.to])
			if e.twice {
				g.insert(&l, g.nodes[e.to])
			}
		}
	}
	n.edges = slices.DeleteFunc(n.edges, func(e edge) bool { return e.rel == r })
	if n.hub == nil {
		n.hub = new(hub)
	}
	n.hub.lists = append(n.hub.lists, l)
}

// search finds an id, or the place where it belongs.
func (l *longList) search(i id) (int, bool) {
	return slices.BinarySearchFunc(l.ends, i, func(e end, i id) int { return cmp.Compare(e.id(), i) })
}

// insert adds one claim for an edge to a long list, and says whether the edge is new.
func (g *Graph) insert(l *longList, n *node) (added bool) {
	i, found := l.search(n.id)
	if found {
		l.ends[i] |= twice
		return false
	}
	l.ends = slices.Insert(l.ends, i, end(n.id))
	if l.rel.shown() {
		g.offer(l, n, len(l.first) == len(l.ends)-1)
	}
	return true
}

// cut takes one claim for an edge out of a long list of a node, and says whether the edge is gone.
func (g *Graph) cut(from *node, l *longList, n *node) (removed bool) {
	i, _ := l.search(n.id)
	if l.ends[i]&twice != 0 {
		l.ends[i] &^= twice
		return false
	}
	if len(l.ends) == 1 {
		r := l.rel
		from.hub.lists = slices.DeleteFunc(from.hub.lists, func(l longList) bool { return l.rel == r })
		return true
	}
	if i < len(l.ends)/2 { // move the shorter part
		copy(l.ends[1:], l.ends[:i])
		l.ends = l.ends[1:]
	} else {
		l.ends = slices.Delete(l.ends, i, i+1)
	}
	if at := slices.Index(l.first, n.id); at >= 0 {
		l.first = slices.Delete(l.first, at, at+1)
		if len(l.first) == min(Shown, len(l.ends))-1 {
			g.short = append(g.short, from.id)
		}
	}
	return true
}

// offer takes a node among the first of a list if it is one of them. If all others are, then so is this one.
func (g *Graph) offer(l *longList, n *node, all bool) {
	byRef := func(i id, r Ref) int { return Compare(g.nodes[i].ref, r) }
	if last := len(l.first) - 1; !all && (last < 0 || byRef(l.first[last], n.ref) < 0) {
		return
	}
	at, _ := slices.BinarySearchFunc(l.first, n.ref, byRef)
	l.first = slices.Insert(l.first, at, n.id)
	l.first = l.first[:min(len(l.first), g.ready)]
}

// refill looks through the long lists of a node that lack some of their first.
func (g *Graph) refill(n *node) {
	if n.hub == nil {
		return
	}
	for i := range n.hub.lists {
		l := &n.hub.lists[i]
		if !l.rel.shown() || len(l.first) >= min(Shown, len(l.ends)) {
			continue
		}
		l.first = l.first[:0]
		for j, e := range l.ends {
			g.offer(l, g.nodes[e.id()], len(l.first) == j)
		}
	}
}

package relation

import "slices"

// end is the other end of an edge: an id, and whether two claims stand for the edge. More than two never do: either both
// sides declare a relation, or one side does in two fields.
type end uint32

const twice end = 1 << 31

func (e end) id() id { return id(e &^ twice) }

// edges are one relation of a node to others. Many are kept in the order of their references. Few are not: to look at
// the others whenever one comes costs more than to sort them when somebody asks.
type edges struct {
	rel  rel
	last uint32 // where they changed last: the next change is often close by
	ends []end
}

// defaultFew is how many edges are few.
const defaultFew = 16

// find returns the node's edges of a relation, or nil.
func (n *node) find(r rel) *edges {
	for i := range n.edges {
		if n.edges[i].rel == r {
			return &n.edges[i]
		}
	}
	return nil
}

// to are the other ends of a relation.
func (n *node) to(r rel) []end {
	if e := n.find(r); e != nil {
		return e.ends
	}
	return nil
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
		g.count(b, Tally{Members: sign})
	case hasMember:
		g.count(a, Tally{Members: sign})
	}
	g.mark(a, touchCounts)
	g.mark(b, touchCounts)
}

// half adds one claim for an edge on one side, and says whether the edge is new.
func (g *Graph) half(n *node, r rel, to *node) (added bool) {
	e := n.find(r)
	if e == nil {
		n.edges = append(n.edges, edges{rel: r, ends: []end{end(to.id)}})
		return true
	}
	i, found := g.search(e, to)
	if found {
		e.ends[i] |= twice
		return false
	}
	e.ends = slices.Insert(e.ends, i, end(to.id))
	e.last = uint32(i) + 1
	if len(e.ends) == g.few+1 {
		slices.SortFunc(e.ends, func(a, b end) int { return Compare(g.refOf(a.id()), g.refOf(b.id())) })
	}
	return true
}

// unhalf takes one claim for an edge back on one side, and says whether the edge is gone.
func (g *Graph) unhalf(n *node, r rel, to *node) (removed bool) {
	e := n.find(r)
	i, _ := g.search(e, to)
	if e.ends[i]&twice != 0 {
		e.ends[i] &^= twice
		return false
	}
	if len(e.ends) == 1 {
		last := len(n.edges) - 1
		*e = n.edges[last]
		n.edges[last] = edges{}
		n.edges = n.edges[:last]
		return true
	}
	e.last = uint32(i)
	if i < len(e.ends)/2 { // move the shorter part
		copy(e.ends[1:], e.ends[:i])
		e.ends = e.ends[1:]
	} else {
		e.ends = slices.Delete(e.ends, i, i+1)
	}
	return true
}

// search finds a node among edges, or the place where it belongs. Among many it looks around the last change first: a
// node that appears or vanishes changes its edges in order.
func (g *Graph) search(e *edges, n *node) (int, bool) {
	if len(e.ends) <= g.few {
		for i := range e.ends {
			if e.ends[i].id() == n.id {
				return i, true
			}
		}
		return len(e.ends), false
	}
	at := min(int(e.last), len(e.ends)-1)
	if e.ends[at].id() == n.id {
		return at, true
	}
	from, to := 0, len(e.ends) // the place is one of from … to
	if g.before(e, at, n) {
		from = at + 1
		for step := 1; at+step < to; step *= 2 {
			if !g.before(e, at+step, n) {
				to = at + step
				break
			}
			from = at + step + 1
		}
	} else {
		to = at
		for step := 1; at-step >= from; step *= 2 {
			if g.before(e, at-step, n) {
				from = at - step + 1
				break
			}
			to = at - step
		}
	}
	for from < to {
		if mid := (from + to) / 2; g.before(e, mid, n) {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from, from < len(e.ends) && e.ends[from].id() == n.id
}

// before says whether the i-th end comes before a node.
func (g *Graph) before(e *edges, i int, n *node) bool {
	return Compare(g.nodes[e.ends[i].id()].ref, n.ref) < 0
}

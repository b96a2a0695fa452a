package relation

import (
	"iter"
	"slices"
)

// Edges are kept at both ends. A node keeps those of all its relations in one short list, in any order: to look at the
// other ends whenever an edge comes costs more than to sort them when somebody asks. Only a relation that leads to more
// than a few gets a list of its own, in the order of the references.

// defaultFew is how many edges of one relation are a few.
const defaultFew = 16

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
	last uint32 // where they changed last: the next change is often close by
	ends []end
}

// hub is what few nodes have: what they count, and long lists.
type hub struct {
	tally Tally
	lists []longList
}

// long finds the node's own list for a relation, or nil.
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

// backTo yields the nodes that a relation leads to, the last first: what is soiled last is derived first.
func (n *node) backTo(r rel) iter.Seq[id] {
	if l := n.long(r); l != nil {
		return func(yield func(id) bool) {
			for _, e := range slices.Backward(l.ends) {
				if !yield(e.id()) {
					return
				}
			}
		}
	}
	return n.to(r)
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

// alone says that no edge leads from the node, nor any claim to it.
func (n *node) alone() bool {
	return len(n.edges) == 0 && (n.hub == nil || len(n.hub.lists) == 0)
}

// firstTo returns what a relation leads to, in order, as many as are wanted.
func (g *Graph) firstTo(n *node, r rel, wanted int) []Ref {
	count := n.count(r)
	if count == 0 {
		return nil
	}
	sorted := n.long(r) != nil
	if sorted {
		count = min(count, wanted)
	}
	out := make([]Ref, 0, count)
	for i := range n.to(r) {
		if len(out) == count {
			break
		}
		out = append(out, g.nodes[i].ref)
	}
	if !sorted {
		slices.SortFunc(out, Compare)
	}
	return out[:min(count, wanted)]
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
		removed = g.cut(l, to)
		if len(l.ends) == 0 {
			n.hub.lists = slices.DeleteFunc(n.hub.lists, func(l longList) bool { return l.rel == r })
		}
		return removed
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

// lengthen gives a relation a list of its own.
func (g *Graph) lengthen(n *node, r rel) {
	l := longList{rel: r}
	for _, e := range n.edges {
		switch {
		case e.rel != r:
		case e.twice:
			l.ends = append(l.ends, end(e.to)|twice)
		default:
			l.ends = append(l.ends, end(e.to))
		}
	}
	n.edges = slices.DeleteFunc(n.edges, func(e edge) bool { return e.rel == r })
	slices.SortFunc(l.ends, func(a, b end) int { return Compare(g.nodes[a.id()].ref, g.nodes[b.id()].ref) })
	if n.hub == nil {
		n.hub = new(hub)
	}
	n.hub.lists = append(n.hub.lists, l)
}

func (g *Graph) insert(l *longList, n *node) (added bool) {
	i, found := g.search(l, n)
	if found {
		l.ends[i] |= twice
		return false
	}
	l.ends = slices.Insert(l.ends, i, end(n.id))
	l.last = uint32(i) + 1
	return true
}

func (g *Graph) cut(l *longList, n *node) (removed bool) {
	i, _ := g.search(l, n)
	if l.ends[i]&twice != 0 {
		l.ends[i] &^= twice
		return false
	}
	l.last = uint32(i)
	if i < len(l.ends)/2 { // move the shorter part
		copy(l.ends[1:], l.ends[:i])
		l.ends = l.ends[1:]
	} else {
		l.ends = slices.Delete(l.ends, i, i+1)
	}
	return true
}

// search finds a node in a list, or the place where it belongs. It looks around the last change first: a node that
// appears or vanishes changes its edges in order.
func (g *Graph) search(l *longList, n *node) (int, bool) {
	at := min(int(l.last), len(l.ends)-1)
	if l.ends[at].id() == n.id {
		return at, true
	}
	from, to := 0, len(l.ends) // the place is one of from … to
	if g.before(l, at, n) {
		from = at + 1
		for step := 1; at+step < to; step *= 2 {
			if !g.before(l, at+step, n) {
				to = at + step
				break
			}
			from = at + step + 1
		}
	} else {
		to = at
		for step := 1; at-step >= from; step *= 2 {
			if g.before(l, at-step, n) {
				from = at - step + 1
				break
			}
			to = at - step
		}
	}
	for from < to {
		if mid := (from + to) / 2; g.before(l, mid, n) {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from, from < len(l.ends) && l.ends[from].id() == n.id
}

// before says whether the i-th end comes before a node.
func (g *Graph) before(l *longList, i int, n *node) bool {
	return Compare(g.nodes[l.ends[i].id()].ref, n.ref) < 0
}

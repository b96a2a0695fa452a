package relation

import (
	"cmp"
	"slices"
	"sort"
)

// edges are one relation of a node to others: their ids in the order of their references, and for each how many claims
// stand for it, since both ends may declare the same relation.
type edges struct {
	rel    rel
	ids    []id
	claims []uint8
}

// find returns the node's edges of a relation, or nil.
func (n *node) find(r rel) *edges {
	for i := range n.edges {
		if n.edges[i].rel == r {
			return &n.edges[i]
		}
	}
	return nil
}

// to are the ids at the other ends of a relation.
func (n *node) to(r rel) []id {
	if e := n.find(r); e != nil {
		return e.ids
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
	case inheritsFrom, heirs:
		return
	case memberOf:
		g.count(b, Tally{Members: sign})
	case hasMember:
		g.count(a, Tally{Members: sign})
	}
	g.mark(a, touchCounts)
	g.mark(b, touchCounts)
}

func (g *Graph) half(n *node, r rel, to *node) (added bool) {
	e := n.find(r)
	if e == nil {
		n.edges = append(n.edges, edges{rel: r})
		e = &n.edges[len(n.edges)-1]
	}
	i, found := g.search(e.ids, to)
	if found {
		e.claims[i]++
		return false
	}
	e.ids = slices.Insert(e.ids, i, to.id)
	e.claims = slices.Insert(e.claims, i, 1)
	return true
}

func (g *Graph) unhalf(n *node, r rel, to *node) (removed bool) {
	e := n.find(r)
	i, _ := g.search(e.ids, to)
	if e.claims[i]--; e.claims[i] > 0 {
		return false
	}
	e.ids = slices.Delete(e.ids, i, i+1)
	e.claims = slices.Delete(e.claims, i, i+1)
	if len(e.ids) == 0 {
		*e = n.edges[len(n.edges)-1]
		n.edges = n.edges[:len(n.edges)-1]
	}
	return true
}

// search finds the place of a node among ids in the order of their references.
func (g *Graph) search(ids []id, n *node) (int, bool) {
	i := sort.Search(len(ids), func(i int) bool { return Compare(g.nodes[ids[i]].ref, n.ref) >= 0 })
	return i, i < len(ids) && ids[i] == n.id
}

// insert puts an element into a sorted list that does not hold it.
func insert[T cmp.Ordered](list *[]T, v T) {
	i, _ := slices.BinarySearch(*list, v)
	*list = slices.Insert(*list, i, v)
}

// remove takes an element out of a sorted list that holds it.
func remove[T cmp.Ordered](list *[]T, v T) {
	if i, ok := slices.BinarySearch(*list, v); ok {
		*list = slices.Delete(*list, i, i+1)
	}
}

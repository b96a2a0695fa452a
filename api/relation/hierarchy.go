package relation

import "iter"

// Groups, Domains and sub-components have one parent each. A Group's may be declared on either side: its own word
// counts before that of others, and of several others the first in alphabetical order. A parent is not followed from a
// node on a cycle, so that what is counted upwards ends, and everybody sees the same whatever came first.

// parentOf is the parent that a node should have.
func (g *Graph) parentOf(n *node) id {
	if !n.exists {
		return 0
	}
	declared := false
	for i := range n.claims {
		switch c := &n.claims[i]; c.field {
		case FieldParent, FieldSubdomainOf, FieldSubcomponentOf:
			if c.state.holds() {
				return c.target
			}
			declared = true
		}
	}
	if declared || n.ref.Kind != Group {
		return 0
	}
	var first *node
	for l := range g.listers(n) {
		if first == nil || Compare(l.ref, first.ref) < 0 {
			first = l
		}
	}
	if first == nil {
		return 0
	}
	return first.id
}

// listers yields the Groups that name a Group among their children, itself aside.
func (g *Graph) listers(n *node) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		for _, b := range n.claimants(FieldChildren) {
			if l := g.nodes[b.source()]; l != n && l.exists && !yield(l) {
				return
			}
		}
	}
}

// setParent moves a node, with all that it counts for, below another parent.
func (g *Graph) setParent(n *node, parent id) {
	if parent == n.parent {
		return
	}
	g.markListingAbove(n)
	if n.parent != 0 {
		if n.cyclic {
			g.openCycle(n)
		} else {
			g.count(g.nodes[n.parent], n.total().negated())
		}
		if n.ref.Kind == Group {
			g.disconnect(n, childOf, g.nodes[n.parent])
		}
	}
	n.parent = parent
	if parent != 0 {
		if n.ref.Kind == Group {
			g.connect(n, childOf, g.nodes[parent])
		}
		if g.reaches(parent, n) {
			g.closeCycle(n)
		} else {
			g.count(g.nodes[parent], n.total())
		}
	}
	g.mark(n, touchOwn)
	g.markBelow(n)
	g.markListingAbove(n)
	g.markListingBelow(n)
	for l := range g.listers(n) { // do they still agree?
		g.soil(l)
	}
}

// reaches says whether the way up from a node leads to n. It ends at a cycle: those are all known.
func (g *Graph) reaches(from id, n *node) bool {
	for from != 0 {
		m := g.nodes[from]
		if m == n {
			return true
		}
		if m.cyclic {
			return false
		}
		from = m.parent
	}
	return false
}

// closeCycle cuts every node of the cycle through n from its parent. n itself is not counted into its parent yet.
func (g *Graph) closeCycle(n *node) {
	g.setCyclic(n, true) // first: the way up ends here
	for m := g.nodes[n.parent]; m != n; m = g.nodes[m.parent] {
		g.count(g.nodes[m.parent], m.total().negated())
		g.setCyclic(m, true)
	}
}

// openCycle joins every node of the cycle through n, but n, with its parent again. n is about to lose its parent.
func (g *Graph) openCycle(n *node) {
	g.setCyclic(n, false)
	p := g.nodes[n.parent]
	n.parent = 0
	for m := p; m != n; m = g.nodes[m.parent] {
		g.setCyclic(m, false)
		g.count(g.nodes[m.parent], m.total())
	}
	n.parent = p.id
}

func (g *Graph) setCyclic(n *node, cyclic bool) {
	n.cyclic = cyclic
	g.mark(n, touchOwn)
	g.markBelow(n)
	g.soil(n) // who inherits through a cycle inherits nothing
}

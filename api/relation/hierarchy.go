package relation

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
			if c.holds() {
				return c.target
			}
			declared = true
		}
	}
	if declared || n.ref.Kind != Group {
		return 0
	}
	first := id(0)
	for l := range n.to(FieldChildren.claimed()) {
		if l != n.id && (first == 0 || Compare(g.refOf(l), g.refOf(first)) < 0) {
			first = l
		}
	}
	return first
}

// setParent moves a node, with all that it counts for, below another parent.
func (g *Graph) setParent(n *node, parent id) {
	if parent == n.parent {
		return
	}
	g.markListingAbove(g.nodes[n.parent])
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
	for l := range g.claimants(n, FieldChildren) { // do they still agree?
		g.doubt(l, FieldChildren, n)
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
	g.setCyclic(n, true)
	var below weight // what the node before was counted for
	for m := g.nodes[n.parent]; ; m = g.nodes[m.parent] {
		all := m.total()
		g.setCyclic(m, true)
		g.count(m, below.negated()) // ends here
		if m == n {
			return
		}
		below = all
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

package relation

// Dependent is an entity that would miss another.
type Dependent struct {
	Ref   Ref
	Owner Ref // zero if it has none
}

// Dependents are the entities that would miss this one, in order, as far as their claim holds: who consumes an API, the
// members of a System, the Systems and sub-domains of a Domain, what a Group or User owns, who depends on a Component or
// Resource. foreign leaves out those that have the same owner as the entity; of a Group or User all are foreign.
func (g *Graph) Dependents(ref Ref, foreign bool) []Dependent {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[ref]]
	if n == nil || !n.exists {
		return nil
	}
	var out []Dependent
	for _, i := range n.to(n.missedBy()) {
		d := g.nodes[i]
		own := n.ref.Kind == Group || n.ref.Kind == User
		switch {
		case own && d.owner.state != Granted, n.ref.Kind == Domain && !d.grantedHome():
			continue
		case foreign && !own && d.owner.owner == n.owner.owner:
			continue
		}
		out = append(out, Dependent{Ref: d.ref, Owner: g.refOf(d.owner.owner)})
	}
	return out
}

// missedBy is the relation to those who would miss the node.
func (n *node) missedBy() rel {
	switch n.ref.Kind {
	case API:
		return apiConsumedBy
	case System, Domain:
		return hasPart
	case Group, User:
		return ownerOf
	}
	return dependencyOf
}

// grantedHome says whether a System's Domain, or a Domain's parent, grants what is claimed.
func (n *node) grantedHome() bool {
	c := n.claim(FieldDomain)
	return c == nil || c.state == Granted
}

// markTargets touches those that an entity depends on: whether it is foreign to them goes by its owner.
func (g *Graph) markTargets(n *node) {
	for _, r := range []rel{consumesAPI, dependsOn, partOf} {
		for _, t := range n.to(r) {
			g.mark(g.nodes[t], touchCounts)
		}
	}
}

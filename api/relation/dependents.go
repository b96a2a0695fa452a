package relation

import "iter"

// Dependent is an entity that would miss another.
type Dependent struct {
	Ref   Ref
	Owner Ref // zero if it has none
}

// Dependents are the entities that would miss this one, as far as their claim holds: who consumes an API, the
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
	for d := range g.dependents(n, foreign) {
		out = append(out, Dependent{Ref: d.ref, Owner: g.refOf(d.owner.owner)})
	}
	return out
}

// CountForeign counts the Dependents that are foreign.
func (g *Graph) CountForeign(ref Ref) int {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[ref]]
	if n == nil || !n.exists {
		return 0
	}
	count := 0
	for range g.dependents(n, true) {
		count++
	}
	return count
}

func (g *Graph) dependents(n *node, foreign bool) iter.Seq[*node] {
	owner := n.ref.Kind == Group || n.ref.Kind == User
	return func(yield func(*node) bool) {
		for i := range n.to(n.missedBy()) {
			d := g.nodes[i]
			switch {
			case owner && !g.ownedByConsent(d), n.ref.Kind == Domain && !d.grantedHome():
				continue
			case foreign && !owner && d.owner.owner == n.owner.owner:
				continue
			}
			if !yield(d) {
				return
			}
		}
	}
}

// ownedByConsent says whether the owner of an entity, and each Domain through which it inherits him, grants what is
// claimed.
func (g *Graph) ownedByConsent(n *node) bool {
	if n.owner.state != Granted {
		return false
	}
	for n.heirOf != 0 {
		if n.ref.Kind == System && !n.grantedHome() {
			return false
		}
		n = g.nodes[n.heirOf]
	}
	return true
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
		for t := range n.to(r) {
			g.mark(g.nodes[t], touchCounts)
		}
	}
}

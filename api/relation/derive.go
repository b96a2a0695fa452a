package relation

import (
	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// State says what a claim is worth.
type State uint8

// The states of a claim.
const (
	unjudged State = iota
	// Granted: the target exists, and permits the claim where it must.
	Granted
	// Claimed: the target exists and does not permit the claim, which is shown and counted and opens nothing.
	Claimed
	// NotFound: the target does not exist.
	NotFound
	// NotPermitted: the target, in another namespace, does not exist or does not permit the claim.
	NotPermitted
	// Disagrees: the target names another parent.
	Disagrees
	// Self: the entity names itself.
	Self
)

// holds says whether the claim stands for a relation.
func (s State) holds() bool { return s == Granted || s == Claimed }

// ownership is who owns an entity, and how that came.
type ownership struct {
	owner id
	from  id    // who declares it: the entity itself, or one that it inherits from
	state State // of the declaration; unjudged if there is none
}

// derive brings all that follows from a node's claims up to date, and soils who depends on it.
func (g *Graph) derive(n *node) {
	for i := range n.claims { // a System comes first: what other claims are worth may depend on it
		c := &n.claims[i]
		g.setState(n, c, g.judge(n, c))
		if c.field == FieldSystem || c.field == FieldDomain {
			g.setHome(n, c.homeIfHeld())
		}
	}
	if n.home != 0 && !n.claimsHome() {
		g.setHome(n, 0)
	}
	g.setParent(n, g.parentOf(n))
	g.setOwner(n)
	if u := n.currentUnit(); u != n.unit {
		g.recount(n, u)
	}
}

func (c *claim) homeIfHeld() id {
	if c.state.holds() {
		return c.target
	}
	return 0
}

func (n *node) claimsHome() bool {
	for i := range n.claims {
		if f := n.claims[i].field; f == FieldSystem || f == FieldDomain {
			return true
		}
	}
	return false
}

// judge says what a claim is worth as things stand.
func (g *Graph) judge(n *node, c *claim) State {
	t := g.nodes[c.target]
	foreign := n.ref.Namespace != t.ref.Namespace
	switch {
	case t == n:
		return Self
	case c.field == FieldSystem && foreign,
		(c.field == FieldProvidesAPIs || c.field == FieldDependencyOf || c.field == FieldSubcomponentOf) && foreign:
		if t.exists && g.opens(n, c, t) {
			return Granted
		}
		return NotPermitted
	case !t.exists:
		return NotFound
	case c.field == FieldChildren && t.parent != n.id:
		return Disagrees
	case (c.field == FieldOwner && t.ref.Kind == Group || c.field == FieldDomain) && !g.grants(t, n.ref.Namespace):
		return Claimed
	}
	return Granted
}

// opens says whether a target in another namespace permits the claim.
func (g *Graph) opens(n *node, c *claim, t *node) bool {
	if c.field == FieldSystem {
		return g.grants(t, n.ref.Namespace)
	}
	return n.home != 0 && n.home == t.home // both in one System by permitted membership
}

// grants says whether an entity's consent covers a namespace. The platform team, which alone writes cluster-scoped
// entities, needs none.
func (g *Graph) grants(t *node, namespace string) bool {
	if namespace == "" || namespace == t.ref.Namespace {
		return true
	}
	switch t.consent.From {
	case catalog.FromAll:
		return true
	case catalog.FromSelector:
		return t.consent.Selector.Matches(g.labelsOf(namespace))
	}
	return false
}

func (g *Graph) labelsOf(namespace string) labels.Set {
	if ns := g.namespaces[namespace]; ns != nil {
		return ns.labels
	}
	return nameLabel(namespace)
}

// setState gives a claim its state and puts its relations in place or takes them away.
func (g *Graph) setState(n *node, c *claim, s State) {
	if s == c.state {
		return
	}
	held, t := c.state.holds(), g.nodes[c.target]
	c.state = s
	g.mark(n, touchOwn)
	switch c.field {
	case FieldChildren:
		g.mark(t, touchOwn) // its rivals
	case FieldDomain:
		g.markBelow(n)
	case FieldAllowedConsumers:
		g.markConsumers(n)
	}
	if held == s.holds() {
		return
	}
	for _, r := range c.field.relations(t.ref.Kind) {
		if held {
			g.disconnect(n, r, t)
		} else {
			g.connect(n, r, t)
		}
	}
}

// setHome moves an entity to another System, or a System to another Domain, with all that it counts for.
func (g *Graph) setHome(n *node, home id) {
	if home == n.home {
		return
	}
	all := n.total()
	all.add(n.unit.tally())
	g.count(g.nodes[n.home], all.negated())
	n.home = home
	g.count(g.nodes[n.home], all)
	g.mark(n, touchOwn)
	if n.ref.Kind == System {
		for _, m := range n.to(hasPart) { // its Domain is theirs
			g.mark(g.nodes[m], touchOwn)
		}
		return
	}
	g.markConsumers(n)
	g.soil(n) // claims that need a common System
	for _, f := range []Field{FieldProvidesAPIs, FieldDependencyOf, FieldSubcomponentOf} {
		for _, b := range n.claimants(f) {
			g.soil(g.nodes[b.source()])
		}
	}
}

// recount replaces what an entity counts for at home and with its owner.
func (g *Graph) recount(n *node, u unit) {
	delta := u.tally()
	delta.add(n.unit.tally().negated())
	n.unit = u
	g.count(g.nodes[n.home], delta)
	if n.owned {
		g.countOwned(n, delta)
	}
}

// countOwned adds to the Group that owns an entity.
func (g *Graph) countOwned(n *node, delta Tally) {
	if o := g.nodes[n.owner.owner]; o.ref.Kind == Group {
		g.count(o, delta)
	}
}

// setOwner finds an entity's owner: the declared one, else that of what it is a part of.
func (g *Graph) setOwner(n *node) {
	own, heirOf := g.ownerOf(n)
	if heirOf != n.heirOf {
		if n.heirOf != 0 {
			g.disconnect(n, inheritsFrom, g.nodes[n.heirOf])
		}
		if n.heirOf = heirOf; heirOf != 0 {
			g.connect(n, inheritsFrom, g.nodes[heirOf])
		}
	}
	if own == n.owner {
		return
	}
	g.unown(n)
	n.owner = own
	if own.state.holds() {
		g.connect(n, ownedBy, g.nodes[own.owner])
		n.owned = true
		g.countOwned(n, n.unit.tally())
	}
	g.mark(n, touchOwn)
	g.markTargets(n)
	for _, h := range n.to(heirs) {
		g.soil(g.nodes[h])
	}
}

func (g *Graph) unown(n *node) {
	if n.owned {
		g.countOwned(n, n.unit.tally().negated())
		g.disconnect(n, ownedBy, g.nodes[n.owner.owner])
		n.owned = false
	}
}

// ownerOf says who owns an entity, and from whom it inherits if it declares no owner.
func (g *Graph) ownerOf(n *node) (own ownership, heirOf id) {
	if !n.exists || n.ref.Kind == Group || n.ref.Kind == User {
		return ownership{}, 0
	}
	for i := range n.claims {
		if c := &n.claims[i]; c.field == FieldOwner {
			return ownership{owner: c.target, from: n.id, state: c.state}, 0
		}
	}
	up := n.home
	if n.ref.Kind == Domain {
		up = n.above()
	}
	if up == 0 {
		return ownership{}, 0
	}
	return g.nodes[up].owner, up
}

package relation

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

// derive brings what follows from a node's claims up to date, and soils who depends on it.
func (g *Graph) derive(n *node, d dirt) {
	if d == dirtyClaims {
		g.rejudgeAll(n)
		return
	}
	home := id(0)
	for i := range n.claims {
		if c := &n.claims[i]; c.field == FieldSystem || c.field == FieldDomain {
			g.rejudge(n, c)
			if c.holds() {
				home = c.target
			}
		}
	}
	g.setHome(n, home) // before the rest: what other claims are worth may depend on it
	g.rejudgeAll(n)
	g.setParent(n, g.parentOf(n))
	g.setOwner(n)
	if !n.exists && n.scores != nil {
		g.setScores(n, nil)
	}
	if u := n.currentUnit(); u != n.unit {
		g.recount(n, u)
	}
}

func (g *Graph) rejudgeAll(n *node) {
	for i := range n.claims {
		g.rejudge(n, &n.claims[i])
	}
}

func (g *Graph) rejudge(n *node, c *claim) {
	if c.state&stale != 0 {
		g.setState(n, c, g.judge(n, c))
	}
}

// judge says what a claim is worth as things stand.
func (g *Graph) judge(n *node, c *claim) State {
	t := g.nodes[c.target]
	foreign := n.ref.Namespace != t.ref.Namespace
	switch {
	case t == n:
		return Self
	case foreign && (c.field == FieldSystem || c.field.withinSystem()):
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

// setState gives a claim its state and puts its relations in place or takes them away.
func (g *Graph) setState(n *node, c *claim, s State) {
	old := c.state &^ stale
	c.state = s
	if s == old {
		return
	}
	held, t := old.holds(), g.nodes[c.target]
	g.mark(n, touchOwn)
	switch c.field {
	case FieldChildren:
		g.mark(t, touchOwn) // its rivals
		if old == NotFound || s == NotFound {
			g.markListingAbove(n)
		}
	case FieldParent, FieldSubdomainOf:
		g.markBelow(n)
		g.markListingBelow(n)
	case FieldDomain:
		g.markBelow(n)
		g.mark(t, touchCounts) // whether it would be missed
		if o := g.nodes[n.owner.owner]; o != nil {
			g.mark(o, touchCounts)
		}
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
	all := n.total().plus(n.own())
	g.count(g.nodes[n.home], all.negated())
	n.home = home
	g.count(g.nodes[n.home], all)
	g.mark(n, touchOwn)
	if n.ref.Kind == System {
		for m := range n.to(hasPart) { // its Domain is theirs
			g.mark(g.nodes[m], touchOwn)
		}
		return
	}
	g.markConsumers(n)
	g.doubtNeighbours(n)
}

// doubtNeighbours has those claims judged anew, by a node and of it, that count across namespaces only between members
// of one System.
func (g *Graph) doubtNeighbours(n *node) {
	for i := range n.claims {
		if c := &n.claims[i]; c.field.withinSystem() && g.nodes[c.target].ref.Namespace != n.ref.Namespace {
			c.state |= stale // n is at hand
		}
	}
	for _, f := range []Field{FieldProvidesAPIs, FieldDependencyOf, FieldSubcomponentOf} {
		for s := range g.claimants(n, f) {
			if s.ref.Namespace != n.ref.Namespace {
				g.doubt(s, f, n)
			}
		}
	}
}

// recount replaces what an entity counts for at home and with its owner.
func (g *Graph) recount(n *node, u unit) {
	delta := u.tally()
	delta.add(n.unit.tally().negated())
	n.unit = u
	g.count(g.nodes[n.home], weight{tally: delta})
	if n.owned {
		g.countOwned(n, weight{tally: delta})
	}
}

// countOwned adds to the Group that owns an entity.
func (g *Graph) countOwned(n *node, delta weight) {
	if o := g.nodes[n.owner.owner]; o.ref.Kind == Group {
		g.count(o, delta)
	}
}

// setOwner finds an entity's owner: the declared one, else that of what it is a part of.
func (g *Graph) setOwner(n *node) {
	own, heirOf := g.ownerOf(n)
	if heirOf != n.heirOf {
		if n.heirOf != 0 {
			g.unhalf(g.nodes[n.heirOf], heirs, n)
		}
		if n.heirOf = heirOf; heirOf != 0 {
			g.half(g.nodes[heirOf], heirs, n)
		}
	}
	if own == n.owner {
		return
	}
	if owned := own.state.holds(); owned != n.owned || own.owner != n.owner.owner {
		g.unown(n)
		if owned {
			g.own(n, own.owner)
		}
	}
	n.owner = own
	g.mark(n, touchOwn)
	g.markConsumers(n) // the owner is named to whom is denied
	g.markTargets(n)
	for h := range n.to(heirs) {
		g.soil(g.nodes[h])
	}
}

// own counts an entity for its owner.
func (g *Graph) own(n *node, owner id) {
	n.owned, n.owner.owner = true, owner
	g.connect(n, ownedBy, g.nodes[owner])
	g.countOwned(n, n.own())
}

// unown takes back what own did.
func (g *Graph) unown(n *node) {
	if n.owned {
		g.countOwned(n, n.own().negated())
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

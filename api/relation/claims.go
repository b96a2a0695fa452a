package relation

import (
	"iter"
	"slices"
)

// claim is a reference that a spec makes.
type claim struct {
	target id
	index  uint16
	field  Field
	state  State // with stale, if it is to be judged anew
}

// stale is set on the state of a claim that is to be judged anew.
const stale State = 1 << 7

func (c *claim) holds() bool { return (c.state &^ stale).holds() }

// claimants yields who claims something of the node in one field.
func (g *Graph) claimants(n *node, f Field) iter.Seq[*node] {
	return func(yield func(*node) bool) {
		for i := range n.to(f.claimed()) {
			if !yield(g.nodes[i]) {
				return
			}
		}
	}
}

// doubtClaimants has all that others claim of the node judged anew.
func (g *Graph) doubtClaimants(n *node) {
	for f := Field(0); f < fields; f++ {
		for s := range g.claimants(n, f) {
			g.doubt(s, f, n)
		}
	}
}

// doubt has one claim judged anew before the change in hand ends.
func (g *Graph) doubt(n *node, f Field, target *node) {
	for i := range n.claims {
		if c := &n.claims[i]; c.target == target.id && c.field == f {
			c.state |= stale
			if f.list() {
				g.soilWith(n, dirtyClaims)
			} else { // it says where the entity belongs, or to whom
				g.soil(n)
			}
			return
		}
	}
}

// agree counts the claims that are the same at the beginning.
func (g *Graph) agree(own []claim, claims []Claim) int {
	i, end := 0, min(len(own), len(claims))
	for i < end && own[i].index == uint16(claims[i].Index) && g.equal(own[i], claims[i]) {
		i++
	}
	return i
}

// equal says that claims are the same, their indexes aside.
func (g *Graph) equal(own claim, c Claim) bool {
	return own.field == c.Field && g.nodes[own.target].ref == c.Target
}

// setClaims replaces what a node claims; the first head claims are the same. What it claimed before and claims again
// stays as it is, what is new is to be judged.
func (g *Graph) setClaims(n *node, claims []Claim, head int) {
	old := n.claims
	from, to := len(old), len(claims) // from here on they are the same, too
	for from > head && to > head && g.equal(old[from-1], claims[to-1]) {
		from, to = from-1, to-1
		old[from].index = uint16(claims[to].Index)
	}
	if from == head && to == head {
		return
	}
	gone, come := slices.Clone(old[head:from]), make([]claim, 0, to-head)
	for _, c := range claims[head:to] {
		come = append(come, claim{target: g.intern(c.Target).id, index: uint16(c.Index), field: c.Field})
	}
	n.claims = slices.Replace(old, head, from, come...)
	g.exchange(n, gone, n.claims[head:to])
}

// exchange takes back the claims that are gone and makes those that have come, except where they are the same.
func (g *Graph) exchange(n *node, gone, come []claim) {
	type key struct {
		target id
		field  Field
	}
	was := make(map[key]State, len(gone))
	for _, c := range gone {
		was[key{c.target, c.field}] = c.state
	}
	for i := range come {
		c := &come[i]
		k := key{c.target, c.field}
		if s, ok := was[k]; ok {
			c.state = s
			delete(was, k)
			continue
		}
		c.state = stale
		g.claimChanged(n, c, g.half)
		g.countListed(c, +1)
	}
	for i := range gone {
		c := &gone[i]
		if _, ok := was[key{c.target, c.field}]; ok {
			g.setState(n, c, unjudged)
			g.claimChanged(n, c, g.unhalf)
			g.countListed(c, -1)
			g.loose = append(g.loose, c.target)
		}
	}
}

// claimChanged notes at the target that a claim was made or taken back.
func (g *Graph) claimChanged(n *node, c *claim, half func(*node, rel, *node) bool) {
	t := g.nodes[c.target]
	half(t, c.field.claimed(), n)
	if c.field == FieldChildren { // its parent may be another
		g.soil(t)
	}
}

package relation

import catalog "github.com/callboard-dev/callboard/api/v1alpha1"

// Health is how what runs an entity does.
type Health uint8

// The healths. The worst of several is the highest: what was stopped on purpose weighs less than what runs.
const (
	HealthNone Health = iota // nothing that runs is known
	Suspended
	Healthy
	Progressing
	Degraded
	healths = iota
)

var healthNames = [...]catalog.Health{
	HealthNone: catalog.HealthUnknown, Healthy: catalog.HealthHealthy, Suspended: catalog.HealthSuspended,
	Progressing: catalog.HealthProgressing, Degraded: catalog.HealthDegraded,
}

// Catalog is the health as a status holds it.
func (h Health) Catalog() catalog.Health { return healthNames[h] }

// Tally counts what belongs to a grouping, with all that is below it.
type Tally struct {
	Components int32
	APIs       int32
	Exposed    int32 // APIs that are not Private
	Resources  int32
	Systems    int32
	Members    int32 // Users, once per membership
	Health     [healths]int32
}

// Worst is the worst health of those that run something.
func (t Tally) Worst() Health {
	for h := Degraded; h > HealthNone; h-- {
		if t.Health[h] > 0 {
			return h
		}
	}
	return HealthNone
}

func (t *Tally) add(o Tally) {
	t.Components += o.Components
	t.APIs += o.APIs
	t.Exposed += o.Exposed
	t.Resources += o.Resources
	t.Systems += o.Systems
	t.Members += o.Members
	for i := range t.Health {
		t.Health[i] += o.Health[i]
	}
}

func (t Tally) negated() Tally {
	var out Tally
	out.Components, out.APIs, out.Exposed = -t.Components, -t.APIs, -t.Exposed
	out.Resources, out.Systems, out.Members = -t.Resources, -t.Systems, -t.Members
	for i := range t.Health {
		out.Health[i] = -t.Health[i]
	}
	return out
}

// unit is what one entity counts for, in short.
type unit struct {
	kind    Kind
	health  Health
	exposed bool
}

func (n *node) currentUnit() unit {
	if !n.exists {
		return unit{}
	}
	return unit{kind: n.ref.Kind, health: n.health, exposed: n.ref.Kind == API && !n.private}
}

func (u unit) tally() Tally {
	var t Tally
	switch u.kind {
	case Component:
		t.Components = 1
	case API:
		t.APIs = 1
		if u.exposed {
			t.Exposed = 1
		}
	case Resource:
		t.Resources = 1
	case System:
		t.Systems = 1
	default:
		return t
	}
	if u.health != HealthNone {
		t.Health[u.health] = 1
	}
	return t
}

// weight is what an entity, or a grouping, counts for in the groupings above it.
type weight struct {
	tally  Tally
	scores scoreTallies
}

func (w weight) isZero() bool { return w.tally == (Tally{}) && len(w.scores) == 0 }

func (w weight) plus(o weight) weight {
	w.tally.add(o.tally)
	w.scores = w.scores.plus(o.scores, 1)
	return w
}

func (w weight) negated() weight {
	return weight{tally: w.tally.negated(), scores: scoreTallies(nil).plus(w.scores, -1)}
}

// total is what a node's members come to, nothing where it has none.
func (n *node) total() weight {
	if n.hub == nil {
		return weight{}
	}
	return n.hub.weight
}

// counts says whether an entity counts for something by itself where it belongs.
func (n *node) counts() bool { return n.unit.tally() != (Tally{}) }

// own is what an entity counts for by itself.
func (n *node) own() weight {
	w := weight{tally: n.unit.tally()}
	if w.tally != (Tally{}) {
		w.scores = tallied(n.scores)
	}
	return w
}

// above is the grouping that a grouping counts into.
func (n *node) above() id {
	switch {
	case n.ref.Kind == System:
		return n.home
	case n.cyclic:
		return 0
	}
	return n.parent
}

// count adds to a grouping and to all above it.
func (g *Graph) count(n *node, delta weight) {
	if delta.isZero() {
		return
	}
	for n != nil {
		if n.hub == nil {
			n.hub = new(hub)
		}
		n.hub.weight = n.hub.weight.plus(delta)
		g.mark(n, touchCounts)
		n = g.nodes[n.above()]
	}
}

// settleMembers notes, when a change has settled, whether a Group has or had members, and whether none is left in it or
// below it. That its owner is inactive stands in the conditions of all that the Group owns.
func (g *Graph) settleMembers(n *node) {
	members := n.total().tally.Members
	if !g.trial { // that a Group had members is never forgotten
		n.hadMember = n.exists && (n.hadMember || members > 0)
	}
	inactive := n.hadMember && members == 0
	if inactive == n.inactive {
		return
	}
	n.inactive = inactive
	for i := range n.to(ownerOf) {
		g.mark(g.nodes[i], touchOwn)
	}
}

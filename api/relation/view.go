package relation

import catalog "github.com/callboard-dev/callboard/api/v1alpha1"

// Shown is how many references of a relation a View holds.
const Shown = 20

// View is what the graph knows of one entity.
type View struct {
	Ref Ref
	// Problems are the references that cannot be read, then the claims that are not granted, each in the order of the spec.
	Problems []Problem
	Owner    Owner
	// System is the System of a Component, API or Resource by permitted membership.
	System Ref
	// Domain is the Domain of a System, granted or claimed, and of the members of that System.
	Domain Ref
	// Relations hold, in both directions; a relation without edges is absent.
	Relations []Relation
	Tally     Tally
	// Scores are the tallies of a grouping's members, by Card. They are shared, and must not be changed.
	Scores []ScoreTally
	// HadMembers says that a Group has or had members, in it or below it. It and Owner.Inactive are the only things that
	// depend on what was, not just on what is.
	HadMembers bool
	// Owns counts what a Group or User owns itself.
	Owns int
	// Cycle holds the members of the cycle that the entity is on, from the first in alphabetical order upwards.
	Cycle []Ref
	// Rivals are the Groups, in order, that name this one among their children although its parent is another.
	Rivals []Ref
	Parent Ref
}

// Problem is a claim that is not granted, or a reference that cannot be read.
type Problem struct {
	Path   string // in the object, such as spec.dependsOn[2]
	Field  Field
	Target Ref    // zero if the reference cannot be read
	State  State  // unjudged if the reference cannot be read
	Why    string // why the reference cannot be read
}

// Owner is who owns an entity.
type Owner struct {
	Ref      Ref   // zero if there is none
	From     Ref   // who declares it: zero for the entity itself, else what it inherits from
	State    State // Granted, Claimed, NotFound; 0 if there is none
	Inactive bool  // a Group that had members, and none is left
}

// Relation is one relation of an entity.
type Relation struct {
	Type  catalog.RelationType
	Count int
	Refs  []Ref // the first of them in order, Shown at most
}

// View returns what is known of an entity, and whether it is in the graph. It costs in proportion to the answer and to
// the entity's own claims.
func (g *Graph) View(ref Ref) (View, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.view(ref)
}

func (g *Graph) view(ref Ref) (View, bool) {
	n := g.nodes[g.ids[ref]]
	if n == nil || !n.exists {
		return View{}, false
	}
	v := View{
		Ref: n.ref, Problems: g.problems(n), Owner: g.viewOwner(n), Relations: g.viewRelations(n), Tally: n.total().tally,
		Scores:     n.total().scores,
		HadMembers: n.hadMember, Owns: n.count(ownerOf), Parent: g.refOf(n.parent),
	}
	if n.ref.Kind == System {
		v.Domain = g.refOf(n.home)
	} else {
		v.System = g.refOf(n.home)
		v.Domain = g.refOf(g.homeOf(n.home))
	}
	if n.cyclic {
		v.Cycle = g.cycle(n)
	}
	for _, l := range g.allTo(n, FieldChildren.claimed()) {
		if l != v.Parent && l != n.ref {
			v.Rivals = append(v.Rivals, l)
		}
	}
	return v, true
}

func (g *Graph) refOf(i id) Ref {
	if i == 0 {
		return Ref{}
	}
	return g.nodes[i].ref
}

func (g *Graph) homeOf(i id) id {
	if i == 0 {
		return 0
	}
	return g.nodes[i].home
}

func (g *Graph) problems(n *node) []Problem {
	var out []Problem
	for _, b := range n.bad {
		out = append(out, Problem{Path: b.Path, Why: b.Why})
	}
	for _, c := range n.claims {
		if c.state != Granted && c.field != FieldAllowedConsumers {
			out = append(out, Problem{
				Path: c.field.path(int(c.index)).String(), Field: c.field, Target: g.nodes[c.target].ref, State: c.state,
			})
		}
	}
	return out
}

func (g *Graph) viewOwner(n *node) Owner {
	if n.owner.owner == 0 {
		return Owner{}
	}
	o := g.nodes[n.owner.owner]
	v := Owner{Ref: o.ref, State: n.owner.state, Inactive: o.inactive}
	if n.owner.from != n.id {
		v.From = g.refOf(n.owner.from)
	}
	return v
}

func (g *Graph) viewRelations(n *node) []Relation {
	out := make([]Relation, 0, 8)
	for r, t := range relationTypes {
		if refs := g.firstTo(n, rel(r)); len(refs) > 0 {
			out = append(out, Relation{Type: t, Count: n.count(rel(r)), Refs: refs})
		}
	}
	return out
}

// cycle lists the nodes of the cycle through n, upwards from the first in order.
func (g *Graph) cycle(n *node) []Ref {
	first := n
	for m := g.nodes[n.parent]; m != n; m = g.nodes[m.parent] {
		if Compare(m.ref, first.ref) < 0 {
			first = m
		}
	}
	out := []Ref{first.ref}
	for m := g.nodes[first.parent]; m != first; m = g.nodes[m.parent] {
		out = append(out, m.ref)
	}
	return out
}

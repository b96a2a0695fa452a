package relation

import (
	"slices"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Related returns all entities at the other end of one relation, in order.
func (g *Graph) Related(ref Ref, t catalog.RelationType) []Ref {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[ref]]
	r := slices.Index(relationTypes[:], t)
	if n == nil || r < 0 {
		return nil
	}
	return g.allTo(n, rel(r))
}

// First returns the first of what Related does that are to be kept, so many at most, in order. Where a relation leads to
// thousands, it mostly costs no more than what it returns: the first of them are known. Where these are not enough it costs
// a look at each, and still not to sort them all.
func (g *Graph) First(ref Ref, t catalog.RelationType, most int, keep func(Ref) bool) []Ref {
	if most <= 0 {
		return nil
	}
	known, all := g.leading(ref, t)
	out := known[:0] // what is written has been read
	for _, r := range known {
		if keep(r) {
			out = append(out, r)
		}
		if len(out) == most {
			return out
		}
	}
	if all {
		return out
	}
	return first(g.unsorted(ref, t), most, keep)
}

// leading returns the first of what Related does, in order, as far as they are known without looking for them, and whether
// these are all.
func (g *Graph) leading(ref Ref, t catalog.RelationType) (known []Ref, all bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[ref]]
	r := slices.Index(relationTypes[:], t)
	if n == nil || r < 0 {
		return nil, true
	}
	l := n.long(rel(r))
	if l == nil {
		return g.allTo(n, rel(r)), true
	}
	known = make([]Ref, len(l.first))
	for i, to := range l.first {
		known[i] = g.nodes[to].ref
	}
	return known, len(l.first) == len(l.ends)
}

// unsorted returns what Related does, in no order.
func (g *Graph) unsorted(ref Ref, t catalog.RelationType) []Ref {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[ref]]
	r := slices.Index(relationTypes[:], t)
	if n == nil || r < 0 {
		return nil
	}
	return g.anyTo(n, rel(r))
}

// first sorts the first of some references that are to be kept to the front, and returns them. The others are lost.
func first(all []Ref, most int, keep func(Ref) bool) []Ref {
	out := all[:0] // what is written has been read
	var last Ref   // what comes after it is not among the first; none yet if it is zero
	cut := func() {
		slices.SortFunc(out, Compare)
		if len(out) >= most {
			out = out[:most]
			last = out[most-1]
		}
	}
	for _, r := range all {
		if !last.IsZero() && Compare(r, last) > 0 || !keep(r) {
			continue
		}
		if out = append(out, r); len(out) >= 2*most {
			cut()
		}
	}
	cut()
	return out
}

// Exists says whether an entity is in the graph.
func (g *Graph) Exists(ref Ref) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[ref]]
	return n != nil && n.exists
}

// Use is an entity that uses another, or is used by it, through an API.
type Use struct {
	Ref Ref
	Via []Ref // the APIs, in order
}

// Uses returns the Components whose APIs a Component consumes.
func (g *Graph) Uses(component Ref) []Use {
	return g.derived(component, consumesAPI, apiProvidedBy)
}

// UsedBy returns the Components and Resources that consume the APIs which a Component provides.
func (g *Graph) UsedBy(component Ref) []Use {
	return g.derived(component, providesAPI, apiConsumedBy)
}

// SystemUses returns the other Systems whose APIs the members of a System consume.
func (g *Graph) SystemUses(system Ref) []Use {
	return g.derivedSystems(system, Component, Resource, consumesAPI)
}

// SystemUsedBy returns the other Systems whose members consume the APIs of a System.
func (g *Graph) SystemUsedBy(system Ref) []Use {
	return g.derivedSystems(system, API, KindNone, apiConsumedBy)
}

// derived follows two relations: to APIs, and on to those at their other side, the entity itself aside.
func (g *Graph) derived(ref Ref, first, second rel) []Use {
	g.mu.RLock()
	defer g.mu.RUnlock()
	n := g.nodes[g.ids[ref]]
	if n == nil {
		return nil
	}
	via := map[id][]id{}
	for a := range n.to(first) {
		for other := range g.nodes[a].to(second) {
			if other != n.id {
				via[other] = append(via[other], a)
			}
		}
	}
	return g.uses(via)
}

// derivedSystems follows a relation from the members of a System to entities of other Systems.
func (g *Graph) derivedSystems(system Ref, kind, orKind Kind, r rel) []Use {
	g.mu.RLock()
	defer g.mu.RUnlock()
	s := g.nodes[g.ids[system]]
	if s == nil {
		return nil
	}
	via := map[id][]id{}
	for m := range s.to(hasPart) {
		member := g.nodes[m]
		if k := member.ref.Kind; k != kind && k != orKind {
			continue
		}
		for o := range member.to(r) {
			home := g.nodes[o].home
			if home == 0 || home == s.id {
				continue
			}
			api := o
			if r == apiConsumedBy {
				api = m
			}
			if !slices.Contains(via[home], api) {
				via[home] = append(via[home], api)
			}
		}
	}
	return g.uses(via)
}

func (g *Graph) uses(via map[id][]id) []Use {
	out := make([]Use, 0, len(via))
	for other, apis := range via {
		u := Use{Ref: g.nodes[other].ref, Via: make([]Ref, len(apis))}
		for i, a := range apis {
			u.Via[i] = g.nodes[a].ref
		}
		slices.SortFunc(u.Via, Compare)
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b Use) int { return Compare(a.Ref, b.Ref) })
	return out
}

// All returns the entities of a kind, in no order.
func (g *Graph) All(k Kind) []Ref {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var out []Ref
	for _, n := range g.nodes[1:] {
		if n != nil && n.exists && n.ref.Kind == k {
			out = append(out, n.ref)
		}
	}
	return out
}

package diagram

import (
	"fmt"
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Around draws an entity and what is related to it, up to some relations away; false if the entity is not there or may not
// be shown. Of the entity itself every relation is followed. From what is found on the way those are that things rest on
// (APIs, dependencies) and, from a grouping downwards, parts: else everything would be near everything through its owner.
// Systems are boxes around their members.
func (s Source) Around(ref relation.Ref, o Options) (Diagram, bool) {
	if !s.sees(ref) {
		return Diagram{}, false
	}
	w := &walk{Source: s, Options: o.bounded(), focus: ref, at: map[relation.Ref]int{}}
	w.find(ref, 0)
	for at := 0; at < len(w.found); at++ {
		if p := w.found[at]; p.depth < w.Depth {
			w.step(p)
		}
	}
	d := Diagram{Title: "Relations of " + ref.String()}
	w.draw(&d)
	if w.cut {
		d.Truncated = append(d.Truncated, fmt.Sprintf("More than %d entities are in reach: only the nearest are looked at", w.reach()))
	}
	s.collapse(&d, w.room(&d), []grouping{{"System", s.home}, {"owner", s.owner}})
	return d, true
}

// room is how many boxes may be drawn. A page shows more of them by itself where few lines make that easy to read.
func (o Options) room(d *Diagram) int {
	if o.Nodes == DefaultNodes && len(d.Nodes) <= MapNodes && lines(d.Edges) <= MapNodes {
		return MapNodes
	}
	return o.Nodes
}

// walk finds what is near.
type walk struct {
	Source
	Options
	focus relation.Ref
	found []place              // the nearest first
	at    map[relation.Ref]int // where in found
	cut   bool
	boxes map[relation.Ref]bool // the Systems that are drawn around their members
}

// place is an entity that a walk has come to.
type place struct {
	ref   relation.Ref
	id    string
	depth int
	home  relation.Ref
}

func (w *walk) find(r relation.Ref, depth int) {
	w.at[r] = len(w.found)
	w.found = append(w.found, place{r, r.String(), depth, w.home(r)})
}

// follows are the relations that are followed from an entity.
func (w *walk) follows(r relation.Ref) []catalog.RelationType {
	var out []catalog.RelationType
	for _, d := range drawn {
		rests, carries := d.relation, d.inverse
		if d.relation == provides { // an API rests on who provides it
			rests, carries = carries, rests
		}
		flows := d.relation == provides || d.relation == consumes || d.relation == depends
		down := d.relation == part || d.relation == child
		if w.Direction != In && (flows || r == w.focus) {
			out = append(out, rests)
		}
		if w.Direction != Out && (flows || r == w.focus || down && r.Kind != relation.Component) {
			out = append(out, carries)
		}
	}
	return out
}

func (w *walk) step(p place) {
	for _, t := range w.follows(p.ref) {
		for _, to := range w.near(p.ref, t) {
			_, known := w.at[to]
			switch {
			case known, to.Kind == relation.System && to == p.home: // that is a box
			case len(w.found) == w.reach():
				w.cut = true
				return
			default:
				w.find(to, p.depth+1)
			}
		}
	}
}

// near are those that a relation leads to and that are drawn, in order, as many as a walk can come to: those that it knows
// already, a System that is a box, and one that shows that there are more.
func (w *walk) near(r relation.Ref, t catalog.RelationType) []relation.Ref {
	return w.Graph.First(r, t, w.reach()+2, func(to relation.Ref) bool { return w.shows(to.Kind) && w.sees(to) })
}

// draw makes nodes of what was found, with all relations between them.
func (w *walk) draw(d *Diagram) {
	w.boxes = map[relation.Ref]bool{}
	for _, p := range w.found {
		if p.home.Kind == relation.System && !w.boxes[p.home] {
			w.boxes[p.home] = true
			d.Clusters = append(d.Clusters, Cluster{ID: boxPrefix + p.home.String(), Ref: p.home})
		}
	}
	d.Nodes = make([]Node, len(w.found))
	for i, p := range w.found {
		n := Node{ID: p.id, Ref: p.ref, Kind: p.ref.Kind, Focus: p.ref == w.focus}
		if box := w.box(p); !box.IsZero() {
			n.Cluster = boxPrefix + box.String()
		}
		d.Nodes[i] = n
	}
	for _, p := range w.found {
		w.edges(d, p)
	}
}

// box is the System around an entity; a System stands among its own members.
func (w *walk) box(p place) relation.Ref {
	if p.ref.Kind != relation.System {
		return p.home
	}
	if w.boxes[p.ref] {
		return p.ref
	}
	return relation.Ref{}
}

// edges adds those that lead from an entity. Who owns what and who is where is drawn of the focus alone.
func (w *walk) edges(d *Diagram, from place) {
	for _, rel := range drawn {
		if !w.mayDraw(from.ref, rel.relation) {
			continue
		}
		for _, to := range w.related(from.ref, rel.relation) {
			e := Edge{From: from.id, Type: rel.relation, Label: rel.words, Count: 1}
			at, known := w.at[to]
			switch {
			case rel.relation == part && to == from.home && w.boxes[to]:
				e.To = boxPrefix + to.String()
			case !known || !w.draws(from.ref, rel.relation, to):
				continue
			default:
				e.To = w.found[at].id
			}
			if rel.relation == consumes && w.denied(from.ref, to) {
				e.Denied = 1
			}
			d.Edges = append(d.Edges, e)
		}
	}
}

// leads are the kinds from which a relation can lead.
var leads = map[catalog.RelationType][]relation.Kind{
	owned:    {relation.API, relation.Component, relation.Domain, relation.Resource, relation.System},
	provides: {relation.Component}, consumes: {relation.Component, relation.Resource}, depends: {relation.Component, relation.Resource},
	part:   {relation.API, relation.Component, relation.Domain, relation.Resource, relation.System},
	member: {relation.User}, child: {relation.Group},
}

// mayDraw says whether a relation of an entity can be drawn at all: most owners and members are not worth a look.
func (w *walk) mayDraw(from relation.Ref, t catalog.RelationType) bool {
	if !slices.Contains(leads[t], from.Kind) {
		return false
	}
	return t != owned && t != member || from == w.focus || w.focus.Kind == relation.Group || w.focus.Kind == relation.User
}

// draws says whether a relation between two that were found is drawn.
func (w *walk) draws(from relation.Ref, t catalog.RelationType, to relation.Ref) bool {
	switch t {
	case owned, member:
		return from == w.focus || to == w.focus
	case depends: // to depend on an API is to consume it
		return !slices.Contains(w.related(from, consumes), to)
	}
	return true
}

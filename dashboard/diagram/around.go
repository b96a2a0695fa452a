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
	w := &walk{Source: s, Options: o.bounded(), focus: ref, depth: map[relation.Ref]int{ref: 0}, found: []relation.Ref{ref}}
	for at := 0; at < len(w.found); at++ {
		if r := w.found[at]; w.depth[r] < w.Depth {
			w.step(r)
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
	depth map[relation.Ref]int
	found []relation.Ref // the nearest first
	cut   bool
	boxes map[relation.Ref]bool // the Systems that are drawn around their members
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

func (w *walk) step(r relation.Ref) {
	for _, t := range w.follows(r) {
		for _, to := range w.near(r, t) {
			_, known := w.depth[to]
			switch {
			case known, to.Kind == relation.System && to == w.home(r): // that is a box
			case len(w.found) == w.reach():
				w.cut = true
				return
			default:
				w.depth[to] = w.depth[r] + 1
				w.found = append(w.found, to)
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
	for _, r := range w.found {
		if home := w.home(r); home.Kind == relation.System && !w.boxes[home] {
			w.boxes[home] = true
			d.Clusters = append(d.Clusters, w.cluster(home))
		}
	}
	for _, r := range w.found {
		n := w.node(r)
		n.Focus = r == w.focus
		if box := w.box(r); !box.IsZero() {
			n.Cluster = boxPrefix + box.String()
		}
		d.Nodes = append(d.Nodes, n)
	}
	for _, r := range w.found {
		w.edges(d, r)
	}
}

// box is the System around an entity; a System stands among its own members.
func (w *walk) box(r relation.Ref) relation.Ref {
	if r.Kind != relation.System {
		return w.home(r)
	}
	if w.boxes[r] {
		return r
	}
	return relation.Ref{}
}

// edges adds those that lead from an entity. Who owns what and who is where is drawn of the focus alone.
func (w *walk) edges(d *Diagram, from relation.Ref) {
	home := w.home(from)
	for _, rel := range drawn {
		if !w.mayDraw(from, rel.relation) {
			continue
		}
		for _, to := range w.related(from, rel.relation) {
			e := Edge{From: from.String(), To: to.String(), Type: rel.relation, Label: rel.words, Count: 1}
			switch {
			case rel.relation == part && to == home && w.boxes[to]:
				e.To = boxPrefix + e.To
			case !w.draws(from, rel.relation, to):
				continue
			case rel.relation == consumes && w.denied(from, to):
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

func (w *walk) draws(from relation.Ref, t catalog.RelationType, to relation.Ref) bool {
	_, known := w.depth[to]
	switch {
	case !known:
		return false
	case t == owned, t == member:
		return from == w.focus || to == w.focus
	case t == depends: // to depend on an API is to consume it
		return !slices.Contains(w.related(from, consumes), to)
	}
	return true
}

package diagram

import (
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// Look is what a diagram shows of an entity beside its relations.
type Look struct {
	Title  string // its name is shown if empty
	Type   string
	Health catalog.Health
	URL    string // of its page, from the root; no link if empty
}

// Graph holds relations: a relation.Graph, or what somebody sees of one.
type Graph interface {
	visibility.Catalog

	Exists(ref relation.Ref) bool
	Related(ref relation.Ref, t catalog.RelationType) []relation.Ref
	// First returns the first of what Related does that are to be kept, so many at most.
	First(ref relation.Ref, t catalog.RelationType, most int, keep func(relation.Ref) bool) []relation.Ref
	All(k relation.Kind) []relation.Ref
}

// Source is what diagrams are made of. What May denies appears nowhere: neither as a node nor as an edge, in no count, and
// nothing is found through it.
type Source struct {
	Graph Graph
	May   func(relation.Ref) bool
	Look  func(relation.Ref) Look // nil: names only
	// Denied says whether an API does not grant a consumption; nil: as the graph has it.
	Denied func(consumer, api relation.Ref) bool
}

// sees says whether an entity exists and may be shown.
func (s Source) sees(r relation.Ref) bool { return s.Graph.Exists(r) && s.May(r) }

// related are the entities at the other end of a relation that may be shown, in order. A name that is no entity is none.
// They are not to be changed.
func (s Source) related(r relation.Ref, t catalog.RelationType) []relation.Ref {
	refs := s.Graph.Related(r, t)
	hidden := func(to relation.Ref) bool { return !s.sees(to) }
	if !slices.ContainsFunc(refs, hidden) {
		return refs
	}
	return slices.DeleteFunc(slices.Clone(refs), hidden)
}

// all are the entities of a kind that may be shown, in order.
func (s Source) all(k relation.Kind) []relation.Ref {
	out := slices.DeleteFunc(s.Graph.All(k), func(r relation.Ref) bool { return !s.May(r) })
	slices.SortFunc(out, relation.Compare)
	return out
}

// first is the only entity that a relation to one leads to, if it may be shown.
func (s Source) first(r relation.Ref, t catalog.RelationType, k relation.Kind) relation.Ref {
	for _, to := range s.Graph.Related(r, t) {
		if to.Kind == k && s.sees(to) {
			return to
		}
	}
	return relation.Ref{}
}

// home is the System of a member, or the Domain of a System.
func (s Source) home(r relation.Ref) relation.Ref {
	if r.Kind == relation.System {
		return s.first(r, part, relation.Domain)
	}
	return s.first(r, part, relation.System)
}

func (s Source) owner(r relation.Ref) relation.Ref {
	if o := s.first(r, owned, relation.Group); !o.IsZero() {
		return o
	}
	return s.first(r, owned, relation.User)
}

// denied says whether a consumption is denied.
func (s Source) denied(consumer, api relation.Ref) bool {
	if s.Denied != nil {
		return s.Denied(consumer, api)
	}
	return visibility.Judge(s.Graph, consumer, api).Decision == visibility.Denied
}

func (s Source) look(r relation.Ref) Look {
	if s.Look == nil {
		return Look{}
	}
	return s.Look(r)
}

func (s Source) node(r relation.Ref) Node {
	l := s.look(r)
	return Node{ID: r.String(), Ref: r, Label: title(l, r), Sub: l.Type, Kind: r.Kind, Health: l.Health, URL: l.URL}
}

// boxPrefix tells the ID of a cluster from that of the entity's node.
const boxPrefix = "in "

func (s Source) cluster(r relation.Ref) Cluster {
	l := s.look(r)
	return Cluster{ID: boxPrefix + r.String(), Ref: r, Label: title(l, r), URL: l.URL}
}

// dress gives titles, types, health and links to what a diagram shows and that has none yet.
func (s Source) dress(d *Diagram) {
	for i := range d.Nodes {
		n := &d.Nodes[i]
		if n.Label != "" {
			continue
		}
		l := s.look(n.Ref)
		n.Label, n.URL = title(l, n.Ref), l.URL
		if n.Collapsed == 0 {
			n.Sub, n.Health = l.Type, l.Health
		}
	}
	for i, c := range d.Clusters {
		if c.Label == "" {
			l := s.look(c.Ref)
			d.Clusters[i].Label, d.Clusters[i].URL = title(l, c.Ref), l.URL
		}
	}
}

func title(l Look, r relation.Ref) string {
	if l.Title != "" {
		return l.Title
	}
	return r.Name
}

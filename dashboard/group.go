package dashboard

import (
	"cmp"
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Bounds of what is shown below a Group.
const (
	maxTeams     = 200
	maxTeamDepth = 8
	maxOwned     = 400
)

// groupView is what the page of a Group shows.
type groupView struct {
	entityView
	Mail    *outside `json:"mail,omitempty"`
	Parent  *link    `json:"parent,omitempty"`
	Members items    `json:"members"`
	Teams   []team   `json:"teams"`
	// Owns is what the Group and those below it own.
	Owns   owned  `json:"owns"`
	Rollup rollup `json:"rollup"`
	List   string `json:"list"`
}

// team is a Group below another, with those below it.
type team struct {
	item
	Teams []team `json:"teams,omitempty"`
}

// owned is what owners own: what is bad comes first.
type owned struct {
	Items []ownedItem `json:"items"`
	More  int         `json:"more,omitempty"`
}

// ownedItem is an entity with the one of several owners that owns it.
type ownedItem struct {
	item
	By link `json:"by"`
}

func (s *server) group(r *request) (*groupView, error) {
	l := s.sightOf(r)
	e, err := s.asked(r, l, relation.Group)
	if err != nil {
		return nil, err
	}
	g, ok := e.(*catalog.Group)
	if !ok {
		return nil, notFound
	}
	ref := relation.RefOf(g)
	met := []relation.Ref{ref}
	v := &groupView{
		entityView: l.entityOf(g, g.Spec.Descriptor), Mail: mail(g.Spec.Profile.Email), Parent: l.parentOf(g),
		Members: l.related(g, hasMember), Teams: l.teamsBelow(ref, &met, 0), Rollup: l.rollupOf(&g.Status), List: listOwned(ref),
	}
	v.Owns = l.ownedBy(met)
	v.Type = string(g.Spec.Type)
	v.called(g.Spec.Profile, g.Spec.Descriptor)
	v.Missing = missingOf(ref, noDescription(g.Spec.Descriptor), noMail(g.Spec.Profile), noPeople(g))
	return v, l.err
}

func (l *sight) parentOf(g *catalog.Group) *link {
	for _, ref := range l.ends(relation.RefOf(g), &g.Status, childOf) {
		out := l.link(ref)
		return &out
	}
	return nil
}

// teamsBelow is the tree of the Groups below one, each met once.
func (l *sight) teamsBelow(ref relation.Ref, met *[]relation.Ref, depth int) []team {
	out := []team{}
	if depth == maxTeamDepth {
		return out
	}
	for _, child := range l.visible(ref, parentOf) {
		if slices.Contains(*met, child) || len(*met) > maxTeams {
			continue
		}
		*met = append(*met, child)
		out = append(out, team{l.item(child), l.teamsBelow(child, met, depth+1)})
	}
	return out
}

// ownedBy is what several owners own, as far as the reader may get it.
func (l *sight) ownedBy(owners []relation.Ref) owned {
	var all []ownedItem
	out := owned{Items: []ownedItem{}}
	for _, o := range owners {
		by := l.link(o)
		for _, ref := range l.visible(o, ownerOf) {
			if len(all) == maxOwned {
				out.More++
				continue
			}
			all = append(all, ownedItem{l.item(ref), by})
		}
	}
	slices.SortStableFunc(all, func(a, b ownedItem) int {
		return cmp.Or(cmp.Compare(urgency(a.Health), urgency(b.Health)), cmp.Compare(a.Ref, b.Ref))
	})
	out.Items = append(out.Items, all...)
	return out
}

// urgency orders healths by how much they ask for somebody.
func urgency(h catalog.Health) int {
	switch h {
	case catalog.HealthDegraded:
		return 0
	case catalog.HealthProgressing:
		return 1
	}
	return 2
}

func listOwned(ref relation.Ref) string {
	return kubectl("get", "components,apis,resources,systems", "-A", "--field-selector", "status.owner="+ref.String())
}

func noPeople(g *catalog.Group) gap {
	none := !slices.ContainsFunc(g.Status.Relations, func(r catalog.RelationStatus) bool { return r.Type == hasMember || r.Type == parentOf })
	return gap{none, "Members", "Nobody is in it.", "spec:\n  members: [ada]"}
}

package dashboard

import (
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// Bounds of what is shown below a Group.
const (
	maxTeams     = 200
	maxTeamDepth = 8
	maxOwned     = 100
)

// groupView is what the page of a Group shows.
type groupView struct {
	entityView
	Mail    *outside `json:"mail,omitempty"`
	Parent  *link    `json:"parent,omitempty"`
	Members items    `json:"members"`
	Teams   []team   `json:"teams"`
	// Owns is what the Group and those below it own, and Fixes what brings most of that to its next level.
	Owns   owned      `json:"owns"`
	Fixes  *fixesView `json:"fixes,omitempty"`
	Rollup rollup     `json:"rollup"`
	// List lists what it owns itself, and Below what the Groups below it own, as far as there is room.
	List  string   `json:"list"`
	Below []string `json:"listBelow,omitempty"`
	// Map is the page with the picture of the Groups below it.
	Map string `json:"map"`
}

// team is a Group below another, with those below it.
type team struct {
	item
	Members int32  `json:"members,omitempty"`
	Owns    int32  `json:"owns,omitempty"`
	Average string `json:"average,omitempty"`
	Teams   []team `json:"teams,omitempty"`
}

// owned is what owners own, as far as the reader may get it: what is bad comes first.
type owned struct {
	Total int         `json:"total"`
	Items []ownedItem `json:"items"`
	More  int         `json:"more,omitempty"`
	// URL is the list of it; empty if there are too many owners for an address.
	URL    string `json:"url,omitempty"`
	Kinds  []tile `json:"kinds"`
	Health []tile `json:"health"`
	Levels []tile `json:"levels"`
}

// ownedItem is an entity with the one of several owners that owns it.
type ownedItem struct {
	item
	By link `json:"by"`
}

func (s *server) group(r *request) (*groupView, error) {
	l, g, err := asked[*catalog.Group](s, r, relation.Group)
	if err != nil {
		return nil, err
	}
	ref := relation.RefOf(g)
	met := []relation.Ref{ref}
	v := &groupView{
		entityView: l.entityOf(g, g.Spec.Descriptor), Mail: mail(g.Spec.Profile.Email), Parent: l.parentOf(g),
		Members: l.related(g, hasMember), Teams: l.teamsBelow(ref, &met, 0), Rollup: l.rollupOf(&g.Status),
	}
	v.Map = refURL(ref) + "/organisation"
	v.Owns, v.List, v.Fixes = l.ownedBy(met), listOwned(ref), l.fixes(index.FacetOwner, names(met)...)
	for _, below := range met[1:min(len(met), maxListed)] {
		v.Below = append(v.Below, listOwned(below))
	}
	v.Type = string(g.Spec.Type)
	v.called(g.Spec.Profile, g.Spec.Descriptor)
	v.Missing = lacks(ref, noDescription(g.Spec.Descriptor), noMail(g.Spec.Profile), noContact(g.Spec.Descriptor), noPeople(g),
		noClaims(g))
	return v, l.done(&v.entityView)
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
		row, _ := l.row(child)
		t := team{item: l.item(child), Members: row.Members, Owns: row.Owns, Average: row.Average}
		t.Teams = l.teamsBelow(child, met, depth+1)
		out = append(out, t)
	}
	return out
}

// ownedBy is what several owners own, as far as the reader may get it.
func (l *sight) ownedBy(owners []relation.Ref) owned {
	may, where := l.everywhere(), map[index.Facet][]string{index.FacetOwner: names(owners)}
	found := l.catalog.Find(index.Query{
		Where: where, Sort: "-health", Limit: maxOwned, Count: []index.Facet{index.FacetKind, index.FacetHealth, index.FacetLevel},
	}, may)
	out := owned{Total: found.Total, Items: []ownedItem{}, More: found.Total - len(found.Rows)}
	st := state{path: "/catalog", page: 1, where: where}
	if len(owners) <= maxValues {
		out.URL = st.url()
	}
	out.Kinds, out.Health = st.tiles(index.FacetKind, found.Facets), st.tiles(index.FacetHealth, found.Facets)
	out.Levels = st.tiles(index.FacetLevel, found.Facets)
	for i := range found.Rows {
		row := &found.Rows[i]
		out.Items = append(out.Items, ownedItem{l.item(row.Ref), l.link(parseFull(row.Owner))})
	}
	return out
}

// tiles are the values of a facet, as ways into the list of a state that has a filter on another one. They lead nowhere if
// the filter is too long for an address.
func (s state) tiles(f index.Facet, counts map[index.Facet]index.Counts) []tile {
	out := facetTiles(f, counts[f])
	for i, v := range slices.DeleteFunc(slices.Clone(counts[f].Values), func(c index.Count) bool { return c.Value == "" }) {
		out[i].URL = s.toggle(f, v.Value).url()
		for _, values := range s.where {
			if len(values) > maxValues {
				out[i].URL = ""
			}
		}
	}
	return out
}

// names are references in full form, sorted.
func names(refs []relation.Ref) []string {
	out := make([]string, len(refs))
	for i, r := range refs {
		out[i] = r.String()
	}
	slices.Sort(out)
	return out
}

// maxListed is how many commands list what owners own: the API server has no "or" in what it selects by.
const maxListed = 5

// listOwned lists what an owner owns, with kubectl.
func listOwned(owner relation.Ref) string {
	return kubectl("get", "components,apis,resources,systems,domains", "-A", "--field-selector", "status.owner="+owner.String())
}

func noPeople(g *catalog.Group) gap {
	none := !slices.ContainsFunc(g.Status.Relations, func(r catalog.RelationStatus) bool { return r.Type == hasMember || r.Type == parentOf })
	return gap{none, "Members", "Nobody is in it.", "spec:\n  members: [ada]"}
}

func noClaims(g *catalog.Group) gap {
	return gap{g.Spec.AllowedNamespaces.From == "" || g.Spec.AllowedNamespaces.From == catalog.FromNone, "Who may name it as an owner",
		"What names it as its owner is shown here, and gains nothing by that until its namespace is allowed to.",
		"spec:\n  allowedNamespaces:\n    from: Selector\n    selector: {matchLabels: {kubernetes.io/metadata.name: my-namespace}}"}
}

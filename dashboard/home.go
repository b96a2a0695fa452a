package dashboard

import (
	"strings"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// homeView is what is there, what is wrong, and where to go from here.
type homeView struct {
	User    string    `json:"user,omitempty"`
	Kinds   []tile    `json:"kinds"`
	Health  []tile    `json:"health"`
	Levels  []tile    `json:"levels"`
	Teams   []tile    `json:"teams"`    // of the reader, or else those that own most
	Own     bool      `json:"ownTeams"` // they are the reader's
	Sick    shortList `json:"degraded"`
	Broken  shortList `json:"problems"`
	Worst   shortList `json:"worstScores"`
	Cards   []cardSum `json:"scorecards"`
	Notes   []Note    `json:"notes,omitempty"`
	Kubectl []string  `json:"kubectl"`

	Empty *Empty `json:"-"`
}

// tile is a number that leads to what it counts.
type tile struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
	URL   string `json:"url"`
	Badge Badge  `json:"-"`
	Sub   string `json:"sub,omitempty"`
}

// shortList is the head of a list, and where the whole is.
type shortList struct {
	Total int       `json:"total"`
	Rows  []rowView `json:"rows"`
	URL   string    `json:"url"`
}

// cardSum is how entities do on a Scorecard.
type cardSum struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	URL      string `json:"url"`
	Mode     string `json:"mode"`
	Entities int32  `json:"entities"`
	Passing  int32  `json:"passing"`
	Average  string `json:"average,omitempty"`
	Levels   string `json:"levels,omitempty"`
	// Change is by how many points the average differs from that of the first day of the trend, which is Since.
	Change *int32 `json:"change,omitempty"`
	Since  string `json:"since,omitempty"`

	Share  int    `json:"-"` // of those that pass, in percent
	Text   string `json:"-"`
	Draft  bool   `json:"-"`
	Avg    Badge  `json:"-"`
	Passed string `json:"-"`
	Trend  string `json:"-"`
}

// shortRows is how many rows a short list has.
const shortRows = 8

// home gathers the first page.
func (s *server) home(r *request) (homeView, error) {
	may, err := r.scopes(r.Context())
	if err != nil {
		return homeView{}, err
	}
	v := homeView{User: r.reader.User().Name, Kubectl: []string{kubectl("get", "catalog", "-A"), kubectl("get", "scorecards")}}
	all := s.find(index.Query{Limit: 1, Count: []index.Facet{index.FacetKind, index.FacetHealth, index.FacetLevel, index.FacetOwner}}, may)
	v.Kinds = kindTiles(all.Facets[index.FacetKind], may)
	v.Health = facetTiles(index.FacetHealth, all.Facets[index.FacetHealth])
	v.Levels = facetTiles(index.FacetLevel, all.Facets[index.FacetLevel])
	if v.Teams = s.teams(r.reader.User(), may); len(v.Teams) > 0 {
		v.Own = true
	} else {
		v.Teams = facetTiles(index.FacetOwner, all.Facets[index.FacetOwner])
	}
	running := []relation.Kind{relation.Component, relation.Resource}
	v.Sick = s.short(index.Query{Kinds: running, Where: where(index.FacetHealth, string(catalog.HealthDegraded))}, may)
	v.Broken = s.short(index.Query{Where: where(index.FacetProblems, "true")}, may)
	v.Worst = s.worst(may)
	if v.Cards, err = s.cardSums(r); err != nil {
		return homeView{}, err
	}
	v.Notes = notes(nil, may)
	if all.Total == 0 && len(v.Notes) == 0 {
		v.Empty = &Empty{
			Title: "The catalog is empty", Text: "Declare what you run, and it shows here. A first Component needs no more than this:",
			YAML: "apiVersion: catalog.callboard.dev/v1alpha1\nkind: Component\nmetadata:\n  name: checkout\n  namespace: shop\n" +
				"spec:\n  type: service\n  lifecycle: production\n  owner: checkout-team\n",
			Command: kubectl("apply", "-f", "catalog.yaml"),
		}
	}
	return v, nil
}

// where is a filter by one value.
func where(f index.Facet, value string) map[index.Facet][]string {
	return map[index.Facet][]string{f: {value}}
}

// kindTiles are the kinds that the reader may get, with how many there are of each.
func kindTiles(c index.Counts, may index.Scopes) []tile {
	n := map[string]int{}
	for _, v := range c.Values {
		n[strings.ToLower(v.Value)] = v.N
	}
	out := []tile{}
	for _, l := range lists {
		if _, ok := may[l.kinds[0]]; ok {
			out = append(out, tile{Name: l.title, Count: n[l.kinds[0].String()], URL: "/" + l.name})
		}
	}
	return out
}

// facetTiles are the values of a facet as ways into the list of all.
func facetTiles(f index.Facet, c index.Counts) []tile {
	out := []tile{}
	for _, v := range c.Values {
		if v.Value == "" {
			continue
		}
		t := tile{Name: valueText(f, v.Value), Count: v.N, URL: state{path: "/catalog", page: 1}.toggle(f, v.Value).url()}
		if f == index.FacetHealth {
			t.Badge = healthBadge(catalog.Health(v.Value))
		}
		out = append(out, t)
	}
	return out
}

// teams are the Groups of the reader: those that are called like his groups in Kubernetes, and those of the User that is
// called like him.
func (s *server) teams(u access.User, may index.Scopes) []tile {
	l := linker{graph: s.Catalog.Graph(), may: may}
	out, seen := []tile{}, map[relation.Ref]bool{}
	add := func(ref relation.Ref) {
		to := l.to(ref)
		if to.URL == "" || seen[ref] || len(out) == 12 {
			return
		}
		seen[ref] = true
		list := state{path: "/catalog", page: 1}.toggle(index.FacetOwner, ref.String())
		n := s.find(index.Query{Where: list.where, Limit: 1}, may).Total
		out = append(out, tile{Name: ref.Name, Count: n, URL: list.url(), Sub: to.URL})
	}
	for _, g := range u.Groups[:min(len(u.Groups), 100)] {
		add(relation.Ref{Kind: relation.Group, Name: g})
	}
	name, _, _ := strings.Cut(u.Name, "@")
	if me := (relation.Ref{Kind: relation.User, Name: name}); l.to(me).URL != "" {
		for _, g := range s.Catalog.Graph().Related(me, catalog.RelationType("memberOf")) {
			add(g)
		}
	}
	return out
}

// short is the head of a list of all entities.
func (s *server) short(q index.Query, may index.Scopes) shortList {
	st := state{path: "/catalog", page: 1, where: q.Where, sort: q.Sort}
	if len(q.Kinds) == 1 {
		st.path = "/" + plurals[q.Kinds[0]]
	}
	q.Limit = shortRows
	p := s.find(q, may)
	return shortList{Total: p.Total, Rows: s.rows(p.Rows, may, nil), URL: st.url()}
}

// worst are the Components with the lowest scores.
func (s *server) worst(may index.Scopes) shortList {
	out := s.short(index.Query{Kinds: []relation.Kind{relation.Component}, Sort: "score"}, may)
	scored := out.Rows[:0]
	for _, r := range out.Rows {
		if r.Score != "" {
			scored = append(scored, r)
		}
	}
	out.Rows = scored
	return out
}

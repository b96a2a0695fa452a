package dashboard

import (
	"strconv"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// column is a column of a list: how it is called, what it sorts by, and what it shows of a row.
type column struct {
	title string
	sort  string
	num   bool
	cell  func(*rowView) cell
}

func textColumn(title, sort string, of func(*rowView) string) column {
	return column{title: title, sort: sort, cell: func(r *rowView) cell { return cell{Text: of(r)} }}
}

func refColumn(title, sort string, of func(*rowView) RefLink) column {
	return column{title: title, sort: sort, cell: func(r *rowView) cell {
		l := of(r)
		text := l.Text
		if near, ok := strings.CutPrefix(text, r.Namespace+"/"); ok && r.Namespace != "" {
			text = near // what is in the same namespace needs no more than its name
		}
		return cell{Text: text, URL: l.URL, Hint: l.Ref}
	}}
}

func countColumn(title string, of func(*rowView) int32) column {
	return column{title: title, num: true, cell: func(r *rowView) cell { return cell{Text: strconv.Itoa(int(of(r)))} }}
}

// The columns, as kubectl get calls them.
var (
	colName = column{title: "Name", sort: "name", cell: func(r *rowView) cell {
		var sub []string
		for _, s := range []string{r.Namespace, r.Title} {
			if s != "" {
				sub = append(sub, s)
			}
		}
		return cell{Text: r.Name, URL: r.URL, Hint: r.Ref, Sub: strings.Join(sub, " · "), Head: true}
	}}
	colKind       = textColumn("Kind", "kind", func(r *rowView) string { return r.Kind })
	colType       = textColumn("Type", "type", func(r *rowView) string { return r.Type })
	colLifecycle  = textColumn("Lifecycle", "lifecycle", func(r *rowView) string { return r.Lifecycle })
	colPods       = textColumn("Pods", "", func(r *rowView) string { return r.Pods })
	colOwner      = refColumn("Owner", "owner", func(r *rowView) RefLink { return r.Owner })
	colSystem     = refColumn("System", "system", func(r *rowView) RefLink { return r.System })
	colDomain     = refColumn("Domain", "", func(r *rowView) RefLink { return r.Domain })
	colProviders  = countColumn("Providers", func(r *rowView) int32 { return r.Providers })
	colConsumers  = countColumn("Consumers", func(r *rowView) int32 { return r.Consumers })
	colComponents = countColumn("Components", func(r *rowView) int32 { return r.Components })
	colExposed    = countColumn("Exposed APIs", func(r *rowView) int32 { return r.Exposed })
	colSystems    = countColumn("Systems", func(r *rowView) int32 { return r.Systems })
	colGroups     = countColumn("Groups", func(r *rowView) int32 { return r.Groups })
	colAverage    = textColumn("Average", "", func(r *rowView) string { return r.Average })
	colMembers    = countColumn("Members", func(r *rowView) int32 { return r.Members })
	colOwns       = countColumn("Owns", func(r *rowView) int32 { return r.Owns })
	colHealth     = badgeColumn("Health", "health", func(r *rowView) Badge { return healthBadge(r.Health) })
	colVisibility = badgeColumn("Visibility", "", func(r *rowView) Badge { return visibilityBadge(r.Visibility) })
	colScore      = badgeColumn("Score", "score", func(r *rowView) Badge { return scoreBadge(r.Score) })
	colDenied     = column{title: "Denied", num: true, cell: func(r *rowView) cell {
		if r.Denied == 0 {
			return cell{Text: "0"}
		}
		return cell{Badges: []Badge{{Text: strconv.Itoa(int(r.Denied)), Tone: "bad", Title: "Consumers that the API does not grant"}}}
	}}
	colReady = column{title: "Ready", cell: func(r *rowView) cell {
		if r.Ready {
			return cell{Badges: []Badge{{Text: "Ready", Tone: "good"}}}
		}
		if len(r.Problems) == 0 {
			return cell{Badges: []Badge{{Text: "Not yet", Tone: "calm", Title: "The operator has not judged it, or does not know all it needs"}}}
		}
		return cell{Badges: problemBadges(r.Problems)}
	}}
)

func badgeColumn(title, sort string, of func(*rowView) Badge) column {
	return column{title: title, sort: sort, cell: func(r *rowView) cell {
		if b := of(r); b.Text != "" {
			return cell{Badges: []Badge{b}}
		}
		return cell{}
	}}
}

func problemBadges(reasons []string) []Badge {
	out := make([]Badge, 0, len(reasons))
	for _, p := range reasons {
		out = append(out, Badge{Text: p, Tone: "warn"})
	}
	return out
}

// scoreBadge shows a level with its percent, such as "Gold 96%", by the tone of the percent.
func scoreBadge(score string) Badge {
	if score == "" {
		return Badge{}
	}
	percent := -1
	if word := score[strings.LastIndexByte(score, ' ')+1:]; strings.HasSuffix(word, "%") {
		if n, err := strconv.Atoi(strings.TrimSuffix(word, "%")); err == nil {
			percent = n
		}
	}
	return Badge{Text: score, Tone: percentTone(percent)}
}

// percentTone is the tone of a percent; -1 for none.
func percentTone(p int) string {
	switch {
	case p < 0:
		return "calm"
	case p >= 90:
		return "good"
	case p >= 50:
		return "warn"
	}
	return "bad"
}

// The lists.
var (
	listAll = section{
		name: "catalog", title: "All entities",
		facets:  facetsOf(index.FacetVisibility),
		columns: []column{colName, colKind, colType, colLifecycle, colOwner, colSystem, colHealth, colScore, colReady},
	}
	lists = []section{
		{"components", "Components", []relation.Kind{relation.Component}, facetsOf(index.FacetKind, index.FacetVisibility),
			[]column{colName, colType, colLifecycle, colOwner, colSystem, colHealth, colPods, colScore, colReady}},
		{"apis", "APIs", []relation.Kind{relation.API}, facetsOf(index.FacetKind, index.FacetHealth),
			[]column{colName, colType, colVisibility, colLifecycle, colOwner, colSystem, colProviders, colConsumers, colDenied, colScore, colReady}},
		{"systems", "Systems", []relation.Kind{relation.System}, facetsOf(index.FacetKind, index.FacetSystem, index.FacetLifecycle, index.FacetVisibility),
			[]column{colName, colDomain, colOwner, colHealth, colComponents, colExposed, colScore, colAverage, colReady}},
		{"domains", "Domains", []relation.Kind{relation.Domain}, facetsOf(index.FacetKind, index.FacetSystem, index.FacetDomain, index.FacetNamespace, index.FacetLifecycle, index.FacetVisibility),
			[]column{colName, colType, colOwner, colHealth, colSystems, colComponents, colExposed, colScore, colAverage, colReady}},
		{"resources", "Resources", []relation.Kind{relation.Resource}, facetsOf(index.FacetKind, index.FacetVisibility),
			[]column{colName, colType, colOwner, colSystem, colHealth, colPods, colScore, colReady}},
		{"groups", "Groups", []relation.Kind{relation.Group}, facetsOf(index.FacetKind, index.FacetOwner, index.FacetSystem, index.FacetDomain, index.FacetNamespace, index.FacetLifecycle, index.FacetVisibility),
			[]column{colName, colType, colMembers, colOwns, colHealth, colScore, colAverage, colReady}},
		{"users", "Users", []relation.Kind{relation.User}, facetsOf(index.FacetKind, index.FacetType, index.FacetOwner, index.FacetSystem, index.FacetDomain, index.FacetNamespace, index.FacetLifecycle, index.FacetVisibility, index.FacetHealth),
			[]column{colName, colGroups, colOwns, colScore, colReady}},
	}
)

// facetsOf are all facets but those that say nothing of a list.
func facetsOf(without ...index.Facet) []index.Facet {
	var out []index.Facet
next:
	for _, o := range facetOrder {
		for _, w := range without {
			if o.facet == w {
				continue next
			}
		}
		out = append(out, o.facet)
	}
	return out
}

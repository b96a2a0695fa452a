package catalogtest

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// rows are what the reader may get, in order of their references.
func (c *Catalog) rows(may index.Scopes) []index.Row {
	var out []index.Row
	for _, e := range c.Entities() {
		if readable(may, relation.RefOf(e)) {
			r := c.row(e)
			if system := fullRef(r.System); !system.IsZero() && !readable(may, system) {
				r.Domain = "" // only the System knows it
			}
			out = append(out, r)
		}
	}
	return out
}

// row is what lists show of an entity.
func (c *Catalog) row(e catalog.Entity) index.Row {
	s := e.EntityStatus()
	r := index.Row{
		Ref: relation.RefOf(e), Owner: s.Owner, System: s.System, Health: s.Summary.Health, Pods: s.Summary.Pods, Score: s.Summary.Score,
		Providers: value(s.Summary.Providers), Consumers: value(s.Summary.Consumers), Denied: value(s.Summary.Denied),
		Components: value(s.Summary.Components), Members: value(s.Summary.Members), Owns: value(s.Summary.Owns),
	}
	r.Domain = c.domain(e, r.System)
	for _, k := range s.Conditions {
		r.Ready = r.Ready || k.Type == catalog.ConditionReady && k.Status == metav1.ConditionTrue
		if k.Status == metav1.ConditionFalse && k.Type != catalog.ConditionReady {
			r.Problems = append(r.Problems, k.Reason)
		}
	}
	slices.Sort(r.Problems)
	switch e := e.(type) {
	case *catalog.Component:
		describe(&r, e.Spec.Descriptor, e.Spec.Type)
		r.Lifecycle = string(e.Spec.Lifecycle)
	case *catalog.API:
		describe(&r, e.Spec.Descriptor, e.Spec.Type)
		r.Lifecycle, r.Visibility = string(e.Spec.Lifecycle), cmp.Or(e.Spec.Visibility, catalog.VisibilityPublic)
	case *catalog.Resource:
		describe(&r, e.Spec.Descriptor, e.Spec.Type)
	case *catalog.System:
		describe(&r, e.Spec.Descriptor, e.Spec.Type)
	case *catalog.Domain:
		describe(&r, e.Spec.Descriptor, e.Spec.Type)
	case *catalog.Group:
		describe(&r, e.Spec.Descriptor, e.Spec.Type)
		r.Title = cmp.Or(e.Spec.Profile.DisplayName, r.Title)
	case *catalog.User:
		r.Title = e.Spec.Profile.DisplayName
	}
	return r
}

// domain is the Domain that an entity names, or that its System does.
func (c *Catalog) domain(e catalog.Entity, system catalog.FullRef) string {
	var named catalog.EntityRef
	switch e := e.(type) {
	case *catalog.System:
		named = e.Spec.Domain
	case *catalog.Domain:
		named = e.Spec.SubdomainOf
	default:
		c.mu.RLock()
		of, ok := c.entities[fullRef(system)].(*catalog.System)
		c.mu.RUnlock()
		if !ok {
			return ""
		}
		named = of.Spec.Domain
	}
	ref, err := relation.Parse(named, relation.Domain, "")
	if err != nil {
		return ""
	}
	return ref.Name
}

func fullRef(full catalog.FullRef) relation.Ref {
	ref, err := relation.Parse(catalog.EntityRef(full), relation.KindNone, "")
	if err != nil {
		return relation.Ref{}
	}
	return ref
}

func describe(r *index.Row, d catalog.Descriptor, t catalog.Word) {
	r.Title, r.Description, r.Type = d.Title, d.Description, string(t)
	for _, tag := range d.Tags {
		r.Tags = append(r.Tags, string(tag))
	}
}

func value(p *int32) int32 {
	if p == nil {
		return 0
	}
	return *p
}

// values are what a row has of a facet; none stands for the value "".
func (c *Catalog) values(r *index.Row, f index.Facet) []string {
	one := map[index.Facet]string{
		index.FacetKind: r.Ref.Kind.String(), index.FacetType: r.Type, index.FacetOwner: string(r.Owner), index.FacetSystem: string(r.System),
		index.FacetDomain: r.Domain, index.FacetLifecycle: r.Lifecycle, index.FacetHealth: string(r.Health),
		index.FacetVisibility: string(r.Visibility), index.FacetNamespace: r.Ref.Namespace,
	}
	switch f {
	case index.FacetTag:
		return r.Tags
	case index.FacetLabel:
		var out []string
		e, _, _ := c.Entity(nil, r.Ref) //nolint:staticcheck // the context is not looked at
		for k, v := range e.GetLabels() {
			out = append(out, k+"="+v)
		}
		return out
	case index.FacetLevel:
		if level, _, ok := strings.Cut(r.Score, " "); ok {
			return []string{level}
		}
		return nil
	case index.FacetProblems:
		if len(r.Problems) > 0 {
			return []string{"true"}
		}
		return []string{"false"}
	}
	if one[f] == "" {
		return nil
	}
	return []string{one[f]}
}

// Find implements dashboard.Catalog.
func (c *Catalog) Find(q index.Query, may index.Scopes) index.Page {
	p := index.Page{Facets: map[index.Facet]index.Counts{}}
	counts := map[index.Facet]map[string]int{}
	var all []index.Row
	for _, r := range c.rows(may) {
		if len(q.Kinds) > 0 && !slices.Contains(q.Kinds, r.Ref.Kind) || !matches(&r, q.Text) {
			continue
		}
		var off []index.Facet
		for f, want := range q.Where {
			if !has(c.values(&r, f), want) {
				off = append(off, f)
			}
		}
		if len(off) == 0 {
			all = append(all, r)
		}
		for _, f := range q.Count {
			if len(off) == 0 || len(off) == 1 && off[0] == f {
				c.count(counts, &r, f)
			}
		}
	}
	for f, n := range counts {
		p.Facets[f] = top(n, cmp.Or(q.Values, 12))
	}
	order(all, q.Sort)
	p.Total = len(all)
	from := min(q.Offset, len(all))
	p.Rows = all[from:min(len(all), from+cmp.Or(q.Limit, 50))]
	return p
}

func has(values, want []string) bool {
	if len(values) == 0 {
		return slices.Contains(want, "")
	}
	return slices.ContainsFunc(values, func(v string) bool { return slices.Contains(want, v) })
}

func (c *Catalog) count(counts map[index.Facet]map[string]int, r *index.Row, f index.Facet) {
	if counts[f] == nil {
		counts[f] = map[string]int{}
	}
	values := c.values(r, f)
	if len(values) == 0 {
		values = []string{""}
	}
	for _, v := range values {
		counts[f][v]++
	}
}

func top(n map[string]int, most int) index.Counts {
	var out index.Counts
	for v, k := range n {
		out.Values = append(out.Values, index.Count{Value: v, N: k})
	}
	slices.SortFunc(out.Values, func(a, b index.Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Value, b.Value))
	})
	if len(out.Values) > most {
		out.More, out.Values = len(out.Values)-most, out.Values[:most]
	}
	return out
}

// matches says whether every word of a text begins one of the row's words.
func matches(r *index.Row, text string) bool {
	words := strings.FieldsFunc(strings.ToLower(strings.Join(append([]string{r.Ref.Name, r.Title, r.Description, string(r.Owner)}, r.Tags...), " ")),
		func(c rune) bool { return strings.ContainsRune(" -:/.", c) })
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(c rune) bool { return strings.ContainsRune(" -:/.", c) }) {
		if !slices.ContainsFunc(words, func(s string) bool { return strings.HasPrefix(s, w) }) {
			return false
		}
	}
	return true
}

func order(rows []index.Row, by string) {
	key, down := strings.CutPrefix(by, "-")
	of := map[string]func(*index.Row) string{
		"name": func(r *index.Row) string { return r.Ref.Name }, "title": func(r *index.Row) string { return r.Title },
		"type": func(r *index.Row) string { return r.Type }, "owner": func(r *index.Row) string { return string(r.Owner) },
		"system": func(r *index.Row) string { return string(r.System) }, "lifecycle": func(r *index.Row) string { return r.Lifecycle },
		"health": func(r *index.Row) string { return string(r.Health) }, "score": func(r *index.Row) string { return r.Score },
	}[key]
	if of == nil {
		return
	}
	slices.SortStableFunc(rows, func(a, b index.Row) int {
		if down {
			a, b = b, a
		}
		return strings.Compare(of(&a), of(&b))
	})
}

// Search implements dashboard.Catalog: it looks at names, titles, descriptions and tags.
func (c *Catalog) Search(text string, may index.Scopes, limit int) []index.Hit {
	var out []index.Hit
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return nil
	}
	for _, r := range c.rows(may) {
		fields := []struct{ name, text string }{
			{"name", r.Ref.Name}, {"title", r.Title}, {"tag", strings.Join(r.Tags, " ")}, {"description", r.Description},
		}
		for _, f := range fields {
			if strings.Contains(strings.ToLower(f.text), words[0]) {
				out = append(out, index.Hit{Row: r, Field: f.name, Match: f.text})
				break
			}
		}
	}
	return out[:min(limit, len(out))]
}

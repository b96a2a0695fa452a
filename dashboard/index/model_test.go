package index

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// small makes catalogs in which much is alike, so that everything meets.
type small struct{ *rand.Rand }

func (r small) of(list ...string) string { return list[r.IntN(len(list))] }

var (
	someSpaces = []string{"shop", "pay", "ops", "web", "lab"}
	someWords  = []string{"order", "Order", "orders", "pay", "Payments", "c++", "C#", "getOrderById", "Müller", "cart", "a", "éclair", "日本", "ca"}
	someNames  = []string{"order", "orders", "order-pay", "cart", "cart.v2", "pay", "pay-pay", "c", "a-cart"}
	someHealth = []string{"", "Healthy", "Degraded", "Unknown"}
	someScores = []string{"", "Gold 96%", "None 5%", "Gold 100%", "40%", "Silver"}
	someTypes  = []string{"service", "Website", "library"}
)

func (r small) text(most int) string {
	var out []string
	for range r.IntN(most + 1) {
		out = append(out, r.of(someWords...))
	}
	return strings.Join(out, r.of(" ", "-", ", ", "/"))
}

func (r small) descriptor() catalog.Descriptor {
	d := catalog.Descriptor{Title: r.text(2), Description: r.text(5)}
	for range r.IntN(3) {
		d.Tags = append(d.Tags, catalog.Tag(r.of("java", "c++", "pci", "order")))
	}
	return d
}

func (r small) count() *int32 {
	n := int32(r.IntN(4))
	return &n
}

func (r small) status() catalog.EntityStatus {
	s := catalog.EntityStatus{
		Owner:  catalog.FullRef(r.of("", "group:order", "user:pay", "group:cart-team")),
		System: catalog.FullRef(r.of("", "system:shop/order", "system:pay/cart", "system:lab/pay", "system:gone/x")),
		Summary: catalog.Summary{Health: catalog.Health(r.of(someHealth...)), Score: r.of(someScores...), Pods: r.of("", "1/1", "0/3"),
			Average: r.of("", "40%"), Providers: r.count(), Consumers: r.count(), Denied: r.count(), Components: r.count(), ExposedAPIs: r.count(),
			Systems: r.count(), Members: r.count(), Owns: r.count(), Groups: r.count()},
	}
	for _, t := range []string{"Ready", "Owned", "Healthy"} {
		if r.IntN(4) > 0 {
			s.Conditions = append(s.Conditions, metav1.Condition{Type: t, Status: metav1.ConditionStatus(r.of("True", "True", "False", "Unknown")), Reason: t + r.of("A", "B")})
		}
	}
	return s
}

func (r small) entity(version int) catalog.Entity {
	k := relation.Kinds()[r.IntN(len(relation.Kinds()))]
	m := metav1.ObjectMeta{Name: r.of(someNames...), ResourceVersion: fmt.Sprint(version), UID: types.UID(fmt.Sprint("u", r.IntN(3))), Generation: int64(version)}
	if k.Namespaced() {
		m.Namespace = r.of(someSpaces...)
	}
	m.CreationTimestamp = metav1.Unix(int64(r.IntN(100)), 0)
	if r.IntN(2) == 0 {
		m.Labels = map[string]string{"team": r.of("a", "b", ""), "stage": r.of("prod", "test")}
	}
	d, s, lifecycle := r.descriptor(), r.status(), catalog.Word(r.of("production", "Old", "new"))
	switch k {
	case relation.API:
		a := &catalog.API{ObjectMeta: m, Status: s, Spec: catalog.APISpec{
			Descriptor: d, Type: "openapi", Lifecycle: lifecycle, Visibility: catalog.Visibility(r.of("", "Public", "Private")),
		}}
		if r.IntN(2) == 0 {
			a.Spec.Definition = fmt.Sprintf(`{"openapi": "3.0.0", "paths": {"/%s": {"get": {"operationId": %q, "summary": %q}}}}`, r.of("a", "pay"), r.of(someWords...), r.text(3))
		}
		return a
	case relation.Component:
		return &catalog.Component{ObjectMeta: m, Status: s, Spec: catalog.ComponentSpec{Descriptor: d, Type: catalog.Word(r.of(someTypes...)), Lifecycle: lifecycle}}
	case relation.Resource:
		return &catalog.Resource{ObjectMeta: m, Status: s, Spec: catalog.ResourceSpec{Descriptor: d, Type: "database"}}
	case relation.System:
		s.System = ""
		return &catalog.System{ObjectMeta: m, Status: s, Spec: catalog.SystemSpec{Descriptor: d, Domain: catalog.EntityRef(r.of("", "money", "domain:default/sales"))}}
	case relation.Domain:
		return &catalog.Domain{ObjectMeta: m, Status: s, Spec: catalog.DomainSpec{Descriptor: d, SubdomainOf: catalog.EntityRef(r.of("", "money"))}}
	case relation.Group:
		return &catalog.Group{ObjectMeta: m, Status: s, Spec: catalog.GroupSpec{Descriptor: d, Type: "team", Profile: catalog.Profile{DisplayName: r.text(1)}}}
	}
	return &catalog.User{ObjectMeta: m, Status: s, Spec: catalog.UserSpec{Descriptor: d, Profile: catalog.Profile{DisplayName: r.text(2)}}}
}

func (r small) scopes() Scopes {
	may := Scopes{}
	for _, k := range relation.Kinds() {
		switch {
		case r.IntN(5) == 0:
		case r.IntN(4) == 0 || !k.Namespaced() && r.IntN(3) > 0:
			may[k] = access.Scope{All: true}
		case k.Namespaced():
			var names []string
			for _, ns := range someSpaces {
				if r.IntN(2) == 0 {
					names = append(names, ns)
				}
			}
			slices.Sort(names)
			may[k] = access.Scope{Namespaces: names}
		}
	}
	return may
}

var allFacets = []Facet{FacetKind, FacetType, FacetOwner, FacetSystem, FacetDomain, FacetLifecycle, FacetTag, FacetLabel, FacetHealth, FacetLevel,
	FacetVisibility, FacetNamespace, FacetProblems}

func (r small) value(f Facet) string {
	values := map[Facet][]string{
		FacetKind: {"component", "api", "user"}, FacetType: someTypes, FacetOwner: {"group:order", "user:pay", ""}, FacetSystem: {"system:shop/order", "system:pay/cart", "", "nobody"},
		FacetDomain: {"money", "sales", ""}, FacetLifecycle: {"production", ""}, FacetTag: {"java", "c++", ""}, FacetLabel: {"team=a", "stage=prod", "team=", ""},
		FacetHealth: someHealth, FacetLevel: {"Gold", "None", ""}, FacetVisibility: {"Public", "Private", ""}, FacetNamespace: append(someSpaces, ""), FacetProblems: {"true", "", "x"},
	}[f]
	return r.of(values...)
}

func (r small) typed() string {
	return r.of("o", "or", "ord pay", "order", "ORDER", "c+", "c#", "c", "byid", "order-pay", "mü", "日", "a cart", "pay pay", "cart-v2 c", "zzz", "get", "gold", "é", "team", "/a")
}

func (r small) query() Query {
	q := Query{
		Sort:   r.of("", "name", "-name", "title", "-title", "type", "-owner", "system", "lifecycle", "-health", "health", "score", "-score", "kind", "-namespace", "nonsense"),
		Offset: r.IntN(20) - 2, Limit: r.IntN(30) - 1, Values: r.IntN(5) - 1, Inside: r.IntN(2) == 0,
		Brief: r.IntN(5) == 0,
	}
	for range r.IntN(3) {
		q.Kinds = append(q.Kinds, relation.Kinds()[r.IntN(len(relation.Kinds()))])
	}
	if r.IntN(3) == 0 {
		q.Text = r.typed()
	}
	for range r.IntN(4) {
		f := allFacets[r.IntN(len(allFacets))]
		if q.Where == nil {
			q.Where = map[Facet][]string{}
		}
		for range r.IntN(3) {
			q.Where[f] = append(q.Where[f], r.value(f))
		}
	}
	for _, f := range allFacets {
		if r.IntN(2) == 0 {
			q.Count = append(q.Count, f)
		}
	}
	return q
}

// model is an index that looks at everything, each time.
type model struct {
	entities []catalog.Entity // each reference once
	may      Scopes
}

func (m *model) readable(ref relation.Ref) bool {
	s, ok := m.may[ref.Kind]
	return ok && s.Includes(ref.Namespace)
}

func (m *model) values(e catalog.Entity, f Facet) []string {
	row := m.row(e)
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	switch f {
	case FacetKind:
		return one(row.Ref.Kind.String())
	case FacetType:
		return one(row.Type)
	case FacetOwner:
		return one(string(row.Owner))
	case FacetSystem:
		return one(string(row.System))
	case FacetDomain:
		return one(row.Domain)
	case FacetLifecycle:
		return one(row.Lifecycle)
	case FacetTag:
		return row.Tags
	case FacetLabel:
		var out []string
		for k, v := range e.GetLabels() {
			out = append(out, k+"="+v)
		}
		return out
	case FacetHealth:
		return one(string(row.Health))
	case FacetLevel:
		return one(row.Level)
	case FacetVisibility:
		return one(string(row.Visibility))
	case FacetNamespace:
		return one(row.Ref.Namespace)
	case FacetProblems:
		if len(row.Problems) > 0 {
			return []string{"true"}
		}
	}
	return nil
}

func (m *model) row(e catalog.Entity) Row {
	s := e.EntityStatus()
	row := Row{Ref: relation.RefOf(e), Owner: s.Owner, System: s.System, Health: s.Summary.Health, Pods: s.Summary.Pods, Score: s.Summary.Score,
		Average: s.Summary.Average, Created: time.Unix(e.GetCreationTimestamp().Unix(), 0).UTC()}
	if level, _, _ := strings.Cut(row.Score, " "); !strings.Contains(level, "%") {
		row.Level = level
	}
	var d catalog.Descriptor
	switch e := e.(type) {
	case *catalog.Component:
		d, row.Type, row.Lifecycle = e.Spec.Descriptor, string(e.Spec.Type), string(e.Spec.Lifecycle)
	case *catalog.API:
		d, row.Type, row.Lifecycle = e.Spec.Descriptor, string(e.Spec.Type), string(e.Spec.Lifecycle)
		row.Visibility = cmp.Or(e.Spec.Visibility, catalog.VisibilityPublic)
		row.Providers, row.Consumers, row.Denied = *s.Summary.Providers, *s.Summary.Consumers, *s.Summary.Denied
	case *catalog.Resource:
		d, row.Type = e.Spec.Descriptor, string(e.Spec.Type)
	case *catalog.System:
		d, row.Type, row.Domain = e.Spec.Descriptor, string(e.Spec.Type), strings.TrimPrefix(string(e.Spec.Domain), "domain:default/")
		row.Components, row.Exposed, row.Systems = *s.Summary.Components, *s.Summary.ExposedAPIs, *s.Summary.Systems
	case *catalog.Domain:
		d, row.Type, row.Domain = e.Spec.Descriptor, string(e.Spec.Type), string(e.Spec.SubdomainOf)
		row.Components, row.Exposed, row.Systems = *s.Summary.Components, *s.Summary.ExposedAPIs, *s.Summary.Systems
	case *catalog.Group:
		d, row.Type, row.Members, row.Owns = e.Spec.Descriptor, string(e.Spec.Type), *s.Summary.Members, *s.Summary.Owns
		d.Title = cmp.Or(d.Title, e.Spec.Profile.DisplayName)
	case *catalog.User:
		d, row.Groups, row.Owns = e.Spec.Descriptor, *s.Summary.Groups, *s.Summary.Owns
		d.Title = cmp.Or(d.Title, e.Spec.Profile.DisplayName)
	}
	row.Title, row.Description = d.Title, d.Description
	tags := map[string]bool{}
	for _, t := range d.Tags {
		tags[string(t)] = true
	}
	for t := range tags {
		row.Tags = append(row.Tags, t)
	}
	slices.Sort(row.Tags)
	for _, c := range s.Conditions {
		if c.Status == "False" && c.Type != "Ready" {
			row.Problems = append(row.Problems, c.Reason)
		}
		row.Ready = row.Ready || c.Type == "Ready" && c.Status == "True"
	}
	for _, c := range s.Conditions {
		if c.Status == "False" && len(row.Problems) == 0 {
			row.Problems = []string{c.Reason}
		}
	}
	slices.Sort(row.Problems)
	if row.Domain == "" {
		for _, other := range m.entities {
			if sys, ok := other.(*catalog.System); ok && relation.RefOf(sys).FullRef() == s.System && m.readable(relation.RefOf(sys)) {
				row.Domain = strings.TrimPrefix(string(sys.Spec.Domain), "domain:default/")
			}
		}
	}
	return row
}

// says tells whether a word begins anywhere in a text that a word or a part of one begins.
func says(text, word string) bool {
	before := ' '
	for i, r := range text {
		begins := !unicode.In(before, unicode.L, unicode.N, unicode.M) || unicode.IsUpper(r) && !unicode.IsUpper(before)
		if begins && strings.HasPrefix(strings.ToLower(text[i:]), word) {
			return true
		}
		before = r
	}
	return false
}

func (m *model) texts(e catalog.Entity, inside bool) []string {
	row := m.row(e)
	_, owner, _ := strings.Cut(string(row.Owner), ":")
	out := append([]string{row.Ref.Name, row.Title, row.Description, owner}, row.Tags...)
	if a, ok := e.(*catalog.API); ok && inside {
		terms, _ := definition.Terms(string(a.Spec.Type), a.Spec.Definition)
		for _, t := range terms {
			out = append(out, t.Text)
		}
	}
	return out
}

func (m *model) has(e catalog.Entity, text string, inside bool) bool {
	for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" -/", r) }) {
		if !slices.ContainsFunc(m.texts(e, inside), func(t string) bool { return says(t, word) }) {
			return false
		}
	}
	return true
}

func (m *model) applies(e catalog.Entity, f Facet, values []string) bool {
	has := m.values(e, f)
	return len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(has, v) || v == "" && len(has) == 0 })
}

func (m *model) find(q Query) Page {
	page := Page{Facets: map[Facet]Counts{}}
	var rows []Row
	counts := map[Facet]map[string]int{}
	for _, f := range q.Count {
		counts[f] = map[string]int{}
	}
	for _, e := range m.entities {
		ref := relation.RefOf(e)
		if !m.readable(ref) || len(q.Kinds) > 0 && !slices.Contains(q.Kinds, ref.Kind) || !m.has(e, q.Text, q.Inside) {
			continue
		}
		var fails []Facet
		for f, values := range q.Where {
			if !m.applies(e, f, values) {
				fails = append(fails, f)
			}
		}
		if len(fails) == 0 {
			rows = append(rows, m.row(e))
		}
		for f := range counts {
			if len(fails) == 0 || len(fails) == 1 && fails[0] == f {
				values := m.values(e, f)
				if len(values) == 0 {
					values = []string{""}
				}
				for _, v := range values {
					counts[f][v]++
				}
			}
		}
	}
	page.Total = len(rows)
	m.sort(rows, q.Sort)
	from := min(max(q.Offset, 0), len(rows))
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	page.Rows = append([]Row{}, rows[from:min(from+limit, len(rows))]...)
	if q.Brief {
		page.Owned = []Owned{}
		for _, row := range page.Rows {
			page.Owned = append(page.Owned, Owned{row.Ref, row.Owner})
		}
		page.Rows = nil
	}
	for f, n := range counts {
		c := Counts{None: n[""], Values: []Count{}}
		delete(n, "")
		for v, times := range n {
			c.Values = append(c.Values, Count{v, times})
		}
		slices.SortFunc(c.Values, func(a, b Count) int { return cmp.Or(b.N-a.N, strings.Compare(a.Value, b.Value)) })
		most := q.Values
		if most <= 0 {
			most = 12
		}
		if len(c.Values) > most {
			c.More, c.Values = len(c.Values)-most, c.Values[:most]
		}
		page.Facets[f] = c
	}
	return page
}

func (m *model) sort(rows []Row, by string) {
	by, down := strings.CutPrefix(by, "-")
	health := func(h string) string {
		return fmt.Sprint(slices.Index([]string{"Unknown", "Suspended", "Healthy", "Progressing", "Degraded"}, h))
	}
	score := func(s string) string {
		var n int
		if _, err := fmt.Sscanf(s[strings.LastIndex(s, " ")+1:], "%d%%", &n); err != nil {
			n = -1
		}
		return fmt.Sprintf("%04d %s", n+1, s)
	}
	key := map[string]func(Row) (value, sorted string){
		"kind":      func(r Row) (string, string) { return r.Ref.Kind.String(), r.Ref.Kind.String() },
		"namespace": func(r Row) (string, string) { return r.Ref.Namespace, r.Ref.Namespace },
		"type":      func(r Row) (string, string) { return r.Type, strings.ToLower(r.Type) },
		"lifecycle": func(r Row) (string, string) { return r.Lifecycle, strings.ToLower(r.Lifecycle) },
		"owner": func(r Row) (string, string) {
			return string(r.Owner), strings.TrimLeft(string(r.Owner)[strings.Index(string(r.Owner), ":")+1:], "")
		},
		"system": func(r Row) (string, string) {
			return string(r.System), string(r.System)[strings.Index(string(r.System), "/")+1:] + string(r.System)
		},
		"health": func(r Row) (string, string) { return string(r.Health), health(string(r.Health)) },
		"score":  func(r Row) (string, string) { return r.Score, score(r.Score) },
	}[by]
	name := func(a, b Row) int {
		return cmp.Or(strings.Compare(a.Ref.Name, b.Ref.Name), relation.Compare(a.Ref, b.Ref))
	}
	slices.SortFunc(rows, func(a, b Row) int {
		switch {
		case by == "title":
			order := cmp.Or(strings.Compare(strings.ToLower(cmp.Or(a.Title, a.Ref.Name)), strings.ToLower(cmp.Or(b.Title, b.Ref.Name))), name(a, b))
			if down {
				return -order
			}
			return order
		case key == nil && down && by == "name":
			return -name(a, b)
		case key == nil:
			return name(a, b)
		}
		va, ka := key(a)
		vb, kb := key(b)
		order := strings.Compare(ka, kb)
		if down {
			order = -order
		}
		if (va == "") != (vb == "") {
			order = len(vb) - len(va)
		}
		return cmp.Or(order, name(a, b))
	})
}

// catalogOf are random entities, each reference once.
func (r small) catalogOf(n int) []catalog.Entity {
	seen := map[relation.Ref]bool{}
	var out []catalog.Entity
	for i := range n {
		if e := r.entity(i + 1); !seen[relation.RefOf(e)] {
			seen[relation.RefOf(e)] = true
			out = append(out, e)
		}
	}
	return out
}

func indexOf(entities []catalog.Entity) *Index {
	ix := New()
	for _, e := range entities {
		ix.Keep(e)
	}
	ix.Flush()
	return ix
}

// TestFindIsTheModel holds that Find answers what the model does, and that neither Find nor Search tells more than an index
// that holds only what the reader may get.
func TestFindIsTheModel(t *testing.T) {
	cases, rows, hits := 0, 0, 0
	for seed := range uint64(100) {
		r := small{rand.New(rand.NewPCG(seed, 1))}
		all := r.catalogOf(10 + r.IntN(150))
		whole := indexOf(all)
		for range 10 {
			may := r.scopes()
			m := &model{entities: all, may: may}
			cut := indexOf(slices.DeleteFunc(slices.Clone(all), func(e catalog.Entity) bool { return !m.readable(relation.RefOf(e)) }))
			for range 3 {
				cases++
				q := r.query()
				got := whole.Find(q, may)
				rows += len(got.Rows)
				if diff := gocmp.Diff(m.find(q), got); diff != "" {
					t.Fatalf("seed %d, %+v for %+v: model -, index +: %s", seed, q, may, diff)
				}
				if diff := gocmp.Diff(cut.Find(q, everywhere()), got); diff != "" {
					t.Fatalf("seed %d, %+v for %+v: index of what may be read -, of all +: %s", seed, q, may, diff)
				}
				text := r.typed()
				found := whole.Search(text, may, 5)
				hits += len(found)
				if diff := gocmp.Diff(cut.Search(text, everywhere(), 5), found); diff != "" {
					t.Fatalf("seed %d, search %q for %+v: index of what may be read -, of all +: %s", seed, text, may, diff)
				}
				m.searched(t, text, whole.Search(text, may, 100))
			}
		}
	}
	if t.Logf("%d cases, %d rows, %d hits", cases, rows, hits); cases < 500 || rows < 1000 || hits < 1000 {
		t.Error("too few")
	}
}

// searched holds that a search finds what has the words, and says where.
func (m *model) searched(t *testing.T, text string, hits []Hit) {
	t.Helper()
	want, got := map[relation.Ref]bool{}, map[relation.Ref]bool{}
	for _, e := range m.entities {
		if m.readable(relation.RefOf(e)) && m.has(e, text, true) {
			want[relation.RefOf(e)] = true
		}
	}
	for _, h := range hits {
		got[h.Row.Ref] = true
		if h.Field == "" || !slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return strings.ContainsRune(" -/", r) }), func(w string) bool { return says(h.Match, w) }) {
			t.Errorf("search %q found %v, in %q: %q", text, h.Row.Ref, h.Field, h.Match)
		}
	}
	if len(hits) < maxHits {
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("search %q: model -, index +: %s", text, diff)
		}
	}
}

package visibility_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// number reads how often something is to be tried.
func number(t *testing.T, name string, absent int) int {
	text := os.Getenv(name)
	if text == "" {
		return absent
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%q is not a number", name, text)
	}
	return n
}

// maker makes random catalogs of few names, so that they meet.
type maker struct {
	*rand.Rand
	namespaces, names, groups, domains int
	dense                              int  // how many of ten references are there
	teams                              bool // it is all about Groups
}

func newMaker(seed, i int) *maker {
	m := &maker{Rand: rand.New(rand.NewPCG(uint64(seed), uint64(i))), namespaces: 3, names: 1, groups: 5, domains: 4}
	switch i % 5 {
	case 1:
		m.namespaces, m.names, m.groups, m.domains = 2, 2, 3, 2
	case 2:
		m.namespaces, m.groups, m.domains = 2, 7, 2
	case 3:
		m.groups, m.domains = 2, 6
	case 4:
		m.namespaces, m.names, m.groups, m.domains, m.teams = 1, 2, 6, 1, true
	}
	m.dense = 5 + m.IntN(5)
	return m
}

func (m *maker) ref(k relation.Kind) relation.Ref {
	count := m.names
	switch k {
	case relation.Group:
		count = m.groups
	case relation.Domain:
		count = m.domains
	}
	r := relation.Ref{Kind: k, Name: k.String() + strconv.Itoa(m.IntN(count))}
	if k.Namespaced() {
		r.Namespace = m.namespace()
	}
	return r
}

func (m *maker) namespace() string { return "ns" + strconv.Itoa(m.IntN(m.namespaces)) }

func (m *maker) maybe(kinds ...relation.Kind) relation.Ref {
	if m.IntN(10) >= m.dense {
		return relation.Ref{}
	}
	return m.ref(kinds[m.IntN(len(kinds))])
}

func (m *maker) some(most int, kinds ...relation.Kind) []relation.Ref {
	var out []relation.Ref
	for range m.IntN(most + 1) {
		if r := m.ref(kinds[m.IntN(len(kinds))]); !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func (m *maker) labels() map[string]string {
	set := map[string]string{}
	for _, key := range []string{"env", "team"} {
		if m.IntN(2) == 0 {
			set[key] = []string{"x", "y"}[m.IntN(2)]
		}
	}
	return set
}

func (m *maker) consent() catalog.AllowedNamespaces {
	switch m.IntN(6) {
	case 0:
		return catalog.AllowedNamespaces{}
	case 1:
		return catalog.AllowedNamespaces{From: []catalog.FromNamespaces{catalog.FromNone, catalog.FromSame}[m.IntN(2)]}
	case 2, 3:
		return fromAll
	}
	var s catalog.LabelSelector
	if m.IntN(4) == 0 {
		s.MatchLabels = map[string]catalog.LabelValue{nameKey: catalog.LabelValue(m.namespace())}
	}
	for range 1 + m.IntN(2) {
		r := catalog.LabelRequirement{Key: []string{"env", "team"}[m.IntN(2)]}
		switch m.IntN(4) {
		case 0:
			r.Operator = "Exists"
		case 1:
			r.Operator = "DoesNotExist"
		default:
			r.Operator = []catalog.LabelOperator{"In", "NotIn"}[m.IntN(2)]
			r.Values = [][]catalog.LabelValue{{"x"}, {"y"}, {"x", "y"}}[m.IntN(3)]
		}
		s.MatchExpressions = append(s.MatchExpressions, r)
	}
	return catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: s}
}

// thing makes a random entity.
func (m *maker) thing(r relation.Ref) *thing {
	t := &thing{ref: r, consent: m.consent(), visibility: catalog.VisibilityRestricted}
	switch r.Kind {
	case relation.Component:
		t.provides, t.consumes = m.some(1, relation.API), m.some(3, relation.API)
		fallthrough
	case relation.Resource:
		t.dependsOn = m.some(1, relation.API, relation.Resource)
		fallthrough
	case relation.API:
		t.system, t.owner = m.maybe(relation.System), m.maybe(relation.Group, relation.Group, relation.Group, relation.User)
		if m.IntN(2) == 0 {
			t.owner = relation.Ref{}
		}
	case relation.System:
		t.owner, t.domain = m.maybe(relation.Group), m.maybe(relation.Domain)
	case relation.Domain:
		t.owner, t.parent = m.maybe(relation.Group), m.maybe(relation.Domain)
	case relation.Group:
		t.children = m.some(2, relation.Group)
		if m.IntN(2) == 0 {
			t.parent = m.maybe(relation.Group)
		}
	}
	if r.Kind == relation.API {
		switch m.IntN(8) {
		case 0:
			t.visibility = catalog.VisibilityPublic
		case 1, 2:
			t.visibility = catalog.VisibilityPrivate
		default:
			t.allowed = m.some(4, relation.Component, relation.System, relation.Domain, relation.Group, relation.Group, relation.Domain)
		}
	}
	if m.teams {
		m.team(t)
	}
	return t
}

// team makes an entity of a catalog that is all about Groups.
func (m *maker) team(t *thing) {
	switch t.ref.Kind {
	case relation.API:
		t.visibility, t.allowed = catalog.VisibilityRestricted, m.some(2, relation.Group)
	case relation.Component, relation.Resource:
		t.owner, t.dependsOn = m.ref(relation.Group), m.some(2, relation.API)
	case relation.Group:
		if t.consent = fromAll; m.IntN(2) == 0 {
			t.parent = relation.Ref{}
		}
	}
}

// each yields every reference there can be.
func (m *maker) each(yield func(relation.Ref)) {
	for _, k := range []relation.Kind{relation.API, relation.Component, relation.Resource, relation.System, relation.Domain, relation.Group} {
		names := map[relation.Kind]int{relation.Group: m.groups, relation.Domain: m.domains}[k]
		spaces := 1
		if k.Namespaced() {
			names, spaces = m.names, m.namespaces
		}
		for ns := range spaces {
			for n := range names {
				r := relation.Ref{Kind: k, Name: k.String() + strconv.Itoa(n)}
				if k.Namespaced() {
					r.Namespace = "ns" + strconv.Itoa(ns)
				}
				yield(r)
			}
		}
	}
}

func (m *maker) world() *world {
	w := &world{things: map[relation.Ref]*thing{}, labels: map[string]map[string]string{}}
	full := 4 + m.IntN(6) // of ten are there
	m.each(func(r relation.Ref) {
		if m.IntN(10) < full {
			w.things[r] = m.thing(r)
		}
	})
	for n := range m.namespaces {
		if m.IntN(4) > 0 {
			name := "ns" + strconv.Itoa(n)
			w.labels[name] = m.labels()
			w.labels[name][nameKey] = name
		}
	}
	return w
}

// graph fills a graph in an order that begins anywhere.
func (w *world) graph(r *rand.Rand) *relation.Graph {
	g := relation.NewGraph()
	refs := w.refs()
	r.Shuffle(len(refs), func(i, j int) { refs[i], refs[j] = refs[j], refs[i] })
	names := slices.Sorted(maps.Keys(w.labels))
	for i, ref := range refs {
		if i == len(refs)/2 {
			for _, n := range names {
				g.SetNamespace(n, labels.Set(w.labels[n]))
			}
		}
		g.Upsert(relation.FactsOf(w.things[ref].object()))
	}
	for _, n := range names {
		g.SetNamespace(n, labels.Set(w.labels[n]))
	}
	return g
}

func (w *world) refs() []relation.Ref {
	return slices.SortedFunc(maps.Keys(w.things), relation.Compare)
}

func (w *world) String() string {
	var b strings.Builder
	for _, r := range w.refs() {
		t := w.things[r]
		fmt.Fprintf(&b, "%s", r)
		for _, f := range []struct {
			name string
			ref  relation.Ref
		}{{"system", t.system}, {"owner", t.owner}, {"domain", t.domain}, {"parent", t.parent}} {
			if !f.ref.IsZero() {
				fmt.Fprintf(&b, " %s=%s", f.name, f.ref)
			}
		}
		for _, f := range []struct {
			name string
			refs []relation.Ref
		}{{"children", t.children}, {"provides", t.provides}, {"allowed", t.allowed}} {
			if len(f.refs) > 0 {
				fmt.Fprintf(&b, " %s=%v", f.name, f.refs)
			}
		}
		switch r.Kind {
		case relation.API:
			fmt.Fprintf(&b, " %s", t.visibility)
		case relation.System, relation.Domain, relation.Group:
			fmt.Fprintf(&b, " consent=%v", t.consent)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "labels %v", w.labels)
	return b.String()
}

// questions yields every pair of a consumer and an API.
func (m *maker) questions(yield func(consumer, api relation.Ref)) {
	var consumers, apis []relation.Ref
	m.each(func(r relation.Ref) {
		switch r.Kind {
		case relation.API:
			apis = append(apis, r)
		case relation.Component, relation.Resource:
			consumers = append(consumers, r)
		}
	})
	for _, c := range consumers {
		for _, a := range apis {
			yield(c, a)
		}
	}
}

// TestRuleAgreesWithModel asks everything of random catalogs, the rule and a slow model of it. CALLBOARD_VERDICTS says
// how many questions, CALLBOARD_SEED with which seed, to repeat a run that failed.
func TestRuleAgreesWithModel(t *testing.T) {
	total, seed := number(t, "CALLBOARD_VERDICTS", 20_000), number(t, "CALLBOARD_SEED", 1)
	const workers = 2
	for worker := range workers {
		t.Run(strconv.Itoa(worker), func(t *testing.T) {
			t.Parallel()
			asked, rules := 0, map[visibility.Rule]int{}
			for i := worker; asked < total/workers; i += workers {
				m := newMaker(seed, i)
				w := m.world()
				g := w.graph(m.Rand)
				m.questions(func(consumer, api relation.Ref) {
					if w.things[api] == nil && m.IntN(10) > 0 { // the answer is always the same
						return
					}
					got := visibility.Judge(g, consumer, api)
					d, rule, by := w.judge(consumer, api)
					asked++
					rules[rule]++
					if got.Decision != d || got.Rule != rule || d == visibility.Allowed && got.By != by {
						t.Fatalf("seed %d, catalog %d: %s uses %s: %s by %s %q, want %s by %s %q\n%s",
							seed, i, consumer, api, got.Decision, got.Rule, got.By, d, rule, by, w)
					}
				})
			}
			t.Logf("%d questions: %v", asked, rules)
		})
	}
}

package relation

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"
)

// TestGraphAgreesWithModel applies random changes to the graph and to a slow, obviously right model and compares all
// that they answer. CALLBOARD_GRAPH_OPS says how many changes (200,000 if unset; 1,000,000 take a minute), and
// CALLBOARD_GRAPH_SEED with which seed.
func TestGraphAgreesWithModel(t *testing.T) {
	total, seed := envNumber(t, "CALLBOARD_GRAPH_OPS", 200_000), envNumber(t, "CALLBOARD_GRAPH_SEED", 1)
	if testing.Short() {
		total = min(total, 20_000)
	}
	const workers = 2
	saw := make([]situations, workers)
	done := make([]int, workers)
	t.Run("changes", func(t *testing.T) {
		for w := range workers {
			t.Run(strconv.Itoa(w), func(t *testing.T) {
				t.Parallel()
				saw[w] = situations{}
				for i := w; done[w] < total/workers; i += workers {
					shape := shapes[i/workers%len(shapes)]
					steps := newGenerator(rand.New(rand.NewPCG(uint64(seed), uint64(i))), shape.universe).steps(shape.steps)
					if f := replay(steps, shape.every, shape.few, saw[w]); f != nil {
						t.Fatalf("seed %d, catalog %d, %s", seed, i, shrink(steps, shape.few, f))
					}
					done[w] += len(steps)
				}
			})
		}
	})
	t.Logf("%d random changes agree, seed %d", done[0]+done[1], seed)
	if total < 200_000 {
		return
	}
	for _, s := range interesting {
		if count := saw[0][s] + saw[1][s]; count < 10 {
			t.Errorf("seed %d made the situation %q %d times, want 10 at least: the changes prove too little", seed, s, count)
		}
	}
}

func envNumber(t *testing.T, name string, absent int) int {
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

// shapes are the catalogs that are tried in turn: small ones, compared after each change, and larger ones.
var shapes = []struct {
	universe     universe
	steps, every int
	few          int // edges of a node that are not kept in order
}{
	{universe{namespaces: 3, names: 1, components: 2, groups: 3, domains: 3}, 300, 1, defaultFew},
	{universe{namespaces: 1, names: 3, components: 4, groups: 2, domains: 2}, 300, 1, 1},
	{universe{namespaces: 2, names: 1, components: 2, groups: 5, domains: 1}, 300, 1, 1},
	{universe{namespaces: 2, names: 1, components: 2, groups: 1, domains: 5}, 300, 1, 1},
	{universe{namespaces: 3, names: 2, components: 4, groups: 4, domains: 4}, 1000, 16, 2},
	{universe{namespaces: 2, names: 5, components: 10, groups: 8, domains: 8}, 2000, 50, defaultFew},
	{universe{namespaces: 2, names: 1, components: 60, groups: 1, domains: 1}, 400, 80, defaultFew}, // more than are shown
}

// step is one change.
type step struct {
	do     action
	ref    Ref
	facts  Facts
	health Health
	scores []Score
	ns     string
	labels labels.Set
}

type action int

const (
	upsert action = iota
	remove
	health
	scored
	namespaceSet
	namespaceDelete
)

func (s step) String() string {
	switch s.do {
	case upsert:
		var b strings.Builder
		fmt.Fprintf(&b, "upsert %s", s.facts.Ref)
		for _, c := range s.facts.Claims {
			fmt.Fprintf(&b, " %s[%d]=%s", c.Field, c.Index, c.Target)
		}
		fmt.Fprintf(&b, " bad=%d private=%t had=%t from=%s", len(s.facts.Bad), s.facts.Private, s.facts.HadMembers, s.facts.Consent.From)
		if s.facts.Consent.Selector != nil {
			fmt.Fprintf(&b, " selector=%s", s.facts.Consent.Selector)
		}
		return b.String()
	case remove:
		return "delete " + s.ref.String()
	case health:
		return fmt.Sprintf("health of %s is %s", s.ref, s.health.Catalog())
	case scored:
		return fmt.Sprintf("scores of %s are %+v", s.ref, s.scores)
	case namespaceSet:
		return fmt.Sprintf("namespace %s has %s", s.ns, s.labels)
	}
	return "delete namespace " + s.ns
}

func (s step) apply(g *Graph) []Touched {
	switch s.do {
	case upsert:
		return g.Upsert(s.facts)
	case remove:
		return g.Delete(s.ref)
	case health:
		return g.SetHealth(s.ref, s.health)
	case scored:
		_, touched := g.SetScores(s.ref, s.scores)
		return touched
	case namespaceSet:
		return g.SetNamespace(s.ns, s.labels)
	}
	return g.DeleteNamespace(s.ns)
}

// tell tells the model.
func (s step) tell(m *model) {
	switch s.do {
	case upsert:
		m.upsert(s.facts)
	case remove:
		m.delete(s.ref)
	case health:
		m.setHealth(s.ref, s.health)
	case scored:
		m.setScores(s.ref, s.scores)
	case namespaceSet:
		m.labels[s.ns] = s.labels
	case namespaceDelete:
		delete(m.labels, s.ns)
	}
}

// news says whether the step says anything that the model does not know.
func (s step) news(m *model) bool {
	switch s.do {
	case upsert:
		before, exists := m.facts[s.facts.Ref]
		return !exists || fmt.Sprintf("%+v", before) != fmt.Sprintf("%+v", s.facts)
	case remove:
		return m.exists(s.ref)
	case health:
		return m.exists(s.ref) && m.health[s.ref] != s.health
	case scored:
		return m.exists(s.ref) && !slices.EqualFunc(m.scores[s.ref], s.scores, Score.equal)
	}
	return true
}

// failure is a difference between the graph and the model, found after steps[at].
type failure struct {
	at  int
	why string
}

// replay applies steps to a new graph and a new model, and compares them after every so many steps and at the end. At
// last it deletes everything: nothing may stay.
func replay(steps []step, every, few int, saw situations) *failure {
	g, m := NewGraph(), newModel()
	g.few, g.ready = few, Shown+few%3
	before := map[Ref]View{}
	touched := map[Ref]bool{} // since the last comparison; whether more than counts
	for i, s := range steps {
		got := s.apply(g)
		if len(got) > 0 && !s.news(m) {
			return &failure{i, fmt.Sprintf("nothing changes, and touched is %v", got)}
		}
		s.tell(m)
		for _, x := range got {
			touched[x.Ref] = touched[x.Ref] || !x.Counts
		}
		if (i+1)%every > 0 && i < len(steps)-1 {
			continue
		}
		w := m.derive()
		after := w.views()
		if why := compare(g, w, after); why != "" {
			return &failure{i, why}
		}
		if why := incomplete(before, after, touched); why != "" {
			return &failure{i, why}
		}
		before = after
		clear(touched)
		saw.note(after)
	}
	for _, r := range slices.SortedFunc(maps.Keys(m.facts), Compare) {
		g.Delete(r)
	}
	for ns := range m.labels {
		g.DeleteNamespace(ns)
	}
	if why := leaks(g); why != "" {
		return &failure{len(steps) - 1, "after deleting everything: " + why}
	}
	return nil
}

// compare tells how the answers of the graph differ from those of the model.
func compare(g *Graph, w *world, views map[Ref]View) string {
	if g.Len() != len(views) {
		return fmt.Sprintf("Len() = %d, want %d", g.Len(), len(views))
	}
	if got, want := g.Scores(), w.scored(slices.Collect(maps.Keys(views))); !slices.Equal(got, want) {
		return fmt.Sprintf("Scores() = %+v, want %+v", got, want)
	}
	for r, want := range views {
		got, ok := g.View(r)
		if !ok || !g.Exists(r) || !sameView(got, want) {
			return fmt.Sprintf("View(%s), %t: (-got +want)\n%s", r, ok, cmp.Diff(got, want))
		}
		for _, rel := range got.Relations {
			if all := g.Related(r, rel.Type); rel.Count > len(rel.Refs) && !slices.Equal(all, w.edges[r][rel.Type]) {
				return fmt.Sprintf("Related(%s, %s) = %v, want %v", r, rel.Type, all, w.edges[r][rel.Type])
			}
		}
		for _, q := range queries[r.Kind] {
			if got, want := q.graph(g, r), q.model(w, r); !slices.EqualFunc(got, want, sameUse) {
				return fmt.Sprintf("%s(%s) = %v, want %v", q.name, r, got, want)
			}
		}
	}
	return ""
}

type query struct {
	name  string
	graph func(*Graph, Ref) []Use
	model func(*world, Ref) []Use
}

var queries = map[Kind][]query{
	Component: {{"Uses", (*Graph).Uses, (*world).usesOf}, {"UsedBy", (*Graph).UsedBy, (*world).usedBy}},
	System: {
		{"SystemUses", (*Graph).SystemUses, (*world).systemUses},
		{"SystemUsedBy", (*Graph).SystemUsedBy, (*world).systemUsedBy},
	},
}

func sameUse(a, b Use) bool { return a.Ref == b.Ref && slices.Equal(a.Via, b.Via) }

// incomplete tells which view differs from before although the changes in between claim not to bear on it.
func incomplete(before, after map[Ref]View, touched map[Ref]bool) string {
	for r, now := range after {
		was, existed := before[r]
		if existed && sameView(was, now) {
			continue
		}
		own, told := touched[r]
		if told && (own || existed && sameButCounts(was, now)) {
			continue
		}
		return fmt.Sprintf("touched holds %s: %t, with more than counts: %t, and its view changed (-before +after)\n%s",
			r, told, own, cmp.Diff(was, now))
	}
	return ""
}

// sameButCounts says that views differ in nothing but what Counts covers.
func sameButCounts(a, b View) bool {
	a.Relations, a.Tally, a.Scores, a.Owns, a.HadMembers = b.Relations, b.Tally, b.Scores, b.Owns, b.HadMembers
	return sameView(a, b)
}

// sameView is reflect.DeepEqual, but fast. The literal does not compile when View gets a field that is not here.
func sameView(a, b View) bool {
	_ = View{
		a.Ref, a.Problems, a.Owner, a.System, a.Domain, a.Relations, a.Tally, a.Scores, a.HadMembers, a.Owns, a.Cycle, a.Rivals, a.Parent,
	}
	return a.Ref == b.Ref && slices.Equal(a.Problems, b.Problems) && a.Owner == b.Owner && a.System == b.System &&
		a.Domain == b.Domain && slices.EqualFunc(a.Relations, b.Relations, sameRelation) && a.Tally == b.Tally && slices.Equal(a.Scores, b.Scores) &&
		a.HadMembers == b.HadMembers && a.Owns == b.Owns && slices.Equal(a.Cycle, b.Cycle) &&
		slices.Equal(a.Rivals, b.Rivals) && a.Parent == b.Parent
}

func sameRelation(a, b Relation) bool {
	return a.Type == b.Type && a.Count == b.Count && slices.Equal(a.Refs, b.Refs)
}

// shrink finds few steps that still fail, and prints them.
func shrink(steps []step, few int, f *failure) string {
	first := *f
	steps = slices.Clone(steps[:f.at+1])
	try := func(fewer []step) bool {
		again := replay(fewer, 1, few, nil)
		if again != nil {
			steps, f = fewer[:again.at+1], again
		}
		return again != nil
	}
	try(steps)
	for size := len(steps) / 2; size > 0; size /= 2 {
		for from := 0; from+size < len(steps); {
			if !try(slices.Concat(steps[:from], steps[from+size:])) {
				from += size
			}
		}
	}
	for i := 0; i < len(steps); i++ {
		for c := 0; c < len(steps[i].facts.Claims); {
			fewer := slices.Clone(steps)
			fewer[i].facts.Claims = slices.Delete(slices.Clone(fewer[i].facts.Claims), c, c+1)
			if !try(fewer) || i >= len(steps) {
				c++
			}
			if i >= len(steps) {
				break
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "change %d: %s\n\nfew changes that fail:\n", first.at, first.why)
	for i, s := range steps {
		fmt.Fprintf(&b, "%4d %s\n", i, s)
	}
	fmt.Fprintf(&b, "%s", f.why)
	return b.String()
}

// situations counts what the random changes led to.
type situations map[string]int

// interesting are the situations that must have been.
var interesting = []string{
	"not found", "claimed", "not permitted", "disagrees", "self", "unreadable", "cycle of domain", "cycle of group",
	"cycle of component", "rivals", "inactive owner", "owner of a Domain above", "owner is claimed", "owner is missing",
	"had members", "more than are shown", "more than few", "sub-domain counts", "scores are counted", "sub-team counts",
}

func (s situations) note(views map[Ref]View) {
	if s == nil {
		return
	}
	for _, v := range views {
		for _, p := range v.Problems {
			s[[...]string{
				unjudged: "unreadable", Claimed: "claimed", NotFound: "not found", NotPermitted: "not permitted",
				Disagrees: "disagrees", Self: "self",
			}[p.State]]++
		}
		for _, r := range v.Relations {
			s.noteIf("more than are shown", r.Count > Shown)
			s.noteIf("more than few", r.Count > defaultFew)
			s.noteIf("scores are counted", len(v.Scores) > 0)
			s.noteIf("sub-domain counts", r.Type == "hasPart" && v.Tally.Systems > 0 && r.Refs[0].Kind == Domain)
			s.noteIf("sub-team counts", r.Type == "parentOf" && v.Tally.Components > 0)
		}
		s.noteIf("cycle of "+v.Ref.Kind.String(), v.Cycle != nil)
		s.noteIf("rivals", v.Rivals != nil)
		s.noteIf("inactive owner", v.Owner.Inactive)
		s.noteIf("owner of a Domain above", v.Ref.Kind == Component && v.Owner.From.Kind == Domain && v.Owner.From != v.Domain)
		s.noteIf("owner is claimed", v.Owner.State == Claimed)
		s.noteIf("owner is missing", v.Owner.State == NotFound)
		s.noteIf("had members", v.HadMembers && v.Tally.Members == 0)
	}
}

func (s situations) noteIf(situation string, is bool) {
	if is {
		s[situation]++
	}
}

// leaks tells what a graph holds that should be empty.
func leaks(g *Graph) string {
	var held []string
	for _, n := range g.nodes[1:] {
		if n != nil {
			held = append(held, n.ref.String())
		}
	}
	if len(held)+len(g.ids)+len(g.namespaces)+len(g.dirty)+len(g.touched)+len(g.loose)+len(g.groups)+len(g.short)+len(g.selecting) == 0 {
		return ""
	}
	return fmt.Sprintf("nodes %v, %d ids, namespaces %v, %d dirty, %d touched, %d loose", held, len(g.ids),
		slices.Sorted(maps.Keys(g.namespaces)), len(g.dirty), len(g.touched), len(g.loose))
}

package relation

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"
)

// TestGraphAgreesWithModel applies random changes to the graph and to a slow, obviously right model and compares all
// that they answer. CALLBOARD_GRAPH_OPS says how many changes (200,000 if unset; 1,000,000 take a minute or two),
// CALLBOARD_GRAPH_SEED with which seed, to repeat a run that failed.
func TestGraphAgreesWithModel(t *testing.T) {
	total, seed := envNumber(t, "CALLBOARD_GRAPH_OPS", 200_000), envNumber(t, "CALLBOARD_GRAPH_SEED", 1)
	if testing.Short() {
		total = min(total, 20_000)
	}
	t.Logf("%d random changes, seed %d", total, seed)
	const workers = 2
	t.Run("workers", func(t *testing.T) {
		for w := range workers {
			t.Run(strconv.Itoa(w), func(t *testing.T) {
				t.Parallel()
				done, wide := 0, 0.0
				for i := w; done < total/workers; i += workers {
					shape := shapes[i%len(shapes)]
					steps := newGenerator(rand.New(rand.NewPCG(uint64(seed), uint64(i))), shape.universe).steps(shape.steps)
					if f := replay(steps, shape.every); f != nil {
						t.Fatalf("seed %d, catalog %d, %s", seed, i, shrink(steps, f))
					}
					done += len(steps)
				}
				t.Logf("%d changes agree%.0v", done, wide)
			})
		}
	})
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
}{
	{universe{namespaces: 3, names: 1, groups: 3, domains: 3}, 300, 1},
	{universe{namespaces: 1, names: 3, groups: 2, domains: 2}, 300, 1},
	{universe{namespaces: 2, names: 1, groups: 5, domains: 1}, 300, 1},
	{universe{namespaces: 2, names: 1, groups: 1, domains: 5}, 300, 1},
	{universe{namespaces: 3, names: 2, groups: 4, domains: 4}, 1000, 16},
	{universe{namespaces: 2, names: 5, groups: 8, domains: 8}, 2000, 50},
	{universe{namespaces: 2, names: 26, groups: 2, domains: 2}, 1000, 200}, // more than are shown
}

// step is one change.
type step struct {
	do     action
	ref    Ref
	facts  Facts
	health Health
	ns     string
	labels labels.Set
}

type action int

const (
	upsert action = iota
	remove_
	health
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
	case remove_:
		return "delete " + s.ref.String()
	case health:
		return fmt.Sprintf("health of %s is %s", s.ref, s.health.Catalog())
	case namespaceSet:
		return fmt.Sprintf("namespace %s has %s", s.ns, s.labels)
	}
	return "delete namespace " + s.ns
}

func (s step) apply(g *Graph) []Touched {
	switch s.do {
	case upsert:
		return g.Upsert(s.facts)
	case remove_:
		return g.Delete(s.ref)
	case health:
		return g.SetHealth(s.ref, s.health)
	case namespaceSet:
		return g.SetNamespace(s.ns, s.labels)
	}
	return g.DeleteNamespace(s.ns)
}

// tell tells the model, and says whether that is news.
func (s step) tell(m *model) (news bool) {
	switch s.do {
	case upsert:
		before, was := m.facts[s.facts.Ref]
		m.upsert(s.facts)
		return !was || !sameFacts(before, s.facts)
	case remove_:
		was := m.exists(s.ref)
		m.delete(s.ref)
		return was
	case health:
		news = m.exists(s.ref) && m.health[s.ref] != s.health
		m.setHealth(s.ref, s.health)
		return news
	case namespaceSet:
		m.labels[s.ns] = s.labels
	case namespaceDelete:
		delete(m.labels, s.ns)
	}
	return true
}

func sameFacts(a, b Facts) bool {
	return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b)
}

// failure is a difference between the graph and the model, found after steps[at].
type failure struct {
	at  int
	why string
}

// replay applies steps to a new graph and a new model, and compares them after every so many steps and at the end. At
// last it deletes everything: nothing may stay.
func replay(steps []step, every int) *failure {
	g, m := NewGraph(), newModel()
	before := map[Ref]View{}
	touched := map[Ref]bool{} // since the last comparison; whether more than counts
	for i, s := range steps {
		got, news := s.apply(g), s.tell(m)
		if !news && len(got) > 0 {
			return &failure{i, fmt.Sprintf("nothing changes, and touched is %v", got)}
		}
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
	for r, want := range views {
		got, ok := g.View(r)
		if !ok || !g.Exists(r) || !sameView(got, want) {
			return fmt.Sprintf("View(%s), %t: (-got +want)\n%s", r, ok, gocmp.Diff(got, want))
		}
		for _, rel := range got.Relations {
			if all := g.Related(r, rel.Type); rel.Count > len(rel.Refs) && !slices.Equal(all, w.related(r, rel.Type)) {
				return fmt.Sprintf("Related(%s, %s) = %v, want %v", r, rel.Type, all, w.related(r, rel.Type))
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
			r, told, own, gocmp.Diff(was, now))
	}
	return ""
}

// sameButCounts says that views differ in nothing but what Counts covers.
func sameButCounts(a, b View) bool {
	a.Relations, a.Tally, a.Owns, a.HadMembers = b.Relations, b.Tally, b.Owns, b.HadMembers
	return sameView(a, b)
}

// sameView is reflect.DeepEqual, but fast. The literal does not compile when View gets a field that is not here.
func sameView(a, b View) bool {
	_ = View{
		a.Ref, a.Problems, a.Owner, a.System, a.Domain, a.Relations, a.Tally, a.HadMembers, a.Owns, a.Cycle, a.Rivals, a.Parent,
	}
	return a.Ref == b.Ref && slices.Equal(a.Problems, b.Problems) && a.Owner == b.Owner && a.System == b.System &&
		a.Domain == b.Domain && slices.EqualFunc(a.Relations, b.Relations, sameRelation) && a.Tally == b.Tally &&
		a.HadMembers == b.HadMembers && a.Owns == b.Owns && slices.Equal(a.Cycle, b.Cycle) &&
		slices.Equal(a.Rivals, b.Rivals) && a.Parent == b.Parent
}

func sameRelation(a, b Relation) bool {
	return a.Type == b.Type && a.Count == b.Count && slices.Equal(a.Refs, b.Refs)
}

// shrink finds few steps that still fail, and prints them.
func shrink(steps []step, f *failure) string {
	first := *f
	steps = slices.Clone(steps[:f.at+1])
	if g := replay(steps, 1); g != nil {
		steps, f = steps[:g.at+1], g
	}
	for size := len(steps) / 2; size > 0; {
		cut := false
		for from := 0; from+size < len(steps); {
			fewer := slices.Concat(steps[:from], steps[from+size:])
			g := replay(fewer, 1)
			if g == nil {
				from += size
				continue
			}
			steps, f, cut = fewer[:g.at+1], g, true
		}
		if !cut || size > 1 {
			size /= 2
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

// leaks tells what a graph holds that should be empty.
func leaks(g *Graph) string {
	var held []string
	for _, n := range g.nodes[1:] {
		if n != nil {
			held = append(held, n.ref.String())
		}
	}
	if len(held)+len(g.ids)+len(g.namespaces)+len(g.dirty)+len(g.touched)+len(g.loose)+len(g.groups)+len(g.selecting) == 0 {
		return ""
	}
	return fmt.Sprintf("nodes %v, %d ids, namespaces %v, %d dirty, %d touched, %d loose", held, len(g.ids),
		slices.Sorted(maps.Keys(g.namespaces)), len(g.dirty), len(g.touched), len(g.loose))
}

var _ = reflect.DeepEqual
var _ = cmp.Compare[int]

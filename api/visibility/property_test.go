package visibility_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// TestClosedSystemIsNoDifferentFromNone takes every System out of random catalogs and asks everybody in other
// namespaces whom it does not permit: neither a verdict nor a status may tell. CALLBOARD_SECRETS says how many are asked.
func TestClosedSystemIsNoDifferentFromNone(t *testing.T) {
	total, seed := number(t, "CALLBOARD_SECRETS", 20_000), number(t, "CALLBOARD_SEED", 1)
	asked, undecided := 0, 0
	for i := 0; asked < total; i++ {
		m := newMaker(seed, i)
		w := m.world()
		g := w.graph(m.Rand)
		for _, s := range w.refs() {
			if s.Kind != relation.System {
				continue
			}
			without := &world{things: maps.Clone(w.things), labels: w.labels}
			delete(without.things, s)
			h := without.graph(m.Rand)
			outside := func(r relation.Ref) bool {
				o := w.things[r]
				return o != nil && r.Namespace != "" && r.Namespace != s.Namespace && !w.permits(w.things[s], r.Namespace)
			}
			heir := func(api relation.Ref) bool { // the owner of an API is no secret, even if it has it from the System
				a := w.things[api]
				return a != nil && w.member(a) == w.things[s] && a.owner.IsZero()
			}
			m.questions(func(consumer, api relation.Ref) {
				if !outside(consumer) || heir(api) {
					return
				}
				asked++
				with := visibility.Judge(g, consumer, api)
				if with.Decision == visibility.Undecided && w.things[api] != nil {
					undecided++
				}
				if diff := cmp.Diff(visibility.Judge(h, consumer, api), with); diff != "" {
					t.Fatalf("seed %d, catalog %d: %s tells by the verdict on %s and %s (-without it +with it)\n%s\n%s", seed, i, s, consumer, api, diff, w)
				}
			})
			for _, r := range w.refs() {
				if !outside(r) || slices.ContainsFunc(slices.Concat(w.things[r].consumes, w.things[r].dependsOn), heir) {
					continue
				}
				if diff := cmp.Diff(statusOf(h, w.things[r].object()), statusOf(g, w.things[r].object())); diff != "" {
					t.Fatalf("seed %d, catalog %d: %s tells by the status of %s (-without it +with it)\n%s\n%s", seed, i, s, r, diff, w)
				}
			}
		}
	}
	t.Logf("%d questions, %d of them Undecided", asked, undecided)
}

// statusOf is what the status of an entity says, as far as the graph decides it.
func statusOf(g *relation.Graph, e catalog.Entity) catalog.EntityStatus {
	o := status.Observation{}
	o.Relations, _ = g.View(relation.RefOf(e))
	for _, v := range visibility.All(g, relation.RefOf(e)) {
		o.Consumes = true
		if v.Decision != visibility.Allowed {
			o.NotGranted = append(o.NotGranted, v)
		}
	}
	return status.Of(e, o, metav1.Time{})
}

// consumption is a pair that somebody's spec names.
type consumption struct{ consumer, api relation.Ref }

// verdicts judges everything that is consumed. Of what is Allowed a status says no more than that, and of an API that is
// for everybody nobody need hear when its owner or mode differs.
func verdicts(g *relation.Graph) map[consumption]visibility.Verdict {
	out := map[consumption]visibility.Verdict{}
	for _, k := range []relation.Kind{relation.Component, relation.Resource} {
		for _, r := range g.All(k) {
			for _, v := range visibility.All(g, r) {
				api := v.API
				if v.Decision == visibility.Allowed {
					v = visibility.Verdict{Decision: visibility.Allowed}
				}
				out[consumption{r, api}] = v
			}
		}
	}
	return out
}

// TestEveryNewVerdictIsTold applies random changes to a graph and wants every consumer among the touched ones whose
// verdict on an API is another than before. CALLBOARD_CHANGES says how many changes.
func TestEveryNewVerdictIsTold(t *testing.T) {
	total, seed := number(t, "CALLBOARD_CHANGES", 200_000), number(t, "CALLBOARD_SEED", 1)
	const workers = 2
	for worker := range workers {
		t.Run(strconv.Itoa(worker), func(t *testing.T) {
			t.Parallel()
			applied, differed := 0, 0
			for i := worker; applied < total/workers; i += workers {
				m := newMaker(seed, i)
				w := m.world()
				g := w.graph(m.Rand)
				before := verdicts(g)
				for range 200 {
					what, touched := m.change(w, g)
					applied++
					after := verdicts(g)
					for pair, now := range after {
						if was, ok := before[pair]; ok && was == now {
							continue
						}
						differed++
						own := func(x relation.Touched) bool { return x.Ref == pair.consumer && !x.Counts }
						if !slices.ContainsFunc(touched, own) {
							t.Fatalf("seed %d, catalog %d: %s does not touch %s, touched are %v; the verdict differs (-before +now)\n%s\n%s",
								seed, i, what, pair.consumer, touched, cmp.Diff(before[pair], now), w)
						}
					}
					before = after
				}
			}
			t.Logf("%d changes, %d verdicts differed", applied, differed)
		})
	}
}

// change changes one thing, in the world and in the graph.
func (m *maker) change(w *world, g *relation.Graph) (what string, touched []relation.Touched) {
	kinds := []relation.Kind{relation.API, relation.Component, relation.Resource, relation.System, relation.Domain, relation.Group}
	r := m.ref(kinds[m.IntN(len(kinds))])
	switch n := m.IntN(20); {
	case n == 0:
		name := m.namespace()
		delete(w.labels, name)
		return "delete namespace " + name, g.DeleteNamespace(name)
	case n < 3:
		name := m.namespace()
		set := m.labels()
		set[nameKey] = name
		if m.IntN(3) == 0 {
			set[catalog.LabelVisibility] = []string{"warn", "audit", "enforce"}[m.IntN(3)]
		}
		w.labels[name] = set
		return fmt.Sprintf("namespace %s has %v", name, set), g.SetNamespace(name, labels.Set(set))
	case n < 6:
		delete(w.things, r)
		return "delete " + r.String(), g.Delete(r)
	case n < 14 && w.things[r] != nil:
		w.things[r] = m.edited(w.things[r])
	default:
		w.things[r] = m.thing(r)
	}
	return "upsert " + r.String(), g.Upsert(relation.FactsOf(w.things[r].object()))
}

// edited is an entity with one field of another.
func (m *maker) edited(t *thing) *thing {
	out, other := *t, m.thing(t.ref)
	switch m.IntN(6) {
	case 0:
		out.system, out.domain = other.system, other.domain
	case 1:
		out.owner = other.owner
	case 2:
		out.parent = other.parent
	case 3:
		out.children, out.consumes = other.children, other.consumes
	case 4:
		out.consent = other.consent
	default:
		out.visibility, out.allowed = other.visibility, other.allowed
	}
	return &out
}

// TestOrderNeverMatters puts a valid catalog of 300 entities into a graph in random orders: in the end every verdict is
// the same, all Allowed, and on the way nothing was Denied. CALLBOARD_ORDERS says how many orders.
func TestOrderNeverMatters(t *testing.T) {
	total, seed := number(t, "CALLBOARD_ORDERS", 300), number(t, "CALLBOARD_SEED", 1)
	entities := apitest.Granted()
	facts := make([]relation.Facts, len(entities))
	for i, e := range entities {
		facts[i] = relation.FactsOf(e)
	}
	var want map[consumption]visibility.Verdict
	rules := map[visibility.Rule]int{}
	for i := range total {
		r := rand.New(rand.NewPCG(uint64(seed), uint64(i)))
		r.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
		g := relation.NewGraph()
		spaces := apitest.GrantedNamespaces()
		for _, i := range r.Perm(len(spaces)) {
			g.SetNamespace(spaces[i].Name, labels.Set{nameKey: spaces[i].Name, "env": spaces[i].Labels["env"]})
		}
		for _, f := range facts {
			for _, x := range g.Upsert(f) {
				for _, v := range visibility.All(g, x.Ref) {
					rules[v.Rule]++
					if v.Decision == visibility.Denied {
						t.Fatalf("seed %d, order %d: after %s: %s", seed, i, f.Ref, v.Why)
					}
				}
			}
		}
		got := verdicts(g)
		if want == nil {
			want = got
		}
		if !maps.Equal(want, got) {
			t.Fatalf("seed %d, order %d: (-first order +this one)\n%s", seed, i, cmp.Diff(want, got))
		}
	}
	for pair, v := range want {
		if v.Decision != visibility.Allowed {
			t.Errorf("%s, %s: %s: %s", pair.consumer, pair.api, v.Decision, v.Why)
		}
	}
	t.Logf("%d orders, %d consumptions, verdicts on the way: %v", total, len(want), rules)
}

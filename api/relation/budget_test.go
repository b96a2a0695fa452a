//go:build unix

package relation

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/callboard-dev/callboard/api/apitest/cputime"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The budgets: what a graph of so many entities may weigh, and what one change may cost.
const (
	budgetEntities = 100_000
	budgetMiB      = 150
	budgetChange   = 20.0 // microseconds
	budgetPerTouch = 1.0  // microseconds for each entity that the change touches
)

// TestGraphBudgets measures the budgets, if CALLBOARD_BUDGETS=1, and prints a line for each.
func TestGraphBudgets(t *testing.T) {
	if os.Getenv("CALLBOARD_BUDGETS") != "1" {
		t.Skip("CALLBOARD_BUDGETS=1 measures what a graph weighs and what changes cost; it takes half a minute")
	}
	l := newLandscape(budgetEntities, 1)
	before, start := heap(), time.Now()
	g := l.graph()
	load, weight := time.Since(start), heap()-before
	report(t, "graph.memory", float64(weight)/(1<<20), "MiB", budgetMiB)
	t.Logf("%d entities: %d bytes and %v to load each", g.Len(), weight/uint64(g.Len()), load/time.Duration(g.Len()))
	for _, c := range changes(l) {
		measure(t, g, c)
	}
	ring := ring(10_000)
	measure(t, ring.graph, ring.change)
	runtime.KeepAlive(l)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func report(t *testing.T, name string, value float64, unit string, bar float64) {
	verdict := "ok"
	if value > bar {
		verdict = "short"
		t.Errorf("%s = %.2f %s, want at most %.2f", name, value, unit, bar)
	}
	fmt.Printf("result: %s %.2f %s (bar %.2f) %s\n", name, value, unit, bar, verdict)
}

// measure applies a change many times, and holds the mean cost against the budget for what it touches: the CPU time,
// garbage collection included, in the median of five rounds.
func measure(t *testing.T, g *Graph, c change) {
	var do []func(*Graph) []Touched
	for i := range c.times {
		do = append(do, c.make(i)...)
	}
	var rounds []float64
	touched := 0
	for range 5 {
		runtime.GC()
		start := cputime.Used(t)
		for _, f := range do {
			touched += len(f(g))
		}
		rounds = append(rounds, float64((cputime.Used(t)-start).Nanoseconds())/float64(len(do))/1000)
	}
	slices.Sort(rounds)
	each := float64(touched) / float64(len(do)) / float64(len(rounds))
	report(t, "graph.change."+c.name, rounds[len(rounds)/2], "us", budgetChange+each*budgetPerTouch)
	t.Logf("%s: %d changes, %.1f touched each, rounds of %.1f us", c.name, len(do), each, rounds)
}

// BenchmarkChange times the changes of the budgets, each with what takes it back.
func BenchmarkChange(b *testing.B) {
	l := newLandscape(budgetEntities, 1)
	g := l.graph()
	for _, c := range changes(l) {
		b.Run(c.name, func(b *testing.B) {
			do := make([][]func(*Graph) []Touched, c.times)
			for i := range do {
				do[i] = c.make(i)
			}
			touched := 0
			for i := 0; b.Loop(); i++ {
				for _, f := range do[i%len(do)] {
					touched += len(f(g))
				}
			}
			b.ReportMetric(float64(touched)/float64(b.N), "touched/op")
		})
	}
}

// BenchmarkView times a view of each kind.
func BenchmarkView(b *testing.B) {
	l := newLandscape(budgetEntities, 1)
	g := l.graph()
	for _, k := range Kinds() {
		of := l.all(k)
		b.Run(k.String(), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				g.View(of[i*7919%len(of)].Ref)
			}
		})
	}
}

// change makes the i-th instance of a change: what is done, one after the other. In the end all is as it was.
type change struct {
	name  string
	times int
	make  func(i int) []func(*Graph) []Touched
}

func upserts(facts ...Facts) []func(*Graph) []Touched {
	out := make([]func(*Graph) []Touched, len(facts))
	for i, f := range facts {
		out[i] = func(g *Graph) []Touched { return g.Upsert(f) }
	}
	return out
}

func anew(f Facts) []func(*Graph) []Touched {
	return append([]func(*Graph) []Touched{func(g *Graph) []Touched { return g.Delete(f.Ref) }}, upserts(f)...)
}

// with returns facts in which the claims of one field are others.
func (f Facts) with(field Field, targets ...Ref) Facts {
	var claims []Claim
	for i, t := range targets {
		claims = append(claims, Claim{Field: field, Index: i, Target: t})
	}
	for _, c := range f.Claims {
		if c.Field != field {
			claims = append(claims, c)
		}
	}
	slices.SortStableFunc(claims, func(a, b Claim) int { return int(a.Field) - int(b.Field) })
	f.Claims = claims
	return f
}

func (f Facts) open(from catalog.FromNamespaces) Facts {
	f.Consent = Consent{From: from}
	return f
}

// without returns facts that lack one claim.
func (f Facts) without(i int) Facts {
	f.Claims = slices.Delete(slices.Clone(f.Claims), i, i+1)
	for ; i < len(f.Claims); i++ {
		f.Claims[i].Index = i
	}
	return f
}

// changes are those that the budgets speak of.
func changes(l *landscape) []change {
	component := func() Facts { return l.facts[l.components[l.IntN(len(l.components))]] }
	systems := l.all(System)
	system := func() Facts { return systems[l.IntN(len(systems))] }
	popular, big, large := l.of(popularAPI), l.of(bigGroup), l.of(largeGroup)
	var consumers []Facts // of the popular API, in order: each the first that is shown
	for _, f := range l.all(Component) {
		if slices.ContainsFunc(f.Claims, func(c Claim) bool { return c.Target == popularAPI }) {
			consumers = append(consumers, f)
		}
	}
	slices.SortFunc(consumers, func(a, b Facts) int { return Compare(a.Ref, b.Ref) })
	fewer := make([]Facts, 8)
	for i := range fewer {
		fewer[i] = large.without(l.IntN(len(large.Claims)))
	}
	return []change{
		{"nothing", 10_000, func(int) []func(*Graph) []Touched { return upserts(component()) }},
		{"consumes", 10_000, func(int) []func(*Graph) []Touched {
			f := component()
			return upserts(f.with(FieldConsumesAPIs, l.apis[1+l.IntN(len(l.apis)-1)]), f)
		}},
		{"health", 10_000, func(int) []func(*Graph) []Touched {
			r := component().Ref
			return []func(*Graph) []Touched{
				func(g *Graph) []Touched { return g.SetHealth(r, HealthNone) },
				func(g *Graph) []Touched { return g.SetHealth(r, Degraded) },
			}
		}},
		{"move-component", 10_000, func(int) []func(*Graph) []Touched {
			f := component()
			s := l.systems[f.Ref.Namespace]
			if len(s) == 0 {
				return nil
			}
			return upserts(f.with(FieldSystem, s[l.IntN(len(s))]), f)
		}},
		{"component-anew", 10_000, func(int) []func(*Graph) []Touched { return anew(component()) }},
		{"first-consumers-anew", 1, func(int) (do []func(*Graph) []Touched) {
			for _, f := range consumers {
				do = append(do, func(g *Graph) []Touched { return g.Delete(f.Ref) })
			}
			return append(do, upserts(consumers...)...)
		}},
		{"popular-api-anew", 20, func(int) []func(*Graph) []Touched { return anew(popular) }},
		{"big-group-anew", 20, func(int) []func(*Graph) []Touched { return anew(big) }},
		{"system-anew", 1000, func(int) []func(*Graph) []Touched { return anew(system()) }},
		{"system-owner", 1000, func(int) []func(*Graph) []Touched {
			f := system()
			return upserts(f.with(FieldOwner, bigGroup), f)
		}},
		{"system-domain", 1000, func(int) []func(*Graph) []Touched {
			f := system()
			return upserts(f.with(FieldDomain, Ref{Kind: Domain, Name: "domain-007"}), f)
		}},
		{"system-consent", 1000, func(int) []func(*Graph) []Touched {
			f := system()
			return upserts(f.open(catalog.FromAll), f)
		}},
		{"group-consent", 20, func(int) []func(*Graph) []Touched { return upserts(big.open(catalog.FromNone), big) }},
		{"last-member", 20, func(int) []func(*Graph) []Touched { return upserts(big.with(FieldMembers), big) }},
		{"one-of-1024-members", 500, func(i int) []func(*Graph) []Touched { return upserts(fewer[i%len(fewer)], large) }},
		{"namespace-label", 1000, func(i int) []func(*Graph) []Touched {
			set := labels.Set{"kubernetes.io/metadata.name": "ns-0000", "build": fmt.Sprint(i)}
			return []func(*Graph) []Touched{func(g *Graph) []Touched { return g.SetNamespace("ns-0000", set) }}
		}},
	}
}

// ringed is a graph of Domains, each a part of the next, and the change that makes the last a part of the first.
type ringed struct {
	graph  *Graph
	change change
}

func ring(length int) ringed {
	domain := func(i, parent int) Facts {
		f := Facts{Ref: Ref{Kind: Domain, Name: fmt.Sprintf("domain-%05d", i)}}
		if parent < length {
			f.Claims = []Claim{{Field: FieldSubdomainOf, Target: Ref{Kind: Domain, Name: fmt.Sprintf("domain-%05d", parent)}}}
		}
		return f
	}
	g := NewGraph()
	for i := range length {
		g.Upsert(domain(i, i+1))
	}
	return ringed{g, change{"long-cycle", 10, func(int) []func(*Graph) []Touched {
		return upserts(domain(length-1, 0), domain(length-1, length))
	}}}
}

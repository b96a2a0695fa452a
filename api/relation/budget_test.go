//go:build unix

package relation

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The budgets: what a graph of so many entities may weigh, and what one change may cost.
const (
	budgetEntities  = 100_000
	budgetMiB       = 150
	budgetChange    = 20 * time.Microsecond
	budgetPerTouch  = time.Microsecond
	popularShare    = 10 // one Component in so many consumes the popular API
	bigGroupShare   = 20 // one entity in so many is owned by the big Group
	budgetNamespace = 1000
)

// landscape is a catalog of a realistic shape: a few large namespaces and many small ones, one API that a tenth of the
// Components consume, one Group that owns a twentieth of everything.
type landscape struct {
	*rand.Rand
	facts      []Facts
	components []int // indexes into facts
	systems    map[string][]Ref
	zipf       *rand.Zipf
	apis       []Ref
}

var (
	popularAPI = Ref{Kind: API, Namespace: "ns-0000", Name: "identity-tokens"}
	bigGroup   = Ref{Kind: Group, Name: "platform-engineering"}
	largeGroup = Ref{Kind: Group, Name: "everybody"} // as many members as a Group can name
)

func newLandscape(entities int, seed uint64) *landscape {
	r := rand.New(rand.NewPCG(seed, 0))
	l := &landscape{Rand: r, systems: map[string][]Ref{}, zipf: rand.NewZipf(r, 1.1, 4, budgetNamespace-1)}
	share := func(percent int) int { return entities * percent / 100 }
	for i := range share(1) / 2 {
		l.add(l.domain(i))
	}
	users := share(8)
	for i := range users {
		l.add(&catalog.User{ObjectMeta: meta(l.user(i))})
	}
	for i := range share(3)/2 - 2 {
		l.add(l.group(i, users))
	}
	l.add(&catalog.Group{ObjectMeta: meta(bigGroup), Spec: catalog.GroupSpec{
		Members: []catalog.EntityRef{"user-00001"}, AllowedNamespaces: &catalog.AllowedNamespaces{From: catalog.FromAll},
	}})
	l.add(l.everybody(min(1024, users)))
	for i := range share(5) {
		l.add(l.system(i, entities))
	}
	for i := range share(15) {
		l.add(l.api(i))
	}
	for i := range share(10) {
		l.add(l.resource(i))
	}
	for i := range share(60) {
		l.components = append(l.components, len(l.facts))
		l.add(l.component(i))
	}
	return l
}

func (l *landscape) add(e catalog.Entity) { l.facts = append(l.facts, FactsOf(e)) }

func (l *landscape) name(format string, n int) catalog.EntityRef {
	return catalog.EntityRef(fmt.Sprintf(format, n))
}

func (l *landscape) namespace() string { return fmt.Sprintf("ns-%04d", l.zipf.Uint64()) }

func (l *landscape) user(i int) Ref { return Ref{Kind: User, Name: fmt.Sprintf("user-%05d", i)} }

func (l *landscape) domain(i int) *catalog.Domain {
	d := &catalog.Domain{ObjectMeta: meta(Ref{Name: fmt.Sprintf("domain-%03d", i)})}
	d.Spec.Owner = l.name("team-%04d", l.IntN(1000))
	d.Spec.AllowedNamespaces = &catalog.AllowedNamespaces{From: catalog.FromAll}
	if i > 50 {
		d.Spec.SubdomainOf = l.name("domain-%03d", l.IntN(50))
	}
	return d
}

func (l *landscape) group(i, users int) *catalog.Group {
	g := &catalog.Group{ObjectMeta: meta(Ref{Name: fmt.Sprintf("team-%04d", i)})}
	for range 6 {
		m := l.name("user-%05d", l.IntN(users))
		if !slices.Contains(g.Spec.Members, m) {
			g.Spec.Members = append(g.Spec.Members, m)
		}
	}
	if i > 100 {
		g.Spec.Parent = l.name("team-%04d", l.IntN(100))
	}
	switch i % 3 {
	case 0:
		g.Spec.AllowedNamespaces = &catalog.AllowedNamespaces{From: catalog.FromAll}
	case 1:
		g.Spec.AllowedNamespaces = &catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: &catalog.LabelSelector{
			MatchLabels: map[string]catalog.LabelValue{"kubernetes.io/metadata.name": catalog.LabelValue(l.namespace())},
		}}
	}
	return g
}

func (l *landscape) everybody(users int) *catalog.Group {
	g := &catalog.Group{ObjectMeta: meta(largeGroup)}
	for i := range users {
		g.Spec.Members = append(g.Spec.Members, l.name("user-%05d", i))
	}
	return g
}

func (l *landscape) system(i, entities int) *catalog.System {
	r := Ref{Kind: System, Namespace: l.namespace(), Name: fmt.Sprintf("system-%05d", i)}
	l.systems[r.Namespace] = append(l.systems[r.Namespace], r)
	s := &catalog.System{ObjectMeta: meta(r)}
	s.Spec.Domain = l.name("domain-%03d", l.IntN(max(1, entities/200)))
	if l.IntN(10) > 0 {
		s.Spec.Owner = l.owner()
	}
	return s
}

func (l *landscape) owner() catalog.EntityRef {
	switch n := l.IntN(bigGroupShare); {
	case n == 0:
		return bigGroup.EntityRef()
	case n == 1:
		return "user:" + l.name("user-%05d", l.IntN(1000))
	}
	return l.name("team-%04d", l.IntN(1400))
}

func (l *landscape) member(kind Kind, format string, i int) (r Ref, system catalog.EntityRef) {
	r = Ref{Kind: kind, Namespace: l.namespace(), Name: fmt.Sprintf(format, i)}
	if s := l.systems[r.Namespace]; len(s) > 0 && l.IntN(20) > 0 {
		system = catalog.EntityRef(s[l.IntN(len(s))].Name)
	}
	return r, system
}

func (l *landscape) api(i int) *catalog.API {
	r, s := l.member(API, "orders-api-%05d", i)
	if i == 0 {
		r = popularAPI
	}
	l.apis = append(l.apis, r)
	a := &catalog.API{ObjectMeta: meta(r), Spec: catalog.APISpec{System: s}}
	if l.IntN(2) == 0 {
		a.Spec.Owner = l.owner()
	}
	return a
}

func (l *landscape) resource(i int) *catalog.Resource {
	r, s := l.member(Resource, "orders-db-%05d", i)
	return &catalog.Resource{ObjectMeta: meta(r), Spec: catalog.ResourceSpec{System: s}}
}

// component makes five edges: to a System, an owner or not, APIs, and what it depends on.
func (l *landscape) component(i int) *catalog.Component {
	r, s := l.member(Component, "checkout-service-%05d", i)
	c := &catalog.Component{ObjectMeta: meta(r), Spec: catalog.ComponentSpec{System: s}}
	if l.IntN(2) == 0 {
		c.Spec.Owner = l.owner()
	}
	if i%popularShare == 0 {
		c.Spec.ConsumesAPIs = append(c.Spec.ConsumesAPIs, popularAPI.EntityRef())
	}
	for range 2 {
		a := l.apis[1+l.IntN(len(l.apis)-1)]
		if l.IntN(2) == 0 { // a few are used by many
			a = l.apis[1+l.IntN(len(l.apis)/20)]
		}
		if !slices.Contains(c.Spec.ConsumesAPIs, a.EntityRef()) {
			c.Spec.ConsumesAPIs = append(c.Spec.ConsumesAPIs, a.EntityRef())
		}
	}
	if i < len(l.apis) && l.apis[i].Namespace != "" {
		c.Spec.ProvidesAPIs = []catalog.EntityRef{l.apis[i].EntityRef()}
	}
	c.Spec.DependsOn = []catalog.EntityRef{catalog.EntityRef(fmt.Sprintf("component:checkout-service-%05d", l.IntN(i+1)))}
	if l.IntN(2) == 0 {
		c.Spec.DependsOn = append(c.Spec.DependsOn, catalog.EntityRef(fmt.Sprintf("resource:orders-db-%05d", l.IntN(10_000))))
	}
	return c
}

// graph puts the landscape into a graph, in random order, and says how all do.
func (l *landscape) graph() *Graph {
	g := NewGraph()
	for _, i := range l.Perm(len(l.facts)) {
		g.Upsert(l.facts[i])
		if k := l.facts[i].Ref.Kind; k == Component || k == Resource {
			g.SetHealth(l.facts[i].Ref, Health(1+l.IntN(4)))
		}
	}
	return g
}

// TestGraphBudgets measures the budgets, if CALLBOARD_BUDGETS=1, and prints a line for each.
func TestGraphBudgets(t *testing.T) {
	if os.Getenv("CALLBOARD_BUDGETS") != "1" {
		t.Skip("CALLBOARD_BUDGETS=1 measures; a machine that others use measures little")
	}
	l := newLandscape(budgetEntities, 1)
	before := heap()
	start := time.Now()
	g := l.graph()
	load := time.Since(start) / time.Duration(len(l.facts))
	weight := float64(heap()-before) / (1 << 20)
	report(t, "graph.memory", weight, "MiB", budgetMiB)
	t.Logf("%d entities, %.0f bytes each, loaded in %v each", g.Len(), weight*(1<<20)/float64(g.Len()), load)
	for _, c := range changes(l) {
		measure(t, g, c)
	}
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
		t.Errorf("%s = %.1f %s, want at most %.1f", name, value, unit, bar)
	}
	fmt.Printf("result: %s %.2f %s (bar %.2f) %s\n", name, value, unit, bar, verdict)
}

// measure applies a change many times and holds the mean cost in CPU time, garbage collection included, against the
// budget for what it touches.
func measure(t *testing.T, g *Graph, c change) {
	var do []func(*Graph) []Touched
	for i := range c.times {
		do = append(do, c.make(i)...)
	}
	runtime.GC()
	touched, start, cpu := 0, time.Now(), cpuTime(t)
	for _, f := range do {
		touched += len(f(g))
	}
	cpu, wall := cpuTime(t)-cpu, time.Since(start)
	mean := float64(cpu.Nanoseconds()) / float64(len(do)) / 1000
	each := float64(touched) / float64(len(do))
	bar := float64(budgetChange.Microseconds()) + each*float64(budgetPerTouch.Microseconds())
	report(t, "graph.change."+c.name, mean, "us", bar)
	t.Logf("%s: %d changes, %.1f touched and %v of wall time each", c.name, len(do), each, wall/time.Duration(len(do)))
}

// cpuTime is the CPU time that this process has taken: steadier than the clock on a machine that others use.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// change makes the i-th instance of a change: what is done, one after the other.
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

// with returns facts in which the claims of one field are others.
func (f Facts) with(field Field, targets ...Ref) Facts {
	claims := []Claim{}
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

func (l *landscape) of(r Ref) Facts {
	return l.facts[slices.IndexFunc(l.facts, func(f Facts) bool { return f.Ref == r })]
}

func (l *landscape) all(k Kind) []Facts {
	var out []Facts
	for _, f := range l.facts {
		if f.Ref.Kind == k {
			out = append(out, f)
		}
	}
	return out
}

func changes(l *landscape) []change {
	component := func() Facts { return l.facts[l.components[l.IntN(len(l.components))]] }
	systems := l.all(System)
	popular, big, large := l.of(popularAPI), l.of(bigGroup), l.of(largeGroup)
	none := func(f Facts) Facts {
		f.Consent = Consent{From: catalog.FromNone}
		return f
	}
	return []change{
		{"nothing", 10_000, func(int) []func(*Graph) []Touched { return upserts(component()) }},
		{"consumes", 10_000, func(int) []func(*Graph) []Touched {
			f := component()
			return upserts(f.with(FieldConsumesAPIs, l.apis[1+l.IntN(len(l.apis)-1)]), f)
		}},
		{"health", 10_000, func(int) []func(*Graph) []Touched {
			f := component()
			return []func(*Graph) []Touched{
				func(g *Graph) []Touched { return g.SetHealth(f.Ref, HealthNone) },
				func(g *Graph) []Touched { return g.SetHealth(f.Ref, Degraded) },
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
		{"create-component", 10_000, func(int) []func(*Graph) []Touched {
			f := component()
			return append([]func(*Graph) []Touched{func(g *Graph) []Touched { return g.Delete(f.Ref) }}, upserts(f)...)
		}},
		{"popular-api", 20, func(int) []func(*Graph) []Touched {
			return append([]func(*Graph) []Touched{func(g *Graph) []Touched { return g.Delete(popularAPI) }}, upserts(popular)...)
		}},
		{"system-owner", 1000, func(int) []func(*Graph) []Touched {
			f := systems[l.IntN(len(systems))]
			return upserts(f.with(FieldOwner, bigGroup), f)
		}},
		{"system-domain", 1000, func(int) []func(*Graph) []Touched {
			f := systems[l.IntN(len(systems))]
			return upserts(f.with(FieldDomain, Ref{Kind: Domain, Name: "domain-007"}), f)
		}},
		{"system-consent", 1000, func(int) []func(*Graph) []Touched {
			f := systems[l.IntN(len(systems))]
			open := f
			open.Consent = Consent{From: catalog.FromAll}
			return upserts(open, f)
		}},
		{"group-consent", 20, func(int) []func(*Graph) []Touched { return upserts(none(big), big) }},
		{"last-member", 20, func(int) []func(*Graph) []Touched { return upserts(big.with(FieldMembers), big) }},
		{"one-of-1024-members", 1000, func(int) []func(*Graph) []Touched {
			fewer := large
			i := l.IntN(len(large.Claims))
			fewer.Claims = slices.Delete(slices.Clone(large.Claims), i, i+1)
			for ; i < len(fewer.Claims); i++ {
				fewer.Claims[i].Index = i
			}
			return upserts(fewer, large)
		}},
		{"namespace-label", 1000, func(i int) []func(*Graph) []Touched {
			return []func(*Graph) []Touched{func(g *Graph) []Touched {
				return g.SetNamespace("ns-0000", labels.Set{"kubernetes.io/metadata.name": "ns-0000", "build": fmt.Sprint(i)})
			}}
		}},
	}
}

package index

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// big is a catalog as large organisations have them, always the same: few namespaces hold most of it.
type big struct {
	random     *rand.Rand
	namespaces int
	inside     bool // APIs have definitions
	made       int
}

var (
	things = strings.Fields(`account address alert article asset audit basket billing booking budget campaign capture card carrier cart catalog
		charge checkout claim click consent contract coupon courier credit currency customer delivery device discount dispatch document
		driver email event export fee feed fraud gateway gift ingest inventory invoice item journey label ledger letter listing loan
		location login loyalty mail manifest market media member menu merchant message metering metric mobile notification offer onboarding
		order parcel partner passport payment payout permission photo picking pickup plan planner policy portal price pricing product
		profile promotion proposal quota quote rating receipt recommendation refund region registry reminder rental report request
		return review reward risk route schedule search seat segment seller session settlement shelf shipment shop signature signup
		slot stock store stream subscription supplier support survey tariff tax template tenant terminal ticket timeline token tracking
		transfer translation trip usage user vehicle vendor video visit voucher wallet warehouse webhook wishlist workflow zone`)
	doings = strings.Fields(`calculates checks collects computes creates delivers enriches exports forwards imports indexes keeps lists
		matches notifies orders prints publishes reads receives reconciles records renders reserves routes schedules sends serves
		settles stores streams synchronises tracks transforms updates validates verifies writes`)
	fillers = strings.Fields(`the a for of and with from all each every new daily nightly internal external legacy central regional
		on behalf their when before after into through`)
	suffixes = strings.Fields("service api worker db cache queue web adapter sync job")
)

func (b *big) pick(list []string) string { return list[b.random.IntN(len(list))] }

func (b *big) sentence(n int) string {
	var out []string
	for range n / 3 {
		out = append(out, b.pick(doings), b.pick(fillers), b.pick(things)+"s")
	}
	return "It " + strings.Join(out, " ") + "."
}

func (b *big) namespace() string {
	f := b.random.Float64()
	return fmt.Sprintf("team-%03d", int(f*f*float64(b.namespaces)))
}

func (b *big) meta(namespace string) metav1.ObjectMeta {
	b.made++
	name := fmt.Sprintf("%s-%s-%s-%d", b.pick(things), b.pick(things), b.pick(suffixes), b.made%977)
	return metav1.ObjectMeta{
		Namespace: namespace, Name: name, UID: types.UID(fmt.Sprintf("3d0f7a8e-%012d", b.made)), Generation: 1,
		ResourceVersion: fmt.Sprint(1000 + b.made), CreationTimestamp: metav1.Unix(1_700_000_000+int64(b.made), 0),
		Labels: map[string]string{
			"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": b.pick(things), "stage": b.pick([]string{"prod", "test", "dev"}),
		},
	}
}

func (b *big) describe(name string) catalog.Descriptor {
	d := catalog.Descriptor{Title: strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "-", " "), Description: b.sentence(12 + b.random.IntN(18))}
	for range b.random.IntN(5) {
		t := catalog.Tag(b.pick(things))
		if !slices.Contains(d.Tags, t) {
			d.Tags = append(d.Tags, t)
		}
	}
	return d
}

func (b *big) status(namespace string, n int) catalog.EntityStatus {
	one := int32(b.random.IntN(9))
	s := catalog.EntityStatus{
		Owner: catalog.FullRef(fmt.Sprintf("group:team-%d", b.random.IntN(max(1, n/125)))),
		Summary: catalog.Summary{
			Health: []catalog.Health{"Healthy", "Healthy", "Healthy", "Degraded", "Unknown", "Progressing"}[b.random.IntN(6)],
			Pods:   fmt.Sprintf("%d/3", b.random.IntN(4)), Score: fmt.Sprintf("%s %d%%", b.pick([]string{"Gold", "Silver", "Bronze", "None"}), b.random.IntN(101)),
			Providers: &one, Consumers: &one, Components: &one, Members: &one,
		},
	}
	if namespace != "" {
		s.System = catalog.FullRef(fmt.Sprintf("system:%s/system-%d", namespace, b.random.IntN(3)))
	}
	for i, t := range []string{"Ready", "AccessGranted", "Healthy", "Owned", "ReferencesResolved", "WorkloadsLinked"} {
		c := metav1.Condition{Type: t, Status: "True", Reason: "NotRequired", Message: "All is well"}
		if b.random.IntN(12) == 0 {
			c.Status, c.Reason = "False", []string{"NotReady", "AccessDenied", "Degraded", "NoOwner", "RefNotFound", "WorkloadConflict"}[i]
		}
		s.Conditions = append(s.Conditions, c)
	}
	return s
}

// each makes n entities and shows them one after the other.
func (b *big) each(n int, show func(catalog.Entity)) {
	domains := n / 500
	for i := range domains {
		m := b.meta("")
		m.Name = fmt.Sprintf("domain-%d", i)
		show(&catalog.Domain{ObjectMeta: m, Spec: catalog.DomainSpec{Type: "area", Descriptor: b.describe(m.Name)}, Status: b.status("", n)})
	}
	for i := range n / 125 {
		m := b.meta("")
		m.Name = fmt.Sprintf("team-%d", i)
		show(&catalog.Group{ObjectMeta: m, Spec: catalog.GroupSpec{Type: "team", Descriptor: b.describe(m.Name)}, Status: b.status("", n)})
	}
	for i := range b.namespaces * 3 {
		m := b.meta(fmt.Sprintf("team-%03d", i/3))
		m.Name = fmt.Sprintf("system-%d", i%3)
		show(&catalog.System{ObjectMeta: m, Spec: catalog.SystemSpec{
			Type: "product", Descriptor: b.describe(m.Name), Domain: catalog.EntityRef(fmt.Sprintf("domain-%d", i%max(1, domains))),
		}, Status: b.status("", n)})
	}
	for b.made < n {
		m := b.meta(b.namespace())
		d, s := b.describe(m.Name), b.status(m.Namespace, n)
		lifecycle := catalog.Word(b.pick([]string{"production", "production", "experimental", "deprecated"}))
		switch b.made % 10 {
		case 0, 1, 2:
			a := &catalog.API{ObjectMeta: m, Spec: catalog.APISpec{Type: "openapi", Lifecycle: lifecycle, Descriptor: d}, Status: s}
			if b.inside {
				a.Spec.Definition = b.definition()
			}
			show(a)
		case 3:
			show(&catalog.Resource{ObjectMeta: m, Spec: catalog.ResourceSpec{Type: "database", Descriptor: d}, Status: s})
		case 4:
			m.Namespace = ""
			show(&catalog.User{ObjectMeta: m, Spec: catalog.UserSpec{Profile: catalog.Profile{DisplayName: b.pick(things) + " " + b.pick(things)}}, Status: b.status("", n)})
		default:
			t := catalog.Word(b.pick([]string{"service", "service", "website", "library", "pipeline"}))
			show(&catalog.Component{ObjectMeta: m, Spec: catalog.ComponentSpec{Type: t, Lifecycle: lifecycle, Descriptor: d}, Status: s})
		}
	}
}

// definition has eight operations and six schemas, which is the median of the specifications that people publish.
func (b *big) definition() string {
	var o strings.Builder
	o.WriteString(`{"openapi": "3.1.0", "info": {"title": "x", "version": "1"}, "paths": {`)
	for i := range 8 {
		x, y := b.pick(things), b.pick(things)
		fmt.Fprintf(&o, `"/v%d/%ss/{id}/%ss": {"get": {"operationId": "list%s%s%d", "summary": %q}},`, i, x, y, upper(x), upper(y), i, b.sentence(6))
	}
	o.WriteString(`"/health": {}}, "components": {"schemas": {`)
	for range 6 {
		fmt.Fprintf(&o, `"%s%s": {},`, upper(b.pick(things)), upper(b.pick(things)))
	}
	return o.String() + `"Error": {}}}}`
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// everywhere is what an administrator may get.
func everywhere() Scopes {
	may := Scopes{}
	for _, k := range relation.Kinds() {
		may[k] = access.Scope{All: true}
	}
	return may
}

// someNamespaces is what a reader of 20 of all namespaces may get, among them large and small ones.
func someNamespaces(of int) Scopes {
	var names []string
	for i := range 20 {
		names = append(names, fmt.Sprintf("team-%03d", i*of/20))
	}
	may := Scopes{}
	for _, k := range relation.Kinds() {
		if k.Namespaced() {
			may[k] = access.Scope{Namespaces: names}
		} else if k != relation.User {
			may[k] = access.Scope{All: true}
		}
	}
	return may
}

const (
	benchEntities   = 100_000
	benchNamespaces = 1000
)

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMemory prints what an entity takes, with and without the definitions of APIs. What the index holds is measured
// by letting it go.
func BenchmarkMemory(b *testing.B) {
	for name, inside := range map[string]bool{"without definitions": false, "with definitions": true} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				ix := New()
				m := &big{random: rand.New(rand.NewPCG(1, 2)), namespaces: benchNamespaces, inside: inside}
				start := time.Now()
				m.each(benchEntities, func(e catalog.Entity) { ix.Keep(e) })
				ix.Flush()
				ix.Find(Query{}, everywhere())
				took := time.Since(start)
				with := heap()
				n := ix.Find(Query{}, everywhere()).Total
				runtime.KeepAlive(ix)
				ix = nil
				without := heap()
				b.ReportMetric(float64(with-without)/float64(n), "B/entity")
				b.ReportMetric(took.Seconds(), "s/fill")
			}
		})
	}
}

// BenchmarkQueries prints how long queries take, with ten changes before each.
func BenchmarkQueries(b *testing.B) {
	ix := New()
	m := &big{random: rand.New(rand.NewPCG(1, 2)), namespaces: benchNamespaces, inside: true}
	var some []*catalog.Component
	m.each(benchEntities, func(e catalog.Entity) {
		if c, ok := e.(*catalog.Component); ok && len(some) < 1000 {
			some = append(some, c)
		}
		ix.Keep(e)
	})
	ix.Flush()
	facets := []Facet{FacetKind, FacetType, FacetOwner, FacetSystem, FacetDomain, FacetLifecycle, FacetTag, FacetHealth, FacetLevel,
		FacetVisibility, FacetNamespace, FacetProblems}
	cases := []struct {
		name string
		ask  func(may Scopes, i int)
	}{
		{"list", func(may Scopes, i int) { ix.Find(Query{Sort: "name", Offset: i % 10 * 50}, may) }},
		{"list by title, last page", func(may Scopes, _ int) { ix.Find(Query{Sort: "-title", Offset: 1000}, may) }},
		{"sorted by owner", func(may Scopes, i int) { ix.Find(Query{Sort: "-owner", Offset: i % 100 * 50}, may) }},
		{"12 facets", func(may Scopes, i int) { ix.Find(Query{Sort: "score", Offset: i % 10 * 50, Count: facets}, may) }},
		{"12 facets, filtered", func(may Scopes, _ int) {
			ix.Find(Query{Kinds: []relation.Kind{relation.Component, relation.API}, Count: facets, Sort: "-health", Where: map[Facet][]string{
				FacetLifecycle: {"production"}, FacetHealth: {"Healthy", "Degraded"}, FacetTag: {things[3], things[4], things[5]},
			}}, may)
		}},
		{"13 facets with labels", func(may Scopes, _ int) { ix.Find(Query{Count: append(facets[:12:12], FacetLabel)}, may) }},
		{"text filter", func(may Scopes, i int) {
			ix.Find(Query{Text: things[i%len(things)][:3] + " serv", Count: facets[:4]}, may)
		}},
		{"search one letter", func(may Scopes, i int) { ix.Search(string(rune('a'+i%26)), may, 10) }},
		{"search three letters", func(may Scopes, i int) { ix.Search(things[i%len(things)][:3], may, 10) }},
		{"search words", func(may Scopes, i int) { ix.Search(things[i%len(things)]+" "+things[i*7%len(things)][:2], may, 10) }},
		{"search operation", func(may Scopes, i int) { ix.Search("list"+things[i%len(things)], may, 10) }},
	}
	readers := []struct {
		name string
		may  Scopes
	}{{"admin", everywhere()}, {"20 namespaces", someNamespaces(benchNamespaces)}}
	version := 10_000_000
	for _, c := range cases {
		for _, r := range readers {
			b.Run(c.name+"/"+r.name, func(b *testing.B) {
				var took []time.Duration
				for i := range b.N {
					for j := range 10 {
						e := some[(i*10+j)%len(some)]
						version++
						e.ResourceVersion, e.Status.Summary.Pods = fmt.Sprint(version), fmt.Sprintf("%d/9", version%10)
						ix.Keep(e)
					}
					start := time.Now()
					c.ask(r.may, i)
					took = append(took, time.Since(start))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
			})
		}
	}
}

// BenchmarkKeep prints what it takes to be shown an object again, and one whose status changed.
func BenchmarkKeep(b *testing.B) {
	ix := New()
	m := &big{random: rand.New(rand.NewPCG(1, 2)), namespaces: 100, inside: true}
	var all []catalog.Entity
	m.each(10_000, func(e catalog.Entity) {
		all = append(all, e)
		ix.Keep(e)
	})
	ix.Flush()
	b.Run("the same", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			ix.Keep(all[i%len(all)])
		}
	})
	version := 10_000_000
	b.Run("another status", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			e := all[i%len(all)]
			version++
			e.SetResourceVersion(fmt.Sprint(version))
			e.EntityStatus().Summary.Pods = fmt.Sprintf("%d/9", version%10)
			ix.Keep(e)
		}
	})
}

package dashboard

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// TestForbiddenIsAnsweredLikeNotFound holds byte for byte, headers included, in HTML and in JSON.
func TestForbiddenIsAnsweredLikeNotFound(t *testing.T) {
	s := shops(t).settle(t)
	s.Exempt(deferral("sock-shop", "later", "component:carts"))
	nothing := func(access.Resource, string) bool { return false }
	for _, path := range append(s.paths(), "/scorecards/production-readiness", "/exemptions/sock-shop/later") {
		for _, accept := range []string{"text/html", "application/json"} {
			if w := visit(t, s, anything, path, accept); w.Code != http.StatusOK {
				t.Fatalf("GET %s: %d, want that it is there", path, w.Code)
			}
			forbidden := visit(t, s, nothing, path, accept)
			missing := visit(t, s, anything, path+"-missing", accept)
			forbiddenMissing := visit(t, s, nothing, path+"-missing", accept)
			if forbidden.Code != http.StatusNotFound {
				t.Errorf("GET %s: %d, want 404", path, forbidden.Code)
			}
			for _, other := range []struct {
				code int
				body []byte
			}{{missing.Code, missing.Body.Bytes()}, {forbiddenMissing.Code, forbiddenMissing.Body.Bytes()}} {
				if forbidden.Code != other.code || !bytes.Equal(forbidden.Body.Bytes(), other.body) {
					t.Errorf("GET %s as %s: forbidden and not found differ:\n%s\n%s", path, accept, forbidden.Body, other.body)
				}
			}
			if fmt.Sprint(forbidden.Header()) != fmt.Sprint(missing.Header()) {
				t.Errorf("GET %s as %s: headers differ:\n%v\n%v", path, accept, forbidden.Header(), missing.Header())
			}
		}
	}
}

func deferral(namespace, name, entity string) *catalog.Exemption {
	x := &catalog.Exemption{}
	x.Namespace, x.Name, x.CreationTimestamp = namespace, name, stageTime
	x.Spec.Entity, x.Spec.Scorecard, x.Spec.Reason = catalog.OwnEntityRef(entity), "production-readiness", "Because "+name
	x.Spec.ExpiresAt, x.Spec.RequestedBy = &metav1.Time{Time: stageTime.AddDate(0, 1, 0)}, "bob"
	return x
}

// cut is the catalog without what somebody may not get. What the operator wrote and judged stands.
func (s *stage) cut(may func(access.Resource, string) bool) *stage {
	out := &stage{Catalog: catalogtest.New(), verdict: s.verdict}
	for _, e := range s.Entities() {
		ref := relation.RefOf(e)
		if ref.Namespace != "" {
			out.Graph().SetNamespace(ref.Namespace, labels.Set{"kubernetes.io/metadata.name": ref.Namespace})
		}
		if !may(access.Of(ref.Kind), ref.Namespace) {
			continue
		}
		out.Put(e)
		live := catalogtest.Live{}
		pods, _ := s.Running(nil, ref, stageNamespaces) //nolint:staticcheck // it is not looked at
		live.Events, _ = s.Events(nil, ref)             //nolint:staticcheck // it is not looked at
		for _, p := range pods {
			if may(access.Pods, p.Namespace) {
				live.Pods = append(live.Pods, p)
			}
		}
		out.Runs(ref, live)
	}
	if may(access.Scorecards, "") {
		out.Cards(s.Scorecards()...)
	}
	out.Exempt(slices.DeleteFunc(slices.Clone(s.Exemptions()), func(x *catalog.Exemption) bool {
		return !may(access.Exemptions, x.Namespace)
	})...)
	return out
}

var stageNamespaces = []string{"east", "west", "north"}

// TestPagesShowNothingOfWhatIsClosed compares, for random catalogs and permissions, each page with that of the catalog
// cut down to what the reader may get.
func TestPagesShowNothingOfWhatIsClosed(t *testing.T) {
	const cases = 240
	pages, links := 0, 0
	for seed := range uint64(cases) {
		r := rand.New(rand.NewPCG(seed, 7))
		s := randomStage(t, r)
		may := randomPermissions(r)
		less := s.cut(may)
		paths := append(less.paths(), "/scorecards/standard", "/exemptions/east/later", "/exemptions/west/later")
		r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		for _, path := range paths[:min(len(paths), 8)] {
			if strings.HasPrefix(path, "/apis/") {
				path += "?consumer=" + anyComponent(s, r)
			}
			for _, accept := range []string{"text/html", "application/json"} {
				got, want := visit(t, s, may, path, accept), visit(t, less, may, path, accept)
				pages++
				links += bytes.Count(got.Body.Bytes(), []byte("<a "))
				if got.Code != want.Code || !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) || fmt.Sprint(got.Header()) != fmt.Sprint(want.Header()) {
					t.Fatalf("seed %d: GET %s as %s shows something of what is closed:\n%s", seed, path, accept, difference(got.Body.String(), want.Body.String()))
				}
			}
		}
	}
	if pages < 8*cases {
		t.Errorf("%d pages in %d cases: too few to tell anything", pages, cases)
	}
	t.Logf("%d cases, %d pages, %d links", cases, pages, links)
}

// anyComponent names one of a catalog, whoever may get it.
func anyComponent(s *stage, r *rand.Rand) string {
	all := s.Graph().All(relation.Component)
	if len(all) == 0 {
		return "east/none"
	}
	slices.SortFunc(all, relation.Compare)
	return shortName(all[r.IntN(len(all))])
}

// difference is where two texts part.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(0, i-200):min(len(s), i+200)] }
	return "got  …" + around(a) + "…\nwant …" + around(b) + "…"
}

// randomPermissions are a function that answers the same each time.
func randomPermissions(r *rand.Rand) func(access.Resource, string) bool {
	resources := []access.Resource{access.Scorecards, access.Exemptions, access.Pods, access.Events}
	for _, k := range relation.Kinds() {
		resources = append(resources, access.Of(k))
	}
	open := map[access.Resource]map[string]bool{}
	share := 0.3 + 0.6*r.Float64()
	for _, res := range resources {
		open[res] = map[string]bool{}
		for _, ns := range append([]string{"", "default"}, stageNamespaces...) {
			open[res][ns] = r.Float64() < share
		}
	}
	return func(res access.Resource, ns string) bool { return open[res][ns] }
}

// scenery makes random references between few entities.
type scenery struct {
	r *rand.Rand
}

func (c scenery) name(kind string) string { return fmt.Sprintf("%s%d", kind, c.r.IntN(4)) }

func (c scenery) ref(kind string) catalog.EntityRef {
	return catalog.EntityRef(kind + ":" + stageNamespaces[c.r.IntN(3)] + "/" + c.name(kind))
}

func (c scenery) flat(kind string) catalog.EntityRef {
	return catalog.EntityRef(kind + ":" + c.name(kind))
}

// some are up to n different references.
func (c scenery) some(n int, of func() catalog.EntityRef) []catalog.EntityRef {
	var out []catalog.EntityRef
	for range c.r.IntN(n + 1) {
		if ref := of(); !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

func (c scenery) maybe(of func() catalog.EntityRef) catalog.EntityRef {
	if c.r.IntN(3) == 0 {
		return ""
	}
	return of()
}

func (c scenery) consent() catalog.AllowedNamespaces {
	return catalog.AllowedNamespaces{From: []catalog.FromNamespaces{catalog.FromAll, catalog.FromNone}[c.r.IntN(2)]}
}

func randomStage(t testing.TB, r *rand.Rand) *stage {
	c, s := scenery{r}, newStage()
	group, user := func() catalog.EntityRef { return c.flat("group") }, func() catalog.EntityRef { return c.flat("user") }
	for i := range 4 {
		s.put(apitest.User(fmt.Sprintf("user%d", i), func(u *catalog.UserSpec) { u.MemberOf = c.some(2, group) }),
			apitest.Group(fmt.Sprintf("group%d", i), func(g *catalog.GroupSpec) {
				g.Parent, g.Members, g.AllowedNamespaces = c.maybe(group), c.some(2, user), c.consent()
			}),
			apitest.Domain(fmt.Sprintf("domain%d", i), func(d *catalog.DomainSpec) {
				d.Owner, d.AllowedNamespaces = c.maybe(group), c.consent()
				d.SubdomainOf = c.maybe(func() catalog.EntityRef { return c.flat("domain") })
			}))
	}
	for _, ns := range stageNamespaces {
		for i := range 4 {
			c.fill(s, ns, i)
		}
	}
	s.cards = append(s.cards, standard())
	s.Exempt(deferral("east", "later", "component:component0"), deferral("west", "later", "api:api1"))
	s.settle(t)
	for _, e := range s.Entities() {
		st := e.EntityStatus()
		for i := range st.Relations {
			// As where there are more than a status names. What else is related may depend on what is closed.
			if rel := &st.Relations[i]; rel.Type == consumesAPI || rel.Type == apiConsumedBy {
				rel.Refs = rel.Refs[:1]
			}
		}
	}
	return s
}

var standard = sync.OnceValue(func() *catalog.Scorecard {
	card := &catalog.Scorecard{}
	card.Name, card.Spec.Mode = "standard", catalog.ScorecardActive
	card.Spec.AppliesTo.Kinds = []catalog.ScoredKind{"Component", "API", "System"}
	card.Spec.Checks = []catalog.ScorecardCheck{{Name: "owned", Expression: "has(entity.spec.owner)", Remedy: "Name an owner."}}
	return card
})

// fill puts one entity of each kind into a namespace.
func (c scenery) fill(s *stage, ns string, i int) {
	of := func(kind string) func() catalog.EntityRef { return func() catalog.EntityRef { return c.ref(kind) } }
	owner, system := func() catalog.EntityRef { return c.flat("group") }, of("system")
	s.put(
		apitest.System(ns, fmt.Sprintf("system%d", i), func(x *catalog.SystemSpec) {
			x.Owner, x.Domain = c.maybe(owner), c.maybe(func() catalog.EntityRef { return c.flat("domain") })
			if c.r.IntN(2) == 0 {
				x.AllowedNamespaces = catalog.AllowedNamespaces{From: catalog.FromAll}
			}
		}),
		apitest.API(ns, fmt.Sprintf("api%d", i), func(x *catalog.APISpec) {
			x.Owner, x.System = c.maybe(owner), c.maybe(system)
			x.Visibility = []catalog.Visibility{catalog.VisibilityPublic, catalog.VisibilityRestricted, catalog.VisibilityPrivate}[c.r.IntN(3)]
			if x.Visibility == catalog.VisibilityRestricted {
				x.AllowedConsumers = append(c.some(1, owner), append(c.some(1, system), c.flat("domain"))...)
			}
		}),
		apitest.Component(ns, fmt.Sprintf("component%d", i), func(x *catalog.ComponentSpec) {
			x.Owner, x.System, x.SubcomponentOf = c.maybe(owner), c.maybe(system), c.maybe(of("component"))
			x.ProvidesAPIs, x.ConsumesAPIs = c.some(2, of("api")), c.some(3, of("api"))
			x.DependsOn, x.DependencyOf = c.some(2, of("resource")), c.some(1, of("component"))
		}),
		apitest.Resource(ns, fmt.Sprintf("resource%d", i), func(x *catalog.ResourceSpec) {
			x.Owner, x.System, x.DependencyOf = c.maybe(owner), c.maybe(system), c.some(1, of("component"))
		}))
	ref := relation.Ref{Kind: relation.Component, Namespace: ns, Name: fmt.Sprintf("component%d", i)}
	s.links.SetWorkload(workload.Facts{
		Key: workload.Key{Kind: catalog.WorkloadDeployment, Namespace: ns, Name: ref.Name}, Labels: map[string]string{"app": ref.Name},
		Ready: 1, Desired: 1, Health: relation.Healthy,
	})
	s.Runs(ref, catalogtest.Live{
		Pods:   []cluster.Pod{{Namespace: []string{ns, "west"}[c.r.IntN(2)], Name: "pod-of-" + ref.Name, Phase: "Running"}},
		Events: []cluster.Event{{Time: stageTime.Time, Type: "Warning", Reason: "Happened", Message: "Something"}},
	})
}

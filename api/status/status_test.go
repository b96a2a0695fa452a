package status_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
)

// world is a catalog in memory, of which statuses are decided.
type world struct {
	graph *relation.Graph
	links *workload.Index
}

func newWorld(entities ...catalog.Entity) world {
	w := world{relation.NewGraph(), workload.NewIndex()}
	for _, e := range entities {
		w.graph.Upsert(relation.FactsOf(e))
		w.links.SetEntity(relation.RefOf(e), workload.LinkOf(e))
	}
	return w
}

func (w world) runs(facts ...workload.Facts) world {
	for _, f := range facts {
		for _, ref := range w.links.SetWorkload(f) {
			w.graph.SetHealth(ref, w.links.Health(ref))
		}
	}
	return w
}

func (w world) statusOf(e catalog.Entity, d status.Definition) catalog.EntityStatus {
	return w.statusWith(w.access(), e, d)
}

// access judges every consumption.
func (w world) access() *visibility.Ledger {
	l := visibility.NewLedger()
	l.JudgeAll(w.graph)
	return l
}

func (w world) statusWith(access *visibility.Ledger, e catalog.Entity, d status.Definition) catalog.EntityStatus {
	o, _ := status.Observe(w.graph, access, visibility.Enforce, relation.RefOf(e))
	o.Workloads, o.Definition = w.links.View(relation.RefOf(e)), d
	return status.Of(e, o, metav1.Time{})
}

func deployment(namespace, name string, health relation.Health, reason string) workload.Facts {
	return workload.Facts{
		Key:    workload.Key{Kind: catalog.WorkloadDeployment, Namespace: namespace, Name: name},
		Labels: map[string]string{"app": name}, Ready: 1, Desired: 2, Health: health, Reason: reason,
	}
}

// TestConditions holds that each reason is given where it should be, with the whole of its message.
func TestConditions(t *testing.T) {
	const (
		yes     = metav1.ConditionTrue
		no      = metav1.ConditionFalse
		unknown = metav1.ConditionUnknown
	)
	component := func(changes ...func(*catalog.ComponentSpec)) *catalog.Component {
		return apitest.Component("shop", "cart", append([]func(*catalog.ComponentSpec){
			func(s *catalog.ComponentSpec) { s.Owner = "team" },
		}, changes...)...)
	}
	api := func(change func(*catalog.APISpec)) *catalog.API {
		return apitest.API("shop", "orders", func(s *catalog.APISpec) { s.Owner = "team" }, change)
	}
	public := func(*catalog.APISpec) {}
	private := func(s *catalog.APISpec) { s.Visibility = catalog.VisibilityPrivate }
	consumes := func(s *catalog.ComponentSpec) { s.ConsumesAPIs = []catalog.EntityRef{"orders"} }
	const denied = "spec.consumesApis[0]: api:shop/orders is Private: only its providers may use it; " +
		"ask group:team to move both into one System, or make the API Restricted"
	team := apitest.Group("team")
	linkTo := func(namespace, name string) func(*catalog.ComponentSpec) {
		return func(s *catalog.ComponentSpec) {
			s.Workloads = catalog.WorkloadLink{Namespace: namespace, Kind: catalog.WorkloadDeployment, Name: name}
		}
	}
	fromConfigMap := func(s *catalog.APISpec) { s.DefinitionFrom.ConfigMap = catalog.ConfigMapKey{Name: "orders", Key: "k"} }
	left := apitest.Group("left", func(s *catalog.GroupSpec) { s.Members = []catalog.EntityRef{"ada"} })
	cyclic := func(name, parent string) *catalog.Domain {
		return apitest.Domain(name, func(s *catalog.DomainSpec) { s.Owner, s.SubdomainOf = "team", catalog.EntityRef(parent) })
	}

	cases := map[string]struct {
		entity     catalog.Entity
		others     []catalog.Entity
		then       func(w world)
		runs       []workload.Facts
		definition status.Definition
		kind       string
		status     metav1.ConditionStatus
		reason     string
		message    string
	}{
		"all in order": {
			entity: component(), others: []catalog.Entity{team},
			kind: catalog.ConditionReady, status: yes, reason: catalog.ReasonReady, message: "All is in order",
		},
		"one thing wrong": {
			entity: component(), kind: catalog.ConditionReady, status: no, reason: catalog.ReasonOwnerNotFound,
			message: "spec.owner: group:team does not exist: create it or name another owner",
		},
		"several things wrong": {
			entity: component(func(s *catalog.ComponentSpec) { s.System = "shop" }), kind: catalog.ConditionReady, status: no, reason: catalog.ReasonNotReady,
			message: "spec.owner: group:team does not exist: create it or name another owner; spec.system: system:shop/shop does not exist: create it or correct the name",
		},
		"unhealthy and not linked, which has no say": {
			entity: component(linkTo("", "none")), others: []catalog.Entity{team},
			kind: catalog.ConditionReady, status: yes, reason: catalog.ReasonReady, message: "All is in order",
		},

		"a declared owner": {
			entity: component(), others: []catalog.Entity{team}, kind: catalog.ConditionOwned, status: yes, reason: catalog.ReasonDeclared, message: "Owned by group:team",
		},
		"a claimed owner": {
			entity: component(), others: []catalog.Entity{apitest.Group("team", func(s *catalog.GroupSpec) { s.AllowedNamespaces = catalog.AllowedNamespaces{} })},
			kind: catalog.ConditionOwned, status: yes, reason: catalog.ReasonDeclared,
			message: "Owned by group:team; only claimed: the allowedNamespaces of group:team do not cover namespace shop",
		},
		"an inherited owner": {
			entity: apitest.Component("shop", "cart", func(s *catalog.ComponentSpec) { s.System = "shop" }),
			others: []catalog.Entity{team, apitest.System("shop", "shop", func(s *catalog.SystemSpec) { s.Owner = "team" })},
			kind:   catalog.ConditionOwned, status: yes, reason: catalog.ReasonInherited, message: "Owned by group:team, inherited from system:shop/shop",
		},
		"no owner of a Component": {
			entity: apitest.Component("shop", "cart"), kind: catalog.ConditionOwned, status: no, reason: catalog.ReasonNoOwner,
			message: "No owner is declared, and there is no System or Domain with one to inherit: set spec.owner",
		},
		"no owner of a System": {
			entity: apitest.System("shop", "shop"), kind: catalog.ConditionOwned, status: no, reason: catalog.ReasonNoOwner,
			message: "No owner is declared, and there is no Domain with one to inherit: set spec.owner",
		},
		"no owner of a Domain": {
			entity: apitest.Domain("commerce"), kind: catalog.ConditionOwned, status: no, reason: catalog.ReasonNoOwner,
			message: "No owner is declared, and there is no parent Domain with one to inherit: set spec.owner",
		},
		"an owner that does not exist": {
			entity: component(), kind: catalog.ConditionOwned, status: no, reason: catalog.ReasonOwnerNotFound,
			message: "spec.owner: group:team does not exist: create it or name another owner",
		},
		"an inherited owner that does not exist": {
			entity: apitest.Component("shop", "cart", func(s *catalog.ComponentSpec) { s.System = "shop" }),
			others: []catalog.Entity{apitest.System("shop", "shop", func(s *catalog.SystemSpec) { s.Owner = "user:ada" })},
			kind:   catalog.ConditionOwned, status: no, reason: catalog.ReasonOwnerNotFound,
			message: "The owner inherited from system:shop/shop: user:ada does not exist: create it or name another owner",
		},
		"an owner whose members left": {
			entity: apitest.Component("shop", "cart", func(s *catalog.ComponentSpec) { s.Owner = "left" }), others: []catalog.Entity{apitest.User("ada"), left},
			then: func(w world) { w.graph.Upsert(relation.FactsOf(apitest.Group("left"))) },
			kind: catalog.ConditionOwned, status: no, reason: catalog.ReasonOwnerInactive,
			message: "spec.owner: group:left has no members left, in it or below it: add members or name another owner",
		},

		"references that resolve": {
			entity: component(), others: []catalog.Entity{team}, kind: catalog.ConditionReferencesResolved, status: yes, reason: catalog.ReasonResolved,
			message: "All references resolve",
		},
		"a claimed Domain": {
			entity: apitest.System("shop", "shop", func(s *catalog.SystemSpec) { s.Domain = "commerce" }), others: []catalog.Entity{apitest.Domain("commerce")},
			kind: catalog.ConditionReferencesResolved, status: yes, reason: catalog.ReasonResolved,
			message: "All references resolve; spec.domain: only claimed: the allowedNamespaces of domain:commerce do not cover namespace shop",
		},
		"a target that does not exist": {
			entity: component(func(s *catalog.ComponentSpec) { s.DependsOn = []catalog.EntityRef{"resource:db"} }),
			kind:   catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonRefNotFound,
			message: "spec.dependsOn[0]: resource:shop/db does not exist: create it or correct the name",
		},
		"more targets that do not exist than a message names": {
			entity: component(func(s *catalog.ComponentSpec) {
				s.ConsumesAPIs = []catalog.EntityRef{"a", "b", "c", "d", "e", "f", "g"}
			}),
			kind: catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonRefNotFound,
			message: "spec.consumesApis[0]: api:shop/a does not exist: create it or correct the name; " +
				"spec.consumesApis[1]: api:shop/b does not exist: create it or correct the name; " +
				"spec.consumesApis[2]: api:shop/c does not exist: create it or correct the name; " +
				"spec.consumesApis[3]: api:shop/d does not exist: create it or correct the name; " +
				"spec.consumesApis[4]: api:shop/e does not exist: create it or correct the name; and 2 more",
		},
		"a System of another namespace that is closed": {
			entity: component(func(s *catalog.ComponentSpec) { s.System = "other/shop" }), others: []catalog.Entity{apitest.System("other", "shop")},
			kind: catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonRefNotPermitted,
			message: "spec.system: system:other/shop does not exist or does not permit this: ask its owner to cover this namespace in allowedNamespaces",
		},
		"an API of another namespace without a common System": {
			entity: component(func(s *catalog.ComponentSpec) { s.ProvidesAPIs = []catalog.EntityRef{"other/orders"} }),
			kind:   catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonRefNotPermitted,
			message: "spec.providesApis[0]: api:other/orders does not exist or does not permit this: both must be members of one System, by its consent",
		},
		"a kind that cannot stand there": {
			entity: component(func(s *catalog.ComponentSpec) { s.DependsOn = []catalog.EntityRef{"user:ada"} }), others: []catalog.Entity{team},
			kind: catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonRefInvalid,
			message: `spec.dependsOn[0]: "user:ada" names another kind than dependsOn may: use component: or resource: or api:`,
		},
		"a namespace that cannot stand there": {
			entity: apitest.Group("a", func(s *catalog.GroupSpec) { s.Parent = "shop/b" }),
			kind:   catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonRefInvalid,
			message: `spec.parent: "shop/b" names a namespace, and a Group has none: leave it out`,
		},
		"an entity that names itself": {
			entity: component(func(s *catalog.ComponentSpec) { s.SubcomponentOf = "cart" }), others: []catalog.Entity{team},
			kind: catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonCycle,
			message: "spec.subcomponentOf: the entity names itself: name another or leave it out",
		},
		"a cycle of two": {
			entity: cyclic("b", "a"), others: []catalog.Entity{cyclic("a", "b"), team},
			kind: catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonCycle,
			message: "spec.subdomainOf: forms the cycle domain:a → domain:b → domain:a: change one of them",
		},
		"the worst of several reasons": {
			entity: component(func(s *catalog.ComponentSpec) {
				s.System, s.DependsOn = "other/shop", []catalog.EntityRef{"api:a", "user:ada"}
			}),
			kind: catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonRefInvalid,
			message: `spec.dependsOn[1]: "user:ada" names another kind than dependsOn may: use component: or resource: or api:; ` +
				"spec.system: system:other/shop does not exist or does not permit this: ask its owner to cover this namespace in allowedNamespaces; " +
				"spec.dependsOn[0]: api:shop/a does not exist: create it or correct the name",
		},
		"a child that names another parent": {
			entity: apitest.Group("a", func(s *catalog.GroupSpec) { s.Children = []catalog.EntityRef{"c"} }),
			others: []catalog.Entity{apitest.Group("b"), apitest.Group("c", func(s *catalog.GroupSpec) { s.Parent = "b" })},
			kind:   catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonDisagreement,
			message: "spec.children[0]: group:c names another parent: let both say the same",
		},
		"another group that names this one": {
			entity: apitest.Group("c", func(s *catalog.GroupSpec) { s.Parent = "b" }),
			others: []catalog.Entity{apitest.Group("b"), apitest.Group("a", func(s *catalog.GroupSpec) { s.Children = []catalog.EntityRef{"c"} })},
			kind:   catalog.ConditionReferencesResolved, status: no, reason: catalog.ReasonDisagreement,
			message: "spec.parent: the parent is group:b, and group:a names this group among its children: let both say the same",
		},

		"no definition": {
			entity: api(func(*catalog.APISpec) {}), kind: catalog.ConditionDefinitionValid, status: yes, reason: catalog.ReasonNotRequired,
			message: "No definition is declared",
		},
		"a definition that can be parsed": {
			entity: api(func(s *catalog.APISpec) { s.Definition = "x" }), kind: catalog.ConditionDefinitionValid, status: yes,
			reason: catalog.ReasonDefinitionParsed, message: "The definition can be parsed",
		},
		"a definition that cannot": {
			entity: api(func(s *catalog.APISpec) { s.Definition = "x" }), definition: status.Definition{Wrong: "line 3: oh"},
			kind: catalog.ConditionDefinitionValid, status: no, reason: catalog.ReasonDefinitionInvalid,
			message: "spec.definition: not openapi as spec.type says: line 3: oh",
		},
		"a definition in a ConfigMap that cannot": {
			entity: api(fromConfigMap), definition: status.Definition{Wrong: "line 3: oh"},
			kind: catalog.ConditionDefinitionValid, status: no, reason: catalog.ReasonDefinitionInvalid,
			message: "spec.definitionFrom.configMap: not openapi as spec.type says: line 3: oh",
		},
		"a definition that is not there": {
			entity: api(fromConfigMap), definition: status.Definition{Missing: "no such thing"},
			kind: catalog.ConditionDefinitionValid, status: no, reason: catalog.ReasonDefinitionNotFound,
			message: "spec.definitionFrom.configMap: no such thing",
		},

		"a library needs no workloads": {
			entity: component(func(s *catalog.ComponentSpec) { s.Type = "library" }), kind: catalog.ConditionWorkloadsLinked, status: yes,
			reason: catalog.ReasonNotRequired, message: "Nothing in the cluster runs it: it is a library or external",
		},
		"no workload of its name": {
			entity: component(), kind: catalog.ConditionWorkloadsLinked, status: yes, reason: catalog.ReasonNotRequired,
			message: "No workload carries its name in a label, and spec.workloads declares none",
		},
		"linked": {
			entity: component(), runs: []workload.Facts{deployment("shop", "cart", relation.Healthy, "")},
			kind: catalog.ConditionWorkloadsLinked, status: yes, reason: catalog.ReasonLinked, message: "Linked to what runs it",
		},
		"a declared workload that is not there": {
			entity: component(linkTo("", "none")), kind: catalog.ConditionWorkloadsLinked, status: no, reason: catalog.ReasonWorkloadsNotFound,
			message: "spec.workloads: no workload in namespace shop matches: deploy it or correct the link",
		},
		"a workload of another namespace": {
			entity: component(linkTo("other", "cart")), runs: []workload.Facts{deployment("other", "cart", relation.Healthy, "")},
			kind: catalog.ConditionWorkloadsLinked, status: no, reason: catalog.ReasonWorkloadsNotPermitted,
			message: "spec.workloads: namespace other does not exist or does not permit this: ask for its annotation catalog.callboard.dev/workloads-for",
		},
		"a workload that others claim": {
			entity: component(), others: []catalog.Entity{apitest.Component("shop", "rival", linkTo("", "cart")), apitest.Component("shop", "other", linkTo("", "cart"))},
			runs: []workload.Facts{deployment("shop", "cart", relation.Healthy, "")},
			kind: catalog.ConditionWorkloadsLinked, status: no, reason: catalog.ReasonWorkloadConflict,
			message: "Deployment shop/cart is claimed by component:shop/other, component:shop/rival as well: let one of them go",
		},
		"a selector that selects everything": {
			entity: annotated(component(), catalog.AnnotationKubernetesLabelSelector, " "), kind: catalog.ConditionWorkloadsLinked, status: no, reason: catalog.ReasonSelectorInvalid,
			message: "metadata.annotations[backstage.io/kubernetes-label-selector]: it selects everything: name at least one label",
		},

		"a library needs no health": {
			entity: component(func(s *catalog.ComponentSpec) { s.Type = "library" }), kind: catalog.ConditionHealthy, status: yes,
			reason: catalog.ReasonNotRequired, message: "Nothing in the cluster runs it: it is a library or external",
		},
		"health that is not known": {
			entity: component(), kind: catalog.ConditionHealthy, status: unknown, reason: catalog.ReasonNoWorkloads, message: "No workload is linked",
		},
		"an API that is for everybody": {
			entity: component(consumes), others: []catalog.Entity{team, api(public)}, kind: catalog.ConditionAccessGranted,
			status: yes, reason: catalog.ReasonGranted, message: "Every API that it consumes grants it",
		},
		"an API that grants nothing": {
			entity: component(consumes), others: []catalog.Entity{team, api(private)}, kind: catalog.ConditionAccessGranted,
			status: no, reason: catalog.ReasonAccessDenied, message: denied,
		},
		"not ready for want of access": {
			entity: component(consumes), others: []catalog.Entity{team, api(private)}, kind: catalog.ConditionReady,
			status: no, reason: catalog.ReasonAccessDenied, message: denied,
		},
		"an API that has not come": {
			entity: component(consumes), others: []catalog.Entity{team}, kind: catalog.ConditionAccessGranted,
			status: unknown, reason: catalog.ReasonAccessUndecided,
			message: "spec.consumesApis[0]: api:shop/orders does not exist: nothing can be said until it does",
		},
		"no API": {
			entity: component(), kind: catalog.ConditionAccessGranted,
			status: yes, reason: catalog.ReasonNotRequired, message: "It consumes no API",
		},
		"healthy": {
			entity: component(), runs: []workload.Facts{deployment("shop", "cart", relation.Healthy, "")},
			kind: catalog.ConditionHealthy, status: yes, reason: "Healthy", message: "All that should run runs",
		},
		"degraded": {
			entity: component(), runs: []workload.Facts{deployment("shop", "cart", relation.Degraded, "ProgressDeadlineExceeded")},
			kind: catalog.ConditionHealthy, status: no, reason: "ProgressDeadlineExceeded", message: "Deployment shop/cart is Degraded: ProgressDeadlineExceeded",
		},
		"a reason that no condition can hold": {
			entity: component(), runs: []workload.Facts{deployment("shop", "cart", relation.Degraded, "what a runtime writes!")},
			kind: catalog.ConditionHealthy, status: no, reason: "Degraded", message: "Deployment shop/cart is Degraded: what a runtime writes!",
		},
		"suspended": {
			entity: component(), runs: []workload.Facts{deployment("shop", "cart", relation.Suspended, "ScaledToZero")},
			kind: catalog.ConditionHealthy, status: no, reason: "ScaledToZero", message: "Deployment shop/cart is Suspended: ScaledToZero",
		},
	}
	seen := map[string]bool{}
	for name, tc := range cases {
		seen[tc.reason] = true
		t.Run(name, func(t *testing.T) {
			w := newWorld(append([]catalog.Entity{tc.entity}, tc.others...)...)
			if tc.then != nil {
				tc.then(w)
			}
			got := meta.FindStatusCondition(w.runs(tc.runs...).statusOf(tc.entity, tc.definition).Conditions, tc.kind)
			want := &metav1.Condition{Type: tc.kind, Status: tc.status, Reason: tc.reason, Message: tc.message}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s of %s differs (-want +got):\n%s", tc.kind, relation.RefOf(tc.entity), diff)
			}
		})
	}
	for _, reason := range reasons(t) {
		if !seen[reason] {
			t.Errorf("no case gives the reason %s", reason)
		}
	}
}

func annotated(c *catalog.Component, key, value string) *catalog.Component {
	c.Annotations = map[string]string{key: value}
	return c
}

// reasons are the reasons that the kinds declare.
func reasons(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../v1alpha1/conditions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Reason") {
			text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, text)
		}
		return true
	})
	if len(out) < 20 {
		t.Fatalf("found the reasons %q, want more", out)
	}
	return out
}

func TestConditionsOfEachKindAreAFixedSetInOrder(t *testing.T) {
	want := map[relation.Kind][]string{
		relation.Component: {"Ready", "AccessGranted", "Healthy", "Owned", "ReferencesResolved", "WorkloadsLinked"},
		relation.Resource:  {"Ready", "AccessGranted", "Healthy", "Owned", "ReferencesResolved", "WorkloadsLinked"},
		relation.API:       {"Ready", "DefinitionValid", "Owned", "ReferencesResolved"},
		relation.System:    {"Ready", "Owned", "ReferencesResolved"},
		relation.Domain:    {"Ready", "Owned", "ReferencesResolved"},
		relation.Group:     {"Ready", "ReferencesResolved"},
		relation.User:      {"Ready", "ReferencesResolved"},
	}
	for _, e := range []catalog.Entity{
		apitest.Component("a", "a"), apitest.Resource("a", "a"), apitest.API("a", "a"), apitest.System("a", "a"),
		apitest.Domain("a"), apitest.Group("a"), apitest.User("a"),
	} {
		e.SetGeneration(7)
		s := newWorld(e).statusOf(e, status.Definition{})
		var got []string
		for _, c := range s.Conditions {
			got = append(got, c.Type)
			if c.ObservedGeneration != 7 || c.Reason == "" || c.Message == "" || strings.HasSuffix(c.Message, ".") {
				t.Errorf("%s of %s is incomplete: %+v", c.Type, relation.RefOf(e), c)
			}
		}
		if diff := cmp.Diff(want[relation.KindOf(e)], got); diff != "" {
			t.Errorf("conditions of %s differ (-want +got):\n%s", relation.RefOf(e), diff)
		}
		if !slices.IsSorted(got[1:]) {
			t.Errorf("conditions of %s are not in order: %q", relation.RefOf(e), got)
		}
	}
}

func TestLongCyclesAreNamedInPart(t *testing.T) {
	var all []catalog.Entity
	for i := range 15 {
		all = append(all, apitest.Group(fmt.Sprintf("g-%02d", i), func(s *catalog.GroupSpec) {
			s.Parent = catalog.EntityRef(fmt.Sprintf("g-%02d", (i+1)%15))
		}))
	}
	got := meta.FindStatusCondition(newWorld(all...).statusOf(all[7], status.Definition{}).Conditions, catalog.ConditionReferencesResolved)
	want := "spec.parent: forms the cycle group:g-00 → group:g-01 → group:g-02 → group:g-03 → group:g-04 → group:g-05 → " +
		"group:g-06 → group:g-07 → group:g-08 → group:g-09 → 5 more → group:g-00: change one of them"
	if got.Message != want {
		t.Errorf("message is\n%s\nwant\n%s", got.Message, want)
	}
}

func TestTimesOfConditionsAreKept(t *testing.T) {
	e := apitest.Component("shop", "cart", func(s *catalog.ComponentSpec) { s.Owner = "team" })
	before, now := metav1.Unix(1000, 0), metav1.Unix(2000, 0)
	w := newWorld(e)
	view, _ := w.graph.View(relation.RefOf(e))
	o := status.Observation{Relations: view, Workloads: w.links.View(relation.RefOf(e))}
	e.Status = status.Of(e, o, before)
	if got := status.Of(e, o, now); !cmp.Equal(got, e.Status) {
		t.Errorf("the status of the same differs (-before +after):\n%s", cmp.Diff(e.Status, got))
	}
	w.graph.Upsert(relation.FactsOf(apitest.Group("team")))
	o.Relations, _ = w.graph.View(relation.RefOf(e))
	for _, c := range status.Of(e, o, now).Conditions {
		want := before
		if c.Type == catalog.ConditionReady || c.Type == catalog.ConditionOwned {
			want = now
		}
		if !c.LastTransitionTime.Equal(&want) {
			t.Errorf("%s turned at %s, want %s", c.Type, c.LastTransitionTime, want)
		}
	}
}

func TestSummaryAndRollup(t *testing.T) {
	in := func(s *catalog.ComponentSpec) { s.System = "shop" }
	team := apitest.Group("team", func(s *catalog.GroupSpec) { s.Members = []catalog.EntityRef{"ada"} })
	ada := apitest.User("ada")
	domain := apitest.Domain("commerce", func(s *catalog.DomainSpec) { s.Owner, s.AllowedNamespaces.From = "team", catalog.FromAll })
	system := apitest.System("shop", "shop", func(s *catalog.SystemSpec) { s.Domain = "commerce" })
	open := apitest.API("shop", "open", func(s *catalog.APISpec) { s.System = "shop" })
	hidden := apitest.API("shop", "hidden", func(s *catalog.APISpec) { s.System, s.Visibility = "shop", catalog.VisibilityPrivate })
	cart := apitest.Component("shop", "cart", in, func(s *catalog.ComponentSpec) { s.ProvidesAPIs = []catalog.EntityRef{"open"} })
	ui := apitest.Component("shop", "ui", in, func(s *catalog.ComponentSpec) { s.ConsumesAPIs = []catalog.EntityRef{"open"} })
	db := apitest.Resource("shop", "db", func(s *catalog.ResourceSpec) { s.System = "shop" })
	w := newWorld(team, ada, domain, system, open, hidden, cart, ui, db).runs(
		deployment("shop", "cart", relation.Degraded, "CrashLoopBackOff"), deployment("shop", "ui", relation.Healthy, ""))
	n := func(i int32) *int32 { return &i }
	health := catalog.HealthCounts{Healthy: 1, Degraded: 1}
	cases := map[string]struct {
		of     catalog.Entity
		want   catalog.Summary
		rollup catalog.Rollup
	}{
		"a Component that runs":    {cart, catalog.Summary{Health: catalog.HealthDegraded, Pods: "1/2"}, catalog.Rollup{}},
		"a Resource that runs not": {db, catalog.Summary{Health: catalog.HealthUnknown}, catalog.Rollup{}},
		"an API in use":            {open, catalog.Summary{Providers: n(1), Consumers: n(1), Denied: n(0)}, catalog.Rollup{}},
		"an API without use":       {hidden, catalog.Summary{Providers: n(0), Consumers: n(0), Denied: n(0)}, catalog.Rollup{}},
		"a System": {
			system, catalog.Summary{Health: catalog.HealthDegraded, Components: n(2), ExposedAPIs: n(1)},
			catalog.Rollup{Components: n(2), APIs: n(2), Resources: n(1), Health: health},
		},
		"a Domain": {
			domain, catalog.Summary{Health: catalog.HealthDegraded, Components: n(2), ExposedAPIs: n(1), Systems: n(1)},
			catalog.Rollup{Components: n(2), APIs: n(2), Resources: n(1), Systems: n(1), Health: health},
		},
		"a Group": {
			team, catalog.Summary{Health: catalog.HealthDegraded, Members: n(1), Owns: n(7)},
			catalog.Rollup{Components: n(2), APIs: n(2), Resources: n(1), Systems: n(1), Health: health},
		},
		"a User": {ada, catalog.Summary{Groups: n(1), Owns: n(0)}, catalog.Rollup{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := w.statusOf(tc.of, status.Definition{})
			if diff := cmp.Diff(tc.want, s.Summary); diff != "" {
				t.Errorf("summary differs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.rollup, s.Rollup); diff != "" {
				t.Errorf("roll-up differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListsAreBounded(t *testing.T) {
	all := []catalog.Entity{apitest.Group("team")}
	for i := range 30 {
		all = append(all, apitest.Component("shop", fmt.Sprintf("c-%02d", i), func(s *catalog.ComponentSpec) { s.Owner = "team" }))
	}
	all = append(all, apitest.Resource("shop", "many", func(s *catalog.ResourceSpec) {
		s.Workloads.Selector.MatchLabels = map[string]catalog.LabelValue{"part": "many"}
	}))
	w := newWorld(all...)
	for i := range 30 {
		f := deployment("shop", fmt.Sprintf("w-%02d", i), relation.Healthy, "")
		f.Labels = map[string]string{"part": "many"}
		if i == 29 {
			f.Health, f.Reason = relation.Degraded, "JobFailed"
		}
		w.runs(f)
	}
	owner := w.statusOf(all[0], status.Definition{}).Relations[0]
	if owner.Count != 30 || len(owner.Refs) != 20 || owner.Refs[0] != "component:shop/c-00" || !slices.IsSorted(owner.Refs) {
		t.Errorf("%s counts %d and lists %d from %s, want 30, the first 20 in order", owner.Type, owner.Count, len(owner.Refs), owner.Refs[0])
	}
	s := w.statusOf(all[len(all)-1], status.Definition{})
	if len(s.Workloads) != 20 || s.Workloads[0].Name != "w-29" || s.Workloads[1].Name != "w-00" || *s.Summary.Workloads != 30 || s.Summary.Pods != "30/60" {
		t.Errorf("lists %d workloads from %s, counts %d with pods %s; want 20, the bad one first, 30, 30/60",
			len(s.Workloads), s.Workloads[0].Name, *s.Summary.Workloads, s.Summary.Pods)
	}
}

package controllers_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// settled waits until the operator has written nothing for longer than it holds writes together.
func settled(t testing.TB) int {
	t.Helper()
	const quiet = 1500 * time.Millisecond
	last, since := statusWrites(t), time.Now()
	eventually(t, func() error {
		if n := statusWrites(t); n != last {
			last, since = n, time.Now()
		}
		if rest := quiet - time.Since(since); rest > 0 {
			return fmt.Errorf("%d writes, the last less than %s ago", last, quiet)
		}
		return nil
	})
	return last
}

// fence makes the operator write something, so that what was queued before has been looked at.
func fence(t *testing.T, ns string) {
	t.Helper()
	c := apitest.Component(ns, unique("fence"), func(s *catalog.ComponentSpec) { s.Owner = "user:nobody-at-all" })
	create(t, c)
	becomes(t, c, notOwned(catalog.ReasonOwnerNotFound))
}

func TestWhatDoesNotBearOnAStatusCausesNoWrite(t *testing.T) {
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
	d := deployment(ns, "cart", map[string]string{"app": "cart"})
	create(t, team, c, d)
	rolledOut(t, d, 3)
	p := pod(t, d, "cart-5d4f-1", waiting("CrashLoopBackOff"))
	becomes(t, c, isReady(), healthIs(catalog.HealthDegraded))
	settled(t)

	cases := map[string]func(){
		"a label": func() { edit(t, c, func(c *catalog.Component) { c.Labels = map[string]string{"a": "b"} }) },
		"an annotation": func() {
			edit(t, c, func(c *catalog.Component) { c.Annotations = map[string]string{"note": "new"} })
		},
		"what kubectl apply notes": func() {
			edit(t, c, func(c *catalog.Component) {
				metav1.SetMetaDataAnnotation(&c.ObjectMeta, corev1.LastAppliedConfigAnnotation, "{}")
			})
		},
		"a label of the owner":     func() { edit(t, team, func(g *catalog.Group) { g.Labels = map[string]string{"a": "b"} }) },
		"a label of the namespace": func() { edit(t, read(t, namespaceNamed(ns)), func(ns *corev1.Namespace) { ns.Labels["a"] = "b" }) },
		"an annotation of the same": func() {
			edit(t, read(t, namespaceNamed(ns)), func(ns *corev1.Namespace) { ns.Annotations = map[string]string{"a": "b"} })
		},
		"an annotation of a workload": func() {
			edit(t, read(t, d), func(d *appsv1.Deployment) { d.Annotations = map[string]string{"a": "b"} })
		},
		"a restart in a crash loop": func() {
			podStatus(t, read(t, p), corev1.ContainerStatus{
				RestartCount: 7, LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error"}},
				State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error"}},
			})
		},
		"a second bad pod": func() { pod(t, d, "cart-5d4f-2", waiting("CrashLoopBackOff")) },
		"a ConfigMap": func() {
			create(t, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "x", Labels: map[string]string{catalog.LabelDefinition: "true"}}})
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			before := statusWrites(t)
			change()
			fence(t, ns)
			eventually(t, func() error { // the API server counts a request after it has answered
				if statusWrites(t) == before {
					return errors.New("the write of the fence is not counted yet")
				}
				return nil
			})
			if got := statusWrites(t) - before; got != 1 {
				t.Errorf("%d statuses were written, want that of the fence alone; %s has %+v", got, c.Name, read(t, c).Status)
			}
		})
	}
}

func TestStatusThatSomebodyOverwritesIsPutRight(t *testing.T) {
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
	create(t, team, c)
	becomes(t, c, isReady())
	before := c.DeepCopy()
	c.Status.Owner, c.Status.Conditions[0].Status = "user:mallory", metav1.ConditionFalse
	if err := k8s.Status().Update(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	edit(t, c, func(c *catalog.Component) { c.Spec.Title = "New" }) // the operator looks again when something happens
	becomes(t, c, isReady(), ownerIs(string(before.Status.Owner)))
}

func TestNothingIsWrittenAtRest(t *testing.T) {
	crowd(t)
	before := settled(t)
	const rest = 5 * time.Second
	select {
	case <-time.After(rest):
	case <-t.Context().Done():
	}
	if got := statusWrites(t) - before; got != 0 {
		t.Errorf("%d statuses were written in %s of rest, want none", got, rest)
	}
}

// crowd makes entities in every state that a restart might get wrong.
func crowd(t *testing.T) (everything []entity) {
	t.Helper()
	ns, other := newNamespace(t), newNamespace(t)
	ada := apitest.User(unique("ada"))
	team := apitest.Group(unique("team"), func(s *catalog.GroupSpec) { s.Members = refs(ada.Name) })
	left := apitest.Group(unique("left"), func(s *catalog.GroupSpec) { s.Members = refs(ada.Name) })
	domain := apitest.Domain(unique("commerce"), func(s *catalog.DomainSpec) { s.Owner = catalog.EntityRef(team.Name) })
	system := apitest.System(ns, "shop", func(s *catalog.SystemSpec) { s.Domain = catalog.EntityRef(domain.Name) })
	a := apitest.API(ns, "orders", func(s *catalog.APISpec) { s.System, s.Type, s.Definition = "shop", "grpc", "message A { a }" })
	valid := apitest.API(ns, "valid", func(s *catalog.APISpec) { s.System, s.Definition = "shop", "openapi: 3.1.0" })
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) {
		s.System, s.ConsumesAPIs, s.DependsOn = "shop", refs("orders", "missing"), refs("resource:db")
	})
	r := apitest.Resource(ns, "db", func(s *catalog.ResourceSpec) { s.Owner = catalog.EntityRef(left.Name) })
	guest := apitest.Component(other, "guest", func(s *catalog.ComponentSpec) {
		s.System = catalog.EntityRef(ns + "/shop")
		s.Workloads = catalog.WorkloadLink{Namespace: ns, Kind: catalog.WorkloadDeployment, Name: "cart"}
	})
	rival := apitest.Component(ns, "rival", func(s *catalog.ComponentSpec) {
		s.Workloads = catalog.WorkloadLink{Kind: catalog.WorkloadDeployment, Name: "cart"}
	})
	everything = append(everything, ada, team, left, domain, system, a, valid, c, r, guest, rival)
	everything = append(everything, cycleOf(t, 3, func(name, next string) entity {
		return apitest.Domain(name, func(s *catalog.DomainSpec) { s.SubdomainOf = catalog.EntityRef(next) })
	})...)
	scored := []catalog.ScoredKind{"Component", "API", "Resource", "System", "Domain", "Group"}
	cards := []*catalog.Scorecard{
		newScorecard(t, catalog.ScorecardActive, scored, described, isOwned), newScorecard(t, catalog.ScorecardDraft, scored, isOwned),
		newScorecard(t, catalog.ScorecardActive, ofComponents, replicated),
	}
	for _, e := range everything[:11] {
		e.SetLabels(map[string]string{})
		for _, sc := range cards {
			e.GetLabels()[judged+sc.Name] = sc.Name
		}
		create(t, e)
	}
	d := deployment(ns, "cart", map[string]string{"app": "cart"})
	create(t, d)
	rolledOut(t, d, 2)
	becomes(t, left, members(1))
	edit(t, left, func(g *catalog.Group) { g.Spec.Members = nil })
	becomes(t, r, notOwned(catalog.ReasonOwnerInactive))
	return everything
}

// TestEchoesAreWhatTheAPIServerHas holds that what is taken from writes, without a look at the events that bring it back,
// is what a list brings.
func TestEchoesAreWhatTheAPIServerHas(t *testing.T) {
	everything := crowd(t)
	settled(t)
	known := func() map[string]catalog.Entity {
		out := map[string]catalog.Entity{}
		for _, e := range everything {
			ref := relation.RefOf(e)
			cached, found, err := operator.store.Get(t.Context(), ref)
			if err != nil || !found {
				t.Fatalf("get %s: %v, %v", ref, found, err)
			}
			out[ref.String()] = cached
		}
		return out
	}
	before := known()
	restart(t, nil)
	sameTime := cmp.Comparer(func(a, b metav1.Time) bool { return a.Equal(&b) })
	if diff := cmp.Diff(known(), before, sameTime, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("known by a list (-) and by echoes (+):\n%s", diff)
	}
	if n := counted(t, "callboard_watch_events_total", "echo"); n == 0 {
		t.Error("no event was an echo")
	}
}

// counted is a counter of the operator, with a value of its only label.
func counted(t *testing.T, name, value string) float64 {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if l := m.GetLabel(); f.GetName() == name && len(l) == 1 && l[0].GetValue() == value {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestRestartWritesNothing(t *testing.T) {
	everything := crowd(t)
	before := settled(t)
	versions := map[string]string{}
	for _, e := range everything {
		versions[fmt.Sprintf("%T %s", e, e.GetName())] = read(t, e).GetResourceVersion()
	}
	restart(t, nil)
	settled(t)
	if got := statusWrites(t) - before; got != 0 {
		t.Errorf("%d statuses were written after the restart, want none", got)
	}
	for _, e := range everything {
		if was := versions[fmt.Sprintf("%T %s", e, e.GetName())]; read(t, e).GetResourceVersion() != was {
			t.Errorf("%T %s was written", e, e.GetName())
		}
	}
}

// restart stops the operator, does something behind its back, and starts it again.
func restart(t *testing.T, meanwhile func()) {
	t.Helper()
	if err := operator.stop(); err != nil {
		t.Fatal(err)
	}
	if meanwhile != nil {
		meanwhile()
	}
	var err error
	if operator, err = startOperator(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatHappensWhileTheOperatorIsDownIsCaughtUpWith(t *testing.T) {
	ns := newNamespace(t)
	team, gone := apitest.Group(unique("team")), apitest.Group(unique("gone"))
	owner := func(g *catalog.Group) func(*catalog.ComponentSpec) {
		return func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(g.Name) }
	}
	c, orphan := apitest.Component(ns, "cart", owner(team)), apitest.Component(ns, "orphan", owner(gone))
	fresh := apitest.Component(ns, "fresh", owner(team))
	create(t, team, gone, c, orphan)
	becomes(t, c, isReady())
	becomes(t, orphan, isReady())
	restart(t, func() {
		remove(t, gone)
		create(t, fresh)
		edit(t, c, func(c *catalog.Component) { c.Spec.Owner = "" })
		create(t, deployment(ns, "cart", map[string]string{"app": "cart"}))
	})
	becomes(t, c, notOwned(catalog.ReasonNoOwner), healthIs(catalog.HealthProgressing))
	becomes(t, orphan, notOwned(catalog.ReasonOwnerNotFound))
	becomes(t, fresh, isReady())
	becomes(t, team, owns(1), relates("ownerOf", ref("component", ns, "fresh")))
}

func TestStatusesCanBeSelectedByField(t *testing.T) {
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	system := apitest.System(ns, "shop", func(s *catalog.SystemSpec) { s.Owner = catalog.EntityRef(team.Name) })
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.System = "shop" })
	other := apitest.Component(ns, "other", func(s *catalog.ComponentSpec) { s.Type, s.Lifecycle = "library", "deprecated" })
	a := apitest.API(ns, "orders", func(s *catalog.APISpec) { s.System, s.Visibility = "shop", catalog.VisibilityPrivate })
	b := apitest.API(ns, "public", func(s *catalog.APISpec) { s.Type = "grpc" })
	create(t, team, system, c, other, a, b)
	becomes(t, c, isReady())
	becomes(t, a, isReady())
	becomes(t, other, notOwned(catalog.ReasonNoOwner))
	becomes(t, b, notOwned(catalog.ReasonNoOwner))
	for name, tc := range map[string]struct {
		list   client.ObjectList
		fields client.MatchingFields
		want   []string
	}{
		"components by owner":     {&catalog.ComponentList{}, client.MatchingFields{"status.owner": "group:" + team.Name}, []string{"cart"}},
		"components by system":    {&catalog.ComponentList{}, client.MatchingFields{"status.system": ref("system", ns, "shop")}, []string{"cart"}},
		"components by type":      {&catalog.ComponentList{}, client.MatchingFields{"spec.type": "library"}, []string{"other"}},
		"components by lifecycle": {&catalog.ComponentList{}, client.MatchingFields{"spec.lifecycle": "production"}, []string{"cart"}},
		"components without one":  {&catalog.ComponentList{}, client.MatchingFields{"status.owner": ""}, []string{"other"}},
		"apis by visibility":      {&catalog.APIList{}, client.MatchingFields{"spec.visibility": "Private"}, []string{"orders"}},
		"apis by the default":     {&catalog.APIList{}, client.MatchingFields{"spec.visibility": "Public"}, []string{"public"}},
		"apis by system and type": {&catalog.APIList{}, client.MatchingFields{"status.system": ref("system", ns, "shop"), "spec.type": "openapi"}, []string{"orders"}},
		"systems by owner":        {&catalog.SystemList{}, client.MatchingFields{"status.owner": "group:" + team.Name}, []string{"shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := k8s.List(context.Background(), tc.list, client.InNamespace(ns), tc.fields); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range items(tc.list) {
				got = append(got, e.GetName())
			}
			if fmt.Sprint(got) != fmt.Sprint(tc.want) {
				t.Errorf("%v selects %q, want %q", tc.fields, got, tc.want)
			}
		})
	}
}

func items(list client.ObjectList) []entity {
	var out []entity
	switch l := list.(type) {
	case *catalog.ComponentList:
		for i := range l.Items {
			out = append(out, &l.Items[i])
		}
	case *catalog.APIList:
		for i := range l.Items {
			out = append(out, &l.Items[i])
		}
	case *catalog.SystemList:
		for i := range l.Items {
			out = append(out, &l.Items[i])
		}
	}
	return out
}

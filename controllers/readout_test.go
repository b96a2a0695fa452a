package controllers_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/controllers/readout"
)

func TestPagesReadWhatTheCacheDoesNotKeep(t *testing.T) {
	ns := newNamespace(t)
	c := apitest.Component(ns, "cart")
	create(t, c)
	ref := relation.RefOf(c)
	pages := readout.New(operator.store, k8s)
	eventually(t, func() error {
		if _, ok := pages.Status(ref); !ok {
			return fmt.Errorf("no status of %s", ref)
		}
		return nil
	})
	e, ok, err := pages.Entity(t.Context(), ref)
	if err != nil || !ok || e.GetUID() != c.UID || e.GetObjectKind().GroupVersionKind().Kind != "Component" {
		t.Errorf("Entity() = %v, %v, %v", e, ok, err)
	}
	missing := ref
	missing.Name = "missing"
	if e, ok, err := pages.Entity(t.Context(), missing); ok || err != nil || e != nil {
		t.Errorf("Entity() of what is not there = %v, %v, %v", e, ok, err)
	}
	if _, ok := pages.Status(missing); ok {
		t.Error("Status() of what is not there")
	}
	if pods, err := pages.Running(t.Context(), missing, []string{ns}); err != nil || len(pods) != 0 {
		t.Errorf("Running() of what is not there = %v, %v", pods, err)
	}
}

func TestPagesReadPods(t *testing.T) {
	ns := newNamespace(t)
	c := apitest.Component(ns, "cart")
	create(t, c)
	d, other := deployment(ns, "cart", map[string]string{"app": "cart"}), deployment(ns, "other", map[string]string{"app": "other"})
	create(t, d, other)
	owned := func(by *metav1.ObjectMeta, name string, status corev1.ContainerStatus) {
		p := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name, Labels: map[string]string{"pod-template-hash": "5d4f", "app": "cart"},
				OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: by.Name + "-5d4f", UID: by.UID, Controller: ptr.To(true)}}},
			Spec: d.Spec.Template.Spec,
		}
		create(t, p)
		status.Name, status.Image = "main", "x"
		podStatus(t, p, status)
	}
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	owned(&d.ObjectMeta, "cart-a", corev1.ContainerStatus{Ready: true, State: running})
	owned(&d.ObjectMeta, "cart-b", corev1.ContainerStatus{RestartCount: 7, State: corev1.ContainerState{
		Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff", Message: "back-off 5m0s"}}})
	owned(&other.ObjectMeta, "cart-0-not-ours", corev1.ContainerStatus{Ready: true, State: running})

	key := workload.Key{Kind: catalog.WorkloadDeployment, Namespace: ns, Name: "cart"}
	image := []string{"registry.example.com/cart:1.2"}
	want := []cluster.Pod{
		{Namespace: ns, Name: "cart-b", Workload: key, Phase: "Running", Containers: 1, Restarts: 7, Images: image,
			Reason: "CrashLoopBackOff", Message: "back-off 5m0s"},
		{Namespace: ns, Name: "cart-a", Workload: key, Phase: "Running", Ready: 1, Containers: 1, Images: image},
	}
	pages := readout.New(operator.store, k8s)
	eventually(t, func() error {
		got, err := pages.Running(t.Context(), relation.RefOf(c), []string{"elsewhere", ns})
		if err != nil {
			return err
		}
		for i := range got {
			if time.Since(got[i].Created) > time.Minute {
				return fmt.Errorf("%s was created %s", got[i].Name, got[i].Created)
			}
			got[i].Created = time.Time{}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("Running() -want +got:\n%s", diff)
		}
		return nil
	})
	if got, err := pages.Running(t.Context(), relation.RefOf(c), []string{"elsewhere"}); err != nil || len(got) != 0 {
		t.Errorf("Running() in other namespaces = %v, %v", got, err)
	}
}

func TestPagesReadEvents(t *testing.T) {
	ns := newNamespace(t)
	c := apitest.Component(ns, "cart")
	create(t, c)
	begin := time.Now().Truncate(time.Second)
	tell := func(name, apiVersion, about string, at time.Duration) {
		create(t, &corev1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: name}, Type: "Warning", Reason: name, Message: "It happened", Count: 3,
			LastTimestamp:  metav1.NewTime(begin.Add(at)),
			InvolvedObject: corev1.ObjectReference{APIVersion: apiVersion, Kind: "Component", Namespace: ns, Name: about}})
	}
	tell("First", catalog.GroupVersion.String(), "cart", time.Second)
	tell("Second", catalog.GroupVersion.String(), "cart", time.Minute)
	tell("OfAnother", catalog.GroupVersion.String(), "cart-2", time.Minute)
	tell("OfAnotherGroup", "example.com/v1", "cart", time.Minute)
	got, err := readout.New(operator.store, k8s).Events(t.Context(), relation.RefOf(c))
	if err != nil {
		t.Fatal(err)
	}
	got = got[:min(len(got), 2)] // the operator may have told something itself, which was before
	want := []cluster.Event{
		{Time: begin.Add(time.Minute), Type: "Warning", Reason: "Second", Message: "It happened", Count: 3},
		{Time: begin.Add(time.Second), Type: "Warning", Reason: "First", Message: "It happened", Count: 3},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Events() -want +got:\n%s", diff)
	}
}

func TestPagesListScorecardsByName(t *testing.T) {
	pages := readout.New(operator.store, k8s)
	if got := pages.Scorecards(); got == nil && pages.Exemptions() == nil {
		t.Error("the cache does not answer")
	}
	ns := newNamespace(t)
	create(t, apitest.API(ns, "pay"))
	eventually(t, func() error {
		for _, n := range pages.Namespaces(access.Of(relation.API)) {
			if n == ns {
				return nil
			}
		}
		return fmt.Errorf("%s holds no API", ns)
	})
}

func TestPagesAreToldOfDefinitionsAndOfWhatIsGone(t *testing.T) {
	ns := newNamespace(t)
	a := apitest.API(ns, "pay", func(s *catalog.APISpec) {
		s.Type, s.Definition = "graphql", ""
		s.DefinitionFrom.ConfigMap = catalog.ConfigMapKey{Name: "pay", Key: "schema"}
	})
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "pay", Labels: map[string]string{catalog.LabelDefinition: "true"}},
		Data: map[string]string{"schema": "type Query { one: Int }"}}
	create(t, a, cm)
	ref := relation.RefOf(a).String()
	is := func(want string) {
		t.Helper()
		eventually(t, func() error {
			if _, ok := told.Load(want); !ok {
				return fmt.Errorf("nobody was told: %s", want)
			}
			return nil
		})
	}
	is("define " + ref + " type Query { one: Int }")
	cm.Data["schema"] = "type Query { two: Int }"
	if err := k8s.Update(t.Context(), cm); err != nil {
		t.Fatal(err)
	}
	is("define " + ref + " type Query { two: Int }")
	if err := k8s.Delete(t.Context(), cm); err != nil {
		t.Fatal(err)
	}
	is("define " + ref + " ")
	if err := k8s.Delete(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	is("forget " + ref)
}

// TestVersionGrowsWithWhatTheIndexDoesNotHold is about what only streams of events read.
func TestVersionGrowsWithWhatTheIndexDoesNotHold(t *testing.T) {
	ns := newNamespace(t)
	pages := readout.New(operator.store, k8s)
	var sc *catalog.Scorecard
	x := &catalog.Exemption{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "later"}, Spec: catalog.ExemptionSpec{
		Entity: "component:cart", Scorecard: "none", Reason: "Next quarter", RequestedBy: "ada",
		ExpiresAt: ptr.To(metav1.NewTime(time.Now().Add(time.Hour))),
	}}
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"a new Scorecard", func() { sc = newScorecard(t, catalog.ScorecardDraft, ofComponents, described) }},
		{"its description", func() { edit(t, sc, func(sc *catalog.Scorecard) { sc.Spec.Description = "What all should have" }) }},
		{"a new Exemption", func() { create(t, x) }},
		{"an Exemption that is gone", func() {
			if err := k8s.Delete(t.Context(), x); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		before := pages.Version()
		step.do()
		eventually(t, func() error {
			if pages.Version() == before {
				return fmt.Errorf("the version is still %d after %s", before, step.name)
			}
			return nil
		})
	}
}

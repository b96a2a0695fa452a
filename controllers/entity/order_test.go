package entity

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// shops are the objects of the sample shops, the workloads rolled out.
func shops(t *testing.T) []client.Object {
	t.Helper()
	var out []client.Object
	for _, f := range []struct{ file, namespace string }{
		{"organisation.yaml", ""},
		{"online-boutique/catalog.yaml", "online-boutique"}, {"online-boutique/kubernetes-manifests.yaml", "online-boutique"},
		{"sock-shop/catalog.yaml", "sock-shop"}, {"sock-shop/complete-demo.yaml", "sock-shop"},
	} {
		objs, err := apitest.Objects("../../config/samples/"+f.file, f.namespace)
		if err != nil {
			t.Fatal(err)
		}
		for _, obj := range objs {
			rollOut(obj)
			out = append(out, obj)
		}
	}
	for _, name := range []string{"online-boutique", "sock-shop"} {
		out = append(out, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"kubernetes.io/metadata.name": name}}})
	}
	return out
}

func rollOut(obj client.Object) {
	switch o := obj.(type) {
	case *catalog.API:
		switch o.Spec.Type { // to parse the whole each time would take most of the test
		case "grpc":
			o.Spec.Definition = `syntax = "proto3";`
		case "openapi":
			o.Spec.Definition = "openapi: 3.1.0"
		}
	case *appsv1.Deployment:
		n := int32(1)
		if o.Spec.Replicas != nil {
			n = *o.Spec.Replicas
		}
		o.Status = appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n}
	case *appsv1.StatefulSet:
		n := int32(1)
		if o.Spec.Replicas != nil {
			n = *o.Spec.Replicas
		}
		o.Status = appsv1.StatefulSetStatus{ObservedGeneration: 1, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n}
	}
}

// granted are entities that use each other's APIs in every way, with their namespaces.
func granted() []client.Object {
	var out []client.Object
	for _, e := range apitest.Granted() {
		out = append(out, e.(client.Object))
	}
	for _, ns := range apitest.GrantedNamespaces() {
		ns.Labels["kubernetes.io/metadata.name"] = ns.Name
		out = append(out, ns)
	}
	return out
}

// permutations is how many orders are tried.
func permutations(t *testing.T) int {
	t.Helper()
	text := os.Getenv("CALLBOARD_PERMUTATIONS")
	if text == "" {
		return 500
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("CALLBOARD_PERMUTATIONS is %q, want a number", text)
	}
	return n
}

// TestOrderNeverMatters applies catalogs in many random orders, with time that passes and events that are late as they may
// be, and wants each time the same statuses: those of the first order, and those that are decided from nothing.
func TestOrderNeverMatters(t *testing.T) {
	t.Run("the sample shops", func(t *testing.T) { anyOrder(t, shops(t), permutations(t)) })
	t.Run("a catalog of grants", func(t *testing.T) { anyOrder(t, granted(), max(1, permutations(t)/10)) })
}

func anyOrder(t *testing.T, all []client.Object, orders int) {
	t.Helper()
	var want map[string]catalog.EntityStatus
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range orders {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		synctest.Test(t, func(t *testing.T) {
			got := statusesAfter(t, r, all)
			if want == nil {
				want = got
			}
			if !equality.Semantic.DeepEqual(want, got) {
				t.Fatalf("the order %d of seed %d ends in other statuses (-first +this):\n%s", i, seed, cmp.Diff(want, got))
			}
		})
		if t.Failed() {
			return
		}
	}
	ready := 0
	for _, s := range want {
		for _, c := range s.Conditions {
			if c.Type == catalog.ConditionReady && c.Status == metav1.ConditionTrue {
				ready++
			}
		}
	}
	if ready != len(want) || ready < 60 {
		t.Errorf("%d of %d entities are Ready, want all", ready, len(want))
	}
	t.Logf("%d entities", len(want))
}

// statusesAfter applies all objects in a random order.
func statusesAfter(t *testing.T, r *rand.Rand, all []client.Object) map[string]catalog.EntityStatus {
	t.Helper()
	c := newCluster(t)
	for _, i := range r.Perm(len(all)) {
		c.create(all[i].DeepCopyObject().(client.Object))
		if r.IntN(3) == 0 {
			c.deliver(r.IntN(8))
		}
		if r.IntN(10) == 0 {
			c.pass(time.Duration(r.IntN(700)) * time.Millisecond)
		}
		if r.IntN(5) == 0 {
			c.reconcile()
		}
	}
	c.settle()
	c.rejudge()
	out := map[string]catalog.EntityStatus{}
	for _, obj := range all {
		e, ok := obj.(catalog.Entity)
		if !ok {
			continue
		}
		ref := relation.RefOf(e)
		s := withoutTimes(c.status(obj))
		fresh, err := c.fresh(ref)
		if err != nil {
			t.Fatal(err)
		}
		if fresh = withoutTimes(fresh); !equality.Semantic.DeepEqual(fresh, s) {
			t.Errorf("%s was not written when it should have been (-decided now +written):\n%s", ref, cmp.Diff(fresh, s))
		}
		out[ref.String()] = s
	}
	return out
}

func withoutTimes(s catalog.EntityStatus) catalog.EntityStatus {
	s = *s.DeepCopy()
	for i := range s.Conditions {
		s.Conditions[i].LastTransitionTime = metav1.Time{}
	}
	return s
}

// TestRandomChangesEndInTheStatusesOfTheRest edits, removes and brings back entities at random, and wants in the end what
// is decided from nothing: that every change wakes all that it bears on.
func TestRandomChangesEndInTheStatusesOfTheRest(t *testing.T) {
	t.Run("the sample shops", func(t *testing.T) { changeAtRandom(t, shops(t), max(1, permutations(t)/10)) })
	t.Run("a catalog of grants", func(t *testing.T) { changeAtRandom(t, granted(), max(1, permutations(t)/20)) })
}

func changeAtRandom(t *testing.T, all []client.Object, times int) {
	t.Helper()
	seed := rand.Uint64()
	for i := range times {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		synctest.Test(t, func(t *testing.T) {
			c := newCluster(t)
			for _, obj := range all {
				c.create(obj.DeepCopyObject().(client.Object))
			}
			for range 100 {
				disturb(c, r, all)
				if r.IntN(3) == 0 {
					c.deliver(r.IntN(20))
					c.pass(time.Duration(r.IntN(700)) * time.Millisecond)
					c.reconcile()
				}
			}
			c.settle()
			c.rejudge()
			for _, k := range relation.Kinds() {
				for _, ref := range slices.SortedFunc(slices.Values(c.store.Graph.All(k)), relation.Compare) {
					fresh, err := c.fresh(ref)
					if err != nil {
						t.Fatal(err)
					}
					e, _, err := c.store.Get(t.Context(), ref)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(withoutTimes(fresh), withoutTimes(*e.EntityStatus())); diff != "" {
						t.Errorf("seed %d/%d: %s was not written when it should have been (-decided now +written):\n%s", seed, i, ref, diff)
					}
				}
			}
		})
		if t.Failed() {
			return
		}
	}
}

// disturb changes one object at random.
func disturb(c *cluster, r *rand.Rand, all []client.Object) {
	obj := all[r.IntN(len(all))]
	if _, there := c.server[keyOf(obj)]; !there {
		c.create(obj.DeepCopyObject().(client.Object))
		return
	}
	other := func(kind relation.Kind) catalog.EntityRef {
		var names []string
		for _, o := range all {
			if e, ok := o.(catalog.Entity); ok && relation.KindOf(e) == kind {
				names = append(names, o.GetName())
			}
		}
		return catalog.EntityRef(names[r.IntN(len(names))])
	}
	switch r.IntN(3) {
	case 0:
		c.remove(obj)
		return
	case 1: // as it was
		c.edit(obj, func(now client.Object) {
			if e, ok := now.(*catalog.Component); ok {
				e.Spec = obj.(*catalog.Component).Spec
			}
		})
		return
	}
	c.edit(obj, func(now client.Object) {
		switch e := now.(type) {
		case *catalog.Component:
			e.Spec.Owner, e.Spec.System = other(relation.Group), other(relation.System)
			e.Spec.SubcomponentOf = other(relation.Component)
			e.Spec.ConsumesAPIs = []catalog.EntityRef{other(relation.API)}
			e.Spec.Workloads = catalog.WorkloadLink{Kind: catalog.WorkloadDeployment, Name: string(other(relation.Component))}
		case *catalog.API:
			e.Spec.Owner, e.Spec.System = "", other(relation.System)
			e.Spec.Visibility = []catalog.Visibility{catalog.VisibilityPublic, catalog.VisibilityRestricted, catalog.VisibilityPrivate}[r.IntN(3)]
			e.Spec.AllowedConsumers = []catalog.EntityRef{
				"component:" + other(relation.Component), "domain:" + other(relation.Domain), "group:" + other(relation.Group),
			}[:r.IntN(4)]
		case *catalog.Resource:
			e.Spec.Owner, e.Spec.DependencyOf = "", []catalog.EntityRef{"component:" + other(relation.Component)}
		case *catalog.System:
			e.Spec.Owner, e.Spec.AllowedNamespaces.From = "", catalog.FromAll
		case *catalog.Domain:
			e.Spec.Owner, e.Spec.SubdomainOf, e.Spec.AllowedNamespaces = "", other(relation.Domain), catalog.AllowedNamespaces{}
		case *catalog.Group:
			e.Spec.Parent, e.Spec.Children, e.Spec.Members = other(relation.Group), []catalog.EntityRef{other(relation.Group)}, nil
		case *catalog.User:
			e.Spec.MemberOf = []catalog.EntityRef{other(relation.Group)}
		case *appsv1.Deployment:
			e.Status.ReadyReplicas = 0
			e.Labels = maps.Clone(e.Labels)
			if r.IntN(2) == 0 {
				delete(e.Labels, "app")
			}
		case *corev1.Namespace:
			e.Labels = map[string]string{"kubernetes.io/metadata.name": e.Name, "a": "b"}
			e.Annotations = map[string]string{catalog.AnnotationWorkloadsFor: "*"}
		}
	})
}

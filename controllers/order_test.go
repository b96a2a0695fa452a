package controllers_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// fromEnv is a number that the environment may set.
func fromEnv(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number", name, text)
	}
	return n
}

// TestSampleShopsEndInTheSameStatusesInAnyOrder applies the sample shops through the API server in several random orders.
func TestSampleShopsEndInTheSameStatusesInAnyOrder(t *testing.T) {
	for _, name := range []string{"online-boutique", "sock-shop"} {
		if err := client.IgnoreAlreadyExists(k8s.Create(t.Context(), namespaceNamed(name))); err != nil {
			t.Fatal(err)
		}
	}
	var want map[string]catalog.EntityStatus
	seed := rand.Uint64()
	for i := range fromEnv(t, "CALLBOARD_API_PERMUTATIONS", 2) {
		t.Run(fmt.Sprintf("order %d of seed %d", i, seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			all := sampleShops(t)
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for _, obj := range all {
				create(t, obj) // refused by nobody
				rollOut(t, obj)
			}
			settled(t)
			got := statusesOf(t, all)
			if want == nil {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the statuses differ (-first order +this):\n%s", diff)
			}
			for name, s := range got {
				if len(s.Conditions) == 0 || s.Conditions[0].Status != metav1.ConditionTrue {
					t.Errorf("%s is not Ready: %+v", name, s.Conditions)
				}
				if s.Summary.Health != "" && s.Summary.Health != catalog.HealthHealthy {
					t.Errorf("%s is %s, want Healthy", name, s.Summary.Health)
				}
			}
		})
	}
}

// sampleShops are the entities and workloads of the samples.
func sampleShops(t *testing.T) []client.Object {
	t.Helper()
	var out []client.Object
	for _, f := range []struct{ file, namespace string }{
		{"organisation.yaml", ""},
		{"online-boutique/catalog.yaml", "online-boutique"}, {"online-boutique/kubernetes-manifests.yaml", "online-boutique"},
		{"sock-shop/catalog.yaml", "sock-shop"}, {"sock-shop/complete-demo.yaml", "sock-shop"},
	} {
		objs, err := apitest.Objects("../config/samples/"+f.file, f.namespace)
		if err != nil {
			t.Fatal(err)
		}
		for _, obj := range objs {
			out = append(out, obj)
		}
	}
	return out
}

// rollOut makes a workload's pods ready, as far as its status goes.
func rollOut(t *testing.T, obj client.Object) {
	t.Helper()
	switch o := obj.(type) {
	case *appsv1.Deployment:
		rolledOut(t, o, *o.Spec.Replicas)
	case *appsv1.StatefulSet:
		n := *o.Spec.Replicas
		o.Status = appsv1.StatefulSetStatus{ObservedGeneration: o.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n}
		if err := k8s.Status().Update(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
}

// statusesOf are the statuses of the entities among the objects, without times.
func statusesOf(t *testing.T, objs []client.Object) map[string]catalog.EntityStatus {
	t.Helper()
	out := map[string]catalog.EntityStatus{}
	for _, obj := range objs {
		e, ok := obj.(entity)
		if !ok {
			continue
		}
		s := *read(t, e).EntityStatus().DeepCopy()
		for i := range s.Conditions {
			s.Conditions[i].LastTransitionTime = metav1.Time{}
		}
		out[relation.RefOf(e).String()] = s
	}
	return out
}

// TestBulkApplyWritesLittle applies 1,000 entities one after the other, as kubectl does. It is timed, so it runs only
// where it is asked for.
func TestBulkApplyWritesLittle(t *testing.T) {
	if os.Getenv("CALLBOARD_BULK") == "" {
		t.Skip("CALLBOARD_BULK is not set")
	}
	const n = 1000
	for name, tc := range map[string]struct {
		shuffle bool
		bar     float64
	}{"dependency order": {false, 1.3}, "random order": {true, 2.3}} {
		t.Run(name, func(t *testing.T) {
			var all []entity
			for _, e := range apitest.Catalog(newNamespace(t), n) {
				all = append(all, e.(entity))
			}
			if tc.shuffle {
				rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			}
			before := settled(t)
			last := watchStatuses(t)
			begin := time.Now()
			for _, e := range all {
				create(t, e)
			}
			end := time.Now()
			per := float64(settled(t)-before) / n
			late := last().Sub(end).Seconds()
			t.Logf("applied in %.1f s", end.Sub(begin).Seconds())
			result(t, "status writes per entity, "+name, per, "", tc.bar)
			result(t, "last status after the last entity, "+name, late, "s", 5)
			for _, e := range all {
				if read(t, e).EntityStatus(); len(e.EntityStatus().Conditions) == 0 || e.EntityStatus().Conditions[0].Status != metav1.ConditionTrue {
					t.Errorf("%s is not Ready: %+v", e.GetName(), e.EntityStatus().Conditions)
				}
			}
		})
	}
}

// result prints a figure beside its bar.
func result(t *testing.T, name string, value float64, unit string, bar float64) {
	t.Helper()
	verdict := "ok"
	if value > bar {
		verdict = "short"
		t.Errorf("%s is %.2f %s, want at most %.1f", name, value, unit, bar)
	}
	fmt.Printf("result: %s %.2f %s (bar %.1f) %s\n", name, value, unit, bar, verdict)
}

// watchStatuses watches all kinds until the test ends; the function that it returns says when the last change came.
func watchStatuses(t *testing.T) (last func() time.Time) {
	t.Helper()
	watching, err := client.NewWithWatch(apiServer, client.Options{Scheme: k8s.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var at time.Time
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	for _, k := range relation.Kinds() {
		list, err := k8s.Scheme().New(catalog.GroupVersion.WithKind(k.ObjectKind() + "List"))
		if err != nil {
			t.Fatal(err)
		}
		w, err := watching.Watch(ctx, list.(client.ObjectList))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for range w.ResultChan() {
				mu.Lock()
				at = time.Now()
				mu.Unlock()
			}
		}()
	}
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return at
	}
}

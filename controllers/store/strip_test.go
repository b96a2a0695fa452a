package store_test

import (
	"os"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/controllers/store"
)

// transform is what the cache does with an object of this type before it keeps it.
func transform(t *testing.T, obj any) toolscache.TransformFunc {
	t.Helper()
	for o, by := range store.CacheOptions().ByObject {
		if reflect.TypeOf(o) == reflect.TypeOf(obj) {
			return by.Transform
		}
	}
	t.Fatalf("the cache has no options for %T", obj)
	return nil
}

func stripped[T any](t *testing.T, obj T) T {
	t.Helper()
	return strippedObject(t, obj).(T)
}

func strippedObject(t *testing.T, obj any) any {
	t.Helper()
	change := transform(t, obj)
	once, err := change(obj)
	if err != nil {
		t.Fatal(err)
	}
	out := once.(interface{ DeepCopyObject() runtime.Object }).DeepCopyObject()
	if again, err := change(once); err != nil || !cmp.Equal(out, again) { // informers may do it twice
		t.Errorf("the second time it changes once more (%v):\n%s", err, cmp.Diff(out, again))
	}
	return out
}

// meta is metadata with all that an object in a cluster carries.
func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: "shop", Name: name, UID: "u-1", ResourceVersion: "7", Generation: 3,
		Labels: map[string]string{"app": name, "pod-template-hash": "5d4f"},
		Annotations: map[string]string{
			"deployment.kubernetes.io/revision": "4", corev1.LastAppliedConfigAnnotation: "{}", catalog.LabelKubernetesID: name,
			catalog.AnnotationKubernetesLabelSelector: "app=" + name, catalog.AnnotationWorkloadsFor: "other",
		},
		ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
	}
}

func podTemplate() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "cart"}, Annotations: map[string]string{"a": "b"}},
		Spec: corev1.PodSpec{
			InitContainers: []corev1.Container{{Name: "init", Image: "init:1"}},
			Containers: []corev1.Container{
				{Name: "main", Image: "cart:1", Env: []corev1.EnvVar{{Name: "PASSWORD", Value: "secret"}}}, {Name: "side", Image: "proxy@sha256:abc"},
			},
			Volumes: []corev1.Volume{{Name: "data"}},
		},
	}
}

// TestStrippedWorkloadsSayTheSame holds that the cache keeps of a workload all that is read of it.
func TestStrippedWorkloadsSayTheSame(t *testing.T) {
	cases := map[string]struct {
		facts func(obj any) workload.Facts
		obj   func() any
	}{
		"a Deployment that is stuck": {
			func(o any) workload.Facts { return workload.OfDeployment(o.(*appsv1.Deployment)) },
			func() any {
				return &appsv1.Deployment{
					ObjectMeta: meta("cart"), Spec: appsv1.DeploymentSpec{Replicas: ptr.To[int32](3), Template: podTemplate(), Paused: true},
					Status: appsv1.DeploymentStatus{ObservedGeneration: 3, Replicas: 3, UpdatedReplicas: 3, ReadyReplicas: 1, Conditions: []appsv1.DeploymentCondition{
						{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded"},
					}},
				}
			},
		},
		"a StatefulSet with a partition": {
			func(o any) workload.Facts { return workload.OfStatefulSet(o.(*appsv1.StatefulSet)) },
			func() any {
				return &appsv1.StatefulSet{
					ObjectMeta: meta("cart"), Spec: appsv1.StatefulSetSpec{
						Replicas: ptr.To[int32](3), Template: podTemplate(),
						UpdateStrategy: appsv1.StatefulSetUpdateStrategy{RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr.To[int32](2)}},
					},
					Status: appsv1.StatefulSetStatus{ObservedGeneration: 3, Replicas: 3, ReadyReplicas: 3, UpdatedReplicas: 1},
				}
			},
		},
		"a DaemonSet": {
			func(o any) workload.Facts { return workload.OfDaemonSet(o.(*appsv1.DaemonSet)) },
			func() any {
				return &appsv1.DaemonSet{
					ObjectMeta: meta("cart"), Spec: appsv1.DaemonSetSpec{Template: podTemplate()},
					Status: appsv1.DaemonSetStatus{ObservedGeneration: 3, DesiredNumberScheduled: 3, NumberReady: 2, UpdatedNumberScheduled: 3},
				}
			},
		},
		"a Job of a CronJob": {
			func(o any) workload.Facts { return workload.OfJob(o.(*batchv1.Job)) },
			func() any {
				m := meta("cart-1")
				m.OwnerReferences = []metav1.OwnerReference{{Kind: "CronJob", Name: "cart", Controller: ptr.To(true)}}
				return &batchv1.Job{
					ObjectMeta: m, Spec: batchv1.JobSpec{Completions: ptr.To[int32](2), Template: podTemplate()},
					Status: batchv1.JobStatus{StartTime: &metav1.Time{}, Succeeded: 1, Conditions: []batchv1.JobCondition{
						{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: "DeadlineExceeded"},
					}},
				}
			},
		},
		"a CronJob": {
			func(o any) workload.Facts { return workload.OfCronJob(o.(*batchv1.CronJob)) },
			func() any {
				return &batchv1.CronJob{ObjectMeta: meta("cart"), Spec: batchv1.CronJobSpec{
					Suspend: ptr.To(true), JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: podTemplate()}},
				}}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := tc.facts(tc.obj())
			obj := strippedObject(t, tc.obj())
			if diff := cmp.Diff(want, tc.facts(obj), cmpopts.EquateComparable(metav1.Time{})); diff != "" {
				t.Errorf("the facts differ (-whole +stripped):\n%s", diff)
			}
			m := obj.(metav1.Object)
			if m.GetManagedFields() != nil || m.GetAnnotations() != nil {
				t.Errorf("kept what nobody reads: %v %v", m.GetManagedFields(), m.GetAnnotations())
			}
		})
	}
}

func TestStrippedPodsSayTheSame(t *testing.T) {
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	crashed := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled", Message: "long"}}
	cases := map[string]corev1.PodStatus{
		"a pod that runs": {Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Ready: true, State: running, RestartCount: 9, LastTerminationState: crashed}}},
		"a pod that was started again and is not ready": {Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{State: running, LastTerminationState: crashed}}},
		"a pod that waits": {Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{
			{Ready: true, State: running}, {State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}, LastTerminationState: crashed},
		}},
		"a pod whose init container fails": {Phase: corev1.PodPending, InitContainerStatuses: []corev1.ContainerStatus{{State: crashed}}},
		"a pod that has no node": {Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
			{Type: corev1.PodReady, Status: corev1.ConditionFalse}, {Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/9 nodes"},
		}},
		"a pod that is done":    {Phase: corev1.PodSucceeded, ContainerStatuses: []corev1.ContainerStatus{{State: crashed}}},
		"a pod that has failed": {Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{State: crashed}}},
	}
	for name, status := range cases {
		t.Run(name, func(t *testing.T) {
			for _, deleted := range []*metav1.Time{nil, {}} {
				pod := func() *corev1.Pod {
					m := meta("cart-5d4f-1")
					m.DeletionTimestamp = deleted
					m.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "cart-5d4f", Controller: ptr.To(true)}}
					return &corev1.Pod{ObjectMeta: m, Spec: podTemplate().Spec, Status: *status.DeepCopy()}
				}
				want := workload.OfPod(pod())
				p := stripped(t, pod())
				if diff := cmp.Diff(want, workload.OfPod(p)); diff != "" {
					t.Errorf("the facts differ (-whole +stripped):\n%s", diff)
				}
				if want.Workload.Name != "cart" {
					t.Errorf("the pod belongs to %v, want the Deployment cart", want.Workload)
				}
				if len(p.Spec.Containers)+len(p.Annotations)+len(p.ManagedFields) > 0 {
					t.Errorf("kept what nobody reads: %+v", p)
				}
			}
		})
	}
}

func TestStrippedEntitiesSayTheSame(t *testing.T) {
	whole := func() *catalog.Component {
		c := apitest.Component("shop", "cart", func(s *catalog.ComponentSpec) {
			s.Owner, s.System, s.ConsumesAPIs = "team", "shop", []catalog.EntityRef{"orders"}
		})
		c.ObjectMeta = meta("cart")
		c.Status.Owner = "group:team"
		return c
	}
	c := stripped(t, whole())
	if diff := cmp.Diff(relation.FactsOf(whole()), relation.FactsOf(c)); diff != "" {
		t.Errorf("the facts differ (-whole +stripped):\n%s", diff)
	}
	if got, want := workload.LinkOf(c).Field, workload.LinkOf(whole()).Field; got != want {
		t.Errorf("linked by %q, want %q", got, want)
	}
	if c.Annotations[corev1.LastAppliedConfigAnnotation] != "" || c.ManagedFields != nil {
		t.Errorf("kept what nobody reads: %v %v", c.Annotations, c.ManagedFields)
	}
	want := whole()
	want.ManagedFields = nil
	delete(want.Annotations, corev1.LastAppliedConfigAnnotation)
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("more is gone than nobody reads (-want +got):\n%s", diff)
	}
}

func TestStrippedNamespacesKeepTheirConsent(t *testing.T) {
	ns := stripped(t, &corev1.Namespace{ObjectMeta: meta("shop"), Spec: corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{"kubernetes"}}})
	want := map[string]string{catalog.AnnotationWorkloadsFor: "other"}
	if diff := cmp.Diff(want, ns.Annotations); diff != "" {
		t.Errorf("annotations differ (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(meta("shop").Labels, ns.Labels); diff != "" {
		t.Errorf("labels differ (-want +got):\n%s", diff)
	}
}

func TestCacheSelectsOnlyConfigMapsWithDefinitions(t *testing.T) {
	for o, by := range store.CacheOptions().ByObject {
		if _, ok := o.(*corev1.ConfigMap); !ok {
			continue
		}
		for value, want := range map[string]bool{"true": true, "false": false, "": false} {
			if got := by.Label.Matches(labels.Set{catalog.LabelDefinition: value}); got != want {
				t.Errorf("the label with %q: selected %v, want %v", value, got, want)
			}
		}
		return
	}
	t.Error("the cache has no options for ConfigMaps")
}

func TestTransformLeavesTombstonesAlone(t *testing.T) {
	gone := toolscache.DeletedFinalStateUnknown{Key: "shop/cart", Obj: apitest.Component("shop", "cart")}
	got, err := transform(t, &catalog.Component{})(gone)
	if diff := cmp.Diff(any(gone), got); diff != "" || err != nil {
		t.Errorf("changed (%v):\n%s", err, diff)
	}
}

// TestDefinitionIsReplacedByItsVerdict holds that no text of a definition stays in memory, and that a status can be
// decided all the same.
func TestDefinitionIsReplacedByItsVerdict(t *testing.T) {
	text, err := os.ReadFile("../../config/samples/online-boutique/demo.proto")
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(nil, nil, visibility.Enforce)
	cases := map[string]struct{ apiType, text, want string }{
		"a good definition":        {"grpc", string(text), ""},
		"a bad definition":         {"grpc", "mesage", "line 1, column 1: syntax error: unexpected identifier"},
		"a type that is not read":  {"soap", "<a/>", ""},
		"no definition":            {"grpc", "", ""},
		"a verdict that is forged": {"grpc", string(text), ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			a := apitest.API("shop", "orders", func(s *catalog.APISpec) { s.Type, s.Definition = catalog.Word(tc.apiType), tc.text })
			if name == "a verdict that is forged" {
				a.Annotations = map[string]string{"cache.callboard.dev/definition": "forged"}
			}
			a = stripped(t, a)
			if len(a.Spec.Definition) > 20 {
				t.Errorf("%d bytes of the definition were kept", len(a.Spec.Definition))
			}
			if (a.Spec.Definition == "") != (tc.text == "") {
				t.Errorf("whether there is a definition is lost: %q of %q", a.Spec.Definition, tc.text)
			}
			got, err := s.Definition(t.Context(), a)
			if err != nil || got.Wrong != tc.want {
				t.Errorf("the verdict is %q, %v; want %q", got.Wrong, err, tc.want)
			}
		})
	}
}

package store

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The first list of an informer goes through the transform twice where it comes as a watch.
func TestStrippingTwiceIsStrippingOnce(t *testing.T) {
	meta := func() metav1.ObjectMeta {
		return metav1.ObjectMeta{
			Namespace: "shop", Name: "x", ManagedFields: []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
			Labels:      map[string]string{"app": "x", "pod-template-hash": "abc"},
			Annotations: map[string]string{corev1.LastAppliedConfigAnnotation: "{}", catalog.AnnotationWorkloadsFor: "a", "other": "b"},
		}
	}
	template := corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i:1", Command: []string{"x"}}}}}
	api := func(text string) *catalog.API {
		return &catalog.API{ObjectMeta: meta(), Spec: catalog.APISpec{Type: "openapi", Definition: text}}
	}
	crashed := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}}
	cases := map[string]runtime.Object{
		"an API with a definition":              api("openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n"),
		"an API with one that cannot be parsed": api("]"),
		"an API without one":                    api(""),
		"a Component":                           &catalog.Component{ObjectMeta: meta()},
		"a Namespace":                           &corev1.Namespace{ObjectMeta: meta()},
		"a ConfigMap":                           &corev1.ConfigMap{ObjectMeta: meta(), Data: map[string]string{"k": "v"}},
		"a Pod": &corev1.Pod{ObjectMeta: meta(), Status: corev1.PodStatus{
			Phase:             corev1.PodRunning,
			Conditions:        []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "m"}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "c", RestartCount: 7, State: crashed, LastTerminationState: crashed}},
		}},
		"a Deployment":  &appsv1.Deployment{ObjectMeta: meta(), Spec: appsv1.DeploymentSpec{Template: template}},
		"a StatefulSet": &appsv1.StatefulSet{ObjectMeta: meta(), Spec: appsv1.StatefulSetSpec{Template: template}},
		"a DaemonSet":   &appsv1.DaemonSet{ObjectMeta: meta(), Spec: appsv1.DaemonSetSpec{Template: template}},
		"a Job":         &batchv1.Job{ObjectMeta: meta(), Spec: batchv1.JobSpec{Template: template}},
		"a CronJob": &batchv1.CronJob{ObjectMeta: meta(), Spec: batchv1.CronJobSpec{
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template}},
		}},
	}
	options := CacheOptions()
	for name, obj := range cases {
		t.Run(name, func(t *testing.T) {
			strip := transformOf(t, options, obj)
			once, err := strip(obj)
			if err != nil {
				t.Fatal(err)
			}
			want := once.(runtime.Object).DeepCopyObject()
			twice, err := strip(once)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, twice); diff != "" {
				t.Errorf("stripped once (-) and twice (+) differ:\n%s", diff)
			}
		})
	}
}

func TestTheVerdictOnADefinitionIsOurs(t *testing.T) {
	forged := &catalog.API{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{verdictAnnotation: "forged"}}}
	newVerdicts().stripEntity(forged)
	if keys := slices.Collect(maps.Keys(forged.Annotations)); len(keys) > 0 {
		t.Errorf("newVerdicts().stripEntity() left the annotations %v, want none", keys)
	}
}

// transformOf finds the transform that the options hold for an object's type.
func transformOf(t *testing.T, o cache.Options, obj runtime.Object) func(any) (any, error) {
	t.Helper()
	for of, by := range o.ByObject {
		if reflect.TypeOf(of) == reflect.TypeOf(obj) {
			return by.Transform
		}
	}
	t.Fatalf("CacheOptions() has nothing for %T", obj)
	return nil
}

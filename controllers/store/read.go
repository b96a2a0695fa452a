package store

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// What the dashboard lists. All objects are shared: they must not be changed.

// Scorecards are all of them, as the cache has them.
func (s *Store) Scorecards(ctx context.Context) ([]*catalog.Scorecard, error) {
	var list catalog.ScorecardList
	if err := s.cache.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list the Scorecards: %w", err)
	}
	return pointers(list.Items), nil
}

// Exemptions are all of them, as the cache has them.
func (s *Store) Exemptions(ctx context.Context) ([]*catalog.Exemption, error) {
	var list catalog.ExemptionList
	if err := s.cache.List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list the Exemptions: %w", err)
	}
	return pointers(list.Items), nil
}

func pointers[T any](items []T) []*T {
	out := make([]*T, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	return out
}

// PodsOf selects the pods of a workload; those of a CronJob are those of its Jobs that run now. It returns false if the
// workload is gone, or has no pods.
func (s *Store) PodsOf(ctx context.Context, k workload.Key) (labels.Selector, bool, error) {
	obj := workloadObject(k.Kind)
	if obj == nil {
		return nil, false, nil
	}
	if err := s.cache.Get(ctx, client.ObjectKey{Namespace: k.Namespace, Name: k.Name}, obj); err != nil {
		return nil, false, client.IgnoreNotFound(err)
	}
	l := podLabels(obj)
	if l == nil {
		return nil, false, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(l)
	return selector, err == nil && !selector.Empty(), err
}

func workloadObject(k catalog.WorkloadKind) client.Object {
	switch k {
	case catalog.WorkloadDeployment:
		return &appsv1.Deployment{}
	case catalog.WorkloadStatefulSet:
		return &appsv1.StatefulSet{}
	case catalog.WorkloadDaemonSet:
		return &appsv1.DaemonSet{}
	case catalog.WorkloadJob:
		return &batchv1.Job{}
	case catalog.WorkloadCronJob:
		return &batchv1.CronJob{}
	}
	return nil
}

// podLabels selects the pods of a workload; nil if it has none.
func podLabels(obj client.Object) *metav1.LabelSelector {
	switch w := obj.(type) {
	case *appsv1.Deployment:
		return w.Spec.Selector
	case *appsv1.StatefulSet:
		return w.Spec.Selector
	case *appsv1.DaemonSet:
		return w.Spec.Selector
	case *batchv1.Job:
		return w.Spec.Selector
	case *batchv1.CronJob:
		var jobs []string
		for i := range w.Status.Active {
			jobs = append(jobs, w.Status.Active[i].Name)
		}
		if len(jobs) == 0 {
			return nil
		}
		return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: batchv1.JobNameLabel, Operator: metav1.LabelSelectorOpIn, Values: jobs},
		}}
	}
	return nil
}

// DefinitionText is the definition of an API that stands in a ConfigMap, with the resourceVersion of that; false if there
// is none.
func (s *Store) DefinitionText(ctx context.Context, api relation.Ref) (text, version string, found bool, err error) {
	s.definitions.mu.Lock()
	x := s.definitions.of[api]
	s.definitions.mu.Unlock()
	if x == nil {
		return "", "", false, nil
	}
	var cm corev1.ConfigMap
	if err := s.cache.Get(ctx, x.configMap, &cm); err != nil {
		return "", "", false, client.IgnoreNotFound(err)
	}
	text, found = cm.Data[x.key]
	return text, cm.ResourceVersion, found, nil
}

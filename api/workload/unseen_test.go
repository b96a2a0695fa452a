package workload_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

func TestAGenerationThatNobodyLookedAt(t *testing.T) {
	one, zero := int32(1), int32(0)
	meta := metav1.ObjectMeta{Generation: 2}
	deployment := func(replicas *int32, status appsv1.DeploymentStatus) workload.Facts {
		return workload.OfDeployment(&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Replicas: replicas}, Status: status})
	}
	complete := appsv1.DeploymentStatus{ObservedGeneration: 2, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1}
	unseen := complete
	unseen.ObservedGeneration = 1
	noneReady := unseen
	noneReady.ReadyReplicas = 0
	cases := map[string]struct {
		facts  workload.Facts
		health relation.Health
		reason string
		unseen int64
	}{
		"seen, and complete":                      {deployment(&one, complete), relation.Healthy, "", 0},
		"unseen, and nothing else against it":     {deployment(&one, unseen), relation.Progressing, workload.ReasonRollingOut, 2},
		"unseen, and a pod is not ready":          {deployment(&one, noneReady), relation.Progressing, workload.ReasonPodsNotReady, 0},
		"unseen, and stopped":                     {deployment(&zero, unseen), relation.Suspended, workload.ReasonScaledToZero, 0},
		"new, so that no replica is updated":      {deployment(&one, appsv1.DeploymentStatus{}), relation.Progressing, workload.ReasonRollingOut, 0},
		"a StatefulSet, unseen":                   {workload.OfStatefulSet(&appsv1.StatefulSet{ObjectMeta: meta, Status: appsv1.StatefulSetStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1}}), relation.Progressing, workload.ReasonRollingOut, 2},
		"a DaemonSet, new":                        {workload.OfDaemonSet(&appsv1.DaemonSet{ObjectMeta: meta}), relation.Progressing, workload.ReasonRollingOut, 2},
		"a DaemonSet, seen, and no node wants it": {workload.OfDaemonSet(&appsv1.DaemonSet{ObjectMeta: meta, Status: appsv1.DaemonSetStatus{ObservedGeneration: 2}}), relation.Suspended, workload.ReasonNoNodes, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if f := tc.facts; f.Health != tc.health || f.Reason != tc.reason || f.Unseen != tc.unseen {
				t.Errorf("health %v, reason %q, unseen %d, want %v, %q, %d", f.Health, f.Reason, f.Unseen, tc.health, tc.reason, tc.unseen)
			}
		})
	}
}

func TestAnUnseenGenerationIsToldOnceItIsOverdue(t *testing.T) {
	cart := relation.Ref{Kind: relation.Component, Namespace: "shop", Name: "cart"}
	deployment := func(generation, observed int64) workload.Facts {
		return workload.OfDeployment(&appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart", Generation: generation, Labels: map[string]string{"app": "cart"}},
			Status:     appsv1.DeploymentStatus{ObservedGeneration: observed, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1},
		})
	}
	x := workload.NewIndex()
	x.SetEntity(cart, workload.LinkOf(&catalog.Component{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart"}}))
	x.SetWorkload(deployment(1, 1))
	steps := []struct {
		name    string
		do      func() []relation.Ref
		touches int
		want    relation.Health
	}{
		{"an annotation changes", func() []relation.Ref { return x.SetWorkload(deployment(2, 1)) }, 0, relation.Healthy},
		{"its controller looks", func() []relation.Ref { return x.SetWorkload(deployment(2, 2)) }, 0, relation.Healthy},
		{"its time is over, too late", func() []relation.Ref { return x.Overdue(deployment(2, 1).Key, 2) }, 0, relation.Healthy},
		{"another changes", func() []relation.Ref { return x.SetWorkload(deployment(3, 2)) }, 0, relation.Healthy},
		{"its time is over", func() []relation.Ref { return x.Overdue(deployment(3, 2).Key, 3) }, 1, relation.Progressing},
		{"and another", func() []relation.Ref { return x.SetWorkload(deployment(4, 2)) }, 0, relation.Progressing},
		{"its controller is back", func() []relation.Ref { return x.SetWorkload(deployment(4, 4)) }, 1, relation.Healthy},
	}
	for _, s := range steps {
		if refs := s.do(); len(refs) != s.touches || x.Health(cart) != s.want {
			t.Errorf("%s: touches %v, health %v, want %d and %v", s.name, refs, x.Health(cart), s.touches, s.want)
		}
	}
}

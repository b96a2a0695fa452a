package workload_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
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
		unseen bool
	}{
		"seen, and complete":                      {deployment(&one, complete), relation.Healthy, "", false},
		"unseen, and nothing else against it":     {deployment(&one, unseen), relation.Progressing, workload.ReasonRollingOut, true},
		"unseen, and a pod is not ready":          {deployment(&one, noneReady), relation.Progressing, workload.ReasonPodsNotReady, false},
		"unseen, and stopped":                     {deployment(&zero, unseen), relation.Suspended, workload.ReasonScaledToZero, false},
		"new, so that no replica is updated":      {deployment(&one, appsv1.DeploymentStatus{}), relation.Progressing, workload.ReasonRollingOut, false},
		"a StatefulSet, unseen":                   {workload.OfStatefulSet(&appsv1.StatefulSet{ObjectMeta: meta, Status: appsv1.StatefulSetStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1}}), relation.Progressing, workload.ReasonRollingOut, true},
		"a DaemonSet, new":                        {workload.OfDaemonSet(&appsv1.DaemonSet{ObjectMeta: meta}), relation.Progressing, workload.ReasonRollingOut, true},
		"a DaemonSet, seen, and no node wants it": {workload.OfDaemonSet(&appsv1.DaemonSet{ObjectMeta: meta, Status: appsv1.DaemonSetStatus{ObservedGeneration: 2}}), relation.Suspended, workload.ReasonNoNodes, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if f := tc.facts; f.Health != tc.health || f.Reason != tc.reason || f.Unseen != tc.unseen {
				t.Errorf("health %v, reason %q, unseen %t, want %v, %q, %t", f.Health, f.Reason, f.Unseen, tc.health, tc.reason, tc.unseen)
			}
		})
	}
}

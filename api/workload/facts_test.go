package workload_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// health is what a case wants of a workload.
type health struct {
	ready, desired int32
	health         relation.Health
	reason         string
}

func check(t *testing.T, f workload.Facts, want health) {
	t.Helper()
	if got := (health{f.Ready, f.Desired, f.Health, f.Reason}); got != want {
		t.Errorf("facts are %+v, want %+v", got, want)
	}
}

func meta(generation int64) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "shop", Name: "cart", Generation: generation}
}

func TestHealthOfADeployment(t *testing.T) {
	type (
		spec       = appsv1.DeploymentSpec
		statusOf   = appsv1.DeploymentStatus
		conditions = []appsv1.DeploymentCondition
	)
	three := ptr.To[int32](3)
	done := statusOf{ObservedGeneration: 2, Replicas: 3, UpdatedReplicas: 3, ReadyReplicas: 3}
	with := func(change func(*statusOf)) statusOf { s := done; change(&s); return s }
	cases := map[string]struct {
		spec   spec
		status statusOf
		want   health
	}{
		"all run":                  {spec{Replicas: three}, done, health{3, 3, relation.Healthy, ""}},
		"no replicas said is one":  {spec{}, statusOf{ObservedGeneration: 2, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1}, health{1, 1, relation.Healthy, ""}},
		"scaled to zero":           {spec{Replicas: ptr.To[int32](0)}, statusOf{ObservedGeneration: 2}, health{0, 0, relation.Suspended, "ScaledToZero"}},
		"scaled to zero, not seen": {spec{Replicas: ptr.To[int32](0)}, done, health{3, 0, relation.Suspended, "ScaledToZero"}},
		"never seen":               {spec{Replicas: three}, statusOf{}, health{0, 3, relation.Progressing, "RollingOut"}},
		"an older generation":      {spec{Replicas: three}, with(func(s *statusOf) { s.ObservedGeneration = 1 }), health{3, 3, relation.Progressing, "RollingOut"}},
		"some not updated":         {spec{Replicas: three}, with(func(s *statusOf) { s.UpdatedReplicas = 1 }), health{3, 3, relation.Progressing, "RollingOut"}},
		"old ones still there":     {spec{Replicas: three}, with(func(s *statusOf) { s.Replicas = 4 }), health{3, 3, relation.Progressing, "RollingOut"}},
		"paused half way":          {spec{Replicas: three, Paused: true}, with(func(s *statusOf) { s.UpdatedReplicas = 1 }), health{3, 3, relation.Progressing, "Paused"}},
		"paused and done":          {spec{Replicas: three, Paused: true}, done, health{3, 3, relation.Healthy, ""}},
		"some not ready":           {spec{Replicas: three}, with(func(s *statusOf) { s.ReadyReplicas = 2 }), health{2, 3, relation.Progressing, "PodsNotReady"}},
		"over its deadline": {spec{Replicas: three}, with(func(s *statusOf) {
			s.ReadyReplicas = 0
			s.Conditions = conditions{{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded"}}
		}), health{0, 3, relation.Degraded, "ProgressDeadlineExceeded"}},
		"pods that cannot be made": {spec{Replicas: three}, with(func(s *statusOf) {
			s.Replicas, s.UpdatedReplicas, s.ReadyReplicas = 0, 0, 0
			s.Conditions = conditions{{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate"}}
		}), health{0, 3, relation.Degraded, "FailedCreate"}},
		"progressing is no failure": {spec{Replicas: three}, with(func(s *statusOf) {
			s.Conditions = conditions{
				{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable"},
				{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionFalse, Reason: "FailedCreate"},
			}
		}), health{3, 3, relation.Healthy, ""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			check(t, workload.OfDeployment(&appsv1.Deployment{ObjectMeta: meta(2), Spec: tc.spec, Status: tc.status}), tc.want)
		})
	}
}

func TestHealthOfAStatefulSet(t *testing.T) {
	type statusOf = appsv1.StatefulSetStatus
	partition := appsv1.StatefulSetUpdateStrategy{RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr.To[int32](2)}}
	onDelete := appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType}
	done := statusOf{ObservedGeneration: 2, Replicas: 3, ReadyReplicas: 3, UpdatedReplicas: 3}
	with := func(change func(*statusOf)) statusOf { s := done; change(&s); return s }
	cases := map[string]struct {
		replicas int32
		strategy appsv1.StatefulSetUpdateStrategy
		status   statusOf
		want     health
	}{
		"all run":                       {3, appsv1.StatefulSetUpdateStrategy{}, done, health{3, 3, relation.Healthy, ""}},
		"scaled to zero":                {0, appsv1.StatefulSetUpdateStrategy{}, statusOf{ObservedGeneration: 2}, health{0, 0, relation.Suspended, "ScaledToZero"}},
		"an older generation":           {3, appsv1.StatefulSetUpdateStrategy{}, with(func(s *statusOf) { s.ObservedGeneration = 1 }), health{3, 3, relation.Progressing, "RollingOut"}},
		"pods still to be made":         {3, appsv1.StatefulSetUpdateStrategy{}, with(func(s *statusOf) { s.Replicas, s.ReadyReplicas = 1, 1 }), health{1, 3, relation.Progressing, "RollingOut"}},
		"pods still to go":              {3, appsv1.StatefulSetUpdateStrategy{}, with(func(s *statusOf) { s.Replicas = 4 }), health{3, 3, relation.Progressing, "RollingOut"}},
		"pods not ready":                {3, appsv1.StatefulSetUpdateStrategy{}, with(func(s *statusOf) { s.ReadyReplicas = 2 }), health{2, 3, relation.Progressing, "PodsNotReady"}},
		"pods not updated":              {3, appsv1.StatefulSetUpdateStrategy{}, with(func(s *statusOf) { s.UpdatedReplicas = 2 }), health{3, 3, relation.Progressing, "RollingOut"}},
		"updated as far as a partition": {3, partition, with(func(s *statusOf) { s.UpdatedReplicas = 1 }), health{3, 3, relation.Healthy, ""}},
		"not as far as a partition":     {3, partition, with(func(s *statusOf) { s.UpdatedReplicas = 0 }), health{3, 3, relation.Progressing, "RollingOut"}},
		"updated when deleted":          {3, onDelete, with(func(s *statusOf) { s.UpdatedReplicas = 0 }), health{3, 3, relation.Healthy, ""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			check(t, workload.OfStatefulSet(&appsv1.StatefulSet{
				ObjectMeta: meta(2), Spec: appsv1.StatefulSetSpec{Replicas: &tc.replicas, UpdateStrategy: tc.strategy}, Status: tc.status,
			}), tc.want)
		})
	}
}

func TestHealthOfADaemonSet(t *testing.T) {
	type statusOf = appsv1.DaemonSetStatus
	cases := map[string]struct {
		strategy appsv1.DaemonSetUpdateStrategyType
		status   statusOf
		want     health
	}{
		"all run":              {"", statusOf{ObservedGeneration: 2, DesiredNumberScheduled: 3, NumberReady: 3, UpdatedNumberScheduled: 3}, health{3, 3, relation.Healthy, ""}},
		"no node for it":       {"", statusOf{ObservedGeneration: 2}, health{0, 0, relation.Suspended, "NoMatchingNodes"}},
		"never seen":           {"", statusOf{}, health{0, 0, relation.Progressing, "RollingOut"}},
		"pods not updated":     {"", statusOf{ObservedGeneration: 2, DesiredNumberScheduled: 3, NumberReady: 3, UpdatedNumberScheduled: 2}, health{3, 3, relation.Progressing, "RollingOut"}},
		"pods not ready":       {"", statusOf{ObservedGeneration: 2, DesiredNumberScheduled: 3, NumberReady: 2, UpdatedNumberScheduled: 3}, health{2, 3, relation.Progressing, "PodsNotReady"}},
		"updated when deleted": {appsv1.OnDeleteDaemonSetStrategyType, statusOf{ObservedGeneration: 2, DesiredNumberScheduled: 3, NumberReady: 3}, health{3, 3, relation.Healthy, ""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			check(t, workload.OfDaemonSet(&appsv1.DaemonSet{
				ObjectMeta: meta(2), Spec: appsv1.DaemonSetSpec{UpdateStrategy: appsv1.DaemonSetUpdateStrategy{Type: tc.strategy}}, Status: tc.status,
			}), tc.want)
		})
	}
}

func TestHealthOfAJob(t *testing.T) {
	is := func(kind batchv1.JobConditionType, reason string) batchv1.JobCondition {
		return batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason}
	}
	cases := map[string]struct {
		status batchv1.JobStatus
		want   health
	}{
		"running":                       {batchv1.JobStatus{Active: 1}, health{0, 2, relation.Progressing, "Running"}},
		"one of two succeeded":          {batchv1.JobStatus{Succeeded: 1}, health{1, 2, relation.Progressing, "Running"}},
		"complete":                      {batchv1.JobStatus{Succeeded: 2, Conditions: []batchv1.JobCondition{is(batchv1.JobComplete, "")}}, health{2, 2, relation.Healthy, ""}},
		"failed too often":              {batchv1.JobStatus{Conditions: []batchv1.JobCondition{is(batchv1.JobFailed, "BackoffLimitExceeded")}}, health{0, 2, relation.Degraded, "BackoffLimitExceeded"}},
		"over its deadline":             {batchv1.JobStatus{Conditions: []batchv1.JobCondition{is(batchv1.JobFailed, "DeadlineExceeded")}}, health{0, 2, relation.Degraded, "DeadlineExceeded"}},
		"failed for no reason":          {batchv1.JobStatus{Conditions: []batchv1.JobCondition{is(batchv1.JobFailed, "")}}, health{0, 2, relation.Degraded, "JobFailed"}},
		"suspended":                     {batchv1.JobStatus{Conditions: []batchv1.JobCondition{is(batchv1.JobSuspended, "JobSuspended")}}, health{0, 2, relation.Suspended, "Suspended"}},
		"failed after it was suspended": {batchv1.JobStatus{Conditions: []batchv1.JobCondition{is(batchv1.JobFailed, "X"), is(batchv1.JobSuspended, "")}}, health{0, 2, relation.Degraded, "X"}},
		"resumed": {batchv1.JobStatus{Conditions: []batchv1.JobCondition{
			{Type: batchv1.JobSuspended, Status: corev1.ConditionFalse, Reason: "JobResumed"},
		}}, health{0, 2, relation.Progressing, "Running"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			check(t, workload.OfJob(&batchv1.Job{ObjectMeta: meta(1), Spec: batchv1.JobSpec{Completions: ptr.To[int32](2)}, Status: tc.status}), tc.want)
		})
	}
}

func TestHealthOfACronJob(t *testing.T) {
	for suspend, want := range map[*bool]health{
		nil:           {-1, -1, relation.Healthy, ""},
		ptr.To(false): {-1, -1, relation.Healthy, ""},
		ptr.To(true):  {-1, -1, relation.Suspended, "Suspended"},
	} {
		check(t, workload.OfCronJob(&batchv1.CronJob{ObjectMeta: meta(1), Spec: batchv1.CronJobSpec{Suspend: suspend}}), want)
	}
}

func TestImagesAreBoundedAndNotRepeated(t *testing.T) {
	d := &appsv1.Deployment{ObjectMeta: meta(1)}
	for _, image := range []string{"b:1", "a@sha256:0", "b:1", "", strings.Repeat("x", 600), "c:1", "d:1"} {
		d.Spec.Template.Spec.Containers = append(d.Spec.Template.Spec.Containers, corev1.Container{Image: image})
	}
	want := []string{"b:1", "a@sha256:0", strings.Repeat("x", 512), "c:1"}
	if diff := cmp.Diff(want, workload.OfDeployment(d).Images); diff != "" {
		t.Errorf("images differ (-want +got):\n%s", diff)
	}
}

func waiting(reason string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}
}

func terminated(code int32, reason string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason}}
}

var running = corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}

func TestReasonOfAPod(t *testing.T) {
	one := func(s corev1.ContainerStatus) corev1.PodStatus {
		return corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{Ready: true, State: running}, s}}
	}
	cases := map[string]struct {
		status corev1.PodStatus
		want   string
	}{
		"runs":                         {one(corev1.ContainerStatus{Ready: true, State: running}), ""},
		"starts":                       {one(corev1.ContainerStatus{State: running}), ""},
		"is being made":                {one(corev1.ContainerStatus{State: waiting("ContainerCreating")}), ""},
		"waits for its init container": {one(corev1.ContainerStatus{State: waiting("PodInitializing")}), ""},
		"waits for no reason":          {one(corev1.ContainerStatus{State: waiting("")}), ""},
		"crashed":                      {one(corev1.ContainerStatus{State: terminated(1, "Error")}), "CrashLoopBackOff"},
		"waits after a crash":          {one(corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(1, "Error")}), "CrashLoopBackOff"},
		"waits after an unknown end":   {one(corev1.ContainerStatus{State: waiting("CrashLoopBackOff")}), "CrashLoopBackOff"},
		"was started after a crash":    {one(corev1.ContainerStatus{State: running, LastTerminationState: terminated(1, "Error")}), "CrashLoopBackOff"},
		"recovered from a crash":       {one(corev1.ContainerStatus{Ready: true, State: running, LastTerminationState: terminated(1, "Error")}), ""},
		"ran out of memory":            {one(corev1.ContainerStatus{State: terminated(137, "OOMKilled")}), "OOMKilled"},
		"waits after that":             {one(corev1.ContainerStatus{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(137, "OOMKilled")}), "OOMKilled"},
		"was started after that":       {one(corev1.ContainerStatus{State: running, LastTerminationState: terminated(137, "OOMKilled")}), "OOMKilled"},
		"cannot pull":                  {one(corev1.ContainerStatus{State: waiting("ErrImagePull")}), "ImagePullBackOff"},
		"waits to pull again":          {one(corev1.ContainerStatus{State: waiting("ImagePullBackOff")}), "ImagePullBackOff"},
		"has an illegal image name":    {one(corev1.ContainerStatus{State: waiting("InvalidImageName")}), "InvalidImageName"},
		"lacks a ConfigMap":            {one(corev1.ContainerStatus{State: waiting("CreateContainerConfigError")}), "CreateContainerConfigError"},
		"ended well":                   {one(corev1.ContainerStatus{State: terminated(0, "Completed")}), ""},
		"has a very long reason":       {one(corev1.ContainerStatus{State: waiting(strings.Repeat("x", 100))}), strings.Repeat("x", 63)},
		"has no node": {corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable"},
		}}, "Unschedulable"},
		"has a node": {corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue},
		}}, ""},
		"fails to begin": {corev1.PodStatus{Phase: corev1.PodPending, InitContainerStatuses: []corev1.ContainerStatus{
			{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(1, "Error")},
		}, ContainerStatuses: []corev1.ContainerStatus{{State: waiting("PodInitializing")}}}, "CrashLoopBackOff"},
		"is done":    {corev1.PodStatus{Phase: corev1.PodSucceeded, ContainerStatuses: []corev1.ContainerStatus{{State: terminated(1, "")}}}, ""},
		"has failed": {corev1.PodStatus{Phase: corev1.PodFailed, ContainerStatuses: []corev1.ContainerStatus{{State: terminated(1, "")}}}, ""},
	}
	for name, tc := range cases {
		t.Run("a pod that "+name, func(t *testing.T) {
			p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "p"}, Status: tc.status}
			if got := workload.OfPod(p).Reason; got != tc.want {
				t.Errorf("the reason is %q, want %q", got, tc.want)
			}
			p.DeletionTimestamp = &metav1.Time{}
			if got := workload.OfPod(p).Reason; got != "" {
				t.Errorf("the reason is %q though the pod goes, want none", got)
			}
		})
	}
}

// TestRestartLoopKeepsOneReason holds that a pod that is started again and again changes nothing that is shown.
func TestRestartLoopKeepsOneReason(t *testing.T) {
	loops := map[string][]corev1.ContainerStatus{
		"CrashLoopBackOff": {
			{State: terminated(1, "Error")},
			{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(1, "Error")},
			{State: running, LastTerminationState: terminated(1, "Error")},
			{State: terminated(2, "Error"), LastTerminationState: terminated(1, "Error")},
		},
		"OOMKilled": {
			{State: terminated(137, "OOMKilled")},
			{State: waiting("CrashLoopBackOff"), LastTerminationState: terminated(137, "OOMKilled")},
			{State: running, LastTerminationState: terminated(137, "OOMKilled")},
		},
		"ImagePullBackOff": {{State: waiting("ErrImagePull")}, {State: waiting("ImagePullBackOff")}},
	}
	for want, steps := range loops {
		x := workload.NewIndex()
		entity := relation.Ref{Kind: relation.Component, Namespace: "shop", Name: "cart"}
		x.SetEntity(entity, workload.LinkOf(&catalog.Component{ObjectMeta: meta(1)}))
		x.SetWorkload(workload.Facts{
			Key:    workload.Key{Kind: catalog.WorkloadDeployment, Namespace: "shop", Name: "cart"},
			Labels: map[string]string{"app": "cart"}, Ready: 0, Desired: 1, Health: relation.Progressing, Reason: "PodsNotReady",
		})
		for turn := range 3 {
			for i, step := range steps {
				touched := x.SetPod(workload.OfPod(podOf("cart-5d4f", "cart-5d4f-1", step)))
				if first := turn == 0 && i == 0; (len(touched) > 0) != first {
					t.Errorf("%s, turn %d, step %d: touched %v", want, turn, i, touched)
				}
				if got := x.View(entity).Workloads[0]; got.Reason != want || got.Health != relation.Degraded {
					t.Errorf("step %d of a loop shows %v %s, want %s", i, got.Health, got.Reason, want)
				}
			}
		}
	}
}

// podOf is a pod of a ReplicaSet.
func podOf(replicaSet, name string, statuses ...corev1.ContainerStatus) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, Labels: map[string]string{"pod-template-hash": "5d4f"},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: replicaSet, Controller: ptr.To(true)}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: statuses},
	}
}

func TestWorkloadOfAPod(t *testing.T) {
	owned := func(kind, name string, controller bool) []metav1.OwnerReference {
		return []metav1.OwnerReference{{Kind: kind, Name: name, Controller: &controller}}
	}
	cases := map[string]struct {
		owners []metav1.OwnerReference
		hash   string
		want   workload.Key
	}{
		"of a Deployment":                       {owned("ReplicaSet", "cart-5d4f", true), "5d4f", workload.Key{Kind: "Deployment", Namespace: "shop", Name: "cart"}},
		"of a Deployment with hyphens":          {owned("ReplicaSet", "cart-v2-5d4f", true), "5d4f", workload.Key{Kind: "Deployment", Namespace: "shop", Name: "cart-v2"}},
		"of a ReplicaSet that nobody made":      {owned("ReplicaSet", "cart", true), "", workload.Key{}},
		"of a ReplicaSet named otherwise":       {owned("ReplicaSet", "cart-abcd", true), "5d4f", workload.Key{}},
		"of a StatefulSet":                      {owned("StatefulSet", "cart", true), "", workload.Key{Kind: "StatefulSet", Namespace: "shop", Name: "cart"}},
		"of a DaemonSet":                        {owned("DaemonSet", "cart", true), "", workload.Key{Kind: "DaemonSet", Namespace: "shop", Name: "cart"}},
		"of a Job":                              {owned("Job", "cart", true), "", workload.Key{Kind: "Job", Namespace: "shop", Name: "cart"}},
		"of something else":                     {owned("Rollout", "cart", true), "", workload.Key{}},
		"of an owner that does not control it":  {owned("StatefulSet", "cart", false), "", workload.Key{}},
		"of nobody":                             {nil, "", workload.Key{}},
		"of a Deployment, the label forged off": {owned("ReplicaSet", "cart-5d4f", true), "", workload.Key{}},
	}
	for name, tc := range cases {
		t.Run("a pod "+name, func(t *testing.T) {
			p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "p", OwnerReferences: tc.owners}}
			if tc.hash != "" {
				p.Labels = map[string]string{"pod-template-hash": tc.hash}
			}
			if got := workload.OfPod(p).Workload; got != tc.want {
				t.Errorf("belongs to %v, want %v", got, tc.want)
			}
		})
	}
}

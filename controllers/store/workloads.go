package store

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// workloadHandlers keep the links in step with what runs.
func (s *Store) workloadHandlers() map[client.Object]toolscache.ResourceEventHandler {
	return map[client.Object]toolscache.ResourceEventHandler{
		&appsv1.Deployment{}:  workloadHandler(s, catalog.WorkloadDeployment, workload.OfDeployment),
		&appsv1.StatefulSet{}: workloadHandler(s, catalog.WorkloadStatefulSet, workload.OfStatefulSet),
		&appsv1.DaemonSet{}:   workloadHandler(s, catalog.WorkloadDaemonSet, workload.OfDaemonSet),
		&batchv1.CronJob{}:    workloadHandler(s, catalog.WorkloadCronJob, workload.OfCronJob),
		&batchv1.Job{}:        workloadHandler(s, catalog.WorkloadJob, workload.OfJob),
		&corev1.Pod{}:         s.podHandler(),
	}
}

// unseenGap is how long a workload's own controller has to look at a new generation before statuses tell that it has not.
const unseenGap = 2 * time.Second

func workloadHandler[T any](s *Store, kind catalog.WorkloadKind, facts func(T) workload.Facts) toolscache.ResourceEventHandler {
	set := on(func(obj T) {
		f := facts(obj)
		s.relink(s.Links.SetWorkload(f))
		if s.Scores.Changed(f.Key) {
			s.rescore(s.Links.Claimants(f.Key))
		}
		if f.Unseen != 0 {
			s.clock.AfterFunc(unseenGap, func() { s.relink(s.Links.Overdue(f.Key, f.Unseen)) })
		}
	})
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    set,
		UpdateFunc: func(_, after any) { set(after) },
		DeleteFunc: func(obj any) {
			n := nameOf(obj)
			key := workload.Key{Kind: kind, Namespace: n.Namespace, Name: n.Name}
			s.relink(s.Links.DeleteWorkload(key))
			s.Scores.ForgetWorkload(key)
		},
	}
}

func (s *Store) podHandler() toolscache.ResourceEventHandler {
	set := on(func(p *corev1.Pod) { s.relink(s.Links.SetPod(workload.OfPod(p))) })
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    set,
		UpdateFunc: func(_, after any) { set(after) },
		DeleteFunc: func(obj any) {
			n := nameOf(obj)
			s.relink(s.Links.DeletePod(n.Namespace, n.Name))
		},
	}
}

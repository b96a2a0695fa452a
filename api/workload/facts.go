// Package workload says which workloads run an entity, and how they do. It is pure: it reads objects that it is given.
package workload

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Key names a workload.
type Key struct {
	Kind      catalog.WorkloadKind
	Namespace string
	Name      string
}

// Facts are what is kept of a workload.
type Facts struct {
	Key    Key
	Labels map[string]string
	// Ready and Desired count pods; of a Job, those that succeeded and those that should. Negative: not counted.
	Ready, Desired int32
	Images         []string
	Health         relation.Health
	Reason         string // why it is not Healthy
	// Unseen is the generation that the workload's own controller has not looked at yet, where nothing else speaks against
	// Healthy; else 0. The controller may have nothing to do: a generation also grows where only annotations changed.
	Unseen int64
	// CronJob is the CronJob that made a Job, empty if none did. Such a Job counts for its CronJob alone.
	CronJob string
	// Started orders the Jobs of a CronJob.
	Started metav1.Time
}

// Reasons why a workload is not Healthy, where neither a pod nor a condition names one.
const (
	ReasonScaledToZero = "ScaledToZero"
	ReasonSuspended    = "Suspended"
	ReasonPaused       = "Paused"
	ReasonRollingOut   = "RollingOut"
	ReasonPodsNotReady = "PodsNotReady"
	ReasonNoNodes      = "NoMatchingNodes"
	ReasonRunning      = "Running"
	ReasonJobFailed    = "JobFailed"
)

const (
	maxImages = 4
	maxImage  = 512
	maxReason = 63
)

// OfDeployment reads a Deployment.
func OfDeployment(d *appsv1.Deployment) Facts {
	f := base(catalog.WorkloadDeployment, &d.ObjectMeta, &d.Spec.Template)
	f.Ready, f.Desired = d.Status.ReadyReplicas, orOne(d.Spec.Replicas)
	switch {
	case f.Desired == 0:
		f.set(relation.Suspended, ReasonScaledToZero)
	case deploymentStuck(d) != "":
		f.set(relation.Degraded, deploymentStuck(d))
	case d.Status.UpdatedReplicas < f.Desired, d.Status.Replicas > d.Status.UpdatedReplicas:
		reason := ReasonRollingOut
		if d.Spec.Paused {
			reason = ReasonPaused
		}
		f.set(relation.Progressing, reason)
	case f.Ready < f.Desired:
		f.set(relation.Progressing, ReasonPodsNotReady)
	default:
		f.set(relation.Healthy, "")
	}
	f.see(d.Status.ObservedGeneration, d.Generation)
	return f
}

// deploymentStuck is the reason why the Deployment's controller has given up or cannot make pods, empty if it can.
// The rule is that of kstatus: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md.
func deploymentStuck(d *appsv1.Deployment) string {
	for _, c := range d.Status.Conditions {
		switch {
		case c.Type == appsv1.DeploymentProgressing && c.Status == corev1.ConditionFalse && c.Reason == "ProgressDeadlineExceeded",
			c.Type == appsv1.DeploymentReplicaFailure && c.Status == corev1.ConditionTrue:
			return c.Reason
		}
	}
	return ""
}

// OfStatefulSet reads a StatefulSet.
func OfStatefulSet(s *appsv1.StatefulSet) Facts {
	f := base(catalog.WorkloadStatefulSet, &s.ObjectMeta, &s.Spec.Template)
	f.Ready, f.Desired = s.Status.ReadyReplicas, orOne(s.Spec.Replicas)
	partition := int32(0)
	if u := s.Spec.UpdateStrategy.RollingUpdate; u != nil && u.Partition != nil {
		partition = *u.Partition
	}
	onDelete := s.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType
	switch {
	case f.Desired == 0:
		f.set(relation.Suspended, ReasonScaledToZero)
	case s.Status.Replicas != f.Desired, !onDelete && s.Status.UpdatedReplicas < f.Desired-partition:
		f.set(relation.Progressing, ReasonRollingOut)
	case f.Ready < f.Desired:
		f.set(relation.Progressing, ReasonPodsNotReady)
	default:
		f.set(relation.Healthy, "")
	}
	f.see(s.Status.ObservedGeneration, s.Generation)
	return f
}

// OfDaemonSet reads a DaemonSet.
func OfDaemonSet(d *appsv1.DaemonSet) Facts {
	f := base(catalog.WorkloadDaemonSet, &d.ObjectMeta, &d.Spec.Template)
	f.Ready, f.Desired = d.Status.NumberReady, d.Status.DesiredNumberScheduled
	onDelete := d.Spec.UpdateStrategy.Type == appsv1.OnDeleteDaemonSetStrategyType
	switch {
	case !onDelete && d.Status.UpdatedNumberScheduled < f.Desired:
		f.set(relation.Progressing, ReasonRollingOut)
	case f.Desired == 0:
		f.set(relation.Suspended, ReasonNoNodes)
	case f.Ready < f.Desired:
		f.set(relation.Progressing, ReasonPodsNotReady)
	default:
		f.set(relation.Healthy, "")
	}
	f.see(d.Status.ObservedGeneration, d.Generation)
	return f
}

// OfJob reads a Job.
func OfJob(j *batchv1.Job) Facts {
	f := base(catalog.WorkloadJob, &j.ObjectMeta, &j.Spec.Template)
	f.Ready, f.Desired = j.Status.Succeeded, orOne(j.Spec.Completions)
	if o := metav1.GetControllerOfNoCopy(j); o != nil && o.Kind == "CronJob" {
		f.CronJob = o.Name
	}
	if f.Started = j.CreationTimestamp; j.Status.StartTime != nil {
		f.Started = *j.Status.StartTime
	}
	f.set(relation.Progressing, ReasonRunning)
	for _, c := range j.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		switch c.Type {
		case batchv1.JobComplete:
			f.set(relation.Healthy, "")
		case batchv1.JobFailed:
			f.set(relation.Degraded, orElse(c.Reason, ReasonJobFailed))
			return f
		case batchv1.JobSuspended:
			f.set(relation.Suspended, ReasonSuspended)
		}
	}
	return f
}

// OfCronJob reads a CronJob. How its latest Job did is told by that Job.
func OfCronJob(c *batchv1.CronJob) Facts {
	f := base(catalog.WorkloadCronJob, &c.ObjectMeta, &c.Spec.JobTemplate.Spec.Template)
	f.Ready, f.Desired = -1, -1
	f.set(relation.Healthy, "")
	if c.Spec.Suspend != nil && *c.Spec.Suspend {
		f.set(relation.Suspended, ReasonSuspended)
	}
	return f
}

// see weighs in up to which generation the workload's controller has looked.
func (f *Facts) see(observed, generation int64) {
	if observed < generation && (f.Health == relation.Healthy || f.Reason == ReasonNoNodes) {
		f.Unseen = generation
		f.set(relation.Progressing, ReasonRollingOut)
	}
}

func (f *Facts) set(h relation.Health, reason string) {
	f.Health, f.Reason = h, clip(reason, maxReason)
}

func base(kind catalog.WorkloadKind, m *metav1.ObjectMeta, template *corev1.PodTemplateSpec) Facts {
	f := Facts{Key: Key{Kind: kind, Namespace: m.Namespace, Name: m.Name}, Labels: m.Labels}
	for _, c := range template.Spec.Containers {
		if image := clip(c.Image, maxImage); image != "" && len(f.Images) < maxImages && !slices.Contains(f.Images, image) {
			f.Images = append(f.Images, image)
		}
	}
	return f
}

func orOne(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func clip(s string, most int) string {
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}

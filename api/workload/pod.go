package workload

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// PodFacts are what is kept of a pod.
type PodFacts struct {
	Namespace, Name string
	Workload        Key    // what the pod belongs to; zero if that is no workload
	Reason          string // why the pod is bad, empty if it is not known to be
}

// Reasons why a pod is bad that kubelet and scheduler write themselves, and that come and go as they try again.
const (
	ReasonCrashLoop     = "CrashLoopBackOff"
	ReasonImagePull     = "ImagePullBackOff"
	ReasonOOMKilled     = "OOMKilled"
	ReasonUnschedulable = "Unschedulable"
)

// OfPod reads a pod.
func OfPod(p *corev1.Pod) PodFacts {
	return PodFacts{Namespace: p.Namespace, Name: p.Name, Workload: workloadOf(p), Reason: clip(podReason(p), maxReason)}
}

// workloadOf names the workload that a pod belongs to. A ReplicaSet of a Deployment is named after it, with the hash of
// the pod template, which the pod carries as a label.
func workloadOf(p *corev1.Pod) Key {
	o := metav1.GetControllerOfNoCopy(p)
	if o == nil {
		return Key{}
	}
	k := Key{Kind: catalog.WorkloadKind(o.Kind), Namespace: p.Namespace, Name: o.Name}
	switch o.Kind {
	case "ReplicaSet":
		hash := p.Labels["pod-template-hash"]
		name, ok := strings.CutSuffix(o.Name, "-"+hash)
		if !ok || hash == "" {
			return Key{}
		}
		k.Kind, k.Name = catalog.WorkloadDeployment, name
	case string(catalog.WorkloadStatefulSet), string(catalog.WorkloadDaemonSet), string(catalog.WorkloadJob):
	default:
		return Key{}
	}
	return k
}

// podReason says why a pod is bad. It is the same through all the steps of a retry loop, so that a loop that turns
// changes nothing.
func podReason(p *corev1.Pod) string {
	if p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return ""
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Reason
		}
	}
	for _, list := range [][]corev1.ContainerStatus{p.Status.InitContainerStatuses, p.Status.ContainerStatuses} {
		for i := range list {
			if reason := containerReason(&list[i]); reason != "" {
				return reason
			}
		}
	}
	return ""
}

func containerReason(c *corev1.ContainerStatus) string {
	last := c.LastTerminationState.Terminated
	switch {
	case c.State.Waiting != nil:
		switch reason := c.State.Waiting.Reason; reason {
		case "", "ContainerCreating", "PodInitializing":
			return ""
		case "ErrImagePull", ReasonImagePull:
			return ReasonImagePull
		case ReasonCrashLoop:
			return crashReason(last)
		default:
			return reason
		}
	case c.State.Terminated != nil && c.State.Terminated.ExitCode != 0:
		return crashReason(c.State.Terminated)
	case c.State.Running != nil && !c.Ready && last != nil && last.ExitCode != 0:
		return crashReason(last) // started again, and not ready yet
	}
	return ""
}

func crashReason(t *corev1.ContainerStateTerminated) string {
	if t != nil && t.Reason == ReasonOOMKilled {
		return ReasonOOMKilled
	}
	return ReasonCrashLoop
}

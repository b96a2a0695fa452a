package store

import (
	"unique"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Keeper is shown each object before what the store does not read is dropped.
type Keeper interface {
	// Keep must not change the object, nor keep it.
	Keep(obj metav1.Object)
	// KeepStatus is shown, instead, an entity of which nothing but the status has changed since it was shown last. What
	// the store does not read is dropped already.
	KeepStatus(e catalog.Entity)
}

// CacheOptions are the options of the cache that a store reads: informers keep only what is read, and objects are not
// copied when they are read, since nobody changes them.
func CacheOptions(keepers ...Keeper) cache.Options {
	share := true
	o := cache.Options{
		ReaderFailOnMissingInformer: true,
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Namespace{}:   {Transform: strip(stripNamespace)},
			&corev1.ConfigMap{}:   {Label: labels.SelectorFromSet(labels.Set{catalog.LabelDefinition: "true"}), Transform: strip[*corev1.ConfigMap](nil)},
			&corev1.Pod{}:         {Transform: strip(stripPod)},
			&appsv1.Deployment{}:  {Transform: strip(func(d *appsv1.Deployment) { stripTemplate(&d.ObjectMeta, &d.Spec.Template) })},
			&appsv1.StatefulSet{}: {Transform: strip(func(s *appsv1.StatefulSet) { stripTemplate(&s.ObjectMeta, &s.Spec.Template) })},
			&appsv1.DaemonSet{}:   {Transform: strip(func(d *appsv1.DaemonSet) { stripTemplate(&d.ObjectMeta, &d.Spec.Template) })},
			&batchv1.Job{}:        {Transform: strip(func(j *batchv1.Job) { stripTemplate(&j.ObjectMeta, &j.Spec.Template) })},
			&batchv1.CronJob{}:    {Transform: strip(func(c *batchv1.CronJob) { stripTemplate(&c.ObjectMeta, &c.Spec.JobTemplate.Spec.Template) })},
		},
	}
	verdicts := newVerdicts()
	for _, k := range relation.Kinds() {
		o.ByObject[NewEntity(k).(client.Object)] = cache.ByObject{Transform: strip(verdicts.stripEntity)}
	}
	for _, obj := range []client.Object{
		&catalog.Scorecard{}, &catalog.Exemption{}, &catalog.Attestation{}, &catalog.DeployGate{}, &policyv1.PodDisruptionBudget{},
		&autoscalingv2.HorizontalPodAutoscaler{},
	} {
		o.ByObject[obj] = cache.ByObject{Transform: strip[metav1.Object](nil)}
	}
	for obj, by := range o.ByObject {
		by.UnsafeDisableDeepCopy = &share
		by.Transform = shown(keepers, by.Transform)
		o.ByObject[obj] = by
	}
	return o
}

// shown is a transform that shows an object to others first. An echo is stripped already, and only shown.
func shown(keepers []Keeper, next toolscache.TransformFunc) toolscache.TransformFunc {
	return func(obj any) (any, error) {
		if e, ok := obj.(catalog.Entity); ok && isEcho(e) {
			for _, k := range keepers {
				k.KeepStatus(e)
			}
			e.SetManagedFields(nil)
			return e, nil
		}
		if o, ok := obj.(metav1.Object); ok {
			for _, k := range keepers {
				k.Keep(o)
			}
		}
		return next(obj)
	}
}

// strip is a transform that drops the managed fields, and more.
func strip[T metav1.Object](more func(T)) toolscache.TransformFunc {
	return func(obj any) (any, error) {
		o, ok := obj.(T)
		if !ok { // the last state of an object whose deletion was missed
			return obj, nil
		}
		o.SetManagedFields(nil)
		if more != nil {
			more(o)
		}
		return obj, nil
	}
}

// stripEntity drops what kubectl keeps for itself and what describes the entity to people, and replaces the definition of an API, which may be large, by the
// verdict on it.
func (v *verdicts) stripEntity(e catalog.Entity) {
	if a := e.GetAnnotations(); a[corev1.LastAppliedConfigAnnotation] != "" {
		delete(a, corev1.LastAppliedConfigAnnotation)
	}
	switch e := e.(type) {
	case *catalog.Component:
		e.Spec.Descriptor, e.Spec.Source = catalog.Descriptor{}, catalog.Source{}
	case *catalog.API:
		e.Spec.Descriptor = catalog.Descriptor{}
		v.replaceDefinition(e)
	case *catalog.Resource:
		e.Spec.Descriptor = catalog.Descriptor{}
	case *catalog.System:
		e.Spec.Descriptor = catalog.Descriptor{}
	case *catalog.Domain:
		e.Spec.Descriptor = catalog.Descriptor{}
	case *catalog.Group:
		e.Spec.Descriptor, e.Spec.Profile = catalog.Descriptor{}, catalog.Profile{}
	case *catalog.User:
		e.Spec.Descriptor, e.Spec.Profile = catalog.Descriptor{}, catalog.Profile{}
	}
	e.SetNamespace(share(e.GetNamespace()))
	shareStatus(e.EntityStatus())
}

// exact is a list without room to grow, which is up to half of one that was decoded.
func exact[T any](list []T) []T {
	if cap(list) == len(list) {
		return list
	}
	return append(make([]T, 0, len(list)), list...)
}

// share returns one copy of a text that many objects hold.
func share(s string) string { return unique.Make(s).Value() }

// shareStatus keeps once what stands in many statuses: what conditions say when all is well, and references.
func shareStatus(s *catalog.EntityStatus) {
	s.Conditions, s.Relations = exact(s.Conditions), exact(s.Relations)
	for i := range s.Conditions {
		c := &s.Conditions[i]
		c.Type, c.Reason, c.Message = share(c.Type), share(c.Reason), share(c.Message)
		c.Status = metav1.ConditionStatus(share(string(c.Status)))
	}
	s.Owner, s.System = catalog.FullRef(share(string(s.Owner))), catalog.FullRef(share(string(s.System)))
	for i := range s.Relations {
		r := &s.Relations[i]
		r.Type, r.Refs = catalog.RelationType(share(string(r.Type))), exact(r.Refs)
		for j := range r.Refs {
			r.Refs[j] = catalog.FullRef(share(string(r.Refs[j])))
		}
	}
	for i := range s.Scores {
		shareScore(&s.Scores[i])
	}
}

// shareScore keeps once what many entities are told of a Scorecard.
func shareScore(s *catalog.Score) {
	s.Scorecard, s.Verdict = share(s.Scorecard), catalog.Verdict(share(string(s.Verdict)))
	s.Level, s.Override = catalog.Word(share(string(s.Level))), catalog.Word(share(string(s.Override)))
	for i := range s.Failing {
		f := &s.Failing[i]
		f.Check, f.Outcome = catalog.CheckName(share(string(f.Check))), catalog.CheckOutcome(share(string(f.Outcome)))
		f.Message = share(f.Message)
		for j := range f.Evidence {
			f.Evidence[j].Path, f.Evidence[j].Value = share(f.Evidence[j].Path), share(f.Evidence[j].Value)
		}
	}
}

func stripNamespace(ns *corev1.Namespace) {
	ns.Annotations = pick(ns.Annotations, catalog.AnnotationWorkloadsFor)
	ns.Spec, ns.Status = corev1.NamespaceSpec{}, corev1.NamespaceStatus{}
}

// stripPod keeps of a pod whom it belongs to and why it is bad.
func stripPod(p *corev1.Pod) {
	kept := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: p.Namespace, Name: p.Name, UID: p.UID, ResourceVersion: p.ResourceVersion,
			DeletionTimestamp: p.DeletionTimestamp, OwnerReferences: p.OwnerReferences,
			Labels: pick(p.Labels, "pod-template-hash"),
		},
		Status: corev1.PodStatus{Phase: p.Status.Phase},
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			kept.Status.Conditions = []corev1.PodCondition{{Type: c.Type, Status: c.Status, Reason: c.Reason}}
		}
	}
	kept.Status.InitContainerStatuses = stripContainers(p.Status.InitContainerStatuses)
	kept.Status.ContainerStatuses = stripContainers(p.Status.ContainerStatuses)
	*p = kept
}

// stripContainers keeps of those containers that are not simply running how they stand.
func stripContainers(list []corev1.ContainerStatus) []corev1.ContainerStatus {
	var out []corev1.ContainerStatus
	for i := range list {
		if c := &list[i]; c.State.Running == nil || !c.Ready {
			out = append(out, corev1.ContainerStatus{State: c.State, LastTerminationState: c.LastTerminationState, Ready: c.Ready})
		}
	}
	return out
}

// stripTemplate drops the annotations of a workload, and keeps of its pod template the images.
func stripTemplate(m *metav1.ObjectMeta, t *corev1.PodTemplateSpec) {
	m.Annotations = nil
	containers := make([]corev1.Container, len(t.Spec.Containers))
	for i, c := range t.Spec.Containers {
		containers[i] = corev1.Container{Name: c.Name, Image: c.Image}
	}
	*t = corev1.PodTemplateSpec{Spec: corev1.PodSpec{Containers: containers}}
}

func pick(from map[string]string, key string) map[string]string {
	if v, ok := from[key]; ok {
		return map[string]string{key: v}
	}
	return nil
}

package e2e

import (
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// condition is a condition of an entity, empty if it has none of that type.
func condition(e catalog.Entity, kind string) metav1.Condition {
	if c := meta.FindStatusCondition(e.EntityStatus().Conditions, kind); c != nil {
		return *c
	}
	return metav1.Condition{}
}

// refs are the entities at the other end of a relation.
func refs(e catalog.Entity, kind catalog.RelationType) []string {
	var out []string
	for _, r := range e.EntityStatus().Relations {
		if r.Type == kind {
			for _, ref := range r.Refs {
				out = append(out, string(ref))
			}
		}
	}
	return out
}

// entities are all of the catalog.
func (s state) entities() []catalog.Entity {
	var out []catalog.Entity
	for _, o := range s {
		if e, ok := o.(catalog.Entity); ok {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b catalog.Entity) int { return strings.Compare(nameOf(a), nameOf(b)) })
	return out
}

// find is an entity of a kind.
func (s state) find(kind, namespace, name string) catalog.Entity {
	e, _ := s[key{kind, namespace, name}].(catalog.Entity)
	return e
}

func nameOf(e catalog.Entity) string {
	k := keyOf(e)
	return strings.Trim(fmt.Sprintf("%s %s/%s", k.kind, k.namespace, k.name), "/")
}

// current says whether the status is about the spec as it is.
func current(e catalog.Entity) bool {
	g := e.EntityStatus().ObservedGeneration
	return g != nil && *g == e.GetGeneration()
}

// well says whether all is in order with an entity, what runs it included.
func well(e catalog.Entity) bool {
	health := e.EntityStatus().Summary.Health
	return current(e) && condition(e, catalog.ConditionReady).Status == metav1.ConditionTrue &&
		(health == "" || health == catalog.HealthHealthy)
}

// allWell is true where nothing is out of order.
func allWell(s state) bool { return s.unwell() == "" }

// unwell lists what is out of order, one a line.
func (s state) unwell() string {
	var out strings.Builder
	for _, e := range s.entities() {
		if !well(e) {
			ready := condition(e, catalog.ConditionReady)
			fmt.Fprintf(&out, "\n%s: %s: %s %s", nameOf(e), e.EntityStatus().Summary.Health, ready.Reason, ready.Message)
		}
	}
	return out.String()
}

// podsOf are the pods with a label app, but those that are going.
func podsOf(s state, namespace, app string) []*corev1.Pod {
	return list(s, func(p *corev1.Pod) bool {
		return p.Namespace == namespace && (p.Labels["app"] == app || p.Labels["name"] == app) && p.DeletionTimestamp == nil
	})
}

// rolledOut says whether a Deployment runs as its spec says.
func rolledOut(d *appsv1.Deployment) bool {
	return d != nil && d.Status.ObservedGeneration >= d.Generation && d.Status.Replicas == *d.Spec.Replicas &&
		d.Status.UpdatedReplicas == *d.Spec.Replicas && d.Status.ReadyReplicas == *d.Spec.Replicas
}

// allRun says whether all pods with a label app are ready.
func allRun(namespace, app string) predicate {
	return func(s state) bool {
		for _, p := range podsOf(s, namespace, app) {
			if !podReady(p) {
				return false
			}
		}
		return true
	}
}

func podReady(p *corev1.Pod) bool {
	return slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

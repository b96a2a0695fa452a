// Package status says what stands in the status of an entity. It is pure: the same entity, graph and workloads give the
// same status, whatever came first.
package status

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
)

// Observation is all that a status depends on beside the entity itself.
type Observation struct {
	Relations  relation.View
	Workloads  workload.View
	Definition Definition
	// NotGranted are the verdicts on what the entity consumes that are not Allowed, in the order of its spec.
	NotGranted []visibility.Verdict
	// Consumes says that the entity consumes APIs at all.
	Consumes bool
	// Denied counts the consumers of an API that it does not grant, Undecided those of which that is not known yet.
	Denied, Undecided int
	// ForeignDependents counts those of other owners who would miss the entity.
	ForeignDependents int
	// Mode is what admission does in namespaces that do not say.
	Mode visibility.Mode
	// ScoreRollups are how a grouping's members do on the active Scorecards, and Average is the mean of their percents.
	ScoreRollups []catalog.ScoreRollup
	Average      string
}

// Definition is what is known of the definition of an API.
type Definition struct {
	// Wrong says why the text cannot be parsed, empty if it can.
	Wrong string
	// Missing says why there is no text where spec.definitionFrom looks for it, empty if there is.
	Missing string
}

// Of is the status of an entity, but for how it does on Scorecards, which may look at all else. Conditions that did not change keep the time of their last transition; others get now.
func Of(e catalog.Entity, o Observation, now metav1.Time) catalog.EntityStatus {
	before := e.EntityStatus()
	s := catalog.EntityStatus{
		ObservedGeneration: generation(e),
		Owner:              o.Relations.Owner.Ref.FullRef(),
		System:             o.Relations.System.FullRef(),
		Relations:          relations(o.Relations.Relations),
		Workloads:          workloads(o.Workloads.Workloads),
		Rollup:             rollup(o),
		Summary:            summary(o),
		ForeignDependents:  int32(o.ForeignDependents),
	}
	found := conditions(e, o)
	s.Conditions = make([]metav1.Condition, 0, len(found)+1)
	for _, c := range append([]metav1.Condition{ready(found, o)}, found...) {
		c.ObservedGeneration = e.GetGeneration()
		c.LastTransitionTime = now
		if old := meta.FindStatusCondition(before.Conditions, c.Type); old != nil && old.Status == c.Status {
			c.LastTransitionTime = old.LastTransitionTime
		}
		s.Conditions = append(s.Conditions, c)
	}
	return s
}

// conditions are those of the entity's kind in alphabetical order, but Ready.
func conditions(e catalog.Entity, o Observation) []metav1.Condition {
	switch e := e.(type) {
	case *catalog.Component, *catalog.Resource:
		return []metav1.Condition{
			accessGranted(o), healthy(o), owned(e, o.Relations), resolved(e, o.Relations), linked(o),
		}
	case *catalog.API:
		return []metav1.Condition{definitionValid(e, o.Definition), owned(e, o.Relations), resolved(e, o.Relations)}
	case *catalog.Group, *catalog.User:
		return []metav1.Condition{resolved(e, o.Relations)}
	}
	return []metav1.Condition{owned(e, o.Relations), resolved(e, o.Relations)}
}

// ready sums up the other conditions. How healthy the entity is, and whether its workloads are there, has no say.
func ready(others []metav1.Condition, o Observation) metav1.Condition {
	var bad []metav1.Condition
	for _, c := range others {
		switch {
		case c.Status != metav1.ConditionFalse:
		case c.Type == catalog.ConditionHealthy || c.Type == catalog.ConditionWorkloadsLinked:
		case c.Type == catalog.ConditionAccessGranted && !o.enforced():
		default:
			bad = append(bad, c)
		}
	}
	switch len(bad) {
	case 0:
		return condition(catalog.ConditionReady, metav1.ConditionTrue, catalog.ReasonReady, "All is in order")
	case 1:
		return condition(catalog.ConditionReady, metav1.ConditionFalse, bad[0].Reason, bad[0].Message)
	}
	texts := make([]string, len(bad))
	for i, c := range bad {
		texts[i] = c.Message
	}
	return condition(catalog.ConditionReady, metav1.ConditionFalse, catalog.ReasonNotReady, join(texts))
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

func generation(e catalog.Entity) *int64 {
	g := e.GetGeneration()
	return &g
}

func relations(list []relation.Relation) []catalog.RelationStatus {
	out := make([]catalog.RelationStatus, len(list))
	for i, r := range list {
		refs := make([]catalog.FullRef, len(r.Refs))
		for j, ref := range r.Refs {
			refs[j] = ref.FullRef()
		}
		out[i] = catalog.RelationStatus{Type: r.Type, Count: int32(r.Count), Refs: refs}
	}
	return out
}

// maxWorkloads is how many workloads a status lists.
const maxWorkloads = 20

func workloads(list []workload.Status) []catalog.WorkloadStatus {
	var out []catalog.WorkloadStatus
	for _, w := range list[:min(len(list), maxWorkloads)] {
		out = append(out, catalog.WorkloadStatus{
			Kind: w.Key.Kind, Namespace: w.Key.Namespace, Name: w.Key.Name, Health: w.Health.Catalog(), Reason: w.Reason,
			Ready: counted(w.Ready), Desired: counted(w.Desired), Images: w.Images,
		})
	}
	return out
}

// counted is a number that is negative where nothing is counted.
func counted(n int32) *int32 {
	if n < 0 {
		return nil
	}
	return &n
}

package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// Observe gathers what the graph and the verdicts on all consumptions say of an entity, and says whether it is in the
// graph. mode is what admission does in namespaces that do not say.
func Observe(g *relation.Graph, l *visibility.Ledger, mode visibility.Mode, ref relation.Ref) (Observation, bool) {
	view, found := g.View(ref)
	if !found {
		return Observation{}, false
	}
	counts := l.Of(ref)
	return Observation{
		Relations: view, Mode: mode, NotGranted: l.Verdicts(ref), Consumes: len(g.Consumptions(ref)) > 0,
		Denied: counts.Denied, Undecided: counts.Undecided, ForeignDependents: foreignDependents(g, l, ref),
	}, true
}

// foreignDependents counts those of other owners who would miss an entity. A consumer that an API does not grant is none.
func foreignDependents(g *relation.Graph, l *visibility.Ledger, ref relation.Ref) int {
	if ref.Kind != relation.API || l.Of(ref) == (visibility.Counts{}) {
		return g.CountForeign(ref)
	}
	count := 0
	for _, d := range g.Dependents(ref, true) {
		if l.Grants(d.Ref, ref) {
			count++
		}
	}
	return count
}

// accessGranted tells of consumptions that the APIs do not grant.
func accessGranted(o Observation) metav1.Condition {
	is := func(status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return condition(catalog.ConditionAccessGranted, status, reason, message)
	}
	var denied, undecided []string
	for _, v := range o.NotGranted {
		text := v.Path + ": " + v.Why
		if v.Decision == visibility.Denied {
			denied = append(denied, text)
		} else {
			undecided = append(undecided, text)
		}
	}
	switch {
	case !o.Consumes:
		return is(metav1.ConditionTrue, catalog.ReasonNotRequired, "It consumes no API")
	case len(denied) > 0:
		return is(metav1.ConditionFalse, catalog.ReasonAccessDenied, join(append(denied, undecided...)))
	case len(undecided) > 0:
		return is(metav1.ConditionUnknown, catalog.ReasonAccessUndecided, join(undecided))
	}
	return is(metav1.ConditionTrue, catalog.ReasonGranted, "Every API that it consumes grants it")
}

// enforced says whether one of the denied consumptions is of an API whose namespace enforces.
func (o Observation) enforced() bool {
	for _, v := range o.NotGranted {
		if v.Decision == visibility.Denied && v.ModeOr(o.Mode) == visibility.Enforce {
			return true
		}
	}
	return false
}

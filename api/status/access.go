package status

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

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

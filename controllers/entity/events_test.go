package entity

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// told collects events.
type told []string

func (l *told) Eventf(_, _ runtime.Object, kind, reason, action, _ string, _ ...any) {
	*l = append(*l, fmt.Sprintf("%s %s %s", kind, action, reason))
}

func TestAnEventTellsWhyWhatOthersUsedWasDeleted(t *testing.T) {
	for name, tc := range map[string]struct {
		why  string
		used int32
		want told
	}{
		"others used it":      {"replaced", 2, told{"Warning Delete DeletionAllowed"}},
		"nobody used it":      {"replaced", 0, nil},
		"no reason was given": {"", 2, nil}, // its namespace went
	} {
		t.Run(name, func(t *testing.T) {
			var got told
			e := &catalog.API{Status: catalog.EntityStatus{ForeignDependents: tc.used}}
			e.Annotations = map[string]string{catalog.AnnotationAllowDeletion: tc.why}
			recorded{&got}.Gone(e)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Gone(): events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventsTellOfWhatTurned(t *testing.T) {
	c := func(kind string, status metav1.ConditionStatus, reason string) []metav1.Condition {
		return []metav1.Condition{{Type: kind, Status: status, Reason: reason}}
	}
	const healthy = catalog.ConditionHealthy
	cases := map[string]struct {
		before, after []metav1.Condition
		health        catalog.Health
		want          told
	}{
		"a new entity": {nil, c(catalog.ConditionReady, "False", "RefNotFound"), "", nil},
		"a condition that says the same in other words": {
			c(catalog.ConditionReady, "False", "RefNotFound"), c(catalog.ConditionReady, "False", "NotReady"), "", nil},
		"a reference breaks": {
			c(catalog.ConditionReady, "True", "Ready"), c(catalog.ConditionReady, "False", "RefNotFound"), "",
			told{"Warning Resolve RefNotFound"}},
		"a reference is mended": {
			c(catalog.ConditionReady, "False", "RefNotFound"), c(catalog.ConditionReady, "True", "Ready"), "",
			told{"Normal Resolve Ready"}},
		"an API withdraws its grant": {
			c(catalog.ConditionAccessGranted, "True", "Granted"), c(catalog.ConditionAccessGranted, "False", "AccessDenied"), "",
			told{"Warning Judge AccessDenied"}},
		"an API withdraws its grant, so that the entity is not Ready": {
			append(c(catalog.ConditionReady, "True", "Ready"), c(catalog.ConditionAccessGranted, "True", "Granted")...),
			append(c(catalog.ConditionReady, "False", "AccessDenied"), c(catalog.ConditionAccessGranted, "False", "AccessDenied")...), "",
			told{"Warning Judge AccessDenied"}},
		"a grant is not decided any more": {
			c(catalog.ConditionAccessGranted, "True", "Granted"), c(catalog.ConditionAccessGranted, "Unknown", "AccessUndecided"), "", nil},
		"a rollout begins": {
			c(healthy, "True", "Healthy"), c(healthy, "False", "RollingOut"), catalog.HealthProgressing,
			told{"Normal Observe RollingOut"}},
		"a rollout goes on": {
			c(healthy, "False", "RollingOut"), c(healthy, "False", "PodsNotReady"), catalog.HealthProgressing, nil},
		"a rollout goes wrong": {
			c(healthy, "False", "RollingOut"), c(healthy, "False", "CrashLoopBackOff"), catalog.HealthDegraded,
			told{"Warning Observe CrashLoopBackOff"}},
		"it stays as bad": {
			c(healthy, "False", "CrashLoopBackOff"), c(healthy, "False", "CrashLoopBackOff"), catalog.HealthDegraded, nil},
		"it is stopped on purpose": {
			c(healthy, "True", "Healthy"), c(healthy, "False", "ScaledToZero"), catalog.HealthSuspended,
			told{"Normal Observe ScaledToZero"}},
		"its workloads go": {c(healthy, "True", "Healthy"), c(healthy, "Unknown", "NoWorkloads"), catalog.HealthUnknown, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got told
			e := &catalog.Component{Status: catalog.EntityStatus{Summary: catalog.Summary{Health: tc.health}}}
			recorded{&got}.Announce(e, tc.before, tc.after)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("Announce(): events (-want +got):\n%s", diff)
			}
		})
	}
}

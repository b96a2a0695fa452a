package entity

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// announced are the conditions whose turns are told as events, with the action that the event names.
var announced = map[string]string{
	catalog.ConditionReady:           "Resolve",
	catalog.ConditionAccessGranted:   "Judge",
	catalog.ConditionHealthy:         "Observe",
	catalog.ConditionWorkloadsLinked: "Link",
}

// recorded turns conditions into events.
type recorded struct{ recorder events.EventRecorder }

// Announce implements Announcer: an event for each condition that turned, and for each new reason why what runs the
// entity is bad. That a new entity is well is no event.
func (r recorded) Announce(e catalog.Entity, before, after []metav1.Condition) {
	for _, c := range after {
		action, ok := announced[c.Type]
		old := meta.FindStatusCondition(before, c.Type)
		if !ok || old == nil || c.Status == metav1.ConditionUnknown {
			continue
		}
		worse := c.Type == catalog.ConditionHealthy && e.EntityStatus().Summary.Health == catalog.HealthDegraded
		if c.Type == catalog.ConditionReady && (c.Reason == catalog.ReasonAccessDenied || c.Reason == catalog.ReasonAccessUndecided) {
			continue // AccessGranted tells of it
		}
		if old.Status == c.Status && (!worse || old.Reason == c.Reason) {
			continue
		}
		kind := corev1.EventTypeNormal // also where it is on the way, or was stopped on purpose
		if c.Status == metav1.ConditionFalse && (worse || c.Type != catalog.ConditionHealthy) {
			kind = corev1.EventTypeWarning
		}
		r.recorder.Eventf(e, nil, kind, c.Reason, action, "%s", clip(c.Type+": "+c.Message))
	}
}

// reasonDeletionAllowed stands on the event of an entity that was deleted while others used it.
const reasonDeletionAllowed = "DeletionAllowed"

// Gone tells of an entity that was deleted while others used it, with the reason that was given.
func (r recorded) Gone(e catalog.Entity) {
	why, used := e.GetAnnotations()[catalog.AnnotationAllowDeletion], e.EntityStatus().ForeignDependents
	if why == "" || used == 0 {
		return
	}
	r.recorder.Eventf(e, nil, corev1.EventTypeWarning, reasonDeletionAllowed, "Delete", "%s",
		clip(fmt.Sprintf("Deleted while %d of other owners would miss it: %s", used, why)))
}

// maxNote is the most that an event's note may hold, in bytes.
const maxNote = 1024

func clip(s string) string {
	if len(s) > maxNote {
		s = strings.ToValidUTF8(s[:maxNote], "")
	}
	return s
}

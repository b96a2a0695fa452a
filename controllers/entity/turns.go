package entity

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// patience is the longest that a write waits for its turn, so that none waits for ever and what is urgent does not wait
// long behind others.
const patience = 250 * time.Millisecond

// turns has statuses written one at a time while admission is busy, but for those that are urgent. Each costs the API
// server as much as the request of somebody who waits for the answer, and several at a time take all processors of a small
// one.
type turns struct {
	busy func() bool
	one  chan struct{} // full while one writes
}

func newTurns(busy func() bool) *turns { return &turns{busy, make(chan struct{}, 1)} }

// take waits for a turn, if there is a reason to, and no longer than patience. The turn lasts until end is called.
func (t *turns) take(ctx context.Context, before, after *catalog.EntityStatus) (end func()) {
	none := func() {}
	if urgent(before, after) || !t.busy() {
		return none
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case t.one <- struct{}{}:
		return func() { <-t.one }
	case <-timer.C:
	case <-ctx.Done():
	}
	return none
}

// urgent says whether a status is the first to tell that something is wrong, or that more is denied.
func urgent(before, after *catalog.EntityStatus) bool {
	for _, c := range after.Conditions {
		if c.Status == metav1.ConditionFalse && !meta.IsStatusConditionFalse(before.Conditions, c.Type) {
			return true
		}
	}
	return ptr.Deref(after.Summary.Denied, 0) > ptr.Deref(before.Summary.Denied, 0)
}

package store

import (
	"sync"

	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// written keeps the statuses that were written and have not come back through the watch, so that nothing is decided on
// an older copy.
type written struct {
	mu sync.Mutex
	of map[relation.Ref]echo
}

type echo struct {
	resourceVersion string
	status          catalog.EntityStatus
}

func newWritten() *written { return &written{of: map[relation.Ref]echo{}} }

// keep notes what was written, unless the watch has caught up with it already: cached is the version that it brought.
func (w *written) keep(ref relation.Ref, resourceVersion string, s catalog.EntityStatus, cached func() (string, bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v, ok := cached(); ok && older(v, resourceVersion) {
		w.of[ref] = echo{resourceVersion, s}
	}
}

// overlay replaces the status of an older copy by the one that was written. The spec is the same in both: a PUT
// succeeds only on the version that it was decided on.
func (w *written) overlay(ref relation.Ref, e catalog.Entity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o, ok := w.of[ref]; ok && older(e.GetResourceVersion(), o.resourceVersion) {
		e.SetResourceVersion(o.resourceVersion)
		*e.EntityStatus() = o.status
	}
}

// arrived forgets the status that was written once the watch has caught up with it.
func (w *written) arrived(ref relation.Ref, resourceVersion string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o, ok := w.of[ref]; ok && !older(resourceVersion, o.resourceVersion) {
		delete(w.of, ref)
	}
}

func (w *written) forget(ref relation.Ref) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.of, ref)
}

func older(a, b string) bool {
	c, err := resourceversion.CompareResourceVersion(a, b)
	return err == nil && c < 0
}

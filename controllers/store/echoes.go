package store

import (
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Echoes keep the entities whose status was written and has not come back through the watch. Nothing is decided on an
// older copy, and the event that brings one back need not be decoded: its content is known.
type Echoes struct {
	mu     sync.Mutex
	of     map[relation.Ref]catalog.Entity
	writes map[relation.Ref]chan struct{} // on their way; each is closed when it was answered and kept
}

// NewEchoes makes some for a cache, see NewCache, and the Store that reads it.
func NewEchoes() *Echoes {
	return &Echoes{of: map[relation.Ref]catalog.Entity{}, writes: map[relation.Ref]chan struct{}{}}
}

// begin notes that a status is about to be written, until the function that it returns is called.
func (w *Echoes) begin(ref relation.Ref) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	done := make(chan struct{})
	w.writes[ref] = done
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.writes, ref)
		close(done)
	}
}

// answered waits until no write of an entity is on its way, but no longer than patience: the event of a write may come
// shortly before its answer.
func (w *Echoes) answered(ref relation.Ref) {
	w.mu.Lock()
	done := w.writes[ref]
	w.mu.Unlock()
	if done == nil {
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// patience is the longest that the events of a kind wait for an answer.
const patience = 10 * time.Millisecond

// keep notes what was written, unless the watch has caught up with it already: cached is the version that it brought.
func (w *Echoes) keep(ref relation.Ref, e catalog.Entity, cached func() (string, bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if v, ok := cached(); ok && older(v, e.GetResourceVersion()) {
		w.of[ref] = e
	}
}

// last is the entity whose status was written at last, nil once the watch has caught up with it. Who reads the cache must
// ask before: what is forgotten by then is in the cache, and what is forgotten later may not have been.
func (w *Echoes) last(ref relation.Ref) catalog.Entity {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.of[ref]
}

// overlay replaces the status of an older copy by the one that was written, if one was. The spec is the same in both: a
// PUT succeeds only on the version that it was decided on.
func overlay(e, written catalog.Entity) {
	if written != nil && older(e.GetResourceVersion(), written.GetResourceVersion()) {
		e.SetResourceVersion(written.GetResourceVersion())
		*e.EntityStatus() = *written.EntityStatus()
	}
}

// at is a copy of the entity that was written at a version, as the cache keeps it; false if another one was, or none. The
// copy carries echoMark.
func (w *Echoes) at(ref relation.Ref, resourceVersion string) (catalog.Entity, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, ok := w.of[ref]
	if !ok || o.GetResourceVersion() != resourceVersion {
		return nil, false
	}
	e := shallow(o)
	e.SetManagedFields(echoMark)
	return e, true
}

// arrived forgets the status that was written once the watch has caught up with it, and says whether that is what has
// arrived. It may be that and not be known, if the answer to the write has not arrived yet.
func (w *Echoes) arrived(ref relation.Ref, resourceVersion string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, ok := w.of[ref]
	if ok && !older(resourceVersion, o.GetResourceVersion()) {
		delete(w.of, ref)
	}
	return ok && o.GetResourceVersion() == resourceVersion
}

func (w *Echoes) forget(ref relation.Ref) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.of, ref)
}

func older(a, b string) bool {
	c, err := resourceversion.CompareResourceVersion(a, b)
	return err == nil && c < 0
}

// echoMark stands as the managed fields of an echo on its way to the cache. It is known by its address, so nothing that
// is read from the API server can be taken for it.
var echoMark = []metav1.ManagedFieldsEntry{{}}

func isEcho(o metav1.Object) bool {
	fields := o.GetManagedFields()
	return len(fields) == 1 && &fields[0] == &echoMark[0]
}

// shallow copies an entity; what it points to is shared.
func shallow(e catalog.Entity) catalog.Entity {
	switch e := e.(type) {
	case *catalog.Component:
		c := *e
		return &c
	case *catalog.API:
		c := *e
		return &c
	case *catalog.Resource:
		c := *e
		return &c
	case *catalog.System:
		c := *e
		return &c
	case *catalog.Domain:
		c := *e
		return &c
	case *catalog.Group:
		c := *e
		return &c
	case *catalog.User:
		c := *e
		return &c
	}
	return nil
}

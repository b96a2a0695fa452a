package store

import (
	"context"
	"fmt"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"

	"github.com/callboard-dev/callboard/api/relation"
)

// Source feeds a controller with the keys of one kind: all of them once the store is synced, then those that events
// touch.
func (s *Store) Source(k relation.Kind) *Source { return &Source{store: s, kind: k} }

// Source implements source.TypedSyncingSource.
type Source struct {
	store *Store
	kind  relation.Kind
	queue priorityqueue.PriorityQueue[relation.Ref]
}

// Start connects the controller's queue.
func (s *Source) Start(_ context.Context, q workqueue.TypedRateLimitingInterface[relation.Ref]) error {
	queue, ok := q.(priorityqueue.PriorityQueue[relation.Ref])
	if !ok {
		return fmt.Errorf("the queue of %s is a %T: want a priority queue", s.kind, q)
	}
	s.queue = queue
	s.store.queue.connect(s.kind, queue)
	return nil
}

// WaitForSync waits for the store, and queues all entities of the kind.
func (s *Source) WaitForSync(ctx context.Context) error {
	if err := s.store.WaitForSync(ctx); err != nil {
		return err
	}
	priority := priorityBacklog
	s.queue.AddWithOpts(
		priorityqueue.AddOpts{Priority: &priority}, s.store.Graph.All(s.kind)...)
	return nil
}

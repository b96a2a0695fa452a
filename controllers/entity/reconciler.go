// Package entity reconciles the entities of the catalog: it observes what the store knows, decides the status, and
// writes it if it differs. One reconciler serves all kinds.
package entity

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/controllers/store"
)

// settle is how long a reference may be missing before the status says so: files arrive in any order.
const settle = 300 * time.Millisecond

// retryConflict is when an entity is looked at again that somebody else wrote meanwhile: by then the watch should have
// brought that.
const retryConflict = 50 * time.Millisecond

// Writer writes the status of an entity with a PUT that carries the entity's resourceVersion, and returns the new one.
type Writer interface {
	WriteStatus(ctx context.Context, e catalog.Entity) (resourceVersion string, err error)
}

// Announcer tells users that the status of an entity changed.
type Announcer interface {
	Announce(e catalog.Entity, before, after []metav1.Condition)
}

// Reconciler keeps the statuses of one kind.
type Reconciler struct {
	store    *store.Store
	writer   Writer
	announce Announcer
	clock    clock.PassiveClock
	turns    *turns // of all kinds

	mu      sync.Mutex
	missing map[relation.Ref]time.Time // since when a reference has been missing that the status does not tell of yet
}

// Reconcile brings the status of one entity up to date.
func (r *Reconciler) Reconcile(ctx context.Context, ref relation.Ref) (reconcile.Result, error) {
	whole := r.store.Whole() // before the sums are read: they may become whole after that
	e, o, found, err := r.observe(ctx, ref)
	if err != nil || !found {
		r.settled(ref)
		return reconcile.Result{}, err
	}
	before := e.EntityStatus().DeepCopy()
	after := status.Of(e, o, metav1.NewTime(r.clock.Now().Truncate(time.Second)))
	again, err := r.score(ctx, e, &after)
	if err != nil {
		return reconcile.Result{}, err
	}
	if equality.Semantic.DeepEqual(*before, after) || !whole && groups(ref.Kind) {
		r.settled(ref)
		return again, nil
	}
	if wait := r.unsettled(o.Relations, before.Conditions, after.Conditions); wait > 0 {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	defer r.turns.take(ctx, before, &after)()
	*e.EntityStatus() = after
	err = r.store.Write(ctx, e, r.writer.WriteStatus)
	switch {
	case apierrors.IsConflict(err): // the copy was old; a newer one may differ in nothing that wakes anybody
		return reconcile.Result{RequeueAfter: retryConflict}, nil
	case apierrors.IsNotFound(err):
		return reconcile.Result{}, nil // the deletion is on its way
	}
	if err != nil {
		return reconcile.Result{}, fmt.Errorf("write status: %w", err)
	}
	r.announce.Announce(e, before.Conditions, after.Conditions)
	return again, nil
}

// score enters how the entity does on Scorecards, and has it looked at again when that ends by itself.
func (r *Reconciler) score(ctx context.Context, e catalog.Entity, after *catalog.EntityStatus) (reconcile.Result, error) {
	at, err := r.store.Score(ctx, e, after)
	if err != nil || at.IsZero() {
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: max(at.Sub(r.clock.Now()), time.Millisecond)}, nil
}

// groups says whether entities of a kind sum up others.
func groups(k relation.Kind) bool {
	return k == relation.System || k == relation.Domain || k == relation.Group
}

// observe reads all that the status depends on.
func (r *Reconciler) observe(ctx context.Context, ref relation.Ref) (catalog.Entity, status.Observation, bool, error) {
	e, found, err := r.store.Get(ctx, ref)
	if err != nil || !found {
		return nil, status.Observation{}, false, err
	}
	o, found := status.Observe(r.store.Graph, r.store.Access, r.store.Mode, ref)
	if !found {
		return nil, o, false, nil
	}
	o.Workloads = r.store.Links.View(ref)
	o.ScoreRollups, o.Average = r.store.Scores.Rollups(o.Relations.Scores)
	o.Definition, err = r.store.Definition(ctx, e)
	return e, o, true, err
}

// unsettled says how long to wait before a first "not found" is written.
func (r *Reconciler) unsettled(v relation.View, before, after []metav1.Condition) time.Duration {
	ref := v.Ref
	if !slices.ContainsFunc(newlyMissing(before, after), func(c metav1.Condition) bool { return !r.justGone(c, v) }) {
		r.settled(ref)
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	since, ok := r.missing[ref]
	if !ok {
		r.missing[ref] = now
		return settle
	}
	if wait := since.Add(settle).Sub(now); wait > 0 {
		return wait
	}
	delete(r.missing, ref)
	return 0
}

func (r *Reconciler) settled(ref relation.Ref) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.missing, ref)
}

// justGone says whether all that a condition misses was there a moment ago: that is a deletion, and no file on its way. Of
// what another namespace closes it tells nothing.
func (r *Reconciler) justGone(c metav1.Condition, v relation.View) bool {
	switch c.Reason {
	case catalog.ReasonOwnerNotFound:
		return r.store.JustGone(v.Owner.Ref)
	case catalog.ReasonRefNotFound:
		return !slices.ContainsFunc(v.Problems, func(p relation.Problem) bool {
			return p.State == relation.NotFound && p.Field != relation.FieldOwner && !r.store.JustGone(p.Target)
		})
	}
	return false
}

// newlyMissing are the conditions that are about to say that something is missing, for the first time since the entity
// was declared so. What was there and went is told at once.
func newlyMissing(before, after []metav1.Condition) []metav1.Condition {
	var out []metav1.Condition
	for _, c := range after {
		switch c.Reason {
		case catalog.ReasonRefNotFound, catalog.ReasonRefNotPermitted, catalog.ReasonOwnerNotFound, catalog.ReasonNoOwner,
			catalog.ReasonWorkloadsNotFound, catalog.ReasonDefinitionNotFound:
		default:
			continue
		}
		old := meta.FindStatusCondition(before, c.Type)
		switch {
		case c.Status != metav1.ConditionFalse, old != nil && old.Status == metav1.ConditionFalse:
		case old != nil && old.Status == metav1.ConditionTrue && old.ObservedGeneration == c.ObservedGeneration:
		default:
			out = append(out, c)
		}
	}
	return out
}

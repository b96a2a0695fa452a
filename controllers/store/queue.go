package store

import (
	"context"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"

	"github.com/callboard-dev/callboard/api/relation"
)

// cause says what made entities worth another look.
type cause uint8

const (
	causeInitial  cause = iota // the store met the entity on its start; all are queued once it has met all
	causeAdd                   // the entity is new
	causeEdit                  // somebody changed the entity's spec
	causeChange                // another entity, a namespace or a definition changed or went
	causeWorkload              // what runs the entity changed
	causeScore                 // how another entity does changed
)

// Priorities of keys: what people wait for overtakes the backlog.
const (
	priorityBacklog = -100
	priorityChange  = 0
	priorityEdit    = 100
	priorityDenied  = 200
)

// How long writes are held together.
const (
	// countsGap is the least time between two writes of an entity of which only lists, numbers and roll-ups changed.
	countsGap = time.Second
	// workloadGap is the same where what runs the entity changed.
	workloadGap = 200 * time.Millisecond
	// deniedGap is the same where an API denies more than before.
	deniedGap = 200 * time.Millisecond
	// loadHold is the most that a bulk load holds a write up.
	loadHold = 5 * time.Second
	// tick is how often held keys are looked at, while there are any.
	tick = 50 * time.Millisecond
)

// load is how many new entities make a bulk load.
var load = rush{many: 6, within: time.Second, quiet: 400 * time.Millisecond}

// queue hands the keys of entities to the controllers: at once where somebody waits for the answer, later where several
// changes are better written together.
type queue struct {
	clock clock.WithTicker

	mu      sync.Mutex
	to      map[relation.Kind]priorityqueue.PriorityQueue[relation.Ref]
	held    map[relation.Ref]hold
	written *recent       // for as long as it bears on countsGap
	added   *ring         // the latest new entities
	scored  *ring         // the latest changes of how entities do
	started chan struct{} // wakes run
}

// hold is a key that waits.
type hold struct {
	due    time.Time
	latest time.Time // it goes then even if the bulk load goes on; zero: it does not wait for one
	denied bool      // it overtakes all others
	added  bool      // a new entity, or what was touched by one
}

func newQueue(clk clock.WithTicker) *queue {
	return &queue{
		clock: clk, to: map[relation.Kind]priorityqueue.PriorityQueue[relation.Ref]{},
		held: map[relation.Ref]hold{}, written: newRecent(countsGap), added: newRing(load), scored: newRing(load), started: make(chan struct{}, 1),
	}
}

// connect has the keys of a kind go to a controller's queue. Until then they are dropped: the controller begins with
// all entities.
func (q *queue) connect(k relation.Kind, to priorityqueue.PriorityQueue[relation.Ref]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.to[k] = to
}

// add queues what an event touched.
func (q *queue) add(why cause, touched []relation.Touched) {
	if len(touched) == 0 || why == causeInitial {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.to) == 0 {
		return
	}
	now := q.clock.Now()
	switch why {
	case causeAdd:
		q.added.note(now)
	case causeScore:
		q.scored.note(now)
	}
	loading := why == causeAdd && q.added.busy(now)
	for _, t := range touched {
		switch {
		case loading:
			q.hold(t.Ref, hold{due: now, latest: now.Add(loadHold), added: true})
		case t.Counts:
			q.hold(t.Ref, hold{due: q.after(t.Ref, now, countsGap), latest: q.latest(now)})
		case why == causeWorkload:
			q.hold(t.Ref, hold{due: q.after(t.Ref, now, workloadGap)})
		case why == causeEdit || why == causeAdd:
			q.release(t.Ref, priorityEdit)
		default:
			q.release(t.Ref, priorityChange)
		}
	}
}

// addDenied queues those of whom the catalog must tell soon that an access is denied: no bulk load holds them up, and an
// API that was just written waits less than for other counts.
func (q *queue) addDenied(refs []relation.Ref) {
	if len(refs) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.to) == 0 {
		return
	}
	now := q.clock.Now()
	for _, ref := range refs {
		if ref.Kind == relation.API {
			q.hold(ref, hold{due: q.after(ref, now, deniedGap), denied: true})
		} else {
			q.release(ref, priorityDenied)
		}
	}
}

// backlog queues entities behind all else.
func (q *queue) backlog(refs []relation.Ref) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, ref := range refs {
		q.release(ref, priorityBacklog)
	}
}

// latest lets counts wait for the end of a bulk load, or of many judgements, if one runs.
func (q *queue) latest(now time.Time) time.Time {
	if q.added.busy(now) || q.scored.busy(now) {
		return now.Add(loadHold)
	}
	return time.Time{}
}

// after is the earliest time that keeps the gap to the last write of an entity.
func (q *queue) after(ref relation.Ref, now time.Time, gap time.Duration) time.Time {
	if ago, ok := q.written.since(ref, now); ok && ago < gap {
		return now.Add(gap - ago)
	}
	return now
}

// hold keeps a key until it is due; a key that is held already goes at the earlier of both times.
func (q *queue) hold(ref relation.Ref, h hold) {
	was, held := q.held[ref]
	if held {
		if was.due.Before(h.due) {
			h.due = was.due
		}
		if was.latest.IsZero() || !h.latest.IsZero() && was.latest.Before(h.latest) {
			h.latest = was.latest
		}
		h.denied, h.added = h.denied || was.denied, h.added || was.added
	}
	if (!held || h.denied) && h.latest.IsZero() && !h.due.After(q.clock.Now()) {
		q.release(ref, h.priority(priorityChange))
		return
	}
	if len(q.held) == 0 {
		select {
		case q.started <- struct{}{}:
		default:
		}
	}
	q.held[ref] = h
}

// priority is that of a held key, or the one of any other.
func (h hold) priority(other int) int {
	if h.denied {
		return priorityDenied
	}
	return other
}

// release hands a key to its controller.
func (q *queue) release(ref relation.Ref, priority int) {
	delete(q.held, ref)
	if to := q.to[ref.Kind]; to != nil {
		to.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, ref)
	}
}

// wrote notes that an entity's status was written.
func (q *queue) wrote(ref relation.Ref) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.written.note(ref, q.clock.Now())
}

// run releases held keys when they are due, until the context ends.
func (q *queue) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.started:
		}
		ticker := q.clock.NewTicker(tick)
		for q.flush() {
			select {
			case <-ctx.Done():
				ticker.Stop()
				return
			case <-ticker.C():
			}
		}
		ticker.Stop()
	}
}

// flush releases what is due, and says whether anything is still held.
func (q *queue) flush() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Now()
	loading, judging := q.added.busy(now), q.scored.busy(now)
	for ref, h := range q.held {
		waits := (loading || judging && !h.added) && !h.latest.IsZero() && now.Before(h.latest)
		if !waits && !now.Before(h.due) {
			q.release(ref, h.priority(priorityBacklog))
		}
	}
	return len(q.held) > 0
}

// depth counts the keys that are held.
func (q *queue) depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.held)
}

package store

import (
	"time"

	"github.com/callboard-dev/callboard/api/relation"
)

// recent remembers when something last happened to each entity, for a while. It is not safe for use by many at once.
type recent struct {
	lasts   time.Duration
	at      map[relation.Ref]time.Time
	moments []moment // the same, and what was overtaken, oldest first
}

type moment struct {
	ref relation.Ref
	at  time.Time
}

func newRecent(lasts time.Duration) *recent {
	return &recent{lasts: lasts, at: map[relation.Ref]time.Time{}}
}

// note notes that it happens now, and forgets what is too long ago. Time must not go backwards.
func (r *recent) note(ref relation.Ref, now time.Time) {
	r.at[ref] = now
	r.moments = append(r.moments, moment{ref, now})
	for now.Sub(r.moments[0].at) > r.lasts {
		if m := r.moments[0]; r.at[m.ref].Equal(m.at) {
			delete(r.at, m.ref)
		}
		r.moments = r.moments[1:]
	}
}

// since is how long ago it happened, and whether that is remembered.
func (r *recent) since(ref relation.Ref, now time.Time) (time.Duration, bool) {
	at, ok := r.at[ref]
	ago := now.Sub(at)
	return ago, ok && ago <= r.lasts
}

// rush says when things come in a rush: many within a time, until none has come for another.
type rush struct {
	many          int
	within, quiet time.Duration
}

// ring holds when the latest of some things came. It is not safe for use by many at once.
type ring struct {
	rush
	at   []time.Time
	next int
}

func newRing(r rush) *ring { return &ring{rush: r, at: make([]time.Time, r.many)} }

func (r *ring) note(now time.Time) {
	r.at[r.next] = now
	r.next = (r.next + 1) % len(r.at)
}

// busy says whether they come in a rush.
func (r *ring) busy(now time.Time) bool {
	oldest, newest := r.at[r.next], r.at[(r.next+len(r.at)-1)%len(r.at)]
	return !oldest.IsZero() && newest.Sub(oldest) < r.within && now.Sub(newest) < r.quiet
}

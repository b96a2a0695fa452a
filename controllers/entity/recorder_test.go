package entity

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/client-go/tools/events"
)

// slowSink counts events, and holds each until it is let go.
type slowSink struct {
	events.EventSink
	sent, cancelled atomic.Int32
	held            chan struct{}
}

func (s *slowSink) Create(ctx context.Context, e *eventsv1.Event) (*eventsv1.Event, error) {
	s.sent.Add(1)
	<-s.held
	if ctx.Err() != nil {
		s.cancelled.Add(1)
	}
	return e, nil
}

func TestEventsOfAMassChangeArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowSink{held: make(chan struct{})}
		paced := newPacedSink(slow, func() bool { return false })
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		for range 2 * eventBacklog {
			done.Go(func() {
				if _, err := paced.Create(ctx, &eventsv1.Event{}); err != nil {
					t.Errorf("Create(): %v, which the broadcaster would try again", err)
				}
			})
		}
		synctest.Wait()
		if got := slow.sent.Load(); got != 1 {
			t.Errorf("%d events at once, want one after another", got)
		}
		if got := paced.waiting.Load(); got != eventBacklog {
			t.Errorf("%d events are on their way, want %d: the others are dropped", got, eventBacklog)
		}
		stop()
		close(slow.held)
		done.Wait()
		if got := slow.cancelled.Load(); got != 0 {
			t.Errorf("%d events were cut off on their way", got)
		}
		if got := paced.waiting.Load(); got != 0 {
			t.Errorf("%d events are on their way in the end", got)
		}
	})
}

func TestEventsComeAfterStatuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick := &slowSink{held: make(chan struct{})}
		close(quick.held)
		var writing atomic.Bool
		writing.Store(true)
		paced := newPacedSink(quick, writing.Load)
		for range 4 * eventBurst {
			go func() { _, _ = paced.Create(t.Context(), &eventsv1.Event{}) }()
		}
		for _, c := range []struct {
			after time.Duration
			want  int32
			what  string
		}{
			{eventYield - time.Millisecond, 0, "while statuses are written"},
			{2 * time.Millisecond, 1, "after the most that one waits"},
			{eventYield, 2, "while statuses are still written"},
		} {
			time.Sleep(c.after)
			synctest.Wait()
			if got := quick.sent.Load(); got != c.want {
				t.Errorf("%d events %s, want %d", got, c.what, c.want)
			}
		}
		writing.Store(false)
		time.Sleep(eventPoll)
		synctest.Wait()
		if got := quick.sent.Load(); got < eventBurst || got == 4*eventBurst {
			t.Errorf("%d events once no status is written, want those that have been granted, at least %d", got, eventBurst)
		}
		time.Sleep(4 * eventBurst * time.Second / eventRate)
		synctest.Wait()
		if got := quick.sent.Load(); got != 4*eventBurst {
			t.Errorf("%d events in the end, want all %d", got, 4*eventBurst)
		}
	})
}

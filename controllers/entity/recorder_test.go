package entity

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/flowcontrol"
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
		paced := &pacedSink{EventSink: slow, limiter: flowcontrol.NewTokenBucketRateLimiter(0.001, eventBurst)}
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
		if got := slow.sent.Load(); got == 0 || got > eventBurst {
			t.Errorf("%d events at once, want at most %d", got, eventBurst)
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

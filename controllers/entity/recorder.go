package entity

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	typedeventsv1 "k8s.io/client-go/kubernetes/typed/events/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

const (
	eventBurst   = 20   // events that are told at once
	eventRate    = 10   // and then a second: statuses come first where much turned at the same time
	eventBacklog = 1000 // events that wait; what comes on top is dropped, as the API server drops events after an hour
	eventTimeout = 10 * time.Second
	eventYield   = time.Second           // the most that an event waits for the statuses that are being written
	eventPoll    = 20 * time.Millisecond // how often it looks for them
)

// newRecorder makes the recorder of the controllers' events, which wait while statuses are being written. The manager's
// own would send an event beside each status of a mass change, as fast, and end with an error in the log if it is
// stopped while it does.
func newRecorder(mgr ctrl.Manager, writing func() bool) (events.EventRecorder, error) {
	client, err := typedeventsv1.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("make the client of the events: %w", err)
	}
	broadcaster := events.NewBroadcaster(newPacedSink(&events.EventSinkImpl{Interface: client}, writing))
	err = mgr.Add(manager.RunnableFunc(func(ctx context.Context) error {
		logged := klog.NewContext(ctx, mgr.GetLogger().WithName("events"))
		if err := broadcaster.StartRecordingToSinkWithContext(logged); err != nil {
			return fmt.Errorf("record events: %w", err)
		}
		<-ctx.Done()
		return nil
	}))
	if err != nil {
		return nil, fmt.Errorf("add the events' recorder: %w", err)
	}
	return broadcaster.NewRecorder(mgr.GetScheme(), "callboard"), nil
}

// pacedSink writes events one after another at a steady pace, and after the statuses that are being written, which keeps
// the API server free for these.
type pacedSink struct {
	events.EventSink
	limiter flowcontrol.RateLimiter
	writing func() bool
	turn    chan struct{} // holds the right to write
	waiting atomic.Int32
}

func newPacedSink(to events.EventSink, writing func() bool) *pacedSink {
	return &pacedSink{
		EventSink: to, limiter: flowcontrol.NewTokenBucketRateLimiter(eventRate, eventBurst), writing: writing,
		turn: make(chan struct{}, 1),
	}
}

// Create implements events.EventSink. An event that has no place, or waits when the operator stops, is dropped.
func (s *pacedSink) Create(ctx context.Context, event *eventsv1.Event) (*eventsv1.Event, error) {
	return s.send(ctx, func(ctx context.Context) (*eventsv1.Event, error) { return s.EventSink.Create(ctx, event) })
}

// Patch implements events.EventSink, as Create does.
func (s *pacedSink) Patch(ctx context.Context, event *eventsv1.Event, data []byte) (*eventsv1.Event, error) {
	return s.send(ctx, func(ctx context.Context) (*eventsv1.Event, error) { return s.EventSink.Patch(ctx, event, data) })
}

func (s *pacedSink) send(ctx context.Context, call func(context.Context) (*eventsv1.Event, error)) (*eventsv1.Event, error) {
	defer s.waiting.Add(-1)
	if s.waiting.Add(1) > eventBacklog || s.limiter.Wait(ctx) != nil || !s.mayWrite(ctx) {
		return nil, nil //nolint:nilnil // to the broadcaster it is done: an error would be tried again, and logged
	}
	defer func() { <-s.turn }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eventTimeout) // what is begun is finished
	defer cancel()
	event, err := call(ctx)
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil, nil //nolint:nilnil // nobody will read it
	}
	return event, err
}

// mayWrite waits for the turn of an event, and then until no status is being written, but for no longer than a mass
// change may hold up what people read. It returns false if the context ends before.
func (s *pacedSink) mayWrite(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case s.turn <- struct{}{}:
	}
	for waited := time.Duration(0); waited < eventYield && s.writing(); waited += eventPoll {
		select {
		case <-ctx.Done():
			<-s.turn
			return false
		case <-time.After(eventPoll):
		}
	}
	return true
}

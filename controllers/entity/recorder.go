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
)

// newRecorder makes the recorder of the controllers' events. The manager's own would send an event beside each status
// of a mass change, as fast, and end with an error in the log if it is stopped while it does.
func newRecorder(mgr ctrl.Manager) (events.EventRecorder, error) {
	client, err := typedeventsv1.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("make the client of the events: %w", err)
	}
	broadcaster := events.NewBroadcaster(&pacedSink{
		EventSink: &events.EventSinkImpl{Interface: client},
		limiter:   flowcontrol.NewTokenBucketRateLimiter(eventRate, eventBurst),
	})
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

// pacedSink writes events one after another at a steady pace, which keeps the API server free for the statuses.
type pacedSink struct {
	events.EventSink
	limiter flowcontrol.RateLimiter
	waiting atomic.Int32
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
	if s.waiting.Add(1) > eventBacklog || s.limiter.Wait(ctx) != nil {
		return nil, nil //nolint:nilnil // to the broadcaster it is done: an error would be tried again, and logged
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eventTimeout) // what is begun is finished
	defer cancel()
	event, err := call(ctx)
	if apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		return nil, nil //nolint:nilnil // nobody will read it
	}
	return event, err
}

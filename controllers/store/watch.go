package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/tidwall/gjson"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/json"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// events counts what the watches of entities brought.
var events = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "callboard_watch_events_total",
	Help: "Events of entities: echo, of a status that the operator wrote and need not decode, or decoded.",
}, []string{"how"})

func init() { metrics.Registry.MustRegister(events) }

// NewCache makes the cache that a Store reads. It watches entities with a decoder of its own: client-go's goes over
// each event six times, and most of the events that an operator receives are echoes of what it wrote itself. Those are
// told by their resourceVersion, and taken from what was written. All else is left to client-go.
//
// It is a cache.NewCacheFunc. The options must be those of CacheOptions, which ask for all entities of the cluster.
func (w *Echoes) NewCache(config *rest.Config, o cache.Options) (cache.Cache, error) {
	gvk := catalog.GroupVersion.WithKind(catalog.KindComponent)
	api, err := apiutil.RESTClientForGVK(gvk, false, false, config, serializer.NewCodecFactory(o.Scheme), o.HTTPClient)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", catalog.GroupVersion, err)
	}
	params := runtime.NewParameterCodec(o.Scheme)
	o.NewInformer = func(lw toolscache.ListerWatcher, obj runtime.Object, resync time.Duration, by toolscache.Indexers) toolscache.SharedIndexInformer {
		if e, ok := obj.(catalog.Entity); ok {
			lw = &toolscache.ListWatch{
				ListWithContextFunc: toolscache.ToListerWatcherWithContext(lw).ListWithContext,
				WatchFuncWithContext: func(ctx context.Context, opts metav1.ListOptions) (watch.Interface, error) {
					return w.watch(ctx, api, params, relation.KindOf(e), opts)
				},
			}
		}
		return toolscache.NewSharedIndexInformer(lw, obj, resync, by)
	}
	return cache.New(config, o)
}

// watch watches all entities of a kind.
func (w *Echoes) watch(ctx context.Context, api rest.Interface, params runtime.ParameterCodec, k relation.Kind, opts metav1.ListOptions) (watch.Interface, error) {
	opts.Watch, opts.AllowWatchBookmarks = true, true
	body, err := api.Get().Resource(access.Of(k).Plural).VersionedParams(&opts, params).Stream(ctx)
	if err != nil {
		return nil, err
	}
	return watch.NewStreamWatcher(newDecoder(body, k, w), apierrors.NewClientErrorReporter(http.StatusInternalServerError, "watch", "ClientWatchDecoding")), nil
}

const (
	readSize = 16 << 10
	// maxEvent is the most bytes that an event may have, client-go's own bound. etcd takes objects of 1.5 MiB.
	maxEvent = 16 << 20
	// keptEvent is how large the room for an event may be that is kept for the next.
	keptEvent = 256 << 10
)

// decoder reads the events of a watch: JSON, each ended by a newline as the API server's json.Encoder writes it. It
// implements watch.Decoder.
type decoder struct {
	body   io.ReadCloser
	text   *bufio.Reader
	line   []byte // of the last event
	kind   relation.Kind
	echoes *Echoes
}

func newDecoder(body io.ReadCloser, k relation.Kind, w *Echoes) *decoder {
	return &decoder{body: body, text: bufio.NewReaderSize(body, readSize), kind: k, echoes: w}
}

// Close implements watch.Decoder.
func (d *decoder) Close() { _ = d.body.Close() }

// Decode implements watch.Decoder.
func (d *decoder) Decode() (watch.EventType, runtime.Object, error) {
	line, err := d.next()
	if err != nil {
		return "", nil, err
	}
	switch kind := watch.EventType(gjson.GetBytes(line, "type").Str); kind {
	case watch.Modified:
		if e, ok := d.echo(line); ok {
			events.WithLabelValues("echo").Inc()
			return kind, e, nil
		}
		fallthrough
	case watch.Added, watch.Deleted, watch.Bookmark:
		events.WithLabelValues("decoded").Inc()
		e, err := d.entity(line)
		return kind, e, err
	case watch.Error:
		s := &metav1.Status{}
		return kind, s, decodeEvent(line, s)
	default:
		return "", nil, fmt.Errorf("read an event of the watch of %s: it has the type %q", d.kind, kind)
	}
}

// next reads an event. It holds until the next call.
func (d *decoder) next() ([]byte, error) {
	if cap(d.line) > keptEvent {
		d.line = nil
	}
	d.line = d.line[:0]
	for {
		part, err := d.text.ReadSlice('\n')
		d.line = append(d.line, part...)
		switch {
		case err == nil:
			return d.line, nil
		case len(d.line) > maxEvent:
			return nil, fmt.Errorf("read an event of the watch of %s: it has more than %d bytes", d.kind, maxEvent)
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(d.line) > 0:
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}

// echo is the entity of an event that brings back what was written; false if the event brings something else.
func (d *decoder) echo(line []byte) (catalog.Entity, bool) {
	m := gjson.GetBytes(line, "object.metadata")
	ref := relation.Ref{Kind: d.kind, Namespace: m.Get("namespace").Str, Name: m.Get("name").Str}
	d.echoes.answered(ref)
	return d.echoes.at(ref, m.Get("resourceVersion").Str)
}

func (d *decoder) entity(line []byte) (runtime.Object, error) {
	obj, ok := NewEntity(d.kind).(client.Object)
	if !ok {
		return nil, fmt.Errorf("read an event of the watch of %s: there is no such kind", d.kind)
	}
	err := decodeEvent(line, obj)
	obj.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{}) // as client-go leaves it
	return obj, err
}

// decodeEvent decodes the object of an event, as strictly as client-go does.
func decodeEvent(line []byte, into runtime.Object) error {
	event := struct {
		Object any `json:"object"`
	}{into}
	if err := json.UnmarshalCaseSensitivePreserveInts(line, &event); err != nil {
		return fmt.Errorf("read an event of a watch: %w", err)
	}
	return nil
}

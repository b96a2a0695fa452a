package e2e

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// key names an object; kind is the name of its Go type.
type key struct{ kind, namespace, name string }

func keyOf(o client.Object) key {
	return key{reflect.TypeOf(o).Elem().Name(), o.GetNamespace(), o.GetName()}
}

// state is what the API server has told so far.
type state map[key]client.Object

// sighting is one change that a watch brought, and when. obj is nil if the object went.
type sighting struct {
	at  time.Time
	key key
	obj client.Object
}

// board notes all that watches bring, in the order in which it came.
type board struct {
	mu      sync.Mutex
	log     []sighting
	dropped int // from the log's beginning
	state   state
	changed chan struct{} // closed at the next sighting
}

func watchAll(ctx context.Context, config *rest.Config, scheme *runtime.Scheme) (*board, error) {
	c, err := cache.New(config, cache.Options{Scheme: scheme, DefaultTransform: cache.TransformStripManagedFields()})
	if err != nil {
		return nil, err
	}
	b := &board{state: state{}, changed: make(chan struct{})}
	go func() {
		if err := c.Start(ctx); err != nil {
			panic(fmt.Sprintf("watch: %v", err))
		}
	}()
	for _, obj := range []client.Object{
		&catalog.Component{}, &catalog.API{}, &catalog.Resource{}, &catalog.System{}, &catalog.Domain{}, &catalog.Group{},
		&catalog.User{}, &corev1.Pod{}, &appsv1.Deployment{}, &appsv1.StatefulSet{}, &appsv1.DaemonSet{},
		&batchv1.Job{}, &batchv1.CronJob{},
	} {
		informer, err := c.GetInformer(ctx, obj)
		if err != nil {
			return nil, err
		}
		if _, err := informer.AddEventHandler(b); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// remembered is the least number of sightings that a replay can go back.
const remembered = 10_000

// OnAdd, OnUpdate and OnDelete make the board a handler of informers' events.
func (b *board) OnAdd(obj any, _ bool) { b.note(obj, false) }

func (b *board) OnUpdate(_, obj any) { b.note(obj, false) }

func (b *board) OnDelete(obj any) {
	if gone, ok := obj.(toolscache.DeletedFinalStateUnknown); ok {
		obj = gone.Obj
	}
	b.note(obj, true)
}

func (b *board) note(obj any, gone bool) {
	o := obj.(client.Object)
	s := sighting{at: time.Now(), key: keyOf(o), obj: o}
	if gone {
		s.obj = nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.log = append(b.log, s); len(b.log) > 2*remembered {
		b.log = slices.Clone(b.log[remembered:])
		b.dropped += remembered
	}
	b.state.apply(s)
	close(b.changed)
	b.changed = make(chan struct{})
}

func (s state) apply(n sighting) {
	if n.obj == nil {
		delete(s, n.key)
	} else {
		s[n.key] = n.obj
	}
}

// look is what the API server has told by now. The objects are shared and must not be changed.
func (b *board) look() state {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.state)
}

// replay goes through what comes after the moment at which it was made.
type replay struct {
	board *board
	state state
	next  int
}

func (b *board) replay() *replay {
	b.mu.Lock()
	defer b.mu.Unlock()
	return &replay{b, maps.Clone(b.state), b.dropped + len(b.log)}
}

// predicate is true of a state, or not.
type predicate func(state) bool

func all(ps ...predicate) predicate {
	return func(s state) bool {
		for _, p := range ps {
			if !p(s) {
				return false
			}
		}
		return true
	}
}

// patience is how long a story waits for something before it counts as never happening.
const patience = 60 * time.Second

// await returns the moment at which the predicate, so far false, became true.
func (r *replay) await(t *testing.T, what string, p predicate) time.Time {
	t.Helper()
	if p(r.state) {
		t.Fatalf("%s: it was so from the beginning", what)
	}
	timeout := time.After(patience)
	for {
		r.board.mu.Lock()
		news, changed := r.board.log[r.next-r.board.dropped:], r.board.changed
		r.board.mu.Unlock()
		for _, s := range news {
			r.next++
			if r.state.apply(s); p(r.state) {
				return s.at
			}
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("%s: not within %s%s", what, patience, r.board.look().unwell())
		}
	}
}

// settled waits until the predicate is true, if it is not already.
func settled(t *testing.T, what string, p predicate) {
	t.Helper()
	r := w.board.replay()
	if !p(r.state) {
		r.await(t, what, p)
	}
}

// get finds an object, nil if it does not exist.
func get[T any, P interface {
	*T
	client.Object
}](s state, namespace, name string) P {
	o, ok := s[key{reflect.TypeFor[T]().Name(), namespace, name}]
	if !ok {
		return nil
	}
	return o.(P)
}

// list finds all objects of a kind that the filter lets through.
func list[T any, P interface {
	*T
	client.Object
}](s state, filter func(P) bool) []P {
	var out []P
	kind := reflect.TypeFor[T]().Name()
	for k, o := range s {
		if k.kind != kind {
			continue
		}
		if p := o.(P); filter == nil || filter(p) {
			out = append(out, p)
		}
	}
	return out
}

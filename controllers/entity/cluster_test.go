package entity

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/controllers/store"
)

// cluster is an API server, the informers before it, the store and the reconcilers, all in one thread, so that a test
// decides what arrives when. What the API server has and what the informers have brought may differ, as in life. It runs
// in a synctest bubble, where time passes only when all wait.
type cluster struct {
	cache.Cache // what the store does not use is not there
	t           *testing.T
	store       *store.Store
	reconcilers map[relation.Kind]*Reconciler

	server   map[objectKey]client.Object
	cached   map[objectKey]client.Object
	events   []func() // on their way from the server to the informers
	handlers map[reflect.Type]toolscache.ResourceEventHandler
	change   map[reflect.Type]toolscache.TransformFunc
	version  int

	mu     sync.Mutex
	queued map[relation.Ref]bool

	writes    map[relation.Ref]int
	fail      error  // what the next write is answered with
	afterGet  func() // called when the cache was read
	announced []string
}

type objectKey struct {
	kind reflect.Type
	name client.ObjectKey
}

func keyOf(obj client.Object) objectKey {
	return objectKey{reflect.TypeOf(obj), client.ObjectKeyFromObject(obj)}
}

// newCluster starts an empty cluster. It is in use until the test ends.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{
		t: t, server: map[objectKey]client.Object{}, cached: map[objectKey]client.Object{}, queued: map[relation.Ref]bool{},
		handlers: map[reflect.Type]toolscache.ResourceEventHandler{}, change: map[reflect.Type]toolscache.TransformFunc{},
		writes: map[relation.Ref]int{}, reconcilers: map[relation.Kind]*Reconciler{},
	}
	for obj, by := range store.CacheOptions().ByObject {
		c.change[reflect.TypeOf(obj)] = by.Transform
	}
	c.store = store.New(c, clock.RealClock{}, visibility.Enforce)
	ctx, cancel := context.WithCancel(t.Context())
	if err := c.store.Register(ctx); err != nil {
		t.Fatal(err)
	}
	for _, k := range relation.Kinds() {
		c.reconcilers[k] = &Reconciler{store: c.store, writer: c, announce: c, clock: clock.RealClock{}, turns: newTurns(c.store.Busy), missing: map[relation.Ref]time.Time{}}
		if err := c.store.Source(k).Start(ctx, inbox{cluster: c}); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := c.store.Start(ctx); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return c
}

// inbox is a controller's queue.
type inbox struct {
	priorityqueue.PriorityQueue[relation.Ref]
	cluster *cluster
}

func (i inbox) AddWithOpts(_ priorityqueue.AddOpts, refs ...relation.Ref) {
	i.cluster.mu.Lock()
	defer i.cluster.mu.Unlock()
	for _, r := range refs {
		i.cluster.queued[r] = true
	}
}

// take empties the inbox.
func (c *cluster) take() map[relation.Ref]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.queued
	c.queued = map[relation.Ref]bool{}
	return out
}

// GetInformer implements cache.Cache.
func (c *cluster) GetInformer(_ context.Context, obj client.Object, _ ...cache.InformerGetOption) (cache.Informer, error) {
	return informer{kind: reflect.TypeOf(obj), cluster: c}, nil
}

type informer struct {
	cache.Informer
	kind    reflect.Type
	cluster *cluster
}

// registration is of a handler that has applied its first list, which is empty.
type registration struct {
	toolscache.ResourceEventHandlerRegistration
}

// HasSynced implements cache.ResourceEventHandlerRegistration.
func (registration) HasSynced() bool { return true }

func (i informer) AddEventHandler(h toolscache.ResourceEventHandler) (toolscache.ResourceEventHandlerRegistration, error) {
	i.cluster.handlers[i.kind] = h
	return registration{}, nil
}

// Get implements cache.Cache: a shallow copy, as the cache makes them without deep copies.
func (c *cluster) Get(_ context.Context, key client.ObjectKey, out client.Object, _ ...client.GetOption) error {
	obj, ok := c.cached[objectKey{reflect.TypeOf(out), key}]
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
	}
	reflect.ValueOf(out).Elem().Set(reflect.ValueOf(obj).Elem())
	if c.afterGet != nil {
		c.afterGet()
	}
	return nil
}

// set puts an object into the server as its next version, and its event on the way.
func (c *cluster) set(obj client.Object) {
	c.version++
	obj = obj.DeepCopyObject().(client.Object)
	obj.SetResourceVersion(strconv.Itoa(c.version))
	k := keyOf(obj)
	c.server[k] = obj
	c.events = append(c.events, func() {
		next, err := c.change[k.kind](obj.DeepCopyObject())
		if err != nil {
			c.t.Fatal(err)
		}
		before, known := c.cached[k]
		c.cached[k] = next.(client.Object)
		if known {
			c.handlers[k.kind].OnUpdate(before, next)
		} else {
			c.handlers[k.kind].OnAdd(next, false)
		}
	})
}

// create makes a new object.
func (c *cluster) create(obj client.Object) {
	obj.SetGeneration(1)
	obj.SetUID("uid")
	if e, ok := obj.(catalog.Entity); ok {
		none := int64(-1)
		*e.EntityStatus() = catalog.EntityStatus{ObservedGeneration: &none}
	}
	c.set(obj)
}

// edit changes an object's spec.
func (c *cluster) edit(obj client.Object, change func(obj client.Object)) {
	now := c.server[keyOf(obj)].DeepCopyObject().(client.Object)
	now.SetGeneration(now.GetGeneration() + 1)
	change(now)
	c.set(now)
}

// remove deletes an object.
func (c *cluster) remove(obj client.Object) {
	k := keyOf(obj)
	delete(c.server, k)
	c.events = append(c.events, func() {
		before := c.cached[k]
		delete(c.cached, k)
		c.handlers[k.kind].OnDelete(before)
	})
}

// WriteStatus implements Writer as the API server would.
func (c *cluster) WriteStatus(_ context.Context, e catalog.Entity) (string, error) {
	ref := relation.RefOf(e)
	if err := c.fail; err != nil {
		c.fail = nil
		return "", err
	}
	now := c.server[keyOf(e.(client.Object))]
	if now == nil {
		return "", apierrors.NewNotFound(schema.GroupResource{}, e.GetName())
	}
	if now.GetResourceVersion() != e.GetResourceVersion() {
		return "", apierrors.NewConflict(schema.GroupResource{}, e.GetName(), fmt.Errorf("version %s", now.GetResourceVersion()))
	}
	c.writes[ref]++
	next := now.DeepCopyObject().(catalog.Entity)
	*next.EntityStatus() = *e.EntityStatus().DeepCopy()
	c.set(next.(client.Object))
	return strconv.Itoa(c.version), nil
}

// Announce implements Announcer.
func (c *cluster) Announce(e catalog.Entity, _, _ []metav1.Condition) {
	c.announced = append(c.announced, relation.RefOf(e).String())
}

// deliver lets some of the events arrive, in their order.
func (c *cluster) deliver(n int) {
	for ; n > 0 && len(c.events) > 0; n-- {
		next := c.events[0]
		c.events = c.events[1:]
		next()
	}
}

// reconcile reconciles what is queued.
func (c *cluster) reconcile() {
	for ref := range c.take() {
		result, err := c.reconcilers[ref.Kind].Reconcile(c.t.Context(), ref)
		if err != nil {
			c.t.Fatalf("reconcile %s: %v", ref, err)
		}
		if result.RequeueAfter > 0 {
			time.AfterFunc(result.RequeueAfter, func() { inbox{cluster: c}.AddWithOpts(priorityqueue.AddOpts{}, ref) })
		}
	}
}

// pass lets time go by, and the store work.
func (c *cluster) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// settle lets everything arrive and be reconciled until nothing moves any more.
func (c *cluster) settle() {
	const enough = 12 // seconds without a write: longer than anything is held
	for quiet := 0; quiet < enough; quiet++ {
		before := c.version
		c.deliver(len(c.events))
		c.pass(time.Second)
		c.reconcile()
		if c.version != before {
			quiet = 0
		}
	}
}

// status is an entity's status as the server has it.
func (c *cluster) status(e client.Object) catalog.EntityStatus {
	return *c.server[keyOf(e)].(catalog.Entity).EntityStatus()
}

// fresh is what an entity's status would be if it were decided now; the operator should have written just that.
func (c *cluster) fresh(ref relation.Ref) (catalog.EntityStatus, error) {
	var out catalog.EntityStatus
	w := &once{status: &out}
	r := &Reconciler{store: c.store, writer: w, announce: c, clock: clock.RealClock{}, turns: newTurns(c.store.Busy), missing: map[relation.Ref]time.Time{ref: {}}}
	_, err := r.Reconcile(c.t.Context(), ref)
	if !w.wrote {
		e, _, err := c.store.Get(c.t.Context(), ref)
		if err != nil {
			return out, err
		}
		out = *e.EntityStatus()
	}
	return out, err
}

// rejudge judges every consumption from nothing, which is what a status must hold.
func (c *cluster) rejudge() {
	l := visibility.NewLedger()
	l.JudgeAll(c.store.Graph)
	c.store.Access = l
}

// once takes one status and refuses it, so that nothing comes of it.
type once struct {
	status *catalog.EntityStatus
	wrote  bool
}

func (o *once) WriteStatus(_ context.Context, e catalog.Entity) (string, error) {
	*o.status, o.wrote = *e.EntityStatus(), true
	return "", apierrors.NewConflict(schema.GroupResource{}, e.GetName(), nil)
}

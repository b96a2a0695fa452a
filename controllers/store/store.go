// Package store keeps what is derived from the cluster in step with the informers: the relation graph and the links to
// workloads. It says which entities each event bears on, and hands their keys to the controllers.
package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/controllers/scores"
)

// Store is the graph, the links and what wakes the controllers. Every replica keeps one; only the leader's controllers
// take keys from it.
type Store struct {
	Graph *relation.Graph
	Links *workload.Index
	// Access keeps what consumers are not granted.
	Access *visibility.Ledger
	// Mode is what admission does in namespaces that do not say.
	Mode visibility.Mode

	// Scores judges the entities. Where it is replaced, that must be before Register, and its Keep must be among the
	// options of the cache.
	Scores *scores.Board
	// Reader reads from the API server what the cache does not keep. It must be set before Register; without it no
	// Scorecard that comes later can judge.
	Reader client.Reader
	// Summed is told of the Scorecards of which the sums may have changed, and Claimed of Exemptions and Attestations that
	// may count otherwise than they did. They must not block, and must be set before the manager starts.
	Summed  func(scorecards []string)
	Claimed func([]client.Object)

	// Echoes are what was written. Where they are replaced, that must be before Register, by those that made the cache.
	Echoes *Echoes

	// Rushed is told when admission gets busy, and when it has not been for ten seconds. It must not block, and must be set
	// before the manager starts.
	Rushed func(bool)
	// Gone is told of each entity that is gone, as it was at last, and Forget of its reference and last resourceVersion.
	// They must be set before the manager starts.
	Gone   func(catalog.Entity)
	Forget func(ref relation.Ref, resourceVersion string)
	// Defined is told the text of the definition of an API that stands in a ConfigMap, whenever that or the API changes. It
	// must be set before the manager starts.
	Defined func(api relation.Ref, apiType, text string)

	version atomic.Uint64 // of Scorecards and Exemptions
	judging atomic.Bool   // from when the store is synced
	judged  sync.Once

	cache      cache.Cache
	registered []toolscache.ResourceEventHandlerRegistration
	queue      *queue

	definitions *definitions
	clock       Clock
	health      sync.Mutex // of setHealth

	departing sync.Mutex
	departed  *recent

	asked *asked
}

// departedFor is how long an entity counts as just gone: longer than its event and one that refers to it are apart.
const departedFor = time.Second

// Clock tells the time, and does things later.
type Clock interface {
	clock.WithTicker
	clock.WithDelayedExecution
}

// New makes a store that reads a cache, whose options must be those of CacheOptions.
func New(c cache.Cache, clk Clock, mode visibility.Mode) *Store {
	return &Store{
		Graph: relation.NewGraph(), Links: workload.NewIndex(), Access: visibility.NewLedger(), Mode: mode, cache: c,
		Scores: scores.NewBoard(), Summed: func([]string) {}, Claimed: func([]client.Object) {},
		Gone: func(catalog.Entity) {}, Forget: func(relation.Ref, string) {}, Defined: func(relation.Ref, string, string) {},
		Rushed: func(bool) {},
		queue:  newQueue(clk), Echoes: NewEchoes(), definitions: newDefinitions(), clock: clk,
		departed: newRecent(departedFor), asked: newAsked(clk),
	}
}

// NewEntity makes an empty object of a kind.
func NewEntity(k relation.Kind) catalog.Entity {
	switch k {
	case relation.Component:
		return &catalog.Component{}
	case relation.API:
		return &catalog.API{}
	case relation.Resource:
		return &catalog.Resource{}
	case relation.System:
		return &catalog.System{}
	case relation.Domain:
		return &catalog.Domain{}
	case relation.Group:
		return &catalog.Group{}
	case relation.User:
		return &catalog.User{}
	}
	return nil
}

// Register subscribes to everything that the store is derived from. Call it before the manager starts.
func (s *Store) Register(ctx context.Context) error {
	for _, k := range relation.Kinds() {
		if err := s.watch(ctx, NewEntity(k).(client.Object), s.entityHandler()); err != nil {
			return err
		}
	}
	for obj, handler := range s.workloadHandlers() {
		if err := s.watch(ctx, obj, handler); err != nil {
			return err
		}
	}
	for obj, handler := range s.scoreHandlers(ctx) {
		if err := s.watch(ctx, obj, handler); err != nil {
			return err
		}
	}
	if err := s.watch(ctx, &corev1.ConfigMap{}, s.configMapHandler()); err != nil {
		return err
	}
	return s.watch(ctx, &corev1.Namespace{}, s.namespaceHandler())
}

func (s *Store) watch(ctx context.Context, obj client.Object, h toolscache.ResourceEventHandler) error {
	informer, err := s.cache.GetInformer(ctx, obj, cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watch %T: %w", obj, err)
	}
	r, err := informer.AddEventHandler(h)
	if err != nil {
		return fmt.Errorf("watch %T: %w", obj, err)
	}
	s.registered = append(s.registered, r)
	return nil
}

// Start runs what the store does by time, until the context ends. It implements manager.Runnable.
func (s *Store) Start(ctx context.Context) error {
	if err := s.WaitForSync(ctx); err != nil {
		return nil //nolint:nilerr // the context ended, which is how a replica stops
	}
	go s.tellWhole(ctx)
	s.queue.run(ctx)
	return nil
}

// NeedLeaderElection says that every replica keeps its store.
func (s *Store) NeedLeaderElection() bool { return false }

// Synced says whether the handlers of all informers have applied their first list. Before that nothing is decided.
func (s *Store) Synced() bool {
	for _, r := range s.registered {
		if !r.HasSynced() {
			return false
		}
	}
	return true
}

// pollSynced is how often WaitForSync looks.
const pollSynced = 20 * time.Millisecond

// WaitForSync waits until Synced, or the context ends.
func (s *Store) WaitForSync(ctx context.Context) error {
	for !s.Synced() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollSynced):
		}
	}
	s.judgeAll()
	return nil
}

// judgeAll judges every consumption once, when all that they depend on is known; from then on events do.
func (s *Store) judgeAll() {
	s.judged.Do(func() {
		s.judging.Store(true)
		s.Access.JudgeAll(s.Graph)
		s.awaitScores()
	})
}

// spread queues what an event touched, and the APIs whose consumers it touched. What is denied now goes first.
func (s *Store) spread(why cause, touched []relation.Touched) {
	var denied []relation.Ref
	if s.judging.Load() {
		for _, t := range touched {
			if t.Counts || t.Ref.Kind != relation.Component && t.Ref.Kind != relation.Resource {
				continue
			}
			turn := s.Access.Judge(s.Graph, t.Ref)
			for _, api := range turn.Counted {
				touched = append(touched, relation.Touched{Ref: api, Counts: true})
			}
			if len(turn.Denied) > 0 {
				denied = append(append(denied, t.Ref), turn.Denied...)
			}
		}
	}
	s.queue.add(why, append(touched, s.scoredBelow(touched)...))
	s.queue.addDenied(denied)
}

// Get reads an entity, with the status that was last written even if its echo has not arrived. The object is shared:
// it must not be changed. It returns false if the entity does not exist.
func (s *Store) Get(ctx context.Context, ref relation.Ref) (catalog.Entity, bool, error) {
	written, e := s.Echoes.last(ref), NewEntity(ref.Kind)
	err := s.cache.Get(ctx, types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}, e.(client.Object))
	if err == nil {
		overlay(e, written)
	}
	return e, err == nil, client.IgnoreNotFound(err)
}

// Write writes the status of an entity, by a function that returns its new resourceVersion, and keeps it until its echo
// arrives. The entity is kept: it must not be changed any more.
func (s *Store) Write(ctx context.Context, e catalog.Entity, write func(context.Context, catalog.Entity) (string, error)) error {
	ref := relation.RefOf(e)
	defer s.Echoes.begin(ref)()
	version, err := write(ctx, e)
	if err != nil {
		return err
	}
	e.SetResourceVersion(version)
	shareStatus(e.EntityStatus())
	s.Echoes.keep(ref, e, func() (string, bool) {
		cached := NewEntity(ref.Kind)
		err := s.cache.Get(ctx, types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name}, cached.(client.Object))
		return cached.GetResourceVersion(), err == nil
	})
	s.queue.wrote(ref)
	return nil
}

// Terminating says whether a namespace is being deleted, as far as the cache knows.
func (s *Store) Terminating(ctx context.Context, namespace string) bool {
	var ns corev1.Namespace
	err := s.cache.Get(ctx, types.NamespacedName{Name: namespace}, &ns)
	return err == nil && ns.DeletionTimestamp != nil
}

// entityHandler keeps the graph and the links in step with the entities.
func (s *Store) entityHandler() toolscache.ResourceEventHandler {
	return toolscache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(obj any, initial bool) {
			e, ok := obj.(catalog.Entity)
			if !ok {
				return
			}
			switch {
			case initial:
				s.apply(e, causeInitial)
			case looked(e): // not new: it was missed
				s.apply(e, causeChange)
			default:
				s.apply(e, causeAdd)
			}
		},
		UpdateFunc: func(before, after any) {
			was, ok := before.(catalog.Entity)
			is, alsoOK := after.(catalog.Entity)
			if !ok || !alsoOK {
				return
			}
			ref := relation.RefOf(is)
			echo := s.Echoes.arrived(ref, is.GetResourceVersion())
			if was.GetUID() == is.GetUID() && was.GetGeneration() == is.GetGeneration() && sameLinks(was, is) {
				s.spread(causeChange, append(s.Graph.Upsert(relation.FactsOf(is)), s.relabelled(was, is)...))
				if !echo { // perhaps a status that somebody else wrote
					s.queue.add(causeChange, []relation.Touched{{Ref: ref}})
				}
				return // a status, labels
			}
			s.apply(is, causeEdit)
		},
		DeleteFunc: func(obj any) {
			if gone, ok := obj.(toolscache.DeletedFinalStateUnknown); ok {
				obj = gone.Obj
			}
			e, ok := obj.(catalog.Entity)
			if !ok {
				return
			}
			ref := relation.RefOf(e)
			s.depart(ref)
			s.Echoes.forget(ref)
			s.definitions.forget(ref)
			s.relink(s.Links.DeleteEntity(ref))
			s.spread(causeChange, append(s.Graph.Delete(ref), s.forsake(ref)...))
			s.unscore(ref)
			s.Gone(e)
			s.Forget(ref, e.GetResourceVersion())
		},
	}
}

func (s *Store) depart(ref relation.Ref) {
	s.departing.Lock()
	defer s.departing.Unlock()
	s.departed.note(ref, s.clock.Now())
}

// JustGone says whether an entity went a moment ago, so that there is no point in waiting for it to come.
func (s *Store) JustGone(ref relation.Ref) bool {
	s.departing.Lock()
	defer s.departing.Unlock()
	_, gone := s.departed.since(ref, s.clock.Now())
	return gone
}

// forsake takes a consumer that is gone out of the count, and answers which APIs that touches.
func (s *Store) forsake(ref relation.Ref) []relation.Touched {
	var out []relation.Touched
	for _, api := range s.Access.Judge(s.Graph, ref).Counted {
		out = append(out, relation.Touched{Ref: api, Counts: true})
	}
	return out
}

// looked says whether an entity was looked at before.
func looked(e catalog.Entity) bool {
	g := e.EntityStatus().ObservedGeneration
	return g != nil && *g >= 0
}

// sameLinks says whether two versions of an entity carry the same annotations, of which some link workloads.
func sameLinks(a, b catalog.Entity) bool {
	for _, key := range []string{
		catalog.LabelKubernetesID, catalog.AnnotationKubernetesLabelSelector, catalog.AnnotationKubernetesNamespace,
	} {
		if a.GetAnnotations()[key] != b.GetAnnotations()[key] {
			return false
		}
	}
	return true
}

// apply enters an entity as it is now, and queues it and all that it bears on.
func (s *Store) apply(e catalog.Entity, why cause) {
	ref := relation.RefOf(e)
	touched := s.Graph.Upsert(relation.FactsOf(e))
	s.definitions.follow(ref, e)
	s.tellDefinition(ref, nil)
	linked := s.Links.SetEntity(ref, workload.LinkOf(e))
	if why == causeAdd {
		s.Claimed(s.Scores.Claims(ref))
	}
	rivals := slices.DeleteFunc(linked, func(r relation.Ref) bool { return r == ref })
	touched = append(touched, s.setHealth(ref)...)
	s.spread(why, append(touched, relation.Touched{Ref: ref}))
	s.relink(rivals)
}

// setHealth brings the health of an entity in the graph in step with its workloads. Handlers of several informers do so
// at the same time: the last one must not set what an earlier one read.
func (s *Store) setHealth(ref relation.Ref) []relation.Touched {
	s.health.Lock()
	defer s.health.Unlock()
	return s.Graph.SetHealth(ref, s.Links.Health(ref))
}

// relink brings the health of entities in the graph in step with their workloads, and queues who shows it.
func (s *Store) relink(refs []relation.Ref) {
	for _, ref := range refs {
		s.queue.add(causeWorkload, append(s.setHealth(ref), relation.Touched{Ref: ref}))
	}
}

// namespaceHandler keeps consent in step with the labels and annotations of namespaces.
func (s *Store) namespaceHandler() toolscache.ResourceEventHandler {
	set := on(func(ns *corev1.Namespace) {
		s.spread(causeChange, s.Graph.SetNamespace(ns.Name, ns.Labels))
		s.relink(s.Links.SetNamespace(ns.Name, ns.Annotations[catalog.AnnotationWorkloadsFor]))
	})
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    set,
		UpdateFunc: func(_, after any) { set(after) },
		DeleteFunc: func(obj any) {
			name := nameOf(obj).Name
			s.spread(causeChange, s.Graph.DeleteNamespace(name))
			s.relink(s.Links.SetNamespace(name, ""))
		},
	}
}

// on makes a handler of a function on objects of one type, which are all that its informer brings.
func on[T any](f func(T)) func(any) {
	return func(obj any) {
		if o, ok := obj.(T); ok {
			f(o)
		}
	}
}

// nameOf names an object, also one whose deletion was missed.
func nameOf(obj any) types.NamespacedName {
	key, err := toolscache.DeletionHandlingMetaNamespaceKeyFunc(obj)
	if err != nil {
		return types.NamespacedName{}
	}
	namespace, name, err := toolscache.SplitMetaNamespaceKey(key)
	if err != nil {
		return types.NamespacedName{}
	}
	return types.NamespacedName{Namespace: namespace, Name: name}
}

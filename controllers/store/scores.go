package store

import (
	"context"
	"fmt"
	"maps"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/controllers/scores"
)

// scoreHandlers keep what entities are judged by.
func (s *Store) scoreHandlers(ctx context.Context) map[client.Object]toolscache.ResourceEventHandler {
	return map[client.Object]toolscache.ResourceEventHandler{
		&catalog.Scorecard{}: s.counted(s.scorecardHandler(ctx)),
		&catalog.Exemption{}: s.counted(handler(func(before, now *catalog.Exemption) {
			if before != nil {
				s.rescore([]relation.Ref{s.Scores.DeleteExemption(before)})
			}
			if now != nil {
				s.rescore([]relation.Ref{s.Scores.SetExemption(now)})
			}
		})),
		&catalog.Attestation{}: handler(func(before, now *catalog.Attestation) {
			if before != nil {
				s.rescore([]relation.Ref{s.Scores.DeleteAttestation(before)})
			}
			if now != nil {
				s.rescore([]relation.Ref{s.Scores.SetAttestation(now)})
			}
		}),
		&policyv1.PodDisruptionBudget{}: handler(func(before, now *policyv1.PodDisruptionBudget) {
			n := nameOfEither(before, now)
			s.Scores.SetBudget(n.Namespace, n.Name, now)
			s.reguard(n.Namespace)
		}),
		&autoscalingv2.HorizontalPodAutoscaler{}: handler(func(before, now *autoscalingv2.HorizontalPodAutoscaler) {
			if before != nil && now != nil && equality.Semantic.DeepEqual(before.Spec, now.Spec) && !relabelled(before, now) {
				return // it has no generation, and its status changes all the time
			}
			n := nameOfEither(before, now)
			s.Scores.SetAutoscaler(n.Namespace, n.Name, now)
			s.reguard(n.Namespace)
		}),
	}
}

// counted counts what a handler is told, changes of the status too.
func (s *Store) counted(h toolscache.ResourceEventHandler) toolscache.ResourceEventHandler {
	return toolscache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(obj any, first bool) {
			h.OnAdd(obj, first)
			s.version.Add(1)
		},
		UpdateFunc: func(before, after any) {
			h.OnUpdate(before, after)
			if versionOf(before) != versionOf(after) {
				s.version.Add(1)
			}
		},
		DeleteFunc: func(obj any) {
			h.OnDelete(obj)
			s.version.Add(1)
		},
	}
}

// Version counts the changes of Scorecards and Exemptions, those of their statuses too.
func (s *Store) Version() uint64 { return s.version.Load() }

func versionOf(obj any) string {
	o, ok := obj.(metav1.Object)
	if !ok {
		return ""
	}
	return o.GetResourceVersion()
}

// handler makes one of a function that is told what an object was and what it is, nil if it was or is not there. A change
// of the status alone is not told.
func handler[T any, P interface {
	*T
	metav1.Object
}](f func(before, now P)) toolscache.ResourceEventHandler {
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc: func(obj any) {
			if o, ok := obj.(P); ok {
				f(nil, o)
			}
		},
		UpdateFunc: func(before, after any) {
			was, ok := before.(P)
			is, alsoOK := after.(P)
			if ok && alsoOK && (was.GetUID() != is.GetUID() || was.GetGeneration() != is.GetGeneration() || is.GetGeneration() == 0 || relabelled(was, is)) {
				f(was, is)
			}
		},
		DeleteFunc: func(obj any) {
			if gone, ok := obj.(toolscache.DeletedFinalStateUnknown); ok {
				obj = gone.Obj
			}
			if o, ok := obj.(P); ok {
				f(o, nil)
			}
		},
	}
}

func nameOfEither[T any, P interface {
	*T
	metav1.Object
}](a, b P) types.NamespacedName {
	if a == nil {
		a = b
	}
	return types.NamespacedName{Namespace: a.GetNamespace(), Name: a.GetName()}
}

// relabelled says whether labels differ, or annotations other than kubectl's own.
func relabelled(a, b metav1.Object) bool {
	own := func(o metav1.Object) map[string]string {
		out := maps.Clone(o.GetAnnotations())
		delete(out, corev1.LastAppliedConfigAnnotation)
		return out
	}
	return !maps.Equal(a.GetLabels(), b.GetLabels()) || !maps.Equal(own(a), own(b))
}

// scorecardHandler has entities judged anew. It waits for what the Scorecard reads, so that the handler has synced only
// when all that stand can judge.
func (s *Store) scorecardHandler(ctx context.Context) toolscache.ResourceEventHandler {
	return handler(func(before, now *catalog.Scorecard) {
		var kinds []relation.Kind
		var name string
		if now == nil {
			name = before.Name
			kinds = s.Scores.Delete(name)
		} else {
			name = now.Name
			c := scores.Compile(now)
			if missing := s.Scores.Want(c); !missing.None() {
				s.fill(ctx, missing)
			}
			kinds = s.Scores.Set(c)
		}
		s.rejudge(kinds)
		s.Summed([]string{name})
		s.Claimed(s.Scores.ExemptionsFrom(name))
		s.Scores.Forget(s.Graph.Scores())
	})
}

// rejudge queues all entities of some kinds, behind all else.
func (s *Store) rejudge(kinds []relation.Kind) {
	for _, k := range kinds {
		s.queue.backlog(s.Graph.All(k))
	}
}

// rescore queues entities of which something has changed that only checks read.
func (s *Store) rescore(refs []relation.Ref) {
	for _, ref := range refs {
		if s.Graph.Exists(ref) && s.Scores.Judges(ref.Kind) {
			s.queue.add(causeWorkload, []relation.Touched{{Ref: ref}})
		}
	}
}

// reguard queues the entities that run in a namespace of which the budgets or autoscalers changed.
func (s *Store) reguard(namespace string) {
	if s.Synced() {
		s.rescore(s.Links.ClaimantsIn(namespace))
	}
}

// relabelled touches an entity of which something changed that only checks read.
func (s *Store) relabelled(was, is catalog.Entity) []relation.Touched {
	if ref := relation.RefOf(is); (s.Scores.Judges(ref.Kind) || s.Scores.ReadsAbove(ref.Kind)) && relabelled(was, is) {
		return []relation.Touched{{Ref: ref}}
	}
	return nil
}

// scoredBelow are the entities whose checks may read what was touched: the members of Systems and Domains, and what
// Groups and Users own.
func (s *Store) scoredBelow(touched []relation.Touched) []relation.Touched {
	var out []relation.Touched
	for _, t := range touched {
		if !t.Counts && s.Scores.ReadsAbove(t.Ref.Kind) {
			out = s.below(out, t.Ref, map[relation.Ref]bool{})
		}
	}
	return out
}

// below adds who is judged below a grouping. Domains may be below each other in a circle.
func (s *Store) below(out []relation.Touched, ref relation.Ref, seen map[relation.Ref]bool) []relation.Touched {
	if seen[ref] {
		return out
	}
	seen[ref] = true
	r := catalog.RelationType("hasPart")
	if ref.Kind == relation.Group || ref.Kind == relation.User {
		r = "ownerOf"
	}
	for _, part := range s.Graph.Related(ref, r) {
		if s.Scores.Judges(part.Kind) {
			out = append(out, relation.Touched{Ref: part, Counts: true})
		}
		if ref.Kind == relation.Domain {
			out = s.below(out, part, seen)
		}
	}
	return out
}

// awaitScores has the sums count as whole only when everybody was judged who is there.
func (s *Store) awaitScores() {
	for _, k := range relation.Kinds() {
		if s.Scores.Judges(k) {
			s.Scores.Await(s.Graph.All(k))
		}
	}
}

// tellWhole wakes those who show sums once these are whole.
func (s *Store) tellWhole(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-s.Scores.Whole():
	}
	for _, k := range []relation.Kind{relation.System, relation.Domain, relation.Group} {
		s.queue.backlog(s.Graph.All(k))
	}
	var names []string
	for _, c := range s.Scores.Cards() {
		names = append(names, c.Name)
	}
	s.Summed(names)
}

// Whole says whether the sums of scores are: those of before a restart are not replaced by a part of them.
func (s *Store) Whole() bool {
	select {
	case <-s.Scores.Whole():
		return true
	default:
		return false
	}
}

// Score judges an entity whose status is decided but for its scores, and enters them there. It answers when to look
// again, zero if nothing ends by itself.
func (s *Store) Score(ctx context.Context, e catalog.Entity, status *catalog.EntityStatus) (again time.Time, err error) {
	ref := relation.RefOf(e)
	j, err := s.Scores.Judge(ctx, scores.Subject{
		Entity: e, Status: status, Graph: s.Graph, Links: s.Links, Now: s.clock.Now(),
		Definition: s.definitionFacts(e),
		Find: func(ref relation.Ref) catalog.Entity {
			if e, found, err := s.Get(ctx, ref); err == nil && found {
				return e
			}
			return nil
		},
	})
	if err != nil {
		return again, fmt.Errorf("judge: %w", err)
	}
	status.Scores, status.Summary.Score = j.Scores, j.Summary
	changed, touched := s.Graph.SetScores(ref, j.Counted)
	s.queue.add(causeScore, touched)
	s.Scores.Judged(ref)
	if changed {
		s.Summed(s.Scores.Judging(ref.Kind))
	}
	return j.Again, nil
}

// unscore forgets what is kept for judging an entity that is gone.
func (s *Store) unscore(ref relation.Ref) {
	s.Scores.ForgetEntity(ref)
	s.Summed(s.Scores.Judging(ref.Kind))
	s.Claimed(s.Scores.Claims(ref))
}

// Preview looks which Scorecards there are before the informers start, so that what they read is kept from the start and
// need not be listed once more. It may fail: then that is done.
func (s *Store) Preview(ctx context.Context) error {
	var list catalog.ScorecardList
	if err := s.Reader.List(ctx, &list); err != nil {
		return fmt.Errorf("list the Scorecards: %w", err)
	}
	for i := range list.Items {
		s.Scores.Want(scores.Compile(&list.Items[i]))
	}
	return nil
}

// fillRetry is how long fill waits after an error.
const fillRetry = 2 * time.Second

// fill lists what was not kept so far, until it succeeds or the context ends.
func (s *Store) fill(ctx context.Context, m scores.Missing) {
	var lists []client.ObjectList
	for _, k := range m.Kinds {
		lists = append(lists, newEntityList(k))
	}
	if m.Workloads {
		lists = append(lists, &appsv1.DeploymentList{}, &appsv1.StatefulSetList{}, &appsv1.DaemonSetList{}, &batchv1.CronJobList{}, &batchv1.JobList{})
	}
	for _, list := range lists {
		_ = wait.PollUntilContextCancel(ctx, fillRetry, true, func(ctx context.Context) (bool, error) { // only the context ends it
			err := s.fillFrom(ctx, list)
			if err != nil && ctx.Err() == nil {
				log.FromContext(ctx).Info("Cannot list what a Scorecard reads; trying again", "list", fmt.Sprintf("%T", list), "error", err.Error())
			}
			return err == nil, nil
		})
	}
}

// fillPage is how many objects are listed at a time.
const fillPage = 500

func (s *Store) fillFrom(ctx context.Context, list client.ObjectList) error {
	next := ""
	for {
		if err := s.Reader.List(ctx, list, client.Limit(fillPage), client.Continue(next)); err != nil {
			return err
		}
		if err := meta.EachListItem(list, func(o runtime.Object) error {
			if o, ok := o.(metav1.Object); ok {
				s.Scores.Fill(o)
			}
			return nil
		}); err != nil {
			return err
		}
		if next = list.GetContinue(); next == "" {
			return nil
		}
	}
}

// newEntityList makes an empty list of a kind.
func newEntityList(k relation.Kind) client.ObjectList {
	switch k {
	case relation.Component:
		return &catalog.ComponentList{}
	case relation.API:
		return &catalog.APIList{}
	case relation.Resource:
		return &catalog.ResourceList{}
	case relation.System:
		return &catalog.SystemList{}
	case relation.Domain:
		return &catalog.DomainList{}
	case relation.Group:
		return &catalog.GroupList{}
	}
	return &catalog.UserList{}
}

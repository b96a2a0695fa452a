package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// scene is all that Scorecards judge by, as its reader sees it.
type scene struct {
	*board
	entities map[relation.Ref]catalog.Entity
	objects  map[relation.Ref]*scorecard.Object // of the entities that were asked for
	links    *workload.Index
	live     map[workload.Key]*scorecard.Workload // nil if they are not known
	claims
	reads   scorecard.Variables // by the Scorecards
	now     time.Time
	refused []relation.Kind // kinds of entities that may not be read, where that is let pass
	unread  []unread        // what else may not be read
}

// unlabelledScore says what it means for scores that the reader may not list namespaces.
const unlabelledScore = `you may not list namespaces: ` + unlabelledMeans

const unlabelledMeans = `a membership that a consent selects by label, and workloads of another namespace, may count in the ` +
	`cluster and do not count here`

// scene reads the catalog, and what the Scorecards ask for. If it is lenient, kinds that may not be read are noted.
func (p *plugin) scene(ctx context.Context, l lister, cards []card, lenient bool) (*scene, error) {
	s := &scene{
		entities: map[relation.Ref]catalog.Entity{}, objects: map[relation.Ref]*scorecard.Object{}, links: workload.NewIndex(),
		now: p.now(),
	}
	var mu sync.Mutex
	var err error
	s.board, err = read(ctx, l, keeper{
		entity: func(e catalog.Entity) {
			mu.Lock()
			defer mu.Unlock()
			ref := relation.RefOf(e)
			s.entities[ref] = e
			s.links.SetEntity(ref, workload.LinkOf(e))
		},
		namespace: func(name, workloadsFor string) { s.links.SetNamespace(name, workloadsFor) },
	})
	var refused *refusal
	if lenient && errors.As(err, &refused) {
		s.refused, err = refused.kinds, nil
	}
	if err != nil {
		return nil, err
	}
	if s.unlabelled {
		s.notes = []string{unlabelledScore}
	}
	for _, c := range cards {
		for _, k := range c.compiled.Kinds() {
			s.reads |= c.compiled.Reads(k)
		}
	}
	if s.reads.Has(scorecard.VarFacts) {
		s.notes = append(s.notes, "nothing tells facts yet: a check that depends on it is Unknown")
	}
	if s.reads.Has(scorecard.VarWorkloads) {
		if err := s.readWorkloads(ctx, l); err != nil {
			return nil, err
		}
	}
	return s, s.readClaims(ctx, l, cards, s.reads)
}

// limits are what limits an answer.
func (s *scene) limits() []string {
	return append(slices.Clone(s.notes), unreadTexts(s.unread)...)
}

// ran is a kind of workload: where it is listed, and how it is read.
type ran struct {
	resource schema.GroupVersionResource
	kind     catalog.WorkloadKind
	facts    func(map[string]any) (workload.Facts, error)
}

var workloadKinds = []ran{
	{appsv1.SchemeGroupVersion.WithResource("deployments"), catalog.WorkloadDeployment, factsWith(workload.OfDeployment)},
	{appsv1.SchemeGroupVersion.WithResource("statefulsets"), catalog.WorkloadStatefulSet, factsWith(workload.OfStatefulSet)},
	{appsv1.SchemeGroupVersion.WithResource("daemonsets"), catalog.WorkloadDaemonSet, factsWith(workload.OfDaemonSet)},
	{batchv1.SchemeGroupVersion.WithResource("cronjobs"), catalog.WorkloadCronJob, factsWith(workload.OfCronJob)},
	{batchv1.SchemeGroupVersion.WithResource("jobs"), catalog.WorkloadJob, factsWith(workload.OfJob)},
}

// guardKinds are what stands around workloads: budgets and autoscalers.
var guardKinds = []schema.GroupVersionResource{
	{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"},
	{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"},
}

func factsWith[T any](of func(*T) workload.Facts) func(map[string]any) (workload.Facts, error) {
	return func(plain map[string]any) (workload.Facts, error) {
		var obj T
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(plain, &obj); err != nil {
			return workload.Facts{}, err
		}
		return of(&obj), nil
	}
}

// readWorkloads reads what runs. If part of it may not be read, none of it is known: a list with gaps would fail or pass
// checks that are about what is in the gaps.
func (s *scene) readWorkloads(ctx context.Context, l lister) error {
	resources := slices.Clone(guardKinds)
	for _, k := range workloadKinds {
		resources = append(resources, k.resource)
	}
	objects, errs := make([][]map[string]any, len(resources)), make([]error, len(resources))
	var wg sync.WaitGroup
	for i, r := range resources {
		wg.Go(func() {
			errs[i] = l.Objects(ctx, r, "", func(o map[string]any) { objects[i] = append(objects[i], o) })
		})
	}
	wg.Wait()
	forbidden := false
	for i, err := range errs {
		name := resources[i].GroupResource().String()
		switch {
		case apierrors.IsForbidden(err):
			forbidden = true
			s.unread = append(s.unread, unread{name, "workloads are not known, and a check that depends on them cannot be judged"})
		case err != nil:
			return fmt.Errorf("list %s: %w", name, err)
		}
	}
	if forbidden {
		return nil
	}
	guards := scorecard.NewGuards(objects[0], objects[1])
	s.live = map[workload.Key]*scorecard.Workload{}
	for i, k := range workloadKinds {
		for _, o := range objects[len(guardKinds)+i] {
			o["apiVersion"], o["kind"] = k.resource.GroupVersion().String(), string(k.kind) // the items of a list say neither
			f, err := k.facts(o)
			if err != nil {
				return fmt.Errorf("read a %s: %w", k.kind, err)
			}
			s.links.SetWorkload(f)
			s.live[f.Key] = scorecard.NewWorkload(guards.Live(o))
		}
	}
	return nil
}

// object is an entity as checks see it, nil if there is none.
func (s *scene) object(ref relation.Ref) *scorecard.Object {
	if o := s.objects[ref]; o != nil {
		return o
	}
	e := s.entities[ref]
	if e == nil {
		return nil
	}
	o, err := scorecard.NewObject(e)
	if err != nil { // of what was just decoded
		return nil
	}
	s.objects[ref] = o
	return o
}

// subject is an entity with all that is known of it.
func (s *scene) subject(ref relation.Ref) *scorecard.Subject {
	in := scorecard.NewInput(s.graph, ref, s.object)
	var keys []workload.Key
	for _, w := range s.links.View(ref).Workloads {
		keys = append(keys, w.Key)
	}
	slices.SortFunc(keys, func(a, b workload.Key) int { // how they do must not number them
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	for _, k := range keys {
		in.Workloads = append(in.Workloads, s.live[k])
	}
	s.claim(&in)
	return scorecard.NewSubject(in)
}

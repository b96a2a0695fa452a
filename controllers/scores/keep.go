package scores

import (
	"bytes"
	"encoding/json"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// wants are what Scorecards read that nobody else does.
type wants struct {
	kinds                  [relation.User + 1]bool
	workloads, definitions bool
}

// Missing is what is to be listed before a Scorecard can judge.
type Missing struct {
	Kinds     []relation.Kind
	Workloads bool
}

// None says that nothing is missing.
func (m Missing) None() bool { return len(m.Kinds) == 0 && !m.Workloads }

// Want has what a Scorecard reads kept from now on, and answers what was not kept so far: the caller lists it and shows
// it to Keep before it calls Set.
func (b *Board) Want(c *Card) Missing {
	b.mu.Lock()
	defer b.mu.Unlock()
	var m Missing
	want := func(kinds ...relation.Kind) {
		for _, k := range kinds {
			if !b.wants.kinds[k] {
				b.wants.kinds[k] = true
				m.Kinds = append(m.Kinds, k)
			}
		}
	}
	for _, k := range c.Compiled.Kinds() {
		want(k)
		reads := c.Compiled.Reads(k)
		if reads.Has(scorecard.VarOwner) {
			want(relation.Group, relation.User)
		}
		if reads.Has(scorecard.VarSystem) {
			want(relation.System)
		}
		if reads.Has(scorecard.VarDomain) {
			want(relation.Domain)
		}
		if reads.Has(scorecard.VarWorkloads) && !b.wants.workloads {
			b.wants.workloads, m.Workloads = true, true
		}
		if reads.Has(scorecard.VarDefinition) && !b.wants.definitions {
			b.wants.definitions = true
			if !slices.Contains(m.Kinds, relation.API) {
				m.Kinds = append(m.Kinds, relation.API)
			}
		}
	}
	return m
}

// detail is what the cache drops of an entity.
type detail struct {
	version    string // of the object
	descriptor catalog.Descriptor
	source     catalog.Source
	profile    catalog.Profile
	definition *definition.Facts // of an API, if it stands in the spec and can be parsed
	of         edition           // that the definition is of
}

// edition tells one spec of an object from another.
type edition struct {
	uid        types.UID
	generation int64
}

// kept is a workload without what no check sees.
type kept struct {
	version string
	text    []byte // JSON
	changed bool   // since Changed was asked
}

// Keep is shown each object as it comes, before the cache drops what nobody else reads. The object is only read. One that
// is shown again, perhaps without what was dropped, changes nothing.
func (b *Board) Keep(obj metav1.Object) { b.keep(obj, newer) }

// Fill is shown what was listed because it was missing: it replaces what is kept of the same version.
func (b *Board) Fill(obj metav1.Object) {
	b.keep(obj, func(a, than string) bool { return !newer(than, a) })
}

func (b *Board) keep(obj metav1.Object, replaces func(a, b string) bool) {
	switch o := obj.(type) {
	case catalog.Entity:
		b.keepEntity(o, replaces)
	case *appsv1.Deployment:
		b.keepWorkload(catalog.WorkloadDeployment, "apps/v1", o, replaces)
	case *appsv1.StatefulSet:
		b.keepWorkload(catalog.WorkloadStatefulSet, "apps/v1", o, replaces)
	case *appsv1.DaemonSet:
		b.keepWorkload(catalog.WorkloadDaemonSet, "apps/v1", o, replaces)
	case *batchv1.CronJob:
		b.keepWorkload(catalog.WorkloadCronJob, "batch/v1", o, replaces)
	case *batchv1.Job:
		b.keepWorkload(catalog.WorkloadJob, "batch/v1", o, replaces)
	}
}

// KeepStatus is shown an entity of which nothing but the status has changed since Keep was shown it.
func (b *Board) KeepStatus(e catalog.Entity) {
	ref := relation.RefOf(e)
	b.mu.Lock()
	defer b.mu.Unlock()
	had := b.entities[ref]
	if had == nil || had.of != (edition{e.GetUID(), e.GetGeneration()}) || !newer(e.GetResourceVersion(), had.version) {
		return
	}
	now := *had
	now.version = e.GetResourceVersion()
	b.entities[ref] = &now
	delete(b.objects, ref)
}

func (b *Board) keepEntity(e catalog.Entity, replaces func(a, b string) bool) {
	ref := relation.RefOf(e)
	b.mu.RLock()
	wanted, definitions, had := b.wants.kinds[ref.Kind], b.wants.definitions, b.entities[ref]
	b.mu.RUnlock()
	if !wanted || had != nil && !replaces(e.GetResourceVersion(), had.version) {
		return
	}
	d := &detail{version: e.GetResourceVersion(), of: edition{e.GetUID(), e.GetGeneration()}}
	switch e := e.(type) {
	case *catalog.Component:
		d.descriptor, d.source = e.Spec.Descriptor, e.Spec.Source
	case *catalog.API:
		d.descriptor = e.Spec.Descriptor
		if definitions {
			d.define(e, had)
		}
	case *catalog.Resource:
		d.descriptor = e.Spec.Descriptor
	case *catalog.System:
		d.descriptor = e.Spec.Descriptor
	case *catalog.Domain:
		d.descriptor = e.Spec.Descriptor
	case *catalog.Group:
		d.descriptor, d.profile = e.Spec.Descriptor, e.Spec.Profile
	case *catalog.User:
		d.descriptor, d.profile = e.Spec.Descriptor, e.Spec.Profile
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if had := b.entities[ref]; had != nil && !replaces(d.version, had.version) {
		return // a newer one came meanwhile
	}
	b.entities[ref] = d
	delete(b.objects, ref)
}

// define reads the definition of an API, unless it was read before.
func (d *detail) define(a *catalog.API, had *detail) {
	if had != nil && had.of == d.of && had.definition != nil {
		d.definition = had.definition
		return
	}
	if a.Spec.Definition == "" {
		return
	}
	if f, err := definition.FactsOf(string(a.Spec.Type), a.Spec.Definition); err == nil {
		d.definition = &f
	}
}

// Definition is what the definition says that stands in the spec of an API, nil if there is none.
func (b *Board) Definition(api relation.Ref) *definition.Facts {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if d := b.entities[api]; d != nil {
		return d.definition
	}
	return nil
}

func (b *Board) keepWorkload(kind catalog.WorkloadKind, apiVersion string, obj metav1.Object, replaces func(a, b string) bool) {
	b.mu.RLock()
	want := b.wants.workloads
	b.mu.RUnlock()
	if !want {
		return
	}
	plain, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return // no object of the API server's
	}
	plain["apiVersion"], plain["kind"] = apiVersion, string(kind)
	text, err := json.Marshal(scorecard.Scrub(plain))
	if err != nil {
		return
	}
	key := workload.Key{Kind: kind, Namespace: obj.GetNamespace(), Name: obj.GetName()}
	b.mu.Lock()
	defer b.mu.Unlock()
	had := b.workloads[key]
	switch {
	case had == nil:
		b.workloads[key] = &kept{version: obj.GetResourceVersion(), text: text, changed: true}
	case replaces(obj.GetResourceVersion(), had.version):
		had.version, had.changed = obj.GetResourceVersion(), had.changed || !bytes.Equal(had.text, text)
		had.text = text
	}
}

// ForgetEntity drops what is kept of an entity that is gone.
func (b *Board) ForgetEntity(ref relation.Ref) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.entities, ref)
	delete(b.objects, ref)
	b.judged(ref)
}

// ForgetWorkload drops what is kept of a workload that is gone.
func (b *Board) ForgetWorkload(key workload.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.workloads, key)
}

// Changed says whether what checks see of a workload has changed since this was last asked.
func (b *Board) Changed(key workload.Key) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.workloads[key]
	if k == nil || !k.changed {
		return false
	}
	k.changed = false
	return true
}

// guarded are the budgets and autoscalers of a namespace.
type guarded struct {
	budgets, autoscalers map[string]map[string]any // by name
	guards               *scorecard.Guards         // made when needed
}

// SetBudget enters a PodDisruptionBudget, or takes it out if it is nil.
func (b *Board) SetBudget(namespace, name string, p *policyv1.PodDisruptionBudget) {
	b.setGuard(namespace, name, func(g *guarded) map[string]map[string]any { return g.budgets }, plainOf(p))
}

// SetAutoscaler enters a HorizontalPodAutoscaler, or takes it out if it is nil.
func (b *Board) SetAutoscaler(namespace, name string, a *autoscalingv2.HorizontalPodAutoscaler) {
	b.setGuard(namespace, name, func(g *guarded) map[string]map[string]any { return g.autoscalers }, plainOf(a))
}

func plainOf[T any](o *T) map[string]any {
	if o == nil {
		return nil
	}
	plain, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return nil // no object of the API server's
	}
	return plain
}

func (b *Board) setGuard(namespace, name string, of func(*guarded) map[string]map[string]any, plain map[string]any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.guards[namespace]
	if g == nil {
		g = &guarded{budgets: map[string]map[string]any{}, autoscalers: map[string]map[string]any{}}
		b.guards[namespace] = g
	}
	g.guards = nil
	if plain == nil {
		delete(of(g), name)
	} else {
		of(g)[name] = plain
	}
	if len(g.budgets)+len(g.autoscalers) == 0 {
		delete(b.guards, namespace)
	}
}

// guardsOf are the guards of a namespace.
func (b *Board) guardsOf(namespace string) *scorecard.Guards {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.guards[namespace]
	if g == nil {
		return noGuards
	}
	if g.guards == nil {
		g.guards = scorecard.NewGuards(sorted(g.budgets), sorted(g.autoscalers))
	}
	return g.guards
}

var noGuards = scorecard.NewGuards(nil, nil)

func sorted(m map[string]map[string]any) []map[string]any {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]map[string]any, len(names))
	for i, name := range names {
		out[i] = m[name]
	}
	return out
}

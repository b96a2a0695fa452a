package workload

import (
	"iter"
	"maps"
	"slices"
	"sync"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Index knows which workloads run which entity, and how they do. A change costs in proportion to the links that it
// touches; each answers which entities it touched. Many may read while one writes.
type Index struct {
	mu        sync.RWMutex
	workloads map[Key]*workload
	entities  map[relation.Ref]*entity
	pods      map[podKey]*pod
	admits    map[string]string // of a namespace, the annotation workloads-for

	byLabel     set[label, *workload]
	byNamespace set[string, *workload]

	linksByLabel     set[label, *entity]  // links that pin down a label
	linksByKey       set[Key, *entity]    // links to one workload
	linksByNamespace set[string, *entity] // links that may match any workload of the namespace
	linksForeign     set[string, *entity] // links to another namespace's workloads
}

type workload struct {
	facts     Facts
	known     bool           // false: only pods or Jobs name it so far
	reasons   map[string]int // of its bad pods
	pods      int            // that name it
	jobs      map[*workload]struct{}
	claimants []*entity // sorted
}

type entity struct {
	ref       relation.Ref
	link      Link
	permitted bool
	workloads map[*workload]struct{}
}

type podKey struct{ namespace, name string }

type pod struct {
	workload *workload
	reason   string
}

// set is a map of sets, of which most have one member.
type set[K, V comparable] map[K]some[V]

// some is one member, or several.
type some[V comparable] struct {
	one  V
	more map[V]struct{} // if not nil, all
}

func (s set[K, V]) add(k K, v V) {
	g, ok := s[k]
	switch {
	case !ok:
		s[k] = some[V]{one: v}
	case g.more != nil:
		g.more[v] = struct{}{}
	case g.one != v:
		s[k] = some[V]{more: map[V]struct{}{g.one: {}, v: {}}}
	}
}

func (s set[K, V]) remove(k K, v V) {
	g := s[k]
	delete(g.more, v)
	if len(g.more) == 0 && (g.more != nil || g.one == v) {
		delete(s, k)
	}
}

// of are the members for a key, in no order.
func (s set[K, V]) of(k K) iter.Seq[V] {
	g, ok := s[k]
	switch {
	case !ok:
		return func(func(V) bool) {}
	case g.more != nil:
		return maps.Keys(g.more)
	}
	return func(yield func(V) bool) { yield(g.one) }
}

// NewIndex makes an empty index.
func NewIndex() *Index {
	return &Index{
		workloads: map[Key]*workload{}, entities: map[relation.Ref]*entity{}, pods: map[podKey]*pod{},
		admits: map[string]string{}, byLabel: set[label, *workload]{}, byNamespace: set[string, *workload]{},
		linksByLabel: set[label, *entity]{}, linksByKey: set[Key, *entity]{},
		linksByNamespace: set[string, *entity]{}, linksForeign: set[string, *entity]{},
	}
}

// touched collects the entities that a change bears on.
type touched map[*entity]struct{}

func (t touched) all(w *workload) {
	for _, e := range w.claimants {
		t[e] = struct{}{}
	}
}

func (t touched) refs() []relation.Ref {
	out := make([]relation.Ref, 0, len(t))
	for e := range t {
		out = append(out, e.ref)
	}
	slices.SortFunc(out, relation.Compare)
	return out
}

// SetEntity puts an entity's link in place.
func (x *Index) SetEntity(ref relation.Ref, l Link) []relation.Ref {
	x.mu.Lock()
	defer x.mu.Unlock()
	t := touched{}
	x.dropEntity(ref, t)
	if !l.Needed {
		return t.refs()
	}
	e := &entity{ref: ref, link: l}
	e.permitted = x.permits(e)
	x.entities[ref] = e
	t[e] = struct{}{}
	x.file(e, true)
	x.match(e, t)
	return t.refs()
}

// DeleteEntity takes an entity's link away.
func (x *Index) DeleteEntity(ref relation.Ref) []relation.Ref {
	x.mu.Lock()
	defer x.mu.Unlock()
	t := touched{}
	x.dropEntity(ref, t)
	return t.refs()
}

func (x *Index) dropEntity(ref relation.Ref, t touched) {
	e := x.entities[ref]
	if e == nil {
		return
	}
	for w := range e.workloads {
		x.unlink(e, w, t)
	}
	x.file(e, false)
	delete(x.entities, ref)
	delete(t, e)
}

// file enters a link where changes of workloads look for it, or takes it out.
func (x *Index) file(e *entity, in bool) {
	put(x.linksForeign, e.link.Namespace, e, in && e.link.foreign(e.ref))
	switch {
	case e.link.Bad != "":
	case e.link.key != Key{}:
		put(x.linksByKey, e.link.key, e, in)
	case len(e.link.anchors) == 0:
		put(x.linksByNamespace, e.link.Namespace, e, in)
	}
	for _, a := range e.link.anchors {
		put(x.linksByLabel, a, e, in)
	}
}

func put[K, V comparable](s set[K, V], k K, v V, in bool) {
	if in {
		s.add(k, v)
	} else {
		s.remove(k, v)
	}
}

// match links an entity with what its link selects.
func (x *Index) match(e *entity, t touched) {
	if !e.permitted || e.link.Bad != "" {
		return
	}
	try := func(w *workload) {
		if w.known && e.link.matches(&w.facts) {
			x.link(e, w, t)
		}
	}
	switch {
	case e.link.key != Key{}:
		if w := x.workloads[e.link.key]; w != nil {
			try(w)
		}
	case len(e.link.anchors) == 0:
		for w := range x.byNamespace.of(e.link.Namespace) {
			try(w)
		}
	}
	for _, a := range e.link.anchors {
		for w := range x.byLabel.of(a) {
			try(w)
		}
	}
}

func (x *Index) link(e *entity, w *workload, t touched) {
	if _, ok := e.workloads[w]; ok {
		return
	}
	t.all(w) // they have a rival now
	t[e] = struct{}{}
	if e.workloads == nil {
		e.workloads = map[*workload]struct{}{}
	}
	e.workloads[w] = struct{}{}
	w.claimants = append(w.claimants, e)
	slices.SortFunc(w.claimants, func(a, b *entity) int { return relation.Compare(a.ref, b.ref) })
}

func (x *Index) unlink(e *entity, w *workload, t touched) {
	t.all(w)
	delete(e.workloads, w)
	w.claimants = slices.DeleteFunc(w.claimants, func(c *entity) bool { return c == e })
}

// permits says whether an entity may link the workloads of the namespace that its link names.
func (x *Index) permits(e *entity) bool {
	return !e.link.foreign(e.ref) || admits(x.admits[e.link.Namespace], e.ref.Namespace)
}

// SetNamespace says what a Namespace's annotation workloads-for holds, empty if it has none or is gone.
func (x *Index) SetNamespace(name, workloadsFor string) []relation.Ref {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.admits[name] == workloadsFor {
		return nil
	}
	if x.admits[name] = workloadsFor; workloadsFor == "" {
		delete(x.admits, name)
	}
	t := touched{}
	for e := range x.linksForeign.of(name) {
		if permitted := x.permits(e); permitted != e.permitted {
			e.permitted = permitted
			t[e] = struct{}{}
			for w := range e.workloads {
				x.unlink(e, w, t)
			}
			x.match(e, t)
		}
	}
	return t.refs()
}

// SetWorkload puts a workload in place or replaces what is known of it. What only an unseen generation speaks for is put
// off: the workload stays as healthy as it was until Overdue.
func (x *Index) SetWorkload(f Facts) []relation.Ref {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := x.place(f.Key)
	t := touched{}
	if w.known && f.Unseen != 0 {
		f.Health, f.Reason = w.facts.Health, w.facts.Reason // until it is overdue
	}
	if w.known && same(&w.facts, &f) {
		w.facts.Unseen = f.Unseen
		return nil
	}
	relabelled := !w.known || !maps.Equal(w.facts.Labels, f.Labels) || w.facts.CronJob != f.CronJob
	if relabelled && w.known {
		x.unfile(w)
	}
	before := w.facts.CronJob
	w.known, w.facts = true, f
	if relabelled {
		x.refile(w, t)
		x.setCronJob(w, before, f.CronJob, t)
	}
	x.touch(w, t)
	return t.refs()
}

// Claimants are the entities that a workload runs, in order.
func (x *Index) Claimants(k Key) []relation.Ref {
	x.mu.RLock()
	defer x.mu.RUnlock()
	w := x.workloads[k]
	if w == nil {
		return nil
	}
	out := make([]relation.Ref, len(w.claimants))
	for i, e := range w.claimants {
		out[i] = e.ref
	}
	return out
}

// ClaimantsIn are the entities that the workloads of a namespace run, in order.
func (x *Index) ClaimantsIn(namespace string) []relation.Ref {
	x.mu.RLock()
	defer x.mu.RUnlock()
	t := touched{}
	for w := range x.byNamespace.of(namespace) {
		t.all(w)
	}
	return t.refs()
}

// Overdue says that the workload's own controller has had its time to look at a generation.
func (x *Index) Overdue(k Key, generation int64) []relation.Ref {
	x.mu.Lock()
	defer x.mu.Unlock()
	w, t := x.workloads[k], touched{}
	if w != nil && w.known && w.facts.Unseen == generation && w.facts.Health != relation.Progressing {
		w.facts.set(relation.Progressing, ReasonRollingOut)
		x.touch(w, t)
	}
	return t.refs()
}

// DeleteWorkload takes a workload away.
func (x *Index) DeleteWorkload(k Key) []relation.Ref {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := x.workloads[k]
	if w == nil || !w.known {
		return nil
	}
	t := touched{}
	x.touch(w, t)
	x.unfile(w)
	for _, e := range slices.Clone(w.claimants) {
		x.unlink(e, w, t)
	}
	x.setCronJob(w, w.facts.CronJob, "", t)
	w.known, w.facts = false, Facts{Key: k}
	x.collect(w)
	return t.refs()
}

// SetPod puts a pod in place or replaces what is known of it. A pod that belongs to no workload is not kept.
func (x *Index) SetPod(f PodFacts) []relation.Ref {
	x.mu.Lock()
	defer x.mu.Unlock()
	k, t := podKey{f.Namespace, f.Name}, touched{}
	if p := x.pods[k]; p != nil {
		if p.workload.facts.Key == f.Workload && p.reason == f.Reason {
			return nil
		}
		x.dropPod(k, t)
	}
	if f.Workload == (Key{}) {
		return t.refs()
	}
	w := x.place(f.Workload)
	x.pods[k] = &pod{workload: w, reason: f.Reason}
	w.pods++
	if f.Reason != "" {
		if w.reasons == nil {
			w.reasons = map[string]int{}
		}
		if w.reasons[f.Reason]++; w.reasons[f.Reason] == 1 {
			x.touch(w, t)
		}
	}
	return t.refs()
}

// DeletePod takes a pod away.
func (x *Index) DeletePod(namespace, name string) []relation.Ref {
	x.mu.Lock()
	defer x.mu.Unlock()
	t := touched{}
	x.dropPod(podKey{namespace, name}, t)
	return t.refs()
}

func (x *Index) dropPod(k podKey, t touched) {
	p := x.pods[k]
	if p == nil {
		return
	}
	delete(x.pods, k)
	w := p.workload
	w.pods--
	if p.reason != "" {
		if w.reasons[p.reason]--; w.reasons[p.reason] == 0 {
			delete(w.reasons, p.reason)
			x.touch(w, t)
		}
	}
	x.collect(w)
}

// touch notes who shows a workload: its claimants, and those of the CronJob that made it.
func (x *Index) touch(w *workload, t touched) {
	t.all(w)
	if w.facts.CronJob != "" {
		t.all(x.place(w.cronJobKey()))
	}
}

func (w *workload) cronJobKey() Key {
	return Key{Kind: catalog.WorkloadCronJob, Namespace: w.facts.Key.Namespace, Name: w.facts.CronJob}
}

// setCronJob moves a Job from one CronJob to another; empty is none.
func (x *Index) setCronJob(w *workload, from, to string, t touched) {
	if from == to {
		return
	}
	if from != "" {
		c := x.place(Key{Kind: catalog.WorkloadCronJob, Namespace: w.facts.Key.Namespace, Name: from})
		t.all(c)
		delete(c.jobs, w)
		x.collect(c)
	}
	if to != "" {
		c := x.place(Key{Kind: catalog.WorkloadCronJob, Namespace: w.facts.Key.Namespace, Name: to})
		if c.jobs == nil {
			c.jobs = map[*workload]struct{}{}
		}
		c.jobs[w] = struct{}{}
	}
}

// place finds a workload, or makes a place for one that others name.
func (x *Index) place(k Key) *workload {
	w := x.workloads[k]
	if w == nil {
		w = &workload{facts: Facts{Key: k}}
		x.workloads[k] = w
	}
	return w
}

// collect forgets a workload that is not there and that nothing names.
func (x *Index) collect(w *workload) {
	if !w.known && w.pods == 0 && len(w.jobs) == 0 {
		delete(x.workloads, w.facts.Key)
	}
}

// unfile takes a workload out of where links look for it.
func (x *Index) unfile(w *workload) {
	ns := w.facts.Key.Namespace
	x.byNamespace.remove(ns, w)
	for k, v := range w.facts.Labels {
		x.byLabel.remove(label{ns, k, v}, w)
	}
}

// refile enters a workload where links look for it, and links it anew.
func (x *Index) refile(w *workload, t touched) {
	ns := w.facts.Key.Namespace
	x.byNamespace.add(ns, w)
	for _, e := range slices.Clone(w.claimants) {
		if !e.link.matches(&w.facts) {
			x.unlink(e, w, t)
		}
	}
	try := func(links iter.Seq[*entity]) {
		for e := range links {
			if e.permitted && e.link.matches(&w.facts) {
				x.link(e, w, t)
			}
		}
	}
	try(x.linksByKey.of(w.facts.Key))
	try(x.linksByNamespace.of(ns))
	for k, v := range w.facts.Labels {
		x.byLabel.add(label{ns, k, v}, w)
		try(x.linksByLabel.of(label{ns, k, v}))
	}
}

func same(a, b *Facts) bool {
	return a.Ready == b.Ready && a.Desired == b.Desired && a.Health == b.Health && a.Reason == b.Reason &&
		a.CronJob == b.CronJob && a.Started.Equal(&b.Started) && slices.Equal(a.Images, b.Images) &&
		maps.Equal(a.Labels, b.Labels)
}

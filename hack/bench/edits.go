package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	contentMerge = "application/merge-patch+json"
	// editQuiet is how long after the last change an edit counts as done. It is longer than the second for which counts
	// may be held back, so that no late write is missed and none is owed to the edit before.
	editQuiet = 1300 * time.Millisecond
	// editMost is how long an edit may take before it counts as wrong.
	editMost = 30 * time.Second
	// manyChanged statuses make an edit worth a line of its own.
	manyChanged = 100
)

// edit is one change to the catalog.
type edit struct {
	what string
	do   func(ctx context.Context) error
	// holds says whether the statuses that depend on it are right. That none is forgotten shows at the end, when all
	// are compared with the rules.
	holds func(m *mirror) bool
}

// editor makes up edits.
type editor struct {
	*cluster
	*mirror
	random *rand.Rand
	refs   map[relation.Kind][]relation.Ref // sorted, so that the seed decides
	big    relation.Ref
	undo   *edit // what takes the edit before back
}

// edits measures how long it takes from the answer to an edit until the last status that depends on it has arrived at a
// client that watches.
func (b *bench) edits(ctx context.Context, o *operator) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m, err := b.watch(ctx)
	if err != nil {
		return err
	}
	b.say("%d edits", b.flags.edits)
	ed := &editor{cluster: b.cluster, mirror: m, random: rand.New(rand.NewPCG(b.flags.seed, 2)), big: b.made.BigOwner}
	ed.refs = map[relation.Kind][]relation.Ref{}
	for ref := range m.entities { // nothing changes yet
		ed.refs[ref.Kind] = append(ed.refs[ref.Kind], ref)
	}
	for _, list := range ed.refs {
		slices.SortFunc(list, relation.Compare)
	}
	var t tally
	for i := range b.flags.edits {
		if err := o.Alive(); err != nil {
			return err
		}
		if err := b.oneEdit(ctx, o, ed, ed.next(i), &t); err != nil {
			return err
		}
	}
	t.report(b)
	entities, err := b.List(ctx)
	if err != nil {
		return err
	}
	b.result("edit_entities_wrong", float64(b.wrong(entities, "edits")), 0)
	return nil
}

// tally collects what the edits took.
type tally struct {
	latencies, excesses []time.Duration
	byKind              map[string][]time.Duration
	changed             map[string]int
	wrong, over         int
}

func (b *bench) oneEdit(ctx context.Context, o *operator, ed *editor, e edit, t *tally) error {
	if err := b.Collect(ctx); err != nil {
		return err
	}
	ed.begin()
	before, err := b.CPU(o.Process)
	if err != nil {
		return err
	}
	if err := e.do(ctx); err != nil {
		return fmt.Errorf("edit (%s): %w", e.what, err)
	}
	answered := time.Now()
	right, err := ed.settle(ctx, editQuiet, editMost, e.holds)
	if err != nil {
		return err
	}
	if !right {
		t.wrong++
		b.say("edit (%s): the statuses are not right after %s", e.what, editMost)
	}
	changed, changes := ed.seen()
	latency := lastAfter(changes, answered)
	if !right {
		latency = editMost
	}
	budget := editBaseMillis*time.Millisecond + time.Duration(editRateFactor*float64(changed)/b.bareRate()*float64(time.Second))
	if latency > budget {
		t.over++
	}
	if latency > budget || changed >= manyChanged {
		used, err := b.CPU(o.Process)
		if err != nil {
			return err
		}
		b.say("edit (%s): %d statuses changed, %.0f ms, its budget is %.0f; %s; %s", e.what, changed, harness.Millis(latency),
			harness.Millis(budget), course(changes, answered), used.Minus(before))
	}
	t.latencies, t.excesses = append(t.latencies, latency), append(t.excesses, latency-budget)
	if t.byKind == nil {
		t.byKind, t.changed = map[string][]time.Duration{}, map[string]int{}
	}
	t.byKind[e.what] = append(t.byKind[e.what], latency)
	t.changed[e.what] += changed
	return nil
}

// lastAfter is how long after a time the last change arrived.
func lastAfter(changes []change, at time.Time) time.Duration {
	if len(changes) == 0 {
		return 0
	}
	return max(0, changes[len(changes)-1].at.Sub(at))
}

// course tells how the changes of an edit came in: where one late status stands apart from the rest, it is named.
func course(changes []change, answered time.Time) string {
	if len(changes) == 0 {
		return "nothing arrived"
	}
	after := func(i int) float64 { return harness.Millis(changes[i].at.Sub(answered)) }
	n := len(changes)
	return fmt.Sprintf("%d writes: the first after %.0f ms, half after %.0f, nine in ten after %.0f, the last of %s",
		n, after(0), after(n/2), after(n*9/10), changes[n-1].ref)
}

func (t *tally) report(b *bench) {
	for what, list := range t.byKind {
		b.say("edit (%s): %d times, %d statuses changed, p50 %.0f ms, max %.0f ms", what, len(list), t.changed[what],
			harness.Millis(harness.Quantile(list, 0.5)), harness.Millis(harness.Quantile(list, 1)))
	}
	n := float64(len(t.latencies))
	b.result("edit_p50", harness.Millis(harness.Quantile(t.latencies, 0.5)), n)
	b.result("edit_p99", harness.Millis(harness.Quantile(t.latencies, 0.99)), n)
	b.result("edit_p99_over_budget", harness.Millis(harness.Quantile(t.excesses, 0.99)), n)
	b.result("edit_over_budget", float64(t.over), n)
	b.result("edit_wrong", float64(t.wrong), n)
}

// next makes up an edit, or takes the one before back.
func (ed *editor) next(i int) edit {
	if e := ed.undo; e != nil {
		ed.undo = nil
		return *e
	}
	switch i % 6 { // visibility and groups come in pairs
	case 0:
		return ed.visibility()
	case 2:
		return ed.systemOwner()
	case 3:
		return ed.group(i < 6)
	}
	return ed.move()
}

// pick draws an entity of a kind that fits.
func pick[E catalog.Entity](ed *editor, k relation.Kind, fits func(relation.Ref, E) bool) (relation.Ref, E) {
	ed.mu.Lock()
	defer ed.mu.Unlock()
	list := ed.refs[k]
	for from, i := ed.random.IntN(len(list)), 0; i < len(list); i++ {
		ref := list[(from+i)%len(list)]
		if e, ok := ed.entities[ref].(E); ok && fits(ref, e) {
			return ref, e
		}
	}
	panic("the catalog holds no fitting " + k.ObjectKind())
}

// patch changes the spec of an entity.
func (ed *editor) patch(ref relation.Ref, spec map[string]any) func(context.Context) error {
	return func(ctx context.Context) error {
		text, err := json.Marshal(map[string]any{"spec": spec})
		if err != nil {
			return err
		}
		_, err = ed.Admin.Do(ctx, http.MethodPatch, harness.EntityPath(ref), contentMerge, text)
		return err
	}
}

// visibility hides a public API, and shows it again next: its System exposes one less, and one more.
func (ed *editor) visibility() edit {
	ref, a := pick(ed, relation.API, func(_ relation.Ref, a *catalog.API) bool {
		return a.Spec.Visibility == catalog.VisibilityPublic && a.Status.System != ""
	})
	system := ed.systemOf(a)
	exposed := ed.now(func(m *mirror) int32 { return m.exposed(system) })
	to := func(v catalog.Visibility, delta int32) edit {
		return edit{"visibility of an API", ed.patch(ref, map[string]any{"visibility": v}), func(m *mirror) bool {
			a, ok := m.entities[ref].(*catalog.API)
			return ok && a.Spec.Visibility == v && upToDate(a) && m.exposed(system) == exposed+delta
		}}
	}
	undo := to(catalog.VisibilityPublic, 0)
	ed.undo = &undo
	return to(catalog.VisibilityPrivate, -1)
}

// systemOwner gives a System another owner: its members inherit it.
func (ed *editor) systemOwner() edit {
	ref, s := pick(ed, relation.System, func(_ relation.Ref, s *catalog.System) bool { return s.Spec.Owner != "" })
	to, _ := pick(ed, relation.Group, func(r relation.Ref, g *catalog.Group) bool {
		return g.Spec.Type == "team" && r != ed.big && r.FullRef() != s.Status.Owner
	})
	heirs := ed.where(func(e catalog.Entity) bool {
		return e.EntityStatus().System == ref.FullRef() && !slices.ContainsFunc(relation.FactsOf(e).Claims, isOwner)
	})
	return edit{"owner of a system", ed.patch(ref, map[string]any{"owner": to.Name}), func(m *mirror) bool {
		return m.all(append(heirs, ref), func(e catalog.Entity) bool { return e.EntityStatus().Owner == to.FullRef() })
	}}
}

func isOwner(c relation.Claim) bool { return c.Field == relation.FieldOwner }

// group deletes a team, and makes it again next: who it owns has no owner, and has one again.
func (ed *editor) group(big bool) edit {
	ref, g := pick(ed, relation.Group, func(r relation.Ref, g *catalog.Group) bool {
		return g.Spec.Type == "team" && (r == ed.big) == big
	})
	owned := ed.where(func(e catalog.Entity) bool { return e.EntityStatus().Owner == ref.FullRef() })
	hold := func(status metav1.ConditionStatus) func(m *mirror) bool {
		return func(m *mirror) bool {
			return m.all(owned, func(e catalog.Entity) bool {
				c := meta.FindStatusCondition(e.EntityStatus().Conditions, catalog.ConditionOwned)
				return c != nil && c.Status == status
			})
		}
	}
	again := &catalog.Group{TypeMeta: g.TypeMeta, ObjectMeta: metav1.ObjectMeta{Name: g.Name}, Spec: g.Spec}
	again.TypeMeta = metav1.TypeMeta{APIVersion: catalog.GroupVersion.String(), Kind: catalog.KindGroup}
	ed.undo = &edit{"group made again", func(ctx context.Context) error {
		return ed.Admin.Object(ctx, http.MethodPost, harness.CollectionPath(relation.Group, ""), again, nil)
	}, func(m *mirror) bool {
		e, ok := m.entities[ref].(*catalog.Group)
		return ok && upToDate(e) && hold(metav1.ConditionTrue)(m)
	}}
	return edit{"group deleted", func(ctx context.Context) error {
		_, err := ed.Admin.Do(ctx, http.MethodDelete, harness.EntityPath(ref), "", nil)
		return err
	}, hold(metav1.ConditionFalse)}
}

// move makes a Component part of another System of its namespace: the one has one less, the other one more.
func (ed *editor) move() edit {
	other := map[string][]relation.Ref{}
	for _, s := range ed.refs[relation.System] {
		other[s.Namespace] = append(other[s.Namespace], s)
	}
	ref, c := pick(ed, relation.Component, func(_ relation.Ref, c *catalog.Component) bool {
		return c.Status.System != "" && len(other[c.Namespace]) > 1
	})
	from := ed.systemOf(c)
	to := from
	for to == from {
		to = other[c.Namespace][ed.random.IntN(len(other[c.Namespace]))]
	}
	had := ed.now(func(m *mirror) int32 { return m.components(from) })
	has := ed.now(func(m *mirror) int32 { return m.components(to) })
	return edit{"component moved", ed.patch(ref, map[string]any{"system": to.Name}), func(m *mirror) bool {
		return m.entities[ref].EntityStatus().System == to.FullRef() && m.components(from) == had-1 && m.components(to) == has+1
	}}
}

// systemOf is the System that the status names.
func (ed *editor) systemOf(e catalog.Entity) relation.Ref {
	ref, err := relation.Parse(catalog.EntityRef(e.EntityStatus().System), relation.System, e.GetNamespace())
	if err != nil {
		panic(err) // the operator wrote it
	}
	return ref
}

// where finds entities.
func (m *mirror) where(fits func(catalog.Entity) bool) []relation.Ref {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []relation.Ref
	for ref, e := range m.entities {
		if fits(e) {
			out = append(out, ref)
		}
	}
	return out
}

// now reads a number.
func (m *mirror) now(read func(*mirror) int32) int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return read(m)
}

// all says whether something is true of all these entities. It and what follows are called with the lock held.
func (m *mirror) all(refs []relation.Ref, is func(catalog.Entity) bool) bool {
	for _, ref := range refs {
		if e := m.entities[ref]; e == nil || !is(e) {
			return false
		}
	}
	return true
}

func (m *mirror) exposed(system relation.Ref) int32 {
	return value(m.entities[system].EntityStatus().Summary.ExposedAPIs)
}

func (m *mirror) components(system relation.Ref) int32 {
	return value(m.entities[system].EntityStatus().Summary.Components)
}

func value(n *int32) int32 {
	if n == nil {
		return -1
	}
	return *n
}

func upToDate(e catalog.Entity) bool {
	g := e.EntityStatus().ObservedGeneration
	return g != nil && *g == e.GetGeneration()
}

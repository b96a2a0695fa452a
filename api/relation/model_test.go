package relation

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// model is what the graph must agree with: slow, and written from the definitions alone. It keeps what it was told and
// computes everything from scratch each time it is asked. Only had is history.
type model struct {
	facts  map[Ref]Facts
	health map[Ref]Health
	scores map[Ref][]Score
	labels map[string]labels.Set // of the namespaces that somebody told of
	had    map[Ref]bool          // the Groups that have or had members, in them or below them
}

func newModel() *model {
	return &model{
		facts: map[Ref]Facts{}, health: map[Ref]Health{}, scores: map[Ref][]Score{}, labels: map[string]labels.Set{}, had: map[Ref]bool{},
	}
}

func (m *model) upsert(f Facts) {
	m.facts[f.Ref] = f
	m.remember(f.Ref)
}

func (m *model) delete(r Ref) {
	delete(m.facts, r)
	delete(m.health, r)
	delete(m.scores, r)
	delete(m.had, r)
	m.remember(r)
}

func (m *model) setHealth(r Ref, h Health) {
	if m.exists(r) {
		m.health[r] = h
	}
}

func (m *model) setScores(r Ref, scores []Score) {
	if m.exists(r) {
		m.scores[r] = scores
	}
}

// remember notes, after each change of a Group or User, which Groups have members now. Nothing else tells who is a
// member of what.
func (m *model) remember(changed Ref) {
	if changed.Kind != Group && changed.Kind != User {
		return
	}
	w := m.derive(Group, User)
	for r := range w.of {
		if r.Kind == Group && (m.facts[r].HadMembers || w.membersOf(r) > 0) {
			m.had[r] = true
		}
	}
}

func (m *model) exists(r Ref) bool {
	_, ok := m.facts[r]
	return ok
}

// claim returns what an entity names in a field that holds one reference.
func (m *model) claim(r Ref, fields ...Field) (Ref, bool) {
	for _, c := range m.facts[r].Claims {
		if slices.Contains(fields, c.Field) {
			return c.Target, true
		}
	}
	return Ref{}, false
}

// names says whether an entity names a target in a field.
func (m *model) names(r Ref, f Field, target Ref) bool {
	return slices.ContainsFunc(m.facts[r].Claims, func(c Claim) bool { return c.Field == f && c.Target == target })
}

// permits says whether a target grants what is claimed of it from a namespace. Its own namespace is always permitted,
// and what is cluster-scoped needs no permission.
func (m *model) permits(target Ref, from string) bool {
	if from == "" || from == target.Namespace {
		return true
	}
	consent := m.facts[target].Consent
	if consent.From == catalog.FromAll {
		return true
	}
	if consent.From != catalog.FromSelector {
		return false
	}
	set, told := m.labels[from]
	if !told {
		set = labels.Set{"kubernetes.io/metadata.name": from}
	}
	return consent.Selector.Matches(set)
}

// home is the System of a member that is permitted, or the Domain of a System.
func (m *model) home(r Ref) Ref {
	if s, ok := m.claim(r, FieldSystem); ok && m.exists(s) && m.permits(s, r.Namespace) {
		return s
	}
	if d, ok := m.claim(r, FieldDomain); ok && m.exists(d) {
		return d
	}
	return Ref{}
}

// sameHome says that both are in one System.
func (m *model) sameHome(a, b Ref) bool {
	return !m.home(a).IsZero() && m.home(a) == m.home(b)
}

// listers are the other Groups that name a Group as their child, in order.
func (m *model) listers(r Ref) []Ref {
	var out []Ref
	for l := range m.facts {
		if l.Kind == Group && l != r && m.names(l, FieldChildren, r) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, Compare)
	return out
}

// parent is the one parent that counts: what the entity itself says, right or wrong; else, of a Group, the first that
// names it as a child.
func (m *model) parent(r Ref) Ref {
	if p, ok := m.claim(r, FieldParent, FieldSubdomainOf, FieldSubcomponentOf); ok {
		foreign := r.Namespace != p.Namespace
		if p == r || !m.exists(p) || foreign && !m.sameHome(r, p) {
			return Ref{}
		}
		return p
	}
	if r.Kind == Group {
		if l := m.listers(r); len(l) > 0 {
			return l[0]
		}
	}
	return Ref{}
}

// world is what follows from a model.
type world struct {
	*model
	of      map[Ref]Facts // all, or those of some kinds
	parents map[Ref]Ref
	edges   map[Ref]map[catalog.RelationType][]Ref // in order, each once
}

// derive finds what follows from what the entities of some kinds claim; of all kinds if none are named.
func (m *model) derive(kinds ...Kind) *world {
	of := maps.Clone(m.facts)
	maps.DeleteFunc(of, func(r Ref, _ Facts) bool { return len(kinds) > 0 && !slices.Contains(kinds, r.Kind) })
	w := &world{model: m, of: of, parents: map[Ref]Ref{}, edges: map[Ref]map[catalog.RelationType][]Ref{}}
	for r := range of {
		if p := m.parent(r); !p.IsZero() {
			w.parents[r] = p
		}
	}
	for r, f := range of {
		for _, c := range f.Claims {
			if s := w.state(r, c); s == Granted || s == Claimed {
				w.relate(r, c)
			}
		}
		if p, ok := w.parents[r]; ok && r.Kind == Group {
			w.edge(r, "childOf", "parentOf", p)
		}
		if o := w.owner(r); o.State == Granted || o.State == Claimed {
			w.edge(r, "ownedBy", "ownerOf", o.Ref)
		}
	}
	return w
}

// state is what a claim is worth.
func (w *world) state(r Ref, c Claim) State {
	t, foreign := c.Target, r.Namespace != c.Target.Namespace
	if t == r {
		return Self
	}
	switch c.Field {
	case FieldSystem:
		if foreign && (!w.exists(t) || !w.permits(t, r.Namespace)) {
			return NotPermitted
		}
	case FieldProvidesAPIs, FieldDependencyOf, FieldSubcomponentOf:
		if foreign && (!w.exists(t) || !w.sameHome(r, t)) {
			return NotPermitted
		}
	}
	if !w.exists(t) {
		return NotFound
	}
	switch c.Field {
	case FieldChildren:
		if w.parents[t] != r {
			return Disagrees
		}
	case FieldOwner:
		if t.Kind == Group && !w.permits(t, r.Namespace) {
			return Claimed
		}
	case FieldDomain:
		if !w.permits(t, r.Namespace) {
			return Claimed
		}
	}
	return Granted
}

func (w *world) relate(r Ref, c Claim) {
	switch c.Field {
	case FieldSystem, FieldDomain, FieldSubdomainOf, FieldSubcomponentOf:
		w.edge(r, "partOf", "hasPart", c.Target)
	case FieldProvidesAPIs:
		w.edge(r, "providesApi", "apiProvidedBy", c.Target)
	case FieldConsumesAPIs:
		w.edge(r, "consumesApi", "apiConsumedBy", c.Target)
	case FieldDependsOn:
		w.edge(r, "dependsOn", "dependencyOf", c.Target)
		if c.Target.Kind == API {
			w.edge(r, "consumesApi", "apiConsumedBy", c.Target)
		}
	case FieldDependencyOf:
		w.edge(c.Target, "dependsOn", "dependencyOf", r)
	case FieldMembers:
		w.edge(c.Target, "memberOf", "hasMember", r)
	case FieldMemberOf:
		w.edge(r, "memberOf", "hasMember", c.Target)
	}
}

func (w *world) edge(a Ref, there, back catalog.RelationType, b Ref) {
	w.half(a, there, b)
	w.half(b, back, a)
}

func (w *world) half(a Ref, t catalog.RelationType, b Ref) {
	if w.edges[a] == nil {
		w.edges[a] = map[catalog.RelationType][]Ref{}
	}
	others := w.edges[a][t]
	if i, found := slices.BinarySearchFunc(others, b, Compare); !found {
		w.edges[a][t] = slices.Insert(others, i, b)
	}
}

// cycle is the way up from an entity back to it, from its first member in order; empty if there is none.
func (w *world) cycle(r Ref) []Ref {
	var up []Ref
	for at := r; len(up) <= len(w.parents); at = w.parents[at] {
		if at.IsZero() {
			return nil
		}
		if len(up) > 0 && at == r {
			first := slices.Index(up, slices.MinFunc(up, Compare))
			return append(slices.Clone(up[first:]), up[:first]...)
		}
		up = append(up, at)
	}
	return nil
}

// below says that r counts for a grouping: p is its parent, and it is on no cycle.
func (w *world) below(r, p Ref) bool {
	return w.parents[r] == p && w.cycle(r) == nil
}

// owner is the declared owner; else that of the System, of the Domain, of the Domain above. Whether it is inactive
// stands in the view alone.
func (w *world) owner(r Ref) Owner {
	if r.Kind == Group || r.Kind == User {
		return Owner{}
	}
	for _, c := range w.facts[r].Claims {
		if c.Field == FieldOwner {
			return Owner{Ref: c.Target, State: w.state(r, c)}
		}
	}
	up := w.home(r)
	if r.Kind == Domain && w.cycle(r) == nil {
		up = w.parents[r]
	}
	if up.IsZero() {
		return Owner{}
	}
	o := w.owner(up)
	if !o.Ref.IsZero() && o.From.IsZero() {
		o.From = up
	}
	return o
}

func (w *world) inactive(group Ref) bool {
	return w.had[group] && w.membersOf(group) == 0
}

// membersOf counts the memberships of a Group and of those below it.
func (w *world) membersOf(group Ref) int {
	count := len(w.edges[group]["hasMember"])
	for c := range w.of {
		if c.Kind == Group && w.below(c, group) {
			count += w.membersOf(c)
		}
	}
	return count
}

// one is what an entity counts for by itself.
func (w *world) one(r Ref) Tally {
	var t Tally
	switch r.Kind {
	case Component:
		t.Components = 1
	case API:
		t.APIs = 1
		if !w.facts[r].Private {
			t.Exposed = 1
		}
	case Resource:
		t.Resources = 1
	case System:
		t.Systems = 1
	}
	if h := w.health[r]; h != HealthNone {
		t.Health[h] = 1
	}
	return t
}

// units are the entities that count for a System, Domain or Group, once for each way in which they do.
func (w *world) units(r Ref) []Ref {
	var out []Ref
	switch r.Kind {
	case System:
		out = append(out, w.edges[r]["hasPart"]...)
	case Domain:
		for _, x := range w.edges[r]["hasPart"] {
			if x.Kind == System {
				out = append(append(out, x), w.units(x)...)
			} else if w.below(x, r) {
				out = append(out, w.units(x)...)
			}
		}
	case Group:
		for _, x := range w.edges[r]["ownerOf"] {
			if x.Kind != Domain {
				out = append(out, x)
			}
		}
		for _, x := range w.edges[r]["parentOf"] {
			if w.below(x, r) {
				out = append(out, w.units(x)...)
			}
		}
	}
	return out
}

// tally counts what belongs to a System, Domain or Group.
func (w *world) tally(r Ref) Tally {
	var sum Tally
	if r.Kind == Group {
		sum.Members = int32(w.membersOf(r))
	}
	for _, x := range w.units(r) {
		o := w.one(x)
		sum.Components, sum.APIs, sum.Exposed = sum.Components+o.Components, sum.APIs+o.APIs, sum.Exposed+o.Exposed
		sum.Resources, sum.Systems = sum.Resources+o.Resources, sum.Systems+o.Systems
		for h := range sum.Health {
			sum.Health[h] += o.Health[h]
		}
	}
	return sum
}

// scored sums up the scores of entities.
func (m *model) scored(refs []Ref) []ScoreTally {
	var out []ScoreTally
	for card := Card(1); card <= cards; card++ {
		t := ScoreTally{Card: card}
		for _, r := range refs {
			for _, s := range m.scores[r] {
				if s.Card != card {
					continue
				}
				t.Entities++
				if s.Passing {
					t.Passing++
				}
				t.Levels[s.Level]++
				if s.Percent >= 0 {
					t.Percents, t.Sum = t.Percents+1, t.Sum+int64(s.Percent)
				}
				for _, f := range s.Failed {
					t.Failed[f]++
				}
			}
		}
		if t.Entities > 0 {
			out = append(out, t)
		}
	}
	return out
}

var relationOrder = []catalog.RelationType{
	"ownedBy", "ownerOf", "providesApi", "apiProvidedBy", "consumesApi", "apiConsumedBy", "dependsOn", "dependencyOf",
	"partOf", "hasPart", "memberOf", "hasMember", "childOf", "parentOf",
}

func (w *world) view(r Ref) View {
	v := View{
		Ref: r, Owner: w.owner(r), Tally: w.tally(r), HadMembers: w.had[r], Owns: len(w.edges[r]["ownerOf"]),
		Scores: w.scored(w.units(r)), Cycle: w.cycle(r), Parent: w.parents[r], Relations: []Relation{},
	}
	v.Owner.Inactive = w.inactive(v.Owner.Ref)
	for _, b := range w.facts[r].Bad {
		v.Problems = append(v.Problems, Problem{Path: b.Path, Why: b.Why})
	}
	for _, c := range w.facts[r].Claims {
		if s := w.state(r, c); s != Granted && c.Field != FieldAllowedConsumers {
			v.Problems = append(v.Problems, Problem{
				Path: c.Field.path(c.Index).String(), Field: c.Field, Target: c.Target, State: s,
			})
		}
	}
	if r.Kind == System {
		v.Domain = w.home(r)
	} else {
		v.System = w.home(r)
		v.Domain = w.home(v.System)
	}
	for _, t := range relationOrder {
		if all := w.edges[r][t]; len(all) > 0 {
			v.Relations = append(v.Relations, Relation{Type: t, Count: len(all), Refs: all[:min(len(all), 20)]})
		}
	}
	if r.Kind == Group {
		for _, l := range w.listers(r) {
			if l != v.Parent {
				v.Rivals = append(v.Rivals, l)
			}
		}
	}
	return v
}

func (w *world) views() map[Ref]View {
	out := make(map[Ref]View, len(w.facts))
	for r := range w.facts {
		out[r] = w.view(r)
	}
	return out
}

// uses answers Uses, UsedBy, SystemUses and SystemUsedBy from the pairs of a consumer and what it consumes.
func (w *world) uses(r Ref, otherOf func(consumer, api, provider Ref) (Ref, bool)) []Use {
	found := map[Ref]map[Ref]bool{}
	for consumer := range w.facts {
		for _, api := range w.edges[consumer]["consumesApi"] {
			for _, provider := range append([]Ref{{}}, w.edges[api]["apiProvidedBy"]...) { // there may be none
				other, ok := otherOf(consumer, api, provider)
				if !ok || other.IsZero() || other == r {
					continue
				}
				if found[other] == nil {
					found[other] = map[Ref]bool{}
				}
				found[other][api] = true
			}
		}
	}
	var out []Use
	for other, via := range found {
		out = append(out, Use{Ref: other, Via: slices.SortedFunc(maps.Keys(via), Compare)})
	}
	slices.SortFunc(out, func(a, b Use) int { return Compare(a.Ref, b.Ref) })
	return out
}

func (w *world) usesOf(r Ref) []Use {
	return w.uses(r, func(consumer, _, provider Ref) (Ref, bool) { return provider, consumer == r })
}

func (w *world) usedBy(r Ref) []Use {
	return w.uses(r, func(consumer, _, provider Ref) (Ref, bool) { return consumer, provider == r })
}

func (w *world) systemUses(r Ref) []Use {
	return w.uses(r, func(consumer, api, _ Ref) (Ref, bool) { return w.home(api), w.home(consumer) == r })
}

func (w *world) systemUsedBy(r Ref) []Use {
	return w.uses(r, func(consumer, api, _ Ref) (Ref, bool) { return w.home(consumer), w.home(api) == r })
}

package index

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// kinds is how many kinds there are, and none.
const kinds = relation.User + 1

// key names an entity; the namespace is a number of the column's dict.
type key struct {
	kind      relation.Kind
	namespace code
	name      string
}

// place is where entities of a kind live.
type place struct {
	kind      relation.Kind
	namespace code
}

// state is all that is known, by slot. It is guarded by the index's lock.
type state struct {
	slots map[key]slot
	free  []slot
	kinds []relation.Kind // KindNone: the slot is free
	names []string
	prose []string // title and description, parted by mark

	columns                [columns][]code
	tags, labels, problems []code // sets
	numbers                []numbers
	created                []int64
	ready                  []bool
	versions               []uint64
	dicts                  [columns]*dict
	tagSets                sets
	labelSets, problemSets sets

	ofKind  [kinds][]uint64  // who there is of a kind
	members map[place][]slot // in no order
	homes   []slot           // by the number of a System in its column: where it is kept, plus 1
	buried  graves

	byName, byTitle order
	named           *vocabulary // words of names
	words           *vocabulary // of the other texts of entities
	inside          *vocabulary // of definitions
	definitions     map[slot]*definitionOf
	tickets         uint64
	jobs            []job // to be parsed outside the lock
	unsettled       bool
}

func newState() *state {
	s := &state{
		slots: map[key]slot{}, members: map[place][]slot{}, buried: newGraves(), tagSets: newSets(), labelSets: newSets(),
		problemSets: newSets(), named: newVocabulary(), words: newVocabulary(), inside: newVocabulary(), definitions: map[slot]*definitionOf{},
	}
	for i := range s.dicts {
		s.dicts[i] = newDict()
	}
	s.byName.compare, s.byTitle.compare = s.compareNames, s.compareTitles
	return s
}

// find is the slot of an entity.
func (s *state) find(ref relation.Ref) (slot, bool) {
	ns, ok := s.dicts[colNamespace].find(ref.Namespace)
	if !ok {
		return 0, false
	}
	at, ok := s.slots[key{ref.Kind, ns, ref.Name}]
	return at, ok
}

func (s *state) ref(at slot) relation.Ref {
	return relation.Ref{Kind: s.kinds[at], Namespace: s.dicts[colNamespace].values[s.columns[colNamespace][at]], Name: s.names[at]}
}

func (s *state) title(at slot) string {
	title, _, _ := strings.Cut(s.prose[at], mark)
	return title
}

func (s *state) description(at slot) string {
	_, description, _ := strings.Cut(s.prose[at], mark)
	return description
}

func (s *state) compareNames(a, b slot) int {
	return cmp.Or(strings.Compare(s.names[a], s.names[b]), relation.Compare(s.ref(a), s.ref(b)))
}

// compareTitles sorts by what people see: the title, else the name.
func (s *state) compareTitles(a, b slot) int {
	return cmp.Or(compareFolded(cmp.Or(s.title(a), s.names[a]), cmp.Or(s.title(b), s.names[b])), s.compareNames(a, b))
}

// compareFolded compares as if all letters were small.
func compareFolded(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x >= utf8.RuneSelf || y >= utf8.RuneSelf {
			return strings.Compare(strings.ToLower(a[i:]), strings.ToLower(b[i:]))
		}
		if x, y = lower(x), lower(y); x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// put enters a record, and tells whether anything that is shown changed.
func (s *state) put(r *record) (changed bool) {
	if r.gone {
		return s.bury(r)
	}
	at, found := s.find(r.ref)
	if found && !newer(r.version, s.versions[at]) || !found && !newer(r.version, s.buried.version(r.ref)) {
		return false
	}
	if !found {
		var room bool
		if at, room = s.enter(r.ref); !room {
			return false
		}
		changed = true
	}
	s.versions[at] = r.version
	changed = s.describe(at, r, !found) || changed
	changed = s.setColumns(at, r) || changed
	s.follow(at, r)
	return changed
}

// update enters a record that has nothing but what stands in a status, and tells whether anything that is shown changed.
func (s *state) update(r *record) (changed bool) {
	at, found := s.find(r.ref)
	if !found || !newer(r.version, s.versions[at]) {
		return false
	}
	r.title, r.description, _ = strings.Cut(s.prose[at], mark)
	r.tags, r.labels, r.created = s.tagSets.of(s.tags[at]), s.labelSets.of(s.labels[at]), s.created[at]
	for _, i := range []int{colKind, colNamespace, colType, colLifecycle, colDomain, colVisibility} {
		r.columns[i] = s.dicts[i].values[s.columns[i][at]]
	}
	s.versions[at] = r.version
	changed = s.describe(at, r, false)
	return s.setColumns(at, r) || changed
}

// newer says that a version is to replace another. One that is no number replaces any.
func newer(a, than uint64) bool { return a == 0 || than == 0 || a > than }

// enter makes room for an entity that is new. There is none if there are 16 million.
func (s *state) enter(ref relation.Ref) (at slot, room bool) {
	if n := len(s.free); n > 0 {
		at, s.free = s.free[n-1], s.free[:n-1]
	} else {
		if len(s.kinds) >= maxSlots {
			return 0, false
		}
		at = slot(len(s.kinds))
		s.grow()
	}
	s.buried.open(ref)
	name := strings.Clone(ref.Name)
	ns := s.dicts[colNamespace].take(ref.Namespace)
	s.kinds[at], s.names[at], s.columns[colNamespace][at] = ref.Kind, name, ns
	s.slots[key{ref.Kind, ns, name}] = at
	p := place{ref.Kind, ns}
	s.members[p] = append(s.members[p], at)
	s.ofKind[ref.Kind] = withBit(s.ofKind[ref.Kind], at)
	if ref.Kind == relation.System {
		c := s.dicts[colSystem].take(ref.String())
		for len(s.homes) <= int(c) {
			s.homes = append(s.homes, 0)
		}
		s.homes[c] = at + 1
	}
	s.byName.add(at)
	s.unsettled = true
	return at, true
}

func (s *state) grow() {
	s.kinds, s.names, s.prose = append(s.kinds, 0), append(s.names, ""), append(s.prose, "")
	for i := range s.columns {
		s.columns[i] = append(s.columns[i], 0)
	}
	s.tags, s.labels, s.problems = append(s.tags, 0), append(s.labels, 0), append(s.problems, 0)
	s.numbers, s.created = append(s.numbers, numbers{}), append(s.created, 0)
	s.ready, s.versions = append(s.ready, false), append(s.versions, 0)
}

// setColumns enters what is neither text nor definition.
func (s *state) setColumns(at slot, r *record) (changed bool) {
	for i, d := range s.dicts {
		if i != colNamespace && d.swap(&s.columns[i][at], r.columns[i]) {
			changed = true
		}
	}
	changed = s.labelSets.swap(&s.labels[at], r.labels) || changed
	changed = s.problemSets.swap(&s.problems[at], r.problems) || changed
	if s.numbers[at] != r.numbers || s.ready[at] != r.ready || s.created[at] != r.created {
		s.numbers[at], s.ready[at], s.created[at] = r.numbers, r.ready, r.created
		changed = true
	}
	return changed
}

// describe enters the texts by which the entity is found, before the columns are.
func (s *state) describe(at slot, r *record, isNew bool) (changed bool) {
	prose := s.prose[at]
	title, description, _ := strings.Cut(prose, mark)
	owner := s.dicts[colOwner].values[s.columns[colOwner][at]]
	if !isNew && title == r.title && description == r.description && owner == r.columns[colOwner] && s.tagSets.equal(s.tags[at], r.tags) {
		return false
	}
	var old map[string]uint8
	if !isNew {
		old = s.wordsOf(at)
	}
	if isNew || title != r.title {
		if !isNew {
			s.byTitle.remove(at)
		}
		s.byTitle.add(at)
	}
	s.prose[at] = ""
	if r.title != "" || r.description != "" {
		s.prose[at] = r.title + mark + r.description
	}
	s.tagSets.swap(&s.tags[at], r.tags)
	s.dicts[colOwner].swap(&s.columns[colOwner][at], r.columns[colOwner])
	s.words.change(at, old, s.wordsOf(at))
	if isNew {
		s.named.change(at, nil, s.wordsOfName(at))
	}
	s.unsettled = true
	return true
}

func (s *state) wordsOfName(at slot) map[string]uint8 {
	out := map[string]uint8{}
	words(s.names[at], func(w string) { out[w] = 1 << inName })
	return out
}

// wordsOf are the words of an entity but those of its name, with the fields that they stand in.
func (s *state) wordsOf(at slot) map[string]uint8 {
	out := map[string]uint8{}
	add := func(text string, field uint8) {
		words(text, func(w string) { out[w] |= 1 << field })
	}
	add(s.title(at), inTitle)
	for _, t := range s.tagSets.of(s.tags[at]) {
		add(t, inTag)
	}
	add(nameIn(s.dicts[colOwner].values[s.columns[colOwner][at]]), inOwner)
	add(s.description(at), inDescription)
	return out
}

// nameIn is the name in a full reference.
func nameIn(ref string) string {
	_, name, _ := strings.Cut(ref, ":")
	return name[strings.IndexByte(name, '/')+1:]
}

// bury takes out an entity that is gone, and remembers when it went.
func (s *state) bury(r *record) (changed bool) {
	at, found := s.find(r.ref)
	switch {
	case !found:
		s.buried.bury(r.ref, r.version)
		return false
	case r.version != 0 && r.version < s.versions[at]:
		return false // it was made anew since
	}
	s.buried.bury(r.ref, max(r.version, s.versions[at]))
	s.leave(at)
	return true
}

func (s *state) leave(at slot) {
	s.words.change(at, s.wordsOf(at), nil)
	s.named.change(at, s.wordsOfName(at), nil)
	s.setTerms(at, "", nil)
	delete(s.definitions, at)
	s.byName.remove(at)
	s.byTitle.remove(at)
	kind, ns := s.kinds[at], s.columns[colNamespace][at]
	delete(s.slots, key{kind, ns, s.names[at]})
	p := place{kind, ns}
	list := s.members[p]
	i := slices.Index(list, at)
	list[i] = list[len(list)-1]
	if s.members[p] = list[:len(list)-1]; len(list) == 1 {
		delete(s.members, p)
	}
	s.ofKind[kind][at/64] &^= 1 << (at % 64)
	if kind == relation.System {
		c, _ := s.dicts[colSystem].find(s.ref(at).String())
		s.homes[c] = 0
		s.dicts[colSystem].drop(c)
	}
	for i, d := range s.dicts {
		d.drop(s.columns[i][at])
		s.columns[i][at] = 0
	}
	s.tagSets.swap(&s.tags[at], nil)
	s.labelSets.swap(&s.labels[at], nil)
	s.problemSets.swap(&s.problems[at], nil)
	s.kinds[at], s.names[at], s.prose[at], s.versions[at] = relation.KindNone, "", "", 0
	s.numbers[at], s.created[at], s.ready[at] = numbers{}, 0, false
	s.free = append(s.free, at)
	s.unsettled = true
}

// settle sorts in what changed, for readers.
func (s *state) settle() {
	s.byName.settle()
	s.byTitle.settle()
	s.named.settle()
	s.words.settle()
	s.inside.settle()
	s.unsettled = false
}

// crowded says that so much is to be sorted in that it had better be done at once.
func (s *state) crowded() bool {
	const most = 1 << 15
	return len(s.named.fresh) > most || len(s.words.fresh) > most || len(s.inside.fresh) > most || len(s.byName.fresh) > most || s.named.empty > most || s.words.empty > most || s.inside.empty > most
}

// row is an entity as lists show it.
func (s *state) row(at slot, v *view) Row {
	value := func(column int) string { return s.dicts[column].values[s.columns[column][at]] }
	r := Row{
		Ref: s.ref(at), Title: s.title(at), Description: s.description(at), Type: value(colType), Lifecycle: value(colLifecycle),
		Owner: catalog.FullRef(value(colOwner)), System: catalog.FullRef(value(colSystem)),
		Domain: s.dicts[colDomain].values[v.domain(at)], Tags: s.tagSets.of(s.tags[at]), Visibility: catalog.Visibility(value(colVisibility)),
		Health: catalog.Health(value(colHealth)), Pods: value(colPods), Score: value(colScore), Average: value(colAverage),
		Level: value(colLevel), Ready: s.ready[at], Problems: s.problemSets.of(s.problems[at]), Created: time.Unix(s.created[at], 0).UTC(),
	}
	s.numbers[at].show(r.Ref.Kind, &r)
	return r
}

package index

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The bounds of an answer.
const (
	maxLimit, defaultLimit   = 500, 50
	maxBrief                 = 2000
	maxValues, defaultValues = 500, 12
)

// Find lists and counts the entities that a query asks for, of those in the scopes.
func (ix *Index) Find(q Query, may Scopes) Page {
	var page Page
	ix.read(func(s *state) {
		s.view(may, func(v *view) { page = v.find(&q) })
	})
	return page
}

func (v *view) find(q *Query) Page {
	set := v.readable(q.Kinds)
	if q.Text != "" {
		set = v.having(set, distinct(typed(q.Text)), q.Inside)
	}
	found := v.filter(v.slotsIn(set), q.Where)
	page := Page{Total: len(found.all), Facets: map[Facet]Counts{}}
	values := bounded(q.Values, defaultValues, maxValues)
	for _, f := range q.Count {
		of, filtered := found.beside[f]
		if !filtered {
			of = found.all
		}
		if c, ok := v.count(f, of, values); ok {
			page.Facets[f] = c
		}
	}
	most := maxLimit
	if q.Brief {
		most = maxBrief
	}
	slots := v.window(found.all, q.Sort, max(q.Offset, 0), bounded(q.Limit, defaultLimit, most))
	if q.Brief {
		page.Owned = make([]Owned, len(slots))
		for i, s := range slots {
			page.Owned[i] = Owned{v.ref(s), catalog.FullRef(v.dicts[colOwner].values[v.columns[colOwner][s]])}
		}
		return page
	}
	page.Rows = make([]Row, len(slots))
	for i, s := range slots {
		page.Rows[i] = v.row(s, v)
	}
	return page
}

func bounded(n, otherwise, most int) int {
	if n <= 0 {
		return otherwise
	}
	return min(n, most)
}

// having are those of a set that have a word beginning with each of some words.
func (v *view) having(set []uint64, words []string, inside bool) []uint64 {
	for _, w := range words {
		next := v.bitsOf()
		mark := func(from *vocabulary) {
			for _, n := range from.with(w) {
				for _, p := range from.postings[n] {
					next[p>>fieldBits/64] |= 1 << (p >> fieldBits % 64)
				}
			}
		}
		mark(v.named)
		mark(v.words)
		if inside {
			mark(v.inside)
		}
		for i := range next {
			next[i] &= set[i]
		}
		set = next
	}
	return set
}

// sorting are the columns to sort by, with how their values compare; nil: as they are.
var sorting = map[string]struct {
	column  int
	compare func(a, b string) int
}{
	"kind": {colKind, strings.Compare}, "namespace": {colNamespace, strings.Compare}, "type": {colType, compareFolded},
	"owner": {colOwner, compareRefs}, "system": {colSystem, compareRefs}, "lifecycle": {colLifecycle, compareFolded},
	"health": {colHealth, compareHealth}, "score": {colScore, compareScores},
}

// compareRefs sorts full references by what people see first: the name.
func compareRefs(a, b string) int { return strings.Compare(nameIn(a), nameIn(b)) }

// healths are sorted from the best to the worst, as the worst of several is found.
var healths = []string{
	string(catalog.HealthUnknown), string(catalog.HealthSuspended), string(catalog.HealthHealthy),
	string(catalog.HealthProgressing), string(catalog.HealthDegraded),
}

func compareHealth(a, b string) int {
	return cmp.Compare(slices.Index(healths, a), slices.Index(healths, b))
}

// compareScores sorts by percent: what levels are worth is the Scorecard's to know.
func compareScores(a, b string) int { return cmp.Compare(percentOf(a), percentOf(b)) }

func percentOf(score string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(score[strings.LastIndexByte(score, ' ')+1:], "%"))
	if err != nil {
		return -1
	}
	return n
}

// window are the entities that a page shows of all that are found.
func (v *view) window(all []slot, by string, offset, limit int) []slot {
	by, down := strings.CutPrefix(by, "-")
	if by == "title" {
		return v.cut(all, &v.byTitle, down, offset, limit)
	}
	s, ok := sorting[by]
	if !ok {
		return v.cut(all, &v.byName, down && by == "name", offset, limit)
	}
	return v.cutColumn(all, v.columns[s.column], v.dicts[s.column].ranked(s.compare), down, offset, limit)
}

// cut takes a part of some entities in an order. Few are sorted by their places; of many, all are walked through.
func (v *view) cut(all []slot, o *order, down bool, offset, limit int) []slot {
	if offset >= len(all) {
		return nil
	}
	limit = min(limit, len(all)-offset)
	if down { // what is first from the end
		offset = len(all) - offset - limit
	}
	out := make([]slot, 0, limit)
	if len(all) < len(o.sorted)/8 {
		places := v.scratch.ints(len(all))
		for i, s := range all {
			places[i] = o.place[s]
		}
		slices.Sort(places)
		for _, p := range places[offset : offset+limit] {
			out = append(out, o.sorted[p])
		}
	} else {
		set := v.bitsOf()
		for _, s := range all {
			set[s/64] |= 1 << (s % 64)
		}
		for _, s := range o.sorted {
			if !has(set, s) {
				continue
			}
			if offset--; offset < 0 {
				if out = append(out, s); len(out) == limit {
					break
				}
			}
		}
	}
	if down {
		slices.Reverse(out)
	}
	return out
}

// cutColumn takes a part of some entities that are sorted by a column, and then by name. Only those of the values that are
// on the page are sorted.
func (v *view) cutColumn(all []slot, codes []code, ranks []uint32, down bool, offset, limit int) []slot {
	last := ranks[0] // that of no value, which is the last either way
	rank := func(s slot) uint32 {
		r := ranks[codes[s]]
		if down && r != last {
			r = last - 1 - r
		}
		return r
	}
	counts := v.scratch.ints(int(last) + 1)
	for _, s := range all {
		counts[rank(s)]++
	}
	from, skip := 0, offset
	for from < len(counts) && skip >= int(counts[from]) {
		skip -= int(counts[from])
		from++
	}
	to, room := from, limit+skip
	for to < len(counts) && room > 0 {
		room -= int(counts[to])
		to++
	}
	parts := make(map[uint32][]slot)
	for _, s := range all {
		if r := rank(s); int(r) >= from && int(r) < to {
			if parts[r] == nil {
				parts[r] = v.scratch.ints(int(counts[r]))[:0]
			}
			parts[r] = append(parts[r], s)
		}
	}
	var out []slot
	for r := from; r < to; r++ {
		if part := parts[uint32(r)]; len(part) > 0 {
			out = append(out, v.cut(part, &v.byName, false, skip, limit-len(out))...)
			skip = 0
		}
	}
	return out
}

// Row is an entity as lists show it, of Domains its own only; false if there is none.
func (ix *Index) Row(ref relation.Ref) (row Row, found bool) {
	ix.read(func(s *state) {
		var at slot
		if at, found = s.find(ref); found {
			row = s.row(at, &view{state: s})
		}
	})
	return row, found
}

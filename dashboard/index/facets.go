package index

import (
	"cmp"
	"slices"
	"strings"
)

// facetColumns are the facets whose values stand in a column as they are.
var facetColumns = map[Facet]int{
	FacetKind: colKind, FacetType: colType, FacetOwner: colOwner, FacetSystem: colSystem, FacetLifecycle: colLifecycle,
	FacetHealth: colHealth, FacetLevel: colLevel, FacetVisibility: colVisibility, FacetNamespace: colNamespace,
}

// column is a facet of some entities: a number each, of a value or, if several is set, of a set of values.
type column struct {
	codes   []code // by slot
	values  *dict
	several *dict
}

// problematic are the values of FacetProblems.
var problematic = &dict{codes: map[string]code{"true": 1}, values: []string{"", "true"}}

func (v *view) facet(f Facet, of []slot) (column, bool) {
	if i, ok := facetColumns[f]; ok {
		return column{codes: v.columns[i], values: v.dicts[i]}, true
	}
	switch f {
	case FacetDomain:
		return column{codes: v.domains(of), values: v.dicts[colDomain]}, true
	case FacetTag:
		return column{v.tags, v.tagSets.values, v.tagSets.dict}, true
	case FacetLabel:
		return column{v.labels, v.labelSets.values, v.labelSets.dict}, true
	case FacetProblems:
		codes := v.scratch.ints(len(v.kinds))
		for _, s := range of {
			codes[s] = min(v.problems[s], 1)
		}
		return column{codes: codes, values: problematic}, true
	}
	return column{}, false
}

// matcher says for each number in a column whether one of some values applies.
func (v *view) matcher(c column, values []string) []uint32 {
	want := v.scratch.ints(len(c.values.values))
	for _, value := range values {
		if code, ok := c.values.find(value); ok {
			want[code] = 1
		}
	}
	if c.several == nil {
		return want
	}
	out := v.scratch.ints(len(c.several.values))
	out[0] = want[0] // the empty set
	want[0] = 0
	for i, packed := range c.several.values {
		for j := range len(packed) / 4 {
			out[i] |= want[member(packed, j)]
		}
	}
	return out
}

// filtered are those of some entities for which all filters hold, and for each facet with a filter those for which all
// others do.
type filtered struct {
	all    []slot
	beside map[Facet][]slot
}

// filter looks each filter up by its column. A facet that does not exist holds for nobody.
func (v *view) filter(from []slot, where map[Facet][]string) filtered {
	out := filtered{all: from, beside: map[Facet][]slot{}}
	if len(where) == 0 {
		return out
	}
	fails := v.scratch.ints(len(from))
	var facets []Facet
	for f, values := range where {
		if len(values) == 0 {
			continue
		}
		c, ok := v.facet(f, from)
		if !ok {
			return filtered{beside: map[Facet][]slot{}}
		}
		match, bit := v.matcher(c, values), uint32(1)<<len(facets)
		for i, s := range from {
			if match[c.codes[s]] == 0 {
				fails[i] |= bit
			}
		}
		facets = append(facets, f)
	}
	out.all = v.failing(from, fails, 0)
	for i, f := range facets {
		out.beside[f] = v.failing(from, fails, 1<<i)
	}
	return out
}

// failing are those that fail nothing but what is allowed to be failed.
func (v *view) failing(from []slot, fails []uint32, allowed uint32) []slot {
	out := v.scratch.ints(len(from))[:0]
	for i, s := range from {
		if fails[i]&^allowed == 0 {
			out = append(out, s)
		}
	}
	return out
}

// count counts the values of a facet, the most frequent first.
func (v *view) count(f Facet, of []slot, most int) (Counts, bool) {
	if f == FacetProblems {
		n := v.scratch.ints(len(v.problemSets.dict.values))
		v.tally(n, v.problems, of)
		return top([]uint32{n[0], uint32(len(of)) - n[0]}, problematic.values, most), true
	}
	c, ok := v.facet(f, of)
	if !ok {
		return Counts{}, false
	}
	n := v.scratch.ints(len(c.values.values))
	if c.several == nil {
		v.tally(n, c.codes, of)
	} else {
		sets := v.scratch.ints(len(c.several.values))
		v.tally(sets, c.codes, of)
		for i, times := range sets {
			if times == 0 {
				continue
			}
			packed := c.several.values[i]
			for j := range len(packed) / 4 {
				n[member(packed, j)] += times
			}
		}
		n[0] = sets[0]
	}
	return top(n, c.values.values, most), true
}

// tally counts the numbers of some entities. It does so in four rows: a counter that is raised again at once is slow.
func (v *view) tally(n []uint32, codes []code, of []slot) {
	if len(n) > 1<<12 || len(of) < 1<<10 {
		for _, s := range of {
			n[codes[s]]++
		}
		return
	}
	rows := v.scratch.ints(3 * len(n))
	b, c, d := rows[:len(n)], rows[len(n):2*len(n)], rows[2*len(n):]
	for ; len(of) >= 4; of = of[4:] {
		n[codes[of[0]]]++
		b[codes[of[1]]]++
		c[codes[of[2]]]++
		d[codes[of[3]]]++
	}
	for _, s := range of {
		n[codes[s]]++
	}
	for i := range n {
		n[i] += b[i] + c[i] + d[i]
	}
}

// top picks the most frequent values, equal ones by their text.
func top(n []uint32, values []string, most int) Counts {
	out := Counts{None: int(n[0]), Values: make([]Count, 0, min(most, len(n)))}
	before := func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Value, b.Value)) }
	for i, times := range n[1:] {
		if times == 0 {
			continue
		}
		c := Count{values[i+1], int(times)}
		if len(out.Values) == most {
			out.More++
			if before(c, out.Values[most-1]) > 0 {
				continue
			}
			out.Values = out.Values[:most-1]
		}
		at, _ := slices.BinarySearchFunc(out.Values, c, before)
		out.Values = slices.Insert(out.Values, at, c)
	}
	return out
}

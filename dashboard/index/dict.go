package index

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync/atomic"
)

// code stands for a value of a column. 0 is the empty value.
type code = uint32

// dict gives values numbers, as long as somebody has them. It is changed under the index's lock.
type dict struct {
	codes   map[string]code
	values  []string
	users   []uint32 // how many have the value
	free    []code
	edition uint64 // counts values that came or went
	ranks   atomic.Pointer[ranks]
}

// ranks are the places of values in a sorted column.
type ranks struct {
	edition uint64
	of      []uint32 // by code
}

func newDict() *dict {
	return &dict{codes: map[string]code{}, values: []string{""}, users: []uint32{1}}
}

// take gives a value a number, and counts who has it.
func (d *dict) take(value string) code {
	if value == "" {
		return 0
	}
	c, ok := d.codes[value]
	if !ok {
		value = strings.Clone(value)
		if n := len(d.free); n > 0 {
			c, d.free = d.free[n-1], d.free[:n-1]
			d.values[c] = value
		} else {
			c = code(len(d.values))
			d.values, d.users = append(d.values, value), append(d.users, 0)
		}
		d.codes[value] = c
		d.edition++
	}
	d.users[c]++
	return c
}

// drop is the opposite of take; gone says that nobody has the value any more.
func (d *dict) drop(c code) (gone bool) {
	if c == 0 {
		return false
	}
	if d.users[c]--; d.users[c] > 0 {
		return false
	}
	delete(d.codes, d.values[c])
	d.values[c] = ""
	d.free = append(d.free, c)
	d.edition++
	return true
}

// swap puts another value in the place of one, and tells whether it is another.
func (d *dict) swap(at *code, value string) bool {
	if d.values[*at] == value {
		return false
	}
	old := *at
	*at = d.take(value)
	d.drop(old)
	return true
}

// find is the number of a value, if somebody has it.
func (d *dict) find(value string) (code, bool) {
	if value == "" {
		return 0, true
	}
	c, ok := d.codes[value]
	return c, ok
}

// ranked are the places of the values by an order; the empty value comes last.
func (d *dict) ranked(compare func(a, b string) int) []uint32 {
	if r := d.ranks.Load(); r != nil && r.edition == d.edition {
		return r.of
	}
	all := make([]code, 0, len(d.codes))
	for _, c := range d.codes {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b code) int {
		return cmp.Or(compare(d.values[a], d.values[b]), strings.Compare(d.values[a], d.values[b]))
	})
	of := make([]uint32, len(d.values))
	for i, c := range all {
		of[c] = uint32(i)
	}
	of[0] = uint32(len(all))
	d.ranks.Store(&ranks{d.edition, of})
	return of
}

// sets gives sets of values numbers: many entities have the same tags.
type sets struct {
	dict   *dict // of the codes of the values, put together
	values *dict
}

func newSets() sets { return sets{newDict(), newDict()} }

// swap puts another set in the place of one, and tells whether it is another. The values are sorted, each once.
func (s sets) swap(at *code, values []string) bool {
	if s.equal(*at, values) {
		return false
	}
	old := *at
	var packed []byte
	for _, v := range values {
		packed = binary.LittleEndian.AppendUint32(packed, s.values.take(v))
	}
	if found, ok := s.dict.codes[string(packed)]; ok {
		for _, v := range values { // the set has them already
			s.values.drop(s.values.codes[v])
		}
		s.dict.users[found]++
		*at = found
	} else {
		*at = s.dict.take(string(packed))
	}
	s.drop(old)
	return true
}

func (s sets) drop(c code) {
	packed := s.dict.values[c]
	if s.dict.drop(c) {
		for _, v := range codesIn(packed) {
			s.values.drop(v)
		}
	}
}

func (s sets) equal(c code, values []string) bool {
	packed := s.dict.values[c]
	if len(packed) != 4*len(values) {
		return false
	}
	for i, v := range values {
		if s.values.values[member(packed, i)] != v {
			return false
		}
	}
	return true
}

// of are the values of a set.
func (s sets) of(c code) []string {
	packed := s.dict.values[c]
	if packed == "" {
		return nil
	}
	out := make([]string, len(packed)/4)
	for i := range out {
		out[i] = s.values.values[member(packed, i)]
	}
	return out
}

// codesIn are the values of a set put together.
func codesIn(packed string) []code {
	out := make([]code, len(packed)/4)
	for i := range out {
		out[i] = member(packed, i)
	}
	return out
}

func member(packed string, i int) code {
	p := packed[4*i : 4*i+4]
	return code(p[0]) | code(p[1])<<8 | code(p[2])<<16 | code(p[3])<<24
}

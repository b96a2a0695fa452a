package index

import "slices"

// slot is where an entity is kept. A slot that is free is used again.
type slot = uint32

// order keeps all entities sorted. Changes are noted and put in place together, before the next reader.
type order struct {
	compare func(a, b slot) int // never 0 for two
	sorted  []slot
	place   []uint32 // of a slot in sorted
	fresh   []slot   // to be put in place
	stale   int      // how many of sorted are to be taken out: their place is nowhere
}

const nowhere = ^uint32(0)

func (o *order) add(s slot) {
	for len(o.place) <= int(s) {
		o.place = append(o.place, nowhere)
	}
	o.fresh = append(o.fresh, s)
}

// remove takes out a slot before what it is sorted by changes.
func (o *order) remove(s slot) {
	if o.place[s] == nowhere {
		i := slices.Index(o.fresh, s)
		o.fresh = slices.Delete(o.fresh, i, i+1)
		return
	}
	o.sorted[o.place[s]] = nowhere
	o.place[s] = nowhere
	o.stale++
}

// settle puts all in place.
func (o *order) settle() {
	if len(o.fresh) == 0 && o.stale == 0 {
		return
	}
	if o.stale > 0 {
		o.sorted = slices.DeleteFunc(o.sorted, func(s slot) bool { return s == nowhere })
		o.stale = 0
	}
	slices.SortFunc(o.fresh, o.compare)
	o.merge()
	o.fresh = o.fresh[:0]
	if cap(o.fresh) > 1<<12 {
		o.fresh = nil
	}
	for i, s := range o.sorted {
		o.place[s] = uint32(i)
	}
}

// merge puts fresh slots between the sorted ones, from the end: each run between two of them moves once.
func (o *order) merge() {
	end := len(o.sorted)
	o.sorted = append(o.sorted, o.fresh...)
	for i := len(o.fresh) - 1; i >= 0; i-- {
		at, _ := slices.BinarySearchFunc(o.sorted[:end], o.fresh[i], o.compare)
		copy(o.sorted[at+i+1:], o.sorted[at:end])
		o.sorted[at+i] = o.fresh[i]
		end = at
	}
}

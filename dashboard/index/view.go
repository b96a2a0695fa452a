package index

import (
	"math/bits"
	"sync"

	"github.com/callboard-dev/callboard/api/relation"
)

// view is the state as one reader may see it, during one question.
type view struct {
	*state
	may     Scopes
	scratch *scratch
	homes   []code // the Domain of each System by its number, if the reader may get it
}

// scratch is memory that questions use again.
type scratch struct {
	u32  []uint32
	u64  []uint64
	used [2]int
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (s *state) view(may Scopes, f func(*view)) {
	v := &view{state: s, may: may, scratch: scratches.Get().(*scratch)}
	v.scratch.used = [2]int{}
	f(v)
	scratches.Put(v.scratch)
}

// ints are n zeroes.
func (s *scratch) ints(n int) []uint32 { return cutOff(&s.u32, &s.used[0], n) }

// words are n zeroes.
func (s *scratch) words(n int) []uint64 { return cutOff(&s.u64, &s.used[1], n) }

// cutOff gives away a part of a block. A block that is too small is left to those who have parts of it.
func cutOff[T uint32 | uint64](block *[]T, used *int, n int) []T {
	if *used+n > len(*block) {
		*block, *used = make([]T, max(2*len(*block), n)), 0
	}
	out := (*block)[*used : *used+n : *used+n]
	*used += n
	clear(out)
	return out
}

// bitsOf is room for a bit of each slot.
func (v *view) bitsOf() []uint64 { return v.scratch.words((len(v.kinds) + 63) / 64) }

func withBit(set []uint64, s slot) []uint64 {
	for len(set) <= int(s/64) {
		set = append(set, 0)
	}
	set[s/64] |= 1 << (s % 64)
	return set
}

func has(set []uint64, s slot) bool { return set[s/64]&(1<<(s%64)) != 0 }

// slotsIn lists the bits that are set.
func (v *view) slotsIn(set []uint64) []slot {
	n := 0
	for _, w := range set {
		n += bits.OnesCount64(w)
	}
	out := v.scratch.ints(n)[:0]
	for i, w := range set {
		for ; w != 0; w &= w - 1 {
			out = append(out, slot(i*64+bits.TrailingZeros64(w)))
		}
	}
	return out
}

// readable are the entities of some kinds that the reader may get; of all kinds if none is named. It takes time for those
// entities, not for all.
func (v *view) readable(only []relation.Kind) []uint64 {
	out := v.bitsOf()
	for k := relation.API; k < kinds; k++ {
		if len(only) > 0 && !contains(only, k) {
			continue
		}
		scope, ok := v.may[k]
		switch {
		case !ok:
		case scope.All:
			for i, w := range v.ofKind[k] {
				out[i] |= w
			}
		default:
			for _, namespace := range scope.Namespaces {
				ns, found := v.dicts[colNamespace].find(namespace)
				if !found {
					continue
				}
				for _, s := range v.members[place{k, ns}] {
					out[s/64] |= 1 << (s % 64)
				}
			}
		}
	}
	return out
}

func contains(list []relation.Kind, k relation.Kind) bool {
	for _, l := range list {
		if l == k {
			return true
		}
	}
	return false
}

// domain is the Domain of an entity: its own, or that of its System if the reader may get the System.
func (v *view) domain(at slot) code {
	if own := v.columns[colDomain][at]; own != 0 {
		return own
	}
	c := v.columns[colSystem][at]
	if c == 0 || int(c) >= len(v.state.homes) || v.state.homes[c] == 0 {
		return 0
	}
	home := v.state.homes[c] - 1
	scope, ok := v.may[relation.System]
	if !ok || !scope.Includes(v.dicts[colNamespace].values[v.columns[colNamespace][home]]) {
		return 0
	}
	return v.columns[colDomain][home]
}

// domains is the column of the Domains of some entities.
func (v *view) domains(of []slot) []code {
	if v.homes == nil {
		v.homes = v.scratch.ints(len(v.state.homes) + 1)
		scope, ok := v.may[relation.System]
		for c, home := range v.state.homes {
			if home != 0 && ok && scope.Includes(v.dicts[colNamespace].values[v.columns[colNamespace][home-1]]) {
				v.homes[c] = v.columns[colDomain][home-1]
			}
		}
	}
	out, own, system := v.scratch.ints(len(v.kinds)), v.columns[colDomain], v.columns[colSystem]
	for _, s := range of {
		if out[s] = own[s]; out[s] == 0 && int(system[s]) < len(v.homes) {
			out[s] = v.homes[system[s]]
		}
	}
	return out
}

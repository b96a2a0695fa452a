package index

import (
	"slices"
	"sort"
	"strings"
)

// A posting says that an entity has a word, and in which fields: the slot, then a bit for each field.
type posting = uint32

const (
	fieldBits = 8
	maxSlots  = 1 << (32 - fieldBits)
)

// Fields, in the order of how much a word in them tells.
const (
	inName = iota
	inTitle
	inTag
	inOwner
	inDescription
	inside // the definition of an API
)

// vocabulary are all words of all entities. It is changed under the index's lock.
type vocabulary struct {
	texts    []string
	postings [][]posting // sorted
	free     []uint32
	sorted   []uint32          // by text, without the fresh
	fresh    map[string]uint32 // that came since the last settle
	empty    int               // how many of sorted have no posting
}

func newVocabulary() *vocabulary { return &vocabulary{fresh: map[string]uint32{}} }

// number is that of a word, which it gets if it has none.
func (v *vocabulary) number(word string) uint32 {
	if n, ok := v.find(word); ok {
		return n
	}
	word = strings.Clone(word)
	var n uint32
	if last := len(v.free) - 1; last >= 0 {
		n, v.free = v.free[last], v.free[:last]
		v.texts[n] = word
	} else {
		n = uint32(len(v.texts))
		v.texts, v.postings = append(v.texts, word), append(v.postings, nil)
	}
	v.fresh[word] = n
	return n
}

func (v *vocabulary) find(word string) (uint32, bool) {
	if n, ok := v.fresh[word]; ok {
		return n, true
	}
	at := v.from(word)
	if at < len(v.sorted) && v.texts[v.sorted[at]] == word {
		return v.sorted[at], true
	}
	return 0, false
}

// from is where the words begin that do not come before a text.
func (v *vocabulary) from(text string) int {
	return sort.Search(len(v.sorted), func(i int) bool { return v.texts[v.sorted[i]] >= text })
}

// change replaces the words of an entity.
func (v *vocabulary) change(s slot, old, now map[string]uint8) {
	for w := range old {
		if now[w] == 0 {
			v.unset(w, s)
		}
	}
	for w, fields := range now {
		if old[w] != fields {
			v.set(w, s, fields)
		}
	}
}

// set says in which fields an entity has a word.
func (v *vocabulary) set(word string, s slot, fields uint8) {
	n := v.number(word)
	list := v.postings[n]
	if _, fresh := v.fresh[word]; !fresh && len(list) == 0 {
		v.empty--
	}
	p := s<<fieldBits | posting(fields)
	at, _ := slices.BinarySearch(list, s<<fieldBits)
	if at < len(list) && list[at]>>fieldBits == s {
		list[at] = p
		return
	}
	v.postings[n] = slices.Insert(list, at, p)
}

func (v *vocabulary) unset(word string, s slot) {
	n, ok := v.find(word)
	if !ok {
		return
	}
	list := v.postings[n]
	at, _ := slices.BinarySearch(list, s<<fieldBits)
	if at == len(list) || list[at]>>fieldBits != s {
		return
	}
	if len(list) > 1 {
		v.postings[n] = slices.Delete(list, at, at+1)
		return
	}
	v.postings[n] = nil
	if _, fresh := v.fresh[word]; fresh {
		delete(v.fresh, word)
		v.texts[n] = ""
		v.free = append(v.free, n)
		return
	}
	v.empty++
}

// settle sorts in what came and takes out what nobody has any more.
func (v *vocabulary) settle() {
	if v.empty > 0 {
		v.sorted = slices.DeleteFunc(v.sorted, func(n uint32) bool {
			gone := len(v.postings[n]) == 0
			if gone {
				v.texts[n] = ""
				v.free = append(v.free, n)
			}
			return gone
		})
		v.empty = 0
	}
	if len(v.fresh) == 0 {
		return
	}
	fresh := make([]uint32, 0, len(v.fresh))
	for _, n := range v.fresh {
		fresh = append(fresh, n)
		v.postings[n] = slices.Clip(v.postings[n])
	}
	slices.SortFunc(fresh, func(a, b uint32) int { return strings.Compare(v.texts[a], v.texts[b]) })
	end := len(v.sorted)
	v.sorted = append(v.sorted, fresh...)
	for i := len(fresh) - 1; i >= 0; i-- {
		at := sort.Search(end, func(j int) bool { return v.texts[v.sorted[j]] >= v.texts[fresh[i]] })
		copy(v.sorted[at+i+1:], v.sorted[at:end])
		v.sorted[at+i] = fresh[i]
		end = at
	}
	v.fresh = map[string]uint32{}
}

// with are the words that begin with a text.
func (v *vocabulary) with(prefix string) []uint32 {
	from := v.from(prefix)
	n := sort.Search(len(v.sorted)-from, func(i int) bool { return !strings.HasPrefix(v.texts[v.sorted[from+i]], prefix) })
	return v.sorted[from : from+n]
}

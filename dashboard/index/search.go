package index

import (
	"maps"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// The bounds of a search.
const (
	maxHits, defaultHits = 100, 10
	maxMatch             = 160 // bytes of a text that matched
	maxPlaces            = 4   // in one definition, besides the best
)

// Ranks of what matched, the best first: that of the word that stands least in sight.
const (
	rankExact = iota // the whole name
	rankPrefix
	rankField // the fields follow, from inName on
	ranksEnd  = rankField + inside + 1
)

// fieldNames are the fields as a Hit tells them.
var fieldNames = [...]string{inName: "name", inTitle: "title", inTag: "tag", inOwner: "owner", inDescription: "description"}

// Search finds a text as it is typed: each of its words begins a word of the entity, or of the definition of the API. The
// best come first: the whole name, the beginning of the name, then name, title, tag, owner, description, definition; equal
// ones by name. The limit is 10 if zero or less, and at most 100.
func (ix *Index) Search(text string, may Scopes, limit int) []Hit {
	words := typed(text)
	if len(words) == 0 {
		return nil
	}
	var hits []Hit
	ix.read(func(s *state) {
		s.view(may, func(v *view) { hits = v.search(words, bounded(limit, defaultHits, maxHits)) })
	})
	return hits
}

func (v *view) search(typed []string, limit int) []Hit {
	readable, telling := v.readable(nil), distinct(typed)
	var found []slot
	var worst []uint32
	// What has all words in its name comes first: if there is enough of it, nothing else is looked for.
	for _, from := range [][]*vocabulary{{v.named}, {v.named, v.words, v.inside}} {
		worst = v.scratch.ints(len(v.kinds))
		set := readable
		for _, w := range telling {
			set = v.rank(set, w, from, worst)
		}
		if found = v.slotsIn(set); len(found) >= limit {
			break
		}
	}
	ranks := v.scratch.ints(len(found))
	var times [ranksEnd]int
	for i, s := range found {
		r := rankField + int(worst[s])
		if worst[s] == inName {
			r = rankOfName(v.names[s], typed)
		}
		ranks[i] = uint32(r)
		times[r]++
	}
	var byRank [ranksEnd][]slot
	for r, n := range times {
		byRank[r] = v.scratch.ints(n)[:0]
	}
	for i, s := range found {
		byRank[ranks[i]] = append(byRank[ranks[i]], s)
	}
	var hits []Hit
	for r, slots := range byRank {
		for _, s := range v.cut(slots, &v.byName, false, 0, limit-len(hits)) {
			hits = append(hits, v.hit(s, max(r-rankField, inName), telling))
		}
		if len(hits) == limit {
			break
		}
	}
	return hits
}

// rank narrows a set to those that have a word beginning with w. Of these it notes the least telling field so far.
func (v *view) rank(set []uint64, w string, from []*vocabulary, worst []uint32) []uint64 {
	next, best := v.bitsOf(), v.scratch.ints(len(v.kinds))
	for _, words := range from {
		for _, n := range words.with(w) {
			for _, p := range words.postings[n] {
				s := p >> fieldBits
				next[s/64] |= 1 << (s % 64)
				best[s] |= p & (1<<fieldBits - 1)
			}
		}
	}
	for i := range next {
		next[i] &= set[i]
		for left := next[i]; left != 0; left &= left - 1 {
			s := i*64 + bits.TrailingZeros64(left)
			worst[s] = max(worst[s], uint32(bits.TrailingZeros32(best[s])))
		}
	}
	return next
}

// rankOfName tells the whole name, and its beginning, from words anywhere in it.
func rankOfName(name string, typed []string) int {
	if !strings.HasPrefix(name, typed[0]) { // names have no capitals, and begin with a word
		return rankField + inName
	}
	if len(typed) == 1 && len(typed[0]) < maxWord { // as most are
		if len(name) == len(typed[0]) {
			return rankExact
		}
		return rankPrefix
	}
	i := 0
	whole, begins := true, true
	words(name, func(w string) {
		if i < len(typed) {
			begins = begins && strings.HasPrefix(w, typed[i]) && (i == len(typed)-1 || w == typed[i])
			whole = whole && w == typed[i]
		}
		i++
	})
	switch {
	case whole && i == len(typed):
		return rankExact
	case begins && i >= len(typed):
		return rankPrefix
	}
	return rankField + inName
}

// hit tells where the words stand that are the least in sight.
func (v *view) hit(s slot, field int, words []string) Hit {
	h := Hit{Row: v.row(s, v)}
	if field == inside {
		v.hitInside(s, words, &h)
		return h
	}
	h.Field = fieldNames[field]
	switch field {
	case inName:
		h.Match = v.names[s]
	case inTitle:
		h.Match = excerpt(v.title(s), words)
	case inTag:
		h.Match = v.bestTag(s, words)
	case inOwner:
		h.Match = nameIn(string(h.Row.Owner))
	case inDescription:
		h.Match = excerpt(v.description(s), words)
	}
	return h
}

func (v *view) bestTag(s slot, typed []string) string {
	best, most := "", 0
	for _, tag := range v.tagSets.of(v.tags[s]) {
		if n := matches(tag, typed); n > most {
			best, most = tag, n
		}
	}
	return best
}

// hitInside finds the term that most words match; of several, the one of the kind that tells most, then the first.
func (v *view) hitInside(s slot, typed []string, h *Hit) {
	d := v.definitions[s]
	if d == nil {
		return
	}
	least := v.onlyInside(s, typed)
	best, bestKind := 0, 0
	eachTerm(d.packed, func(kind int, text, anchor string) {
		if best == len(typed) && kind >= bestKind {
			return
		}
		if matches(text, least) == 0 {
			return
		}
		if n := matches(text, typed); n > best || n == best && kind < bestKind {
			best, bestKind = n, kind
			h.Field, h.Match, h.Anchor = string(termKinds[kind]), text, anchor
		}
	})
	h.Places = places(d.packed, typed, least, best, h.Anchor)
}

// places are those of the terms of other parts of a definition that match as many words as the best, in their order.
func places(packed string, typed, least []string, best int, known string) []Place {
	var out []Place
	eachTerm(packed, func(kind int, text, anchor string) {
		switch {
		case len(out) == maxPlaces, anchor == known, matches(text, least) == 0, matches(text, typed) < best:
		case slices.ContainsFunc(out, func(p Place) bool { return p.Anchor == anchor }):
		default:
			out = append(out, Place{string(termKinds[kind]), text, anchor})
		}
	})
	return out
}

// onlyInside are those of the words that nothing but the definition has.
func (v *view) onlyInside(s slot, typed []string) []string {
	own := v.wordsOf(s)
	maps.Copy(own, v.wordsOfName(s))
	return slices.DeleteFunc(slices.Clone(typed), func(t string) bool {
		for w := range own {
			if strings.HasPrefix(w, t) {
				return true
			}
		}
		return false
	})
}

// matches counts the words that are typed that begin a word of a text.
func matches(text string, typed []string) int {
	n := 0
	for _, t := range typed {
		found := false
		words(text, func(w string) { found = found || strings.HasPrefix(w, t) })
		if found {
			n++
		}
	}
	return n
}

// excerpt is a text if it is short, else the part around the first word that matches.
func excerpt(text string, typed []string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxMatch {
		return text
	}
	start := 0
	for at, rest := 0, text; ; {
		word, after, more := strings.Cut(rest, " ")
		if matches(word, typed) > 0 {
			start = at
			break
		}
		if !more {
			break
		}
		at, rest = at+len(word)+1, after
	}
	begin := max(0, start-maxMatch/4)
	for begin > 0 && begin < start && text[begin-1] != ' ' {
		begin++
	}
	out := text[begin:min(len(text), begin+maxMatch)]
	for !utf8.ValidString(out) && len(out) > maxMatch-utf8.UTFMax {
		out = out[:len(out)-1]
	}
	if begin > 0 {
		out = "… " + out
	}
	if begin+maxMatch < len(text) {
		out += "…"
	}
	return out
}

package reference

import (
	"encoding/json"
	"iter"
	"net/url"
	"strings"
)

// kind is what a part of a document is.
type kind uint8

const (
	none kind = iota
	null
	boolean
	number
	text
	list
	object
	alias // child is what it stands for
)

// node is a part of a document in YAML or JSON: an index into the records of its tree. 0 is nothing.
type node int32

// span is a part of a text.
type span struct{ from, to uint32 }

// record is a node as it is held. 13 MB of JSON are 600,000 of them: each field is there for a reason.
type record struct {
	key, val    span // in the tree's text; val is empty of lists and objects from YAML
	child, next node
	line        uint32
	kind        kind
	escaped     bool // val is JSON and has a backslash
	keyEscaped  bool
	merges      bool // an object that has a member <<
}

// recordSize is what a record costs in memory.
const recordSize = 36

// tree is a document. It never changes, so that many may read it.
type tree struct {
	text    string // what the spans are of
	records []record
	yaml    bool // the text is not that of the definition
	root    node
}

// cost is how many bytes of memory the tree holds.
func (t *tree) cost() int { return len(t.text) + recordSize*cap(t.records) }

func (t *tree) add(r record) node {
	t.records = append(t.records, r)
	return node(len(t.records) - 1)
}

// reader reads a tree for one page, and bounds what that may cost.
type reader struct {
	*tree
	left int             // how many members and elements may still be looked at
	refs map[string]node // what references were followed to
}

func (t *tree) reader(budget int) *reader {
	return &reader{tree: t, left: budget, refs: map[string]node{}}
}

// plain returns what an alias stands for, or the node itself.
func (r *reader) plain(n node) node {
	for range refHops {
		if r.records[n].kind != alias {
			return n
		}
		n = r.records[n].child
	}
	return 0
}

func (r *reader) kind(n node) kind { return r.records[r.plain(n)].kind }

func (r *reader) isObject(n node) bool { return r.kind(n) == object }

// line is where a part begins.
func (r *reader) line(n node) int { return int(r.records[n].line) }

// spend takes one from the budget and tells whether it was there.
func (r *reader) spend() bool {
	r.left--
	return r.left >= 0
}

// members yields those of an object in the order of the text, then those that it merges in; of any other part none.
func (r *reader) members(n node) iter.Seq2[string, node] {
	return func(yield func(string, node) bool) {
		n := r.plain(n)
		if r.records[n].kind != object {
			return
		}
		if r.records[n].merges {
			r.merged(n, mergeDepth, map[string]bool{}, yield)
			return
		}
		for c := r.records[n].child; c != 0; c = r.records[c].next {
			if !r.spend() || !yield(r.key(c), c) {
				return
			}
		}
	}
}

// merged yields the members of an object and of what stands at <<; of those of one name the first.
func (r *reader) merged(n node, depth int, seen map[string]bool, yield func(string, node) bool) bool {
	if n = r.plain(n); depth == 0 {
		return true
	}
	var from []node
	for c := r.records[n].child; c != 0; c = r.records[c].next {
		key := r.key(c)
		switch {
		case !r.spend():
			return false
		case r.records[n].kind == list || key == mergeKey:
			from = append(from, c)
		case !seen[key]:
			seen[key] = true
			if !yield(key, c) {
				return false
			}
		}
	}
	for _, c := range from {
		if !r.merged(c, depth-1, seen, yield) {
			return false
		}
	}
	return true
}

// elements yields those of a list, and of any other part none.
func (r *reader) elements(n node) iter.Seq[node] {
	return func(yield func(node) bool) {
		n := r.plain(n)
		if r.records[n].kind != list {
			return
		}
		for c := r.records[n].child; c != 0; c = r.records[c].next {
			if !r.spend() || !yield(c) {
				return
			}
		}
	}
}

// key is the name of a member.
func (r *reader) key(n node) string {
	rec := &r.records[n]
	return unescaped(r.tree.text[rec.key.from:rec.key.to], rec.keyEscaped)
}

// unescaped is what stands between the quotes of a JSON string.
func unescaped(s string, escaped bool) string {
	if !escaped {
		return s
	}
	var out string
	if json.Unmarshal([]byte(`"`+s+`"`), &out) != nil {
		return s
	}
	return out
}

// get follows names through objects; 0 if there is nothing.
func (r *reader) get(n node, names ...string) node {
	for _, name := range names {
		if n = r.member(n, name); n == 0 {
			return 0
		}
	}
	return n
}

func (r *reader) member(n node, name string) node {
	for key, c := range r.members(n) {
		if key == name {
			return c
		}
	}
	return 0
}

// has tells whether an object has a member.
func (r *reader) has(n node, name string) bool { return r.member(n, name) != 0 }

// scalar is what a part says, as it is written; of null, lists and objects nothing.
func (r *reader) scalar(n node) string {
	rec := &r.records[r.plain(n)]
	switch rec.kind {
	case text, number, boolean:
		return unescaped(r.tree.text[rec.val.from:rec.val.to], rec.escaped)
	}
	return ""
}

// text is the scalar below a part.
func (r *reader) text(n node, names ...string) string { return r.scalar(r.get(n, names...)) }

// truth tells whether a scalar below a part says true.
func (r *reader) truth(n node, names ...string) bool {
	return strings.EqualFold(r.text(n, names...), "true")
}

// texts are the scalars of a list, or a scalar alone.
func (r *reader) texts(n node) []string {
	var out []string
	for c := range r.elements(n) {
		if s := r.scalar(c); s != "" {
			out = append(out, s)
		}
	}
	if s := r.scalar(n); s != "" {
		out = append(out, s)
	}
	return out
}

// follow returns what a part refers to within the document, and the last reference. It returns the part itself if that
// refers to nothing, and 0 if what it refers to is not there, is elsewhere, or never ends.
func (r *reader) follow(n node) (target node, ref string) {
	for range refHops {
		next := r.text(n, "$ref")
		if next == "" {
			return n, ref
		}
		ref = next
		if n = r.target(ref); n == 0 {
			return 0, ref
		}
	}
	return 0, ref
}

// to is what a part refers to, or the part itself.
func (r *reader) to(n node) node {
	n, _ = r.follow(n)
	return n
}

// target finds what a reference such as #/components/schemas/Pet points to.
func (r *reader) target(ref string) node {
	if n, ok := r.refs[ref]; ok {
		return n
	}
	n := r.find(ref)
	r.refs[ref] = n
	return n
}

func (r *reader) find(ref string) node {
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok || strings.Count(pointer, "/") > refDepth {
		return 0
	}
	n := r.root
	for part := range strings.SplitSeq(pointer, "/") {
		name := part
		if plain, err := url.PathUnescape(part); err == nil {
			name = plain
		}
		if n = r.step(n, pointerName.Replace(name)); n == 0 {
			return 0
		}
	}
	return r.plain(n)
}

// step goes from a part to a member of that name, or to the element of that number.
func (r *reader) step(n node, name string) node {
	if r.kind(n) != list {
		return r.member(n, name)
	}
	i := 0
	for c := range r.elements(n) {
		if name == decimal(i) {
			return c
		}
		i++
	}
	return 0
}

var pointerName = strings.NewReplacer("~1", "/", "~0", "~")

// The bounds of following what a document refers to.
const (
	refHops, refDepth = 8, 16
	mergeDepth        = 8
	mergeKey          = "<<"
)

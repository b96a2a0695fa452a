package reference

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callboard-dev/callboard/dashboard/markdown"
)

// The lengths of what an overview says of an entry.
const (
	maxName    = 300
	maxSummary = 160
	maxAnchor  = 80
)

// contents collects the entries of a document.
type contents struct {
	doc     *Document
	byGroup map[string]int
	entries [][]entry
}

func newContents(d *Document) *contents {
	d.anchors, d.targets = map[string]int{}, map[string]int{}
	return &contents{doc: d, byGroup: map[string]int{}}
}

// group returns the number of a group, which is made if there is none of that name.
func (c *contents) group(name, description string) int {
	name = markdown.Line(name, maxName)
	if i, ok := c.byGroup[name]; ok {
		return i
	}
	c.byGroup[name] = len(c.doc.groups)
	c.doc.groups = append(c.doc.groups, group{name: name, description: description})
	c.entries = append(c.entries, nil)
	return len(c.doc.groups) - 1
}

// add adds an entry to a group. The anchor is made of the name; what else leads to the entry are targets.
func (c *contents) add(group int, e entry, anchor string) {
	if len(c.doc.anchors) >= maxEntries {
		c.doc.more++
		return
	}
	e.name, _ = markdown.Cut(strings.Clone(e.name), maxName)
	e.summary = strings.Clone(markdown.Line(e.summary, maxSummary))
	e.anchor = c.unique(slug(anchor))
	e.group = int32(group)
	c.doc.anchors[e.anchor] = -1
	c.entries[group] = append(c.entries[group], e)
}

// unique returns an anchor that no entry has: the first of a name has it as it is, the others a number behind it.
func (c *contents) unique(anchor string) string {
	if _, taken := c.doc.anchors[anchor]; !taken {
		return anchor
	}
	for i := 2 + c.doc.anchors["\x00"+anchor]; ; i++ {
		numbered := anchor + "-" + strconv.Itoa(i)
		if _, taken := c.doc.anchors[numbered]; !taken {
			c.doc.anchors["\x00"+anchor] = i - 1
			return numbered
		}
	}
}

// done puts the entries in the order of their groups, and takes away groups without any.
func (c *contents) done() {
	d := c.doc
	c.settle()
	clear(d.anchors)
	kept, ids := d.groups[:0], map[string]bool{}
	for i, g := range d.groups {
		if len(c.entries[i]) == 0 {
			continue
		}
		g.id, g.first = "group-"+slug(g.name), len(d.entries)
		if ids[g.id] {
			g.id += "-" + decimal(i)
		}
		ids[g.id] = true
		kept = append(kept, g)
		for _, e := range c.entries[i] {
			e.group = int32(len(kept) - 1)
			d.anchors[e.anchor] = len(d.entries)
			d.entries = append(d.entries, e)
		}
	}
	d.groups = kept
}

// target notes that a reference, or a name, means the entry that was added last to a group.
func (c *contents) target(group int, ref string) {
	if n := len(c.entries[group]); n > 0 {
		if _, ok := c.doc.targets[ref]; !ok {
			c.doc.targets[ref] = group<<32 | (n - 1)
		}
	}
}

// settle turns the notes of target into places in the list of entries.
func (c *contents) settle() {
	first, starts := 0, make([]int, len(c.entries))
	for i := range c.entries {
		starts[i] = first
		first += len(c.entries[i])
	}
	for ref, at := range c.doc.targets {
		c.doc.targets[ref] = starts[at>>32] + at&(1<<32-1)
	}
}

// slug makes a text fit for an address and an id: letters, digits, hyphens, underscores and dots.
func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		if b.WriteRune(r); b.Len() >= maxAnchor {
			break
		}
	}
	if out := strings.Trim(b.String(), "."); out != "" {
		return out
	}
	return "item"
}

func decimal(i int) string { return strconv.Itoa(i) }

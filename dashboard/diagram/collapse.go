package diagram

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// grouping is what entities that are drawn as one have in common.
type grouping struct {
	by   string
	home func(relation.Ref) relation.Ref
}

// collapse draws entities together until there are no more boxes than the limit, and no more lines than can be drawn: the
// largest groups first, by one grouping after the other, then by kind, and then all that is left. The focus stays.
func (s Source) collapse(d *Diagram, limit int, by []grouping) {
	limit = Options{Nodes: limit}.bounded().Nodes
	c := collapsing{Source: s, d: d, limit: limit, before: len(d.Nodes)}
	for _, g := range by {
		c.round(g.by, "by "+g.by, func(n Node) (string, Node) {
			home := relation.Ref{}
			if n.Collapsed == 0 {
				home = g.home(n.Ref)
			}
			if home.IsZero() {
				return "", Node{}
			}
			id := "+" + home.String()
			return id, Node{ID: id, Ref: home, Kind: home.Kind}
		})
	}
	c.round("kind", "by kind", func(n Node) (string, Node) {
		if n.Collapsed > 0 {
			return "", Node{}
		}
		id := "+" + n.Kind.String()
		return id, Node{ID: id, Kind: n.Kind, Label: "Others"}
	})
	c.round("rest", "as the rest", func(Node) (string, Node) {
		return "+", Node{ID: "+", Label: "Others"}
	})
	c.tell()
	s.dress(d)
}

type collapsing struct {
	Source
	d      *Diagram
	limit  int
	before int
	how    []string
}

func (c *collapsing) over() bool { return len(c.d.Nodes) > c.limit || lines(c.d.Edges) > maxEdges }

// lines counts the edges that are drawn as lines.
func lines(edges []Edge) int {
	n := 0
	for _, e := range edges {
		if !strings.HasPrefix(e.To, boxPrefix) {
			n++
		}
	}
	return n
}

// heap is what one node may stand for.
type heap struct {
	node    Node
	members []Node
}

// round draws the members of groups as one, the largest group first, as long as there are too many boxes.
func (c *collapsing) round(name, how string, group func(Node) (string, Node)) {
	if !c.over() {
		return
	}
	heaps := map[string]*heap{}
	for _, n := range c.d.Nodes {
		id, to := group(n)
		if n.Focus || id == "" {
			continue
		}
		if heaps[id] == nil {
			heaps[id] = &heap{node: to}
		}
		heaps[id].members = append(heaps[id].members, n)
	}
	into := map[string]string{}
	var added []Node
	excess, edges := len(c.d.Nodes)-c.limit, lines(c.d.Edges) > maxEdges
	for _, h := range largest(heaps, name == "rest", excess) {
		if excess <= 0 && !edges || len(h.members) < 2 {
			continue
		}
		for _, n := range h.members {
			into[n.ID] = h.node.ID
		}
		h.count()
		added = append(added, h.node)
		excess -= len(h.members) - 1
	}
	if len(added) > 0 {
		c.how = append(c.how, how)
		c.replace(into, added)
	}
}

// largest puts heaps in the order in which they are drawn as one. The rest takes only as many nodes as it must: the last
// in the order of what they stand for.
func largest(heaps map[string]*heap, rest bool, excess int) []*heap {
	out := make([]*heap, 0, len(heaps))
	for _, h := range heaps {
		slices.SortFunc(h.members, func(a, b Node) int { return strings.Compare(a.ID, b.ID) })
		if rest && excess > 0 && excess+1 < len(h.members) {
			h.members = h.members[len(h.members)-excess-1:]
		}
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b *heap) int {
		return cmp.Or(cmp.Compare(len(b.members), len(a.members)), strings.Compare(a.node.ID, b.node.ID))
	})
	return out
}

// count counts the entities of a heap and says of which kinds they are.
func (h *heap) count() {
	kind, mixed := h.members[0].Kind, false
	for _, n := range h.members {
		h.node.Collapsed += max(1, n.Collapsed)
		mixed = mixed || n.Kind != kind || n.Collapsed > 0
	}
	h.node.Sub = plural(h.node.Collapsed, kind.ObjectKind())
	if mixed {
		h.node.Sub = fmt.Sprintf("%d entities", h.node.Collapsed)
	}
}

// replace draws nodes as others. Edges between what is one now are gone; those that are alike are counted as one.
func (c *collapsing) replace(into map[string]string, added []Node) {
	d := c.d
	d.Nodes = slices.DeleteFunc(d.Nodes, func(n Node) bool { return into[n.ID] != "" })
	used := d.used()
	for _, n := range added {
		if box := boxPrefix + n.ID[1:]; used[box] { // something else is still in it
			n.Cluster = box
		}
		d.Nodes = append(d.Nodes, n)
	}
	type ends struct {
		from, to, label string
		relation        catalog.RelationType
	}
	sums, edges := make(map[ends]int, len(d.Edges)), d.Edges[:0] // what is written has been read
	for _, e := range d.Edges {
		e.From, e.To = cmp.Or(into[e.From], e.From), cmp.Or(into[e.To], e.To)
		if e.From == e.To || strings.HasPrefix(e.From, "+") && e.To == boxPrefix+e.From[1:] {
			continue
		}
		key := ends{e.From, e.To, e.Label, e.Type}
		at, met := sums[key]
		if !met {
			sums[key] = len(edges)
			edges = append(edges, e)
			continue
		}
		edges[at].Count += e.Count
		edges[at].Denied += e.Denied
	}
	d.Edges = edges
	d.clusters()
}

// clusters drops the boxes that nothing is in any more, with the edges that lead to them.
func (d *Diagram) clusters() {
	used := d.used()
	d.Clusters = slices.DeleteFunc(d.Clusters, func(c Cluster) bool { return !used[c.ID] })
	d.Edges = slices.DeleteFunc(d.Edges, func(e Edge) bool {
		return strings.HasPrefix(e.To, boxPrefix) && !used[e.To]
	})
}

// used are the boxes that something is in.
func (d *Diagram) used() map[string]bool {
	used := map[string]bool{}
	for _, n := range d.Nodes {
		used[n.Cluster] = true
	}
	return used
}

// tell says what is drawn as one, and drops lines where there are still too many.
func (c *collapsing) tell() {
	if len(c.how) > 0 {
		c.d.Truncated = append(c.d.Truncated, fmt.Sprintf("%d entities are drawn as %d boxes: many are drawn as one, %s",
			c.before, len(c.d.Nodes), strings.Join(c.how, ", then ")))
	}
	slices.SortFunc(c.d.Edges, compareEdges)
	slices.SortFunc(c.d.Nodes, func(a, b Node) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(c.d.Clusters, func(a, b Cluster) int { return strings.Compare(a.ID, b.ID) })
	c.bound()
}

// bound drops lines where there are still too many: first those that lead neither to the focus nor from it and of which
// nothing is denied, then what is not denied, and then what is left.
func (c *collapsing) bound() {
	over := lines(c.d.Edges) - maxLines(c.limit)
	if over <= 0 {
		return
	}
	focus := ""
	for _, n := range c.d.Nodes {
		if n.Focus {
			focus = n.ID
		}
	}
	for _, weight := range []int{0, 1, 2} {
		c.d.Edges = slices.DeleteFunc(c.d.Edges, func(e Edge) bool {
			drop := over > 0 && !strings.HasPrefix(e.To, boxPrefix) && e.weight(focus) == weight
			if drop {
				over--
			}
			return drop
		})
	}
	c.d.Truncated = append(c.d.Truncated, fmt.Sprintf("There are more than %d relations: some are left out", maxLines(c.limit)))
}

// weight says how much an edge is missed if it is not drawn.
func (e Edge) weight(focus string) int {
	switch {
	case e.Denied > 0:
		return 2
	case e.From == focus, e.To == focus:
		return 1
	}
	return 0
}

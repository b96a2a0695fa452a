package diagram

import (
	"fmt"

	"github.com/callboard-dev/callboard/api/relation"
)

// Organisation draws the Groups below a Group, or all if it is zero; false if the Group is not there or may not be shown.
// Where there are too many, the lowest are counted at the ones above them.
func (s Source) Organisation(root relation.Ref, nodes int) (Diagram, bool) {
	d := Diagram{Title: "All Groups"}
	var level []relation.Ref
	if root.IsZero() {
		for _, r := range s.all(relation.Group) {
			if s.first(r, child, relation.Group).IsZero() {
				level = append(level, r)
			}
		}
		level = append(level, s.onCycles(level)...)
	} else {
		if root.Kind != relation.Group || !s.sees(root) {
			return Diagram{}, false
		}
		d.Title = "Groups of " + root.String()
		level = []relation.Ref{root}
	}
	t := tree{Source: s, limit: Options{Nodes: nodes}.bounded().Nodes, seen: map[relation.Ref]bool{}}
	t.grow(&d, level, root)
	return d, true
}

// onCycles is one Group of each cycle, the first in order: else nobody would draw them.
func (s Source) onCycles(roots []relation.Ref) []relation.Ref {
	seen := map[relation.Ref]bool{}
	s.below(roots, seen)
	var out []relation.Ref
	for _, r := range s.all(relation.Group) {
		if !seen[r] {
			out = append(out, r)
			s.below([]relation.Ref{r}, seen)
		}
	}
	return out
}

// below adds Groups and all below them to those that are seen, and says how many there are.
func (s Source) below(from []relation.Ref, seen map[relation.Ref]bool) int {
	count := 0
	for left := from; len(left) > 0; left = left[1:] {
		if r := left[0]; !seen[r] {
			seen[r] = true
			count++
			left = append(left[:len(left):len(left)], s.related(r, "parentOf")...)
		}
	}
	return count
}

// tree is drawn level by level.
type tree struct {
	Source
	limit int
	seen  map[relation.Ref]bool
}

func (t tree) grow(d *Diagram, level []relation.Ref, focus relation.Ref) {
	for len(level) > 0 {
		left := t.limit - len(d.Nodes)
		if len(level) > left {
			t.rest(d, level, left)
			return
		}
		var next []relation.Ref
		for _, r := range level {
			t.seen[r] = true
			n := t.node(r)
			n.Focus = r == focus
			d.Nodes = append(d.Nodes, n)
		}
		for _, r := range level {
			for _, c := range t.related(r, "parentOf") {
				d.Edges = append(d.Edges, Edge{From: c.String(), To: r.String(), Type: child, Label: words(child), Count: 1})
				if !t.seen[c] {
					t.seen[c] = true
					next = append(next, c)
				}
			}
		}
		level = next
	}
}

// rest draws what there is no room for: at each Group of the level before, how many are below it, or, where there is no
// level before, the first of the level and how many more there are.
func (t tree) rest(d *Diagram, level []relation.Ref, left int) {
	all := map[relation.Ref]bool{}
	for _, n := range d.Nodes {
		all[n.Ref] = true
	}
	if len(d.Nodes) == 0 {
		all[relation.Ref{}] = true
		for _, r := range level[:left-1] {
			all[r] = true
			d.Nodes = append(d.Nodes, t.node(r))
		}
		level = level[left-1:]
		n := t.below(level, all)
		d.Nodes = append(d.Nodes, Node{ID: "+", Kind: relation.Group, Label: "Others", Sub: plural(n, "Group"), Collapsed: n})
	}
	hidden := 0
	for i, n := range d.Nodes {
		if n.Collapsed > 0 {
			hidden += n.Collapsed
			continue
		}
		if below := t.below(t.related(n.Ref, "parentOf"), all); below > 0 {
			d.Nodes[i].Sub = plural(below, "Group") + " below"
			hidden += below
		}
	}
	d.Edges = within(d.Nodes, d.Edges)
	d.Truncated = append(d.Truncated, fmt.Sprintf("%s: %d are drawn, the others are counted where they belong",
		plural(hidden+len(d.Nodes), "Group"), len(d.Nodes)))
}

// within are the edges whose ends are both drawn.
func within(nodes []Node, edges []Edge) []Edge {
	drawn := map[string]bool{}
	for _, n := range nodes {
		drawn[n.ID] = true
	}
	var out []Edge
	for _, e := range edges {
		if drawn[e.From] && drawn[e.To] {
			out = append(out, e)
		}
	}
	return out
}

package diagram

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/callboard-dev/callboard/dashboard/diagram/graphviz"
)

// The measures of boxes, in pixels. Graphviz' points are taken for pixels.
const (
	pad       = 12 // between the border of a box and what is in it
	iconSize  = 16
	gap       = 8  // between the icon and the text
	markRoom  = 16 // of the sign for the health
	minText   = 76
	maxLabel  = 196
	boxHeight = 46
	margin    = 12
	labelled  = 28 // more lines than these have no words beside them, except denied ones: words take as long to place as boxes
	leafFan   = 6  // more leaves than these at one node stand in several columns
)

// shape is a node with its texts as they fit.
type shape struct {
	Node
	label, sub string
	width      float64
}

func shapeOf(n Node) shape {
	s := shape{Node: n}
	s.label = strong.fit(clean(n.Label), maxLabel)
	s.sub = small.fit(describe(n), maxLabel)
	s.width = math.Ceil(max(minText, strong.width(s.label), small.width(s.sub))) + 2*pad + iconSize + gap
	if healthWord(n) != "" {
		s.width += markRoom
	}
	return s
}

// describe says what a node is, in the second line of its box.
func describe(n Node) string {
	sub := clean(n.Sub)
	switch {
	case n.Collapsed > 0:
		return sub
	case sub == "":
		return n.Kind.ObjectKind()
	}
	return n.Kind.ObjectKind() + " · " + sub
}

// words beside a line, empty if there are none.
func (e Edge) text(all bool) string {
	switch e.access() {
	case "denied":
		return "✕ denied"
	case "denied in part":
		return fmt.Sprintf("✕ %d of %d denied", e.Denied, e.Count)
	}
	switch {
	case !all:
		return ""
	case e.Count > 1:
		return small.fit(fmt.Sprintf("%s (%d)", clean(e.Label), e.Count), maxLabel)
	}
	return small.fit(clean(e.Label), maxLabel)
}

// plan is a diagram as it is placed: nodes, boxes and lines by number.
type plan struct {
	Diagram
	shapes []shape
	lines  []Edge // those that are drawn
	texts  []string
	number map[string]int // of nodes, by ID
	dot    []byte         // what is placed, in the first of the ways
}

func planOf(d Diagram) plan {
	p := plan{Diagram: d.normal(), number: map[string]int{}}
	for i, n := range p.Nodes {
		p.shapes = append(p.shapes, shapeOf(n))
		p.number[n.ID] = i
	}
	for _, e := range p.Edges {
		_, from := p.number[e.From]
		_, to := p.number[e.To]
		if from && to {
			p.lines = append(p.lines, e)
		}
	}
	for _, e := range p.lines {
		p.texts = append(p.texts, e.text(len(p.lines) <= labelled && e.Type != child))
	}
	p.dot = p.input(ways[0])
	return p
}

// ways to have a diagram placed. With clusters Graphviz now and then puts nodes onto each other: then the next is tried.
var ways = []string{"", "newrank=true;", loose}

// loose is the way without clusters: nodes never overlap.
const loose = "compound=false;"

// input is what Graphviz places: sizes and numbers, and not one word of others.
func (p plan) input(way string) []byte {
	var b strings.Builder
	b.WriteString("digraph{" + way + "rankdir=LR;nodesep=0.22;ranksep=0.55;margin=0;fontname=Courier;fontsize=12;node[shape=box,fixedsize=true,label=\"\"];edge[arrowsize=0.7,fontname=Courier,fontsize=12];\n")
	in := map[string]string{}
	for i, s := range p.shapes {
		line := fmt.Sprintf("n%d[width=%s,height=%s];", i, inches(s.width), inches(boxHeight))
		in[s.Cluster] += line
	}
	b.WriteString(in[""])
	delete(in, "")
	for i, c := range p.Clusters {
		if way == loose {
			break
		}
		width := strong.width(strong.fit(clean(c.Label), 2*maxLabel)) + iconSize
		fmt.Fprintf(&b, "subgraph cluster_%d{margin=12;labeljust=l;%s;%s}\n", i, room(width), in[c.ID])
		delete(in, c.ID)
	}
	for _, s := range p.shapes { // a cluster that is not there
		b.WriteString(in[s.Cluster])
		delete(in, s.Cluster)
	}
	p.connect(&b)
	b.WriteString("}")
	return []byte(b.String())
}

// connect writes the lines. Those to APIs from their providers are turned round, so that use reads in one direction; many
// leaves of one node are put in columns, and nodes without lines in rows.
func (p plan) connect(b *strings.Builder) {
	degree, leaves := make([]int, len(p.shapes)), make([]int, len(p.shapes))
	for _, e := range p.lines {
		degree[p.number[e.From]]++
		degree[p.number[e.To]]++
	}
	count := make([]int, len(p.shapes))
	for _, e := range p.lines {
		f, t := p.number[e.From], p.number[e.To]
		if degree[f] == 1 {
			count[t]++
		} else if degree[t] == 1 {
			count[f]++
		}
	}
	for i, e := range p.lines {
		f, t := p.number[e.From], p.number[e.To]
		hub := -1
		if degree[f] == 1 {
			hub = t
		} else if degree[t] == 1 {
			hub = f
		}
		length := 1
		if hub >= 0 && count[hub] > leafFan {
			columns := int(math.Ceil(math.Sqrt(float64(count[hub]) / leafFan)))
			length += leaves[hub] % columns
			leaves[hub]++
		}
		ends, turned := fmt.Sprintf("n%d->n%d", f, t), ""
		if turns(e) {
			ends, turned = fmt.Sprintf("n%d->n%d", t, f), ",dir=back"
		}
		words := ""
		if p.texts[i] != "" {
			words = "," + room(small.width(p.texts[i])+6)
		}
		fmt.Fprintf(b, "%s[id=e%d,minlen=%d%s%s];\n", ends, i, length, turned, words)
	}
	p.rows(b, degree)
}

// turns says whether a line is placed the other way round than its arrow points.
func turns(e Edge) bool { return e.Type == provides || e.Type == child || e.Type == part }

// rows holds nodes without lines together in rows, box by box.
func (p plan) rows(b *strings.Builder, degree []int) {
	in := map[string][]int{}
	for i, s := range p.shapes {
		if degree[i] == 0 {
			in[s.Cluster] = append(in[s.Cluster], i)
		}
	}
	for _, c := range append([]Cluster{{}}, p.Clusters...) {
		row := in[c.ID]
		columns := min(5, int(math.Ceil(math.Sqrt(float64(len(row))/1.6))))
		for i := 1; i < len(row); i++ {
			if i%columns != 0 {
				fmt.Fprintf(b, "n%d->n%d[style=invis,minlen=1];\n", row[i-1], row[i])
			}
		}
	}
}

// roomLetter is how wide a letter of Courier is at 12 points: Graphviz knows that by itself, and it is 14.4 points high.
const roomLetter = 7.2

// room is a label that takes room and says nothing.
func room(width float64) string {
	return `label="` + strings.Repeat("x", int(math.Ceil(width/roomLetter))) + `"`
}

func inches(pixels float64) string { return strconv.FormatFloat(pixels/72, 'f', 4, 64) }

// point is a place, from the upper left corner.
type point struct{ x, y float64 }

// area is a rectangle, by its upper left corner.
type area struct{ x, y, w, h float64 }

// curve is a line of Bézier curves, with its arrow's tip.
type curve struct {
	points []point
	tip    point
	back   bool // the tip is at the beginning
	words  point
}

// geometry is where everything is.
type geometry struct {
	width, height float64
	nodes         []area
	boxes         []area
	lines         []curve
}

// read takes the places that Graphviz found.
func (p plan) read(in *graphviz.Placed) (*geometry, error) {
	all, err := numbers(in.Box, 4)
	if err != nil {
		return nil, err
	}
	g := &geometry{
		width: all[2] + 2*margin, height: all[3] + 2*margin,
		nodes: make([]area, len(p.shapes)), boxes: make([]area, len(p.Clusters)), lines: make([]curve, len(p.lines)),
	}
	for _, n := range in.Nodes {
		if i, ok := index(n.Name, "n", len(g.nodes)); ok {
			at, err := numbers(n.Position, 2)
			if err != nil {
				return nil, err
			}
			c, w := g.point(at[0], at[1]), p.shapes[i].width
			g.nodes[i] = area{c.x - w/2, c.y - boxHeight/2, w, boxHeight}
		}
	}
	for _, c := range in.Clusters {
		if i, ok := index(c.Name, "cluster_", len(g.boxes)); ok && c.Box != "" {
			n, err := numbers(c.Box, 4)
			if err != nil {
				return nil, err
			}
			at := g.point(n[0], n[3])
			g.boxes[i] = area{at.x, at.y, n[2] - n[0], n[3] - n[1]}
		}
	}
	for _, e := range in.Edges {
		if i, ok := index(e.ID, "e", len(g.lines)); ok {
			if g.lines[i], err = g.curve(e.Line, e.Words); err != nil {
				return nil, err
			}
		}
	}
	return g, nil
}

// overlaps says whether a node lies on another.
func (g *geometry) overlaps() bool {
	for i, a := range g.nodes {
		for _, b := range g.nodes[:i] {
			if a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
				return true
			}
		}
	}
	return false
}

// curve reads a line such as "e,9,9 0,0 1,1 2,2 3,3".
func (g *geometry) curve(pos, words string) (curve, error) {
	var c curve
	for part := range strings.FieldsSeq(pos) {
		mark := part[0]
		if mark == 'e' || mark == 's' {
			part = strings.TrimPrefix(part[1:], ",")
		}
		n, err := numbers(part, 2)
		if err != nil {
			return c, err
		}
		at := g.point(n[0], n[1])
		switch mark {
		case 'e', 's':
			c.tip, c.back = at, mark == 's'
		default:
			c.points = append(c.points, at)
		}
	}
	if words != "" {
		n, err := numbers(words, 2)
		if err != nil {
			return c, err
		}
		c.words = g.point(n[0], n[1])
	}
	return c, nil
}

// point turns Graphviz' coordinates, which begin below, upside down.
func (g *geometry) point(x, y float64) point {
	return point{round(x + margin), round(g.height - margin - y)}
}

func round(x float64) float64 { return math.Round(x*10) / 10 }

func numbers(text string, n int) ([]float64, error) {
	parts := strings.Split(text, ",")
	if len(parts) != n {
		return nil, fmt.Errorf("read a layout: %q are not %d numbers", text, n)
	}
	out := make([]float64, n)
	for i, p := range parts {
		var err error
		if out[i], err = strconv.ParseFloat(p, 64); err != nil {
			return nil, fmt.Errorf("read a layout: %w", err)
		}
	}
	return out, nil
}

// index is the number in a name such as n12, if it is below a bound.
func index(name, prefix string, below int) (int, bool) {
	text, ok := strings.CutPrefix(name, prefix)
	i, err := strconv.Atoi(text)
	return i, ok && err == nil && i >= 0 && i < below
}

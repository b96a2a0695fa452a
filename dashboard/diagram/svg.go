package diagram

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Form is what an SVG is for.
type Form uint8

// The forms.
const (
	// Inline stands in a page: it has links, and its looks come from diagram.css.
	Inline Form = iota
	// Download stands alone: it has colours of its own, and no links.
	Download
)

// svg writes the text.
type svg struct {
	strings.Builder
	form Form
}

// draw writes a diagram that has been placed.
func (p plan) draw(g *geometry, f Form) []byte {
	s := &svg{form: f}
	s.Grow(1024 + 1200*len(p.Nodes) + 500*len(p.lines)) // about as much as it takes
	s.open(p, g)
	for i, c := range p.Clusters {
		s.box(c, g.boxes[i])
	}
	for i, e := range p.lines {
		s.line(p, e, g.lines[i])
	}
	for i, e := range p.lines { // above all lines
		s.words(e, p.texts[i], g.lines[i].words)
	}
	for i, n := range p.shapes {
		s.node(n, g.nodes[i])
	}
	s.WriteString("</svg>\n")
	return []byte(s.String())
}

func (s *svg) open(p plan, g *geometry) {
	sum := sha256.Sum256([]byte(p.Title + "\x00" + strconv.Itoa(len(p.Nodes)) + "\x00" + string(p.dot)))
	id := "dg-" + hex.EncodeToString(sum[:4])
	role := "group" // an img has no links in it
	if s.form == Download {
		role = "img"
	}
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" role="%s" aria-labelledby="%s-t %s-d" width="%s" height="%s" viewBox="0 0 %s %s"%s>`,
		role, id, id, px(g.width), px(g.height), px(g.width), px(g.height), s.look("dg"))
	fmt.Fprintf(s, "\n<title id=\"%s-t\">%s</title>", id, escape(p.Title))
	text := plural(len(p.Nodes), "node") + " and " + plural(len(p.lines), "edge") + "."
	for _, t := range p.Truncated {
		text += " " + clean(t) + "."
	}
	fmt.Fprintf(s, "<desc id=\"%s-d\">%s</desc>\n", id, escape(text))
	if s.form == Download {
		fmt.Fprintf(s, "<rect width=\"%s\" height=\"%s\" fill=\"#ffffff\"/>\n", px(g.width), px(g.height))
	}
}

// box draws a cluster.
func (s *svg) box(c Cluster, a area) {
	if a.w == 0 {
		return
	}
	label := strong.fit(clean(c.Label), min(2*maxLabel, a.w-2*pad-iconSize))
	fmt.Fprintf(s, "<g%s><title>%s</title>", s.look("dg-box"), escape(nameOf(c.Ref, c.Label)))
	fmt.Fprintf(s, `<rect x="%s" y="%s" width="%s" height="%s" rx="12"%s/>`, px(a.x), px(a.y), px(a.w), px(a.h), s.look("dg-area"))
	closing := s.link(c.URL, label+", "+c.Ref.String())
	s.icon(c.Ref.Kind, a.x+pad, a.y+7)
	s.text(label, "dg-box-label", strong, a.x+pad+iconSize+4, a.y+20, "")
	s.WriteString(closing + "</g>\n")
}

// node draws an entity.
func (s *svg) node(n shape, a area) {
	class := "dg-node dg-" + kindWord(n.Kind)
	if n.Focus {
		class += " dg-focus"
	}
	full := fullName(n.Node)
	fmt.Fprintf(s, "<g%s>", s.look(class))
	closing := s.link(n.URL, n.label+" "+n.sub+", "+full) // what is seen comes first, WCAG 2.5.3
	fmt.Fprintf(s, "<title>%s</title><desc>%s</desc>", escape(full), escape(describe(n.Node)))
	if n.Collapsed > 0 {
		fmt.Fprintf(s, `<rect x="%s" y="%s" width="%s" height="%s" rx="8"%s/>`, px(a.x+4), px(a.y+4), px(a.w-4), px(a.h-4), s.look("dg-card"))
		a.w, a.h = a.w-4, a.h-4
	}
	card := "dg-card"
	if n.Focus {
		card = "dg-card dg-card-focus"
	}
	fmt.Fprintf(s, `<rect x="%s" y="%s" width="%s" height="%s" rx="8"%s/>`, px(a.x), px(a.y), px(a.w), px(a.h), s.look(card))
	s.icon(n.Kind, a.x+pad, a.y+(a.h-iconSize)/2)
	x := a.x + pad + iconSize + gap
	s.text(n.label, "dg-label", strong, x, a.y+a.h/2-3, "")
	s.WriteString(" ")
	s.text(n.sub, "dg-sub", small, x, a.y+a.h/2+13, "")
	s.health(n.Node, a.x+a.w-13, a.y+13)
	s.WriteString(closing + "</g>\n")
}

// fullName is all that is to be said of a node in one line.
func fullName(n Node) string {
	text := nameOf(n.Ref, n.Label)
	if n.Collapsed > 0 {
		text = clean(n.Label) + ": " + clean(n.Sub)
	} else if label := clean(n.Label); label != n.Ref.Name && !n.Ref.IsZero() {
		text = label + " (" + text + ")"
	}
	if h := healthWord(n); h != "" {
		text += ", " + h
	}
	return text
}

func kindWord(k relation.Kind) string {
	if k == relation.KindNone || int(k) > len(relation.Kinds()) {
		return "none"
	}
	return k.String()
}

// healthWord is the health of a node, if that says anything.
func healthWord(n Node) string {
	switch n.Health {
	case catalog.HealthHealthy, catalog.HealthSuspended, catalog.HealthProgressing, catalog.HealthDegraded:
		return string(n.Health)
	}
	return ""
}

// health draws a sign of its own for each health, so that nobody needs the colour.
func (s *svg) health(n Node, x, y float64) {
	var path, class string
	switch n.Health {
	case catalog.HealthHealthy:
		path, class = "M-4 0l3 3 5-6", "dg-good"
	case catalog.HealthProgressing:
		path, class = "M-4 0h8M1-3l3 3-3 3", "dg-info"
	case catalog.HealthSuspended:
		path, class = "M-2-4v8M2-4v8", "dg-calm"
	case catalog.HealthDegraded:
		path, class = "M0-5v6M0 4v.5", "dg-bad"
	default:
		return
	}
	fmt.Fprintf(s, `<path transform="translate(%s %s)" d="%s"%s/>`, px(x), px(y), path, s.look("dg-mark "+class))
}

// line draws an edge, with its arrow.
func (s *svg) line(p plan, e Edge, c curve) {
	if len(c.points) == 0 {
		return
	}
	class := "dg-edge"
	if e.Denied > 0 {
		class += " dg-denied"
	}
	from, to := p.shapes[p.number[e.From]], p.shapes[p.number[e.To]]
	text := nameOf(from.Ref, from.Label) + " " + words(e.Type) + " " + nameOf(to.Ref, to.Label)
	if e.Count > 1 {
		text += fmt.Sprintf(" (%d)", e.Count)
	}
	if a := e.access(); a != "" && a != "granted" {
		text += ": " + a
	}
	fmt.Fprintf(s, `<g%s><title>%s</title><path d="M%s %s`, s.look(class), escape(text), px(c.points[0].x), px(c.points[0].y))
	for i := 1; i+2 < len(c.points); i += 3 {
		s.WriteString("C")
		for _, q := range c.points[i : i+3] {
			s.WriteString(px(q.x) + " " + px(q.y) + " ")
		}
	}
	line := "dg-line"
	if e.Denied > 0 {
		line += " dg-line-denied"
	}
	fmt.Fprintf(s, `"%s/>`, s.look(line))
	s.arrow(c, e.Denied > 0)
	s.WriteString("</g>\n")
}

// arrow draws the tip of a line.
func (s *svg) arrow(c curve, denied bool) {
	base := c.points[len(c.points)-1]
	if c.back {
		base = c.points[0]
	}
	if c.tip == (point{}) {
		return
	}
	dx, dy := c.tip.x-base.x, c.tip.y-base.y
	class := "dg-arrow"
	if denied {
		class += " dg-arrow-denied"
	}
	fmt.Fprintf(s, `<path d="M%s %sL%s %sL%s %sZ"%s/>`, px(c.tip.x), px(c.tip.y), px(base.x-dy*0.45), px(base.y+dx*0.45),
		px(base.x+dy*0.45), px(base.y-dx*0.45), s.look(class))
}

// words writes what an edge says, on a ground of its own.
func (s *svg) words(e Edge, text string, at point) {
	if text == "" || at == (point{}) {
		return
	}
	w := small.width(text) + 6
	class := "dg-words"
	if e.Denied > 0 {
		class = "dg-words-denied"
	}
	fmt.Fprintf(s, `<rect x="%s" y="%s" width="%s" height="13" rx="4"%s/>`, px(at.x-w/2), px(at.y-9), px(w), s.look("dg-ground"))
	s.text(text, class, small, at.x, at.y+1.3, "middle")
	s.WriteString("\n")
}

// text writes a line of text. If its width is not known for sure, it is set to what there is room for.
func (s *svg) text(text, class string, f font, x, y float64, anchor string) {
	fmt.Fprintf(s, `<text x="%s" y="%s"`, px(x), px(y))
	if anchor != "" {
		fmt.Fprintf(s, ` text-anchor="%s"`, anchor)
	}
	if !plain(text) {
		fmt.Fprintf(s, ` textLength="%s" lengthAdjust="spacingAndGlyphs"`, px(f.width(text)))
	}
	fmt.Fprintf(s, "%s>%s</text>", s.look(class), escape(text))
}

// link begins a link where there is a page, and returns what ends it.
func (s *svg) link(address, name string) string {
	address = safeURL(address)
	if address == "" || s.form == Download {
		return ""
	}
	fmt.Fprintf(s, `<a href="%s" aria-label="%s">`, escape(address), escape(name))
	return "</a>"
}

func px(x float64) string { return strconv.FormatFloat(round(x), 'f', -1, 64) }

// escape writes a text of others so that it is nothing else, in an element or in an attribute.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(clean(text))) // a Builder takes all
	return b.String()
}

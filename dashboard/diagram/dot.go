package diagram

import (
	"fmt"
	"strings"
)

// DOT writes a diagram in Graphviz' language, for architecture documents.
func DOT(d Diagram) string {
	p := planOf(d)
	var b strings.Builder
	fmt.Fprintf(&b, "digraph {\n  graph [label=%s, labelloc=t, rankdir=LR, fontname=\"sans-serif\"];\n", dotText(p.Title))
	b.WriteString("  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n")
	for _, t := range p.Truncated {
		fmt.Fprintf(&b, "  // %s\n", clean(t))
	}
	in := map[string]bool{}
	for i, c := range p.Clusters {
		in[c.ID] = true
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=%s;\n", i, dotText(c.Label))
		for _, n := range p.shapes {
			if n.Cluster == c.ID {
				b.WriteString("    " + dotNode(n))
			}
		}
		b.WriteString("  }\n")
	}
	for _, n := range p.shapes {
		if !in[n.Cluster] {
			b.WriteString("  " + dotNode(n))
		}
	}
	for i, e := range p.lines {
		attributes := "label=" + dotText(p.said(i))
		if e.Denied > 0 {
			attributes += ", style=dashed, color=\"#a40e26\", fontcolor=\"#a40e26\""
		}
		from, to := e.From, e.To
		if turns(e) {
			from, to, attributes = to, from, attributes+", dir=back"
		}
		fmt.Fprintf(&b, "  %s -> %s [%s];\n", dotText(from), dotText(to), attributes)
	}
	b.WriteString("}\n")
	return b.String()
}

func dotNode(n shape) string {
	attributes := "label=" + strings.TrimSuffix(dotText(n.Label), `"`) + `\n` + strings.TrimPrefix(dotText(describe(n.Node)), `"`)
	if n.Focus {
		attributes += ", penwidth=3"
	}
	if n.Collapsed > 0 {
		attributes += ", peripheries=2"
	}
	return fmt.Sprintf("%s [%s];\n", dotText(n.ID), attributes)
}

// dotText is a quoted text of others: a quotation mark ends it, a backslash and an ampersand begin something else.
func dotText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(clean(text)) + `"`
}

// said is what stands beside a line where there is always room.
func (p plan) said(i int) string {
	e := p.lines[i]
	text := words(e.Type)
	if e.Count > 1 {
		text += fmt.Sprintf(" (%d)", e.Count)
	}
	switch e.access() {
	case "denied":
		text += ", denied"
	case "denied in part":
		text += fmt.Sprintf(", %d denied", e.Denied)
	}
	return text
}

package diagram

import (
	"fmt"
	"strings"
	"unicode"
)

// Mermaid writes a diagram as a flowchart in Mermaid's language, which Git hosts draw in Markdown.
func Mermaid(d Diagram) string {
	p := planOf(d)
	var b strings.Builder
	fmt.Fprintf(&b, "flowchart LR\n  accTitle: %s\n", mermaidText(p.Title))
	if len(p.Truncated) > 0 {
		fmt.Fprintf(&b, "  accDescr: %s\n", mermaidText(strings.Join(p.Truncated, ". ")))
	}
	in := map[string]bool{}
	for i, c := range p.Clusters {
		in[c.ID] = true
		fmt.Fprintf(&b, "  subgraph c%d[\"%s\"]\n", i, mermaidText(c.Label))
		for j, n := range p.shapes {
			if n.Cluster == c.ID {
				b.WriteString("    " + mermaidNode(j, n))
			}
		}
		b.WriteString("  end\n")
	}
	for j, n := range p.shapes {
		if !in[n.Cluster] {
			b.WriteString("  " + mermaidNode(j, n))
		}
	}
	for i, e := range p.lines {
		arrow := "-->"
		if e.Denied > 0 {
			arrow = "-.->"
		}
		fmt.Fprintf(&b, "  n%d %s|\"%s\"| n%d\n", p.number[e.From], arrow, mermaidText(p.said(i)), p.number[e.To])
	}
	b.WriteString("  classDef focus stroke-width:3px\n")
	for j, n := range p.shapes {
		if n.Focus {
			fmt.Fprintf(&b, "  class n%d focus\n", j)
		}
	}
	return b.String()
}

func mermaidNode(i int, n shape) string {
	open, end := "[", "]"
	if n.Collapsed > 0 {
		open, end = "[[", "]]"
	}
	return fmt.Sprintf("n%d%s\"%s<br/>%s\"%s\n", i, open, mermaidText(n.Label), mermaidText(describe(n.Node)), end)
}

// mermaidText is a text of others in which every character that could mean something to Mermaid, to Markdown or to HTML is
// written as a number.
func mermaidText(text string) string {
	var b strings.Builder
	for _, r := range clean(text) {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune(" -.,/·", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

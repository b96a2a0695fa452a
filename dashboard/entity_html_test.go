package dashboard

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

type node = html.Node

// doc is a parsed page.
type doc struct{ root *html.Node }

func parsed(t testing.TB, page string) *doc {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return &doc{root}
}

// elements are the elements below a node that a function wants.
func elements(n *html.Node, want func(*html.Node) bool) []*html.Node {
	var out []*html.Node
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && want(c) {
			out = append(out, c)
		}
	}
	return out
}

func attribute(n *html.Node, key string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}

// within tells whether a node stands within an element of that name.
func within(n *html.Node, name string) bool {
	for p := range n.Ancestors() {
		if p.Data == name {
			return true
		}
	}
	return false
}

// textOf is the text of a node, its spaces folded. What is marked in a pre has none around it.
func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
			if !within(c, "pre") {
				b.WriteByte(' ')
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func tagged(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Data == name }
}

// section is the element with an id or an aria-label; the test fails if there is none.
func (d *doc) section(t testing.TB, name string) *html.Node {
	t.Helper()
	found := elements(d.root, func(n *html.Node) bool { return attribute(n, "id") == name || attribute(n, "aria-label") == name })
	if len(found) != 1 {
		t.Fatalf("%d elements are called %q, want 1", len(found), name)
	}
	return found[0]
}

// rows are the texts of the rows of the tables in a section, with their cells joined.
func (d *doc) rows(t testing.TB, name string) []string {
	t.Helper()
	var out []string
	for _, body := range elements(d.section(t, name), tagged("tbody")) {
		for _, tr := range elements(body, tagged("tr")) {
			out = append(out, textOf(tr))
		}
	}
	return out
}

// links are the addresses that a section leads to.
func (d *doc) links(t testing.TB, name string) []string {
	t.Helper()
	var out []string
	for _, a := range elements(d.section(t, name), tagged("a")) {
		out = append(out, attribute(a, "href"))
	}
	return out
}

// has fails the test if no text of the list contains all of the words.
func has(t testing.TB, what string, list []string, words ...string) {
	t.Helper()
	for _, s := range list {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s, w) }) {
			return
		}
	}
	t.Errorf("%s: none has all of %q:\n%s", what, words, strings.Join(list, "\n"))
}

package reference_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/callboard-dev/callboard/dashboard/reference"
)

// routes are the addresses that tests use.
var routes = reference.Routes{Overview: "/ref?page=", Item: "/ref/", Source: "/text?line="}

// render makes a fragment of a view, and judges it.
func render(t *testing.T, view any) string {
	t.Helper()
	fragment, err := reference.HTML(view)
	if err != nil {
		t.Fatal(err)
	}
	return string(fragment)
}

// all renders every page of a document, and returns how many there are and how many bytes they have.
func all(t *testing.T, doc *reference.Document, judge func(t *testing.T, page, fragment string)) (pages, bytes int) {
	t.Helper()
	one := func(name string, view any) {
		fragment := render(t, view)
		judgeHTML(t, name, fragment, doc.Has)
		judge(t, name, fragment)
		pages++
		bytes += len(fragment)
	}
	for n, last := 1, 1; n <= last; n++ {
		v := doc.Overview(n, routes)
		last = v.Pages
		one("overview", v)
	}
	for _, anchor := range doc.Anchors() {
		v, ok := doc.Item(anchor, routes)
		if !ok {
			t.Fatalf("there is no item %q", anchor)
		}
		one(anchor, v)
	}
	return pages, bytes
}

func nothing(*testing.T, string, string) {}

// banned are elements that no page has: they run, ask for something, or change what is around them.
var banned = []string{"script", "style", "img", "iframe", "object", "embed", "link", "meta", "base", "form", "input", "button", "svg",
	"math", "video", "audio", "source", "track", "template", "noscript", "picture", "area", "map", "frame", "frameset", "applet", "textarea", "select"}

// allowed are the attributes that a page may have.
var allowed = []string{"id", "class", "href", "rel", "aria-label", "aria-labelledby", "aria-hidden", "role", "tabindex", "align",
	"start", "data-verb", "data-copy"}

// judgeHTML checks what every fragment keeps: it is well formed, its ids are unique, its links lead to what is there, and
// nothing in it runs or asks for anything.
func judgeHTML(t *testing.T, page, fragment string, has func(string) bool) {
	t.Helper()
	ids := map[string]bool{}
	var links []string
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			if slices.Contains(banned, n.Data) {
				t.Errorf("%s: has the element %s", page, n.Data)
			}
			for _, a := range n.Attr {
				switch {
				case !slices.Contains(allowed, a.Key):
					t.Errorf("%s: %s has the attribute %s=%q", page, n.Data, a.Key, a.Val)
				case a.Key == "id" && ids[a.Val]:
					t.Errorf("%s: the id %q is there twice", page, a.Val)
				case a.Key == "id":
					ids[a.Val] = true
				case a.Key == "href":
					links = append(links, a.Val)
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	root, err := html.Parse(strings.NewReader("<!doctype html><html><head><title>x</title></head><body>" + fragment + "</body></html>"))
	if err != nil {
		t.Fatal(err)
	}
	for n := root.FirstChild; n != nil; n = n.NextSibling {
		walkBody(n, walk)
	}
	for _, l := range links {
		judgeLink(t, page, l, ids, has)
	}
}

func walkBody(n *html.Node, walk func(*html.Node)) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Data == "body" {
			walk(c)
		}
	}
}

func judgeLink(t *testing.T, page, link string, ids map[string]bool, has func(string) bool) {
	t.Helper()
	to, err := url.Parse(link)
	switch {
	case err != nil:
		t.Errorf("%s: the link %q: %v", page, link, err)
	case to.Scheme == "http" || to.Scheme == "https" || to.Scheme == "mailto":
	case to.Scheme != "" || to.Host != "":
		t.Errorf("%s: links to %q", page, link)
	case strings.HasPrefix(link, "#"):
		if !ids[to.Fragment] {
			t.Errorf("%s: links to %q, which is not on the page", page, link)
		}
	case strings.HasPrefix(link, routes.Item):
		if anchor := strings.TrimPrefix(to.Path, routes.Item); !has(anchor) {
			t.Errorf("%s: links to %q, which is no item", page, link)
		}
	case !strings.HasPrefix(link, routes.Overview) && !strings.HasPrefix(link, routes.Source):
		t.Errorf("%s: links to %q", page, link)
	}
}

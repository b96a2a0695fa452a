package diagram_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/diagram"
)

// payloads are texts that mean something somewhere; see testdata/README.md.
func payloads(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/hostile.json")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// hostile is a diagram in which others chose every text.
func hostile(text string) diagram.Diagram {
	r := relation.Ref{Kind: relation.Component, Namespace: text, Name: text}
	return diagram.Diagram{
		Title: text, Truncated: []string{text},
		Nodes: []diagram.Node{
			{ID: text, Ref: r, Label: text, Sub: text, Kind: relation.Component, Health: catalog.Health(text), URL: text, Cluster: "box", Focus: true},
			{ID: "b" + text, Label: text, Sub: text, Kind: relation.API, URL: "/" + text, Collapsed: 2},
			{ID: "c", Label: "c", URL: "/safe", Cluster: "no such box"},
		},
		Edges: []diagram.Edge{
			{From: text, To: "b" + text, Type: catalog.RelationType(text), Label: text, Count: 2},
			{From: text, To: "c", Type: "consumesApi", Label: text, Count: 1, Denied: 1},
			{From: "c", To: "nowhere", Type: "dependsOn", Count: 1},
		},
		Clusters: []diagram.Cluster{{ID: "box", Ref: r, Label: text, URL: text}, {ID: text, Label: text}},
	}
}

// allowed are the elements of a diagram and their attributes, none of which runs anything or fetches anything.
var allowed = map[string][]string{
	"svg": {"xmlns", "role", "aria-labelledby", "width", "height", "viewBox", "class", "font-family"},
	"g":   {"class", "stroke", "fill", "color"}, "title": {"id"}, "desc": {"id"}, "a": {"href", "aria-label"},
	"rect": {"x", "y", "width", "height", "rx", "class", "fill", "fill-opacity", "stroke", "stroke-width"},
	"path": {"d", "transform", "class", "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin"},
	"text": {"x", "y", "text-anchor", "textLength", "lengthAdjust", "class", "font-size", "font-weight", "fill", "stroke"},
}

// read parses an SVG, strictly, and says what is in it that should not be.
func read(t *testing.T, text string) (links []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return links
		}
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		switch e := token.(type) {
		case xml.StartElement:
			seen := map[string]bool{}
			for _, a := range e.Attr {
				if !slices.Contains(allowed[e.Name.Local], a.Name.Local) || seen[a.Name.Local] {
					t.Errorf("the element %s has the attribute %s=%q", e.Name.Local, a.Name.Local, a.Value)
				}
				seen[a.Name.Local] = true
				if a.Name.Local == "href" {
					links = append(links, a.Value)
				}
			}
			if allowed[e.Name.Local] == nil {
				t.Errorf("there is an element %s", e.Name.Local)
			}
		case xml.Comment, xml.Directive, xml.ProcInst:
			t.Errorf("there is a %T", e)
		}
	}
}

func TestHostileTextsStayTexts(t *testing.T) {
	all := payloads(t)
	if len(all) < 40 {
		t.Fatalf("there are %d payloads", len(all))
	}
	for _, text := range all {
		d := hostile(text)
		for _, form := range []diagram.Form{diagram.Inline, diagram.Download} {
			drawn := svg(t, d, form)
			for _, link := range read(t, drawn) {
				if !strings.HasPrefix(link, "/") || strings.HasPrefix(link, "//") || strings.ContainsAny(link, "\\ \n") {
					t.Errorf("%q: there is a link to %q", text, link)
				}
			}
			if form == diagram.Download && strings.Contains(drawn, "<a ") {
				t.Errorf("%q: what stands alone has links", text)
			}
		}
		checkDOT(t, text, diagram.DOT(d))
		checkMermaid(t, text, diagram.Mermaid(d))
	}
}

var (
	dotString = regexp.MustCompile(`"(\\.|[^"\\])*"`)
	dotLine   = regexp.MustCompile(`^ *(digraph \{|subgraph cluster_\d+ \{|\}|label=S;|(graph|node|edge) \[(\w+=(S|\w+)(, )?)+\];|S( -> S)? \[(\w+=(S|\w+)(, )?)+\];|// .*)$`)
)

// checkDOT holds every line, its texts aside, to what DOT writes.
func checkDOT(t *testing.T, payload, text string) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		bare := line
		if !strings.HasPrefix(strings.TrimSpace(line), "//") {
			bare = dotString.ReplaceAllString(line, "S")
		}
		if !dotLine.MatchString(bare) {
			t.Errorf("%q: DOT has the line %q", payload, line)
		}
	}
}

var mermaidLine = regexp.MustCompile(`^ *(flowchart LR|acc(Title|Descr): [^%{}<>"` + "`" + `]*|subgraph c\d+\["[^"<>{}\[\]` + "`" + `%]*"\]|end|` +
	`n\d+\[?\["[^"<>{}\[\]` + "`" + `%]*<br/>[^"<>{}\[\]` + "`" + `%]*"\]?\]|n\d+ -(-|\.-)>\|"[^"<>{}|\[\]` + "`" + `%]*"\| n\d+|classDef focus stroke-width:3px|class n\d+ focus)$`)

func checkMermaid(t *testing.T, payload, text string) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if !mermaidLine.MatchString(line) {
			t.Errorf("%q: Mermaid has the line %q", payload, line)
		}
	}
}

// TestDOTCanBeRead has Graphviz itself read what DOT writes of hostile texts, and counts what it finds.
func TestDOTCanBeRead(t *testing.T) {
	for _, text := range payloads(t) {
		answer, err := engine.Layout(t.Context(), []byte(diagram.DOT(hostile(text))))
		if err != nil {
			t.Errorf("%q: %v\n%s", text, err, diagram.DOT(hostile(text)))
			continue
		}
		if objects := len(answer.Nodes) + len(answer.Clusters); objects != 5 || len(answer.Edges) != 2 {
			t.Errorf("%q: Graphviz reads %d objects and %d edges, want 5 and 2:\n%s", text, objects, len(answer.Edges), diagram.DOT(hostile(text)))
		}
	}
}

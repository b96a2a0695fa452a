package diagram_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/diagram"
	"github.com/callboard-dev/callboard/dashboard/diagram/graphviz"
)

var engine = &graphviz.Engine{}

// random is a diagram of n entities in Systems, with names of all lengths.
func random(n int, seed uint64) diagram.Diagram {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	d := diagram.Diagram{Title: fmt.Sprintf("%d entities", n)}
	systems := n/9 + 1
	for i := range systems {
		ref := relation.Ref{Kind: relation.System, Namespace: "shop", Name: fmt.Sprintf("system-%d", i)}
		d.Clusters = append(d.Clusters, diagram.Cluster{ID: "in " + ref.String(), Ref: ref, Label: strings.Repeat("system ", 1+r.IntN(9)), URL: "/systems"})
	}
	healths := []catalog.Health{"", "", catalog.HealthHealthy, catalog.HealthDegraded, catalog.HealthProgressing, catalog.HealthSuspended, catalog.HealthUnknown}
	words := []string{"checkout", "WWW", "payments-gateway", "illi", "Größenänderung", "在庫管理システム", "the-very-long-name-of-a-service-that-nobody-can-remember", "m", "orders"}
	for i := range n {
		ref := relation.Ref{Kind: relation.Kinds()[r.IntN(7)], Namespace: "shop", Name: fmt.Sprintf("e%d", i)}
		node := diagram.Node{
			ID: ref.String(), Ref: ref, Kind: ref.Kind, Label: words[r.IntN(len(words))] + strconv.Itoa(i), Sub: words[r.IntN(len(words))],
			Health: healths[r.IntN(len(healths))], URL: "/" + ref.Name, Focus: i == 0,
		}
		if r.IntN(4) > 0 {
			node.Cluster = d.Clusters[r.IntN(systems)].ID
		}
		if r.IntN(9) == 0 {
			node.Collapsed, node.Sub = 12, "12 Components"
		}
		d.Nodes = append(d.Nodes, node)
	}
	types := []catalog.RelationType{"consumesApi", "providesApi", "dependsOn", "partOf", "ownedBy"}
	seen := map[string]bool{}
	for i := range n * 5 / 4 {
		from, to := d.Nodes[r.IntN(n)].ID, d.Nodes[min(i, n-1)].ID
		if from == to || seen[from+to] || r.IntN(10) == 0 {
			continue
		}
		seen[from+to] = true
		e := diagram.Edge{From: from, To: to, Type: types[r.IntN(5)], Count: 1 + r.IntN(2), Label: "relates to"}
		if e.Type == "consumesApi" && r.IntN(3) == 0 {
			e.Denied = 1
		}
		d.Edges = append(d.Edges, e)
	}
	return d
}

func TestDiagramsDoNotDependOnOrder(t *testing.T) {
	other := diagram.NewRenderer(1, nil) // remembers nothing
	defer func() { _ = other.Close(context.Background()) }()
	for seed := range uint64(20) {
		d := random(5+int(seed)*3, seed)
		want := [...]string{svg(t, d, diagram.Inline), svg(t, d, diagram.Download), diagram.DOT(d), diagram.Mermaid(d), fmt.Sprint(diagram.Rows(d))}
		r := rand.New(rand.NewPCG(seed, 9))
		r.Shuffle(len(d.Nodes), func(i, j int) { d.Nodes[i], d.Nodes[j] = d.Nodes[j], d.Nodes[i] })
		r.Shuffle(len(d.Edges), func(i, j int) { d.Edges[i], d.Edges[j] = d.Edges[j], d.Edges[i] })
		r.Shuffle(len(d.Clusters), func(i, j int) { d.Clusters[i], d.Clusters[j] = d.Clusters[j], d.Clusters[i] })
		inline, err := other.SVG(t.Context(), d, diagram.Inline)
		if err != nil {
			t.Fatal(err)
		}
		got := [...]string{string(inline), svg(t, d, diagram.Download), diagram.DOT(d), diagram.Mermaid(d), fmt.Sprint(diagram.Rows(d))}
		if got != want {
			t.Errorf("seed %d: another order is drawn in another way", seed)
		}
	}
}

func TestBuildersDoNotDependOnOrder(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 6))
		entities, o := world(r, true), randomOptions(r)
		want := pictures(diagram.Source{Graph: graphOf(entities), May: everything}, entities, o)
		r.Shuffle(len(entities), func(i, j int) { entities[i], entities[j] = entities[j], entities[i] })
		for name, got := range pictures(diagram.Source{Graph: graphOf(entities), May: everything}, entities, o) {
			if diagram.DOT(got) != diagram.DOT(want[name]) {
				t.Fatalf("seed %d: %s depends on the order in which entities came", seed, name)
			}
		}
	}
}

// element is a part of an SVG.
type element struct {
	XMLName  xml.Name
	Class    string    `xml:"class,attr"`
	X        float64   `xml:"x,attr"`
	Y        float64   `xml:"y,attr"`
	Width    float64   `xml:"width,attr"`
	Height   float64   `xml:"height,attr"`
	Anchor   string    `xml:"text-anchor,attr"`
	Length   float64   `xml:"textLength,attr"`
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// each visits an element and all in it.
func (e element) each(visit func(element)) {
	visit(e)
	for _, c := range e.Children {
		c.each(visit)
	}
}

func has(classes, class string) bool {
	for c := range strings.FieldsSeq(classes) {
		if c == class {
			return true
		}
	}
	return false
}

// TestBoxesAreLegible looks at the geometry of diagrams of all sizes: no box lies on another, each text is in its box, and
// everything is in the picture.
func TestBoxesAreLegible(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 100, 150, 220, 300} {
		for seed := range uint64(4) {
			if n > 100 && seed > 0 {
				continue
			}
			var root element
			if err := xml.Unmarshal([]byte(svg(t, random(n, seed), diagram.Inline)), &root); err != nil {
				t.Fatal(err)
			}
			var cards []element
			root.each(func(e element) {
				if has(e.Class, "dg-node") {
					cards = append(cards, legible(t, e))
				}
			})
			if len(cards) != n {
				t.Errorf("%d boxes are drawn of %d", len(cards), n)
			}
			for i, a := range cards {
				if a.X < 0 || a.Y < 0 || a.X+a.Width > root.Width || a.Y+a.Height > root.Height {
					t.Errorf("%d nodes: a box is outside of the picture: %+v", n, a)
				}
				for _, b := range cards[:i] {
					if a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height {
						t.Errorf("%d nodes, seed %d: boxes overlap: %v,%v and %v,%v", n, seed, a.X, a.Y, b.X, b.Y)
					}
				}
			}
		}
	}
}

// legible finds the box of a node, and complains if a text does not fit into it. The widths are those of the widest font.
func legible(t *testing.T, node element) element {
	t.Helper()
	var card element
	var texts []element
	node.each(func(e element) {
		switch e.XMLName.Local {
		case "rect":
			card = e
		case "text":
			texts = append(texts, e)
		}
	})
	if len(texts) != 2 {
		t.Fatalf("a box has %d texts", len(texts))
	}
	for _, text := range texts {
		width := text.Length
		if width == 0 {
			width = diagram.TextWidth(text.Text, has(text.Class, "dg-label"))
		}
		if text.X < card.X+8 || text.X+width > card.X+card.Width-8+0.1 || text.Y < card.Y+12 || text.Y > card.Y+card.Height-4 {
			t.Errorf("%q is %.1f wide at %.1f and does not fit into the box from %.1f to %.1f", text.Text, width, text.X, card.X, card.X+card.Width)
		}
	}
	return card
}

func TestDeniedIsSaidInWords(t *testing.T) {
	d := random(80, 1)
	denied := 0
	for _, e := range d.Edges {
		if e.Denied > 0 {
			denied++
		}
	}
	text := svg(t, d, diagram.Inline)
	if got := strings.Count(text, "denied</text>"); denied == 0 || got != denied {
		t.Errorf("%d edges are marked as denied in words, want %d", got, denied)
	}
	if got := strings.Count(svg(t, d, diagram.Download), "stroke-dasharray"); got != denied {
		t.Errorf("%d edges are dashed, want %d", got, denied)
	}
	rows := 0
	for _, r := range diagram.Rows(d) {
		if strings.HasPrefix(r.Access, "denied") {
			rows++
		}
	}
	if rows != denied {
		t.Errorf("%d rows are denied, want %d", rows, denied)
	}
}

func TestTooLargeIsRefused(t *testing.T) {
	if _, err := renderer.SVG(t.Context(), random(diagram.MaxNodes+1, 1), diagram.Inline); err == nil {
		t.Error("SVG() of more nodes than may be is drawn")
	}
}

func TestDrawingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, err := renderer.SVG(ctx, random(77, 77), diagram.Inline); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("SVG() = %v, want the deadline", err)
	}
}

// TestMemoryDoesNotGrow draws many distinct diagrams and looks at what the process holds.
func TestMemoryDoesNotGrow(t *testing.T) {
	before := resident(t)
	for seed := range uint64(50) {
		svg(t, random(20, 1000+seed), diagram.Inline)
	}
	started := resident(t)
	for seed := range uint64(400) {
		svg(t, random(20, 2000+seed), diagram.Inline)
	}
	after := resident(t)
	t.Logf("resident: %d MiB before, %d MiB after 50 diagrams, %d MiB after 450", before>>20, started>>20, after>>20)
	if after > started+40<<20 {
		t.Errorf("400 diagrams took %d MiB", (after-started)>>20)
	}
}

// resident is the memory of the process that lies in RAM.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("there is no /proc")
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func BenchmarkSVG(b *testing.B) {
	for _, n := range []int{15, 20, 30, 60, 100, 300} {
		b.Run(fmt.Sprintf("%d nodes", n), func(b *testing.B) {
			seed := uint64(100) // another diagram each time
			for b.Loop() {
				b.StopTimer()
				d := random(n, seed)
				seed++
				b.StartTimer()
				svg(b, d, diagram.Inline)
			}
		})
		b.Run(fmt.Sprintf("%d nodes again", n), func(b *testing.B) {
			d := random(n, 99)
			svg(b, d, diagram.Inline)
			for b.Loop() {
				svg(b, d, diagram.Inline)
			}
		})
	}
}

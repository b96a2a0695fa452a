package dashboard

import (
	"context"
	"errors"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/dashboard/diagram"
)

const (
	// drawTime is how long a page waits for its picture; the table beside it says the same.
	drawTime = 5 * time.Second
)

// drawnAtOnce is how many layouts are computed at once: half of the processors, as what computes them cannot be interrupted,
// and other pages want to be made too.
func drawnAtOnce() int { return max(1, runtime.GOMAXPROCS(0)/2) }

// picture is a diagram with what it shows as a table. Template "picture".
type picture struct {
	SVG     template.HTML `json:"-"`
	Rows    []diagram.Row `json:"rows"`
	Notes   []string      `json:"notes,omitempty"`
	Files   []Link        `json:"files"`
	Choices []choice      `json:"-"`
	Kinds   []tick        `json:"-"`
	// Larger is the address of the largest diagram, if this one leaves out or draws together what that shows.
	Larger string `json:"-"`
}

// tick is a kind that a form offers to draw, or to leave out.
type tick struct {
	Value, Text string
	On          bool
}

// choice is a parameter of a diagram that a form offers.
type choice struct {
	Text, Name string
	Options    []choiceOption
}

type choiceOption struct {
	Value, Text string
	Selected    bool
}

// source is the graph as the reader may see it.
func (l *sight) source() diagram.Source {
	return diagram.Source{
		Graph: statedGraph{l.catalog.Graph(), l}, May: l.meets,
		Look: func(ref relation.Ref) diagram.Look {
			row, found := l.row(ref)
			if !found {
				return diagram.Look{}
			}
			return diagram.Look{Title: row.Title, Type: row.Type, Health: row.Health, URL: refURL(ref)}
		},
		Denied: func(consumer, api relation.Ref) bool {
			return l.catalog.Verdict(consumer, api).Decision == visibility.Denied
		},
	}
}

// statedGraph is a graph with the relations that statuses tell of.
type statedGraph struct {
	*relation.Graph
	sight *sight
}

// Exists leaves it to May to say what is there: that remembers it.
func (g statedGraph) Exists(relation.Ref) bool { return true }

// Related returns all entities at the other end of one relation, in order.
func (g statedGraph) Related(ref relation.Ref, t catalog.RelationType) []relation.Ref {
	return g.sight.visible(ref, t)
}

// First returns the first of them that are to be kept.
func (g statedGraph) First(ref relation.Ref, t catalog.RelationType, most int, keep func(relation.Ref) bool) []relation.Ref {
	return g.sight.nearest(ref, t, most, keep)
}

// around is the diagram of an entity's relations, nil if there is none.
func (l *sight) around(ref relation.Ref) *picture {
	o, ok := l.options()
	if !ok {
		return nil
	}
	d, ok := l.source().Around(ref, o)
	if !ok || l.err != nil {
		return nil
	}
	out := l.drawn(d, refURL(ref)+"/diagram")
	if out.Larger != "" {
		out.Larger += "#relations"
	}
	out.Choices = append(choicesOf(o), nodesChoice(o))
	for _, k := range relation.Kinds() {
		out.Kinds = append(out.Kinds, tick{k.String(), k.ObjectKind(), slices.Contains(o.Kinds, k)})
	}
	return out
}

// options are those of the address; false if they cannot be read.
func (l *sight) options() (diagram.Options, bool) {
	o, err := diagram.Parse(l.query)
	if err != nil {
		l.err = badRequest(err.Error())
		return o, false
	}
	return o, true
}

// drawn draws a diagram. Its files are beside the page, with the same parameters.
func (l *sight) drawn(d diagram.Diagram, base string) *picture {
	out := &picture{Rows: diagram.Rows(d), Notes: d.Truncated}
	parameters := url.Values{}
	for _, p := range []string{"depth", "direction", "kind", "nodes"} {
		if v, ok := l.query[p]; ok {
			parameters[p] = v
		}
	}
	for _, f := range formats {
		address := base + f.ending
		if len(parameters) > 0 {
			address += "?" + parameters.Encode()
		}
		out.Files = append(out.Files, Link{f.text, address})
	}
	if most := strconv.Itoa(diagram.MaxNodes); len(d.Truncated) > 0 && l.query.Get("nodes") != most {
		q := maps.Clone(l.query)
		q.Set("nodes", most)
		out.Larger = "?" + q.Encode()
	}
	if l.pictures == nil {
		return out
	}
	ctx, cancel := context.WithTimeout(l.ctx, drawTime)
	defer cancel()
	svg, err := l.pictures.SVG(ctx, d, diagram.Inline)
	if err != nil {
		if l.ctx.Err() == nil && !errors.Is(err, diagram.ErrClosed) {
			l.log.Error("A diagram could not be drawn", "title", d.Title, "error", err)
		}
		out.Notes = append(out.Notes, "The picture could not be drawn: the table says the same.")
		return out
	}
	out.SVG = template.HTML(svg) //nolint:gosec // the renderer escapes what it writes
	return out
}

func choicesOf(o diagram.Options) []choice {
	depth := choice{Text: "Depth", Name: "depth"}
	for i := 1; i <= diagram.MaxDepth; i++ {
		n := strconv.Itoa(i)
		depth.Options = append(depth.Options, choiceOption{n, n, i == o.Depth})
	}
	direction := choice{Text: "Direction", Name: "direction"}
	for _, d := range []struct {
		is   diagram.Direction
		text string
	}{{diagram.Both, "both"}, {diagram.Out, "what it rests on"}, {diagram.In, "what rests on it"}} {
		direction.Options = append(direction.Options, choiceOption{string(d.is), d.text, d.is == o.Direction})
	}
	return []choice{depth, direction}
}

// nodesChoice offers how many boxes are drawn before they are drawn together.
func nodesChoice(o diagram.Options) choice {
	out := choice{Text: "Boxes", Name: "nodes"}
	for _, n := range []int{12, diagram.DefaultNodes, diagram.MapNodes, 120, diagram.MaxNodes} {
		out.Options = append(out.Options, choiceOption{strconv.Itoa(n), strconv.Itoa(n), n == o.Nodes})
	}
	return out
}

// format is a form in which a diagram can be saved.
type format struct {
	text, ending, kind string
	write              func(context.Context, *server, diagram.Diagram) ([]byte, error)
}

var formats = []format{
	{"SVG", ".svg", "image/svg+xml", func(ctx context.Context, s *server, d diagram.Diagram) ([]byte, error) {
		return s.pictures.SVG(ctx, d, diagram.Download)
	}},
	{"DOT", ".dot", "text/vnd.graphviz; charset=utf-8", func(_ context.Context, _ *server, d diagram.Diagram) ([]byte, error) {
		return []byte(diagram.DOT(d)), nil
	}},
	{"Mermaid", ".mmd", "text/plain; charset=utf-8", func(_ context.Context, _ *server, d diagram.Diagram) ([]byte, error) {
		return []byte(diagram.Mermaid(d)), nil
	}},
}

// saved answers with a diagram as a file.
func (s *server) saved(f format, of func(*request, *sight) (diagram.Diagram, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reader, err := s.Door.Reader(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		q := &request{Request: r, reader: reader}
		body, err := s.write(q, f, of)
		if err != nil {
			s.fail(w, r.WithContext(context.WithValue(r.Context(), userKey{}, reader.User().Name)), err)
			return
		}
		w.Header().Set("Content-Disposition", `attachment; filename="diagram`+f.ending+`"`)
		w.Header().Add("Vary", "Cookie, Authorization")
		send(w, r, http.StatusOK, f.kind, body)
	})
}

func (s *server) write(r *request, f format, of func(*request, *sight) (diagram.Diagram, error)) ([]byte, error) {
	l := s.sightOf(r)
	d, err := of(r, l)
	if err == nil {
		err = l.err
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), drawTime)
	defer cancel()
	return f.write(ctx, s, d)
}

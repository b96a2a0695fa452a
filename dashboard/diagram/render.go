package diagram

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"k8s.io/utils/lru"

	"github.com/callboard-dev/callboard/dashboard/diagram/graphviz"
)

// cached is how many layouts are remembered. One of 30 nodes takes some 10 KiB.
const cached = 512

// Renderer places diagrams and writes them. It remembers where things were placed, not what they were called: a layout is
// found by the sizes and the lines in it alone. It is safe for concurrent use.
type Renderer struct {
	engine  graphviz.Engine
	layouts *lru.Cache // of *geometry, by the hash of what was placed
}

// NewRenderer makes a renderer that computes some layouts at once, at most. It costs nothing until the first diagram.
func NewRenderer(instances int) *Renderer {
	return &Renderer{engine: graphviz.Engine{Instances: instances}, layouts: lru.New(cached)}
}

// Start makes ready for the first diagram, which else waits for about a second.
func (r *Renderer) Start() error { return r.engine.Start() }

// Close frees what the renderer holds. It is not to be used any more.
func (r *Renderer) Close(ctx context.Context) error { return r.engine.Close(ctx) }

// SVG draws a diagram, as long as the context lasts. A diagram of the same content is the same text.
func (r *Renderer) SVG(ctx context.Context, d Diagram, f Form) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	p := planOf(d)
	g, err := r.place(ctx, p)
	if err != nil {
		return nil, err
	}
	return p.draw(g, f), nil
}

// place finds the layout of a diagram, or computes it.
func (r *Renderer) place(ctx context.Context, p plan) (*geometry, error) {
	sum := sha256.Sum256(p.input(ways[0]))
	if g, ok := r.layouts.Get(sum); ok {
		return g.(*geometry), nil //nolint:revive // the cache holds nothing else
	}
	for _, way := range ways {
		answer, err := r.engine.Layout(ctx, p.input(way))
		if err != nil {
			return nil, fmt.Errorf("place a diagram: %w", err)
		}
		g, err := p.read(answer)
		if err != nil {
			return nil, err
		}
		if !g.overlaps() {
			r.layouts.Add(sum, g)
			return g, nil
		}
	}
	return nil, errors.New("place a diagram: its nodes overlap")
}

// check refuses what would take too long.
func (d Diagram) check() error {
	if len(d.Nodes) > MaxNodes || len(d.Edges) > maxEdges+MaxNodes || len(d.Clusters) > MaxNodes {
		return fmt.Errorf("a diagram of %d nodes and %d edges is too large", len(d.Nodes), len(d.Edges))
	}
	return nil
}

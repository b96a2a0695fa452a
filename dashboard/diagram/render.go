package diagram

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/callboard-dev/callboard/dashboard/lru"
)

// What is remembered, in bytes: where things were placed, and what was written.
const (
	maxLayouts  = 4 << 20 // a layout of 30 nodes takes some 10 KiB
	maxPictures = 8 << 20 // a picture of as many 40 KiB
)

// Renderer places diagrams and writes them. It remembers pictures by all that is in them, and layouts by the sizes and the
// lines in them alone, so that nobody is shown anything that is not in his own diagram. It is safe for concurrent use.
type Renderer struct {
	engine   *sleeper
	layouts  *kept[*geometry]
	pictures *kept[[]byte]
}

// NewRenderer makes a renderer that computes some layouts at once, at most. It costs nothing until the first diagram. It
// tells, unless used is nil, when it is woken and when it goes to sleep again.
func NewRenderer(instances int, used func(bool)) *Renderer {
	return &Renderer{engine: newSleeper(instances, idle, used), layouts: lru.New[sum, *geometry](maxLayouts), pictures: lru.New[sum, []byte](maxPictures)}
}

// Wake makes ready for a diagram, in the background: the first one else waits for about a second. What is held for that is
// given back when nobody has wanted any for ten minutes.
func (r *Renderer) Wake() { r.engine.wake() }

// Close frees what the renderer holds, once all layouts have ended that are computed. It is not to be used any more.
func (r *Renderer) Close(ctx context.Context) error {
	r.layouts.Clear()
	r.pictures.Clear()
	return r.engine.close(ctx)
}

// SVG draws a diagram, as long as the context lasts. A diagram of the same content is the same text. It is not to be
// changed.
func (r *Renderer) SVG(ctx context.Context, d Diagram, f Form) ([]byte, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	s, ok := sumOf(d, f)
	if !ok {
		return nil, errors.New("tell a diagram from others")
	}
	if drawn, ok := r.pictures.Get(s); ok {
		return drawn, nil
	}
	p := planOf(d)
	g, err := r.place(ctx, p)
	if err != nil {
		return nil, err
	}
	drawn := p.draw(g, f)
	r.pictures.Put(s, drawn, cap(drawn)+perEntry)
	return drawn, nil
}

// place finds the layout of a diagram, or computes it.
func (r *Renderer) place(ctx context.Context, p plan) (*geometry, error) {
	s := sha256.Sum256(p.dot)
	if g, ok := r.layouts.Get(s); ok {
		return g, nil
	}
	for i, way := range ways {
		dot := p.dot
		if i > 0 {
			dot = p.input(way)
		}
		answer, err := r.engine.layout(ctx, dot)
		if err != nil {
			return nil, fmt.Errorf("place a diagram: %w", err)
		}
		g, err := p.read(answer)
		if err != nil {
			return nil, err
		}
		if !g.overlaps() {
			r.layouts.Put(s, g, g.size()+perEntry)
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

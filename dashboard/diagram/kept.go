package diagram

import (
	"crypto/sha256"
	"encoding/gob"

	"github.com/callboard-dev/callboard/dashboard/lru"
)

// sum is a hash by which things are remembered.
type sum = [sha256.Size]byte

// kept remembers things by their hash.
type kept[V any] = lru.Cache[sum, V]

// perEntry is about what is taken beside what is remembered, in bytes.
const perEntry = 256

// sumOf is a hash of all that a diagram says, and in which form.
func sumOf(d Diagram, f Form) (out sum, ok bool) {
	h := sha256.New()
	in := gob.NewEncoder(h)
	if in.Encode(d) != nil || in.Encode(f) != nil {
		return sum{}, false
	}
	return sum(h.Sum(nil)), true
}

// size is about how many bytes a layout takes.
func (g *geometry) size() int {
	const point, area, curve = 16, 32, 72
	n := area * (len(g.nodes) + len(g.boxes))
	for _, c := range g.lines {
		n += curve + point*cap(c.points)
	}
	return n
}

package diagram

import (
	"container/list"
	"crypto/sha256"
	"encoding/gob"
	"sync"
)

// sum is a hash by which things are remembered.
type sum = [sha256.Size]byte

// kept remembers as much as some bytes allow; what was asked for last stays. It is safe for concurrent use.
type kept struct {
	most int

	mu    sync.Mutex
	cost  int
	bySum map[sum]*list.Element
	byUse *list.List // of *remembered, the last used first
}

type remembered struct {
	sum  sum
	what any
	cost int
}

func newKept(most int) *kept {
	return &kept{most: most, bySum: map[sum]*list.Element{}, byUse: list.New()}
}

// perEntry is about what an entry takes beside what it holds.
const perEntry = 256

func (k *kept) get(s sum) any {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := k.bySum[s]
	if at == nil {
		return nil
	}
	k.byUse.MoveToFront(at)
	return at.Value.(*remembered).what
}

// put remembers something that takes so many bytes. What is too large for all of them is not remembered.
func (k *kept) put(s sum, what any, cost int) {
	cost += perEntry
	k.mu.Lock()
	defer k.mu.Unlock()
	if cost > k.most || k.bySum[s] != nil {
		return
	}
	for k.cost+cost > k.most {
		gone, ok := k.byUse.Remove(k.byUse.Back()).(*remembered)
		if !ok {
			return // nothing else is put there
		}
		delete(k.bySum, gone.sum)
		k.cost -= gone.cost
	}
	k.bySum[s] = k.byUse.PushFront(&remembered{s, what, cost})
	k.cost += cost
}

// forget lets go of everything.
func (k *kept) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cost, k.bySum, k.byUse = 0, map[sum]*list.Element{}, list.New()
}

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

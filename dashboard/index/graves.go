package index

import "github.com/callboard-dev/callboard/api/relation"

// maxGraves is how many of those that are gone are remembered: the last ones.
const maxGraves = 1 << 14

// graves remember when entities went, so that what is late does not bring them back.
type graves struct {
	of   map[relation.Ref]grave
	ring []relation.Ref
	next uint64
}

type grave struct {
	version uint64
	number  uint64
}

func newGraves() graves { return graves{of: map[relation.Ref]grave{}} }

// version is that at which an entity went; 0 if it is not known to have gone.
func (g *graves) version(ref relation.Ref) uint64 {
	if was, ok := g.of[ref]; ok {
		return was.version
	}
	return 0
}

func (g *graves) bury(ref relation.Ref, version uint64) {
	version = max(version, g.of[ref].version)
	if version == 0 {
		return
	}
	at := g.next % maxGraves
	if len(g.ring) < maxGraves {
		g.ring = append(g.ring, ref)
	} else {
		if old := g.ring[at]; g.of[old].number == g.next-maxGraves {
			delete(g.of, old)
		}
		g.ring[at] = ref
	}
	g.of[ref] = grave{version, g.next}
	g.next++
}

// open forgets the grave of an entity that was made anew.
func (g *graves) open(ref relation.Ref) { delete(g.of, ref) }

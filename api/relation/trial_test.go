package relation

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTryLeavesNothingBehind tries random changes and wants every view as it was before.
func TestTryLeavesNothingBehind(t *testing.T) {
	gen := newGenerator(rand.New(rand.NewPCG(7, 7)), universe{namespaces: 3, names: 2, components: 3, groups: 4, domains: 3})
	g := NewGraph()
	for range 400 {
		g.Upsert(FactsOf(gen.object(gen.ref())))
	}
	for i := range 2000 {
		before := views(g)
		f := FactsOf(gen.object(gen.ref()))
		if i%3 == 0 {
			g.Upsert(f)
			continue
		}
		g.Try(f, func(tr *Trial) { tr.Consumptions(f.Ref) })
		if diff := cmp.Diff(before, views(g)); diff != "" {
			t.Fatalf("Try(%+v) left (-before +after):\n%s", f, diff)
		}
	}
}

func views(g *Graph) map[Ref]View {
	out := map[Ref]View{}
	for _, k := range Kinds() {
		for _, r := range g.All(k) {
			out[r], _ = g.View(r)
		}
	}
	return out
}

// TestTryOfWhatTheGraphHolds wants no entity touched, and others to read meanwhile.
func TestTryOfWhatTheGraphHolds(t *testing.T) {
	gen := newGenerator(rand.New(rand.NewPCG(8, 8)), universe{namespaces: 3, names: 2, components: 3, groups: 4, domains: 3})
	g := NewGraph()
	for range 400 {
		f := FactsOf(gen.object(gen.ref()))
		g.Upsert(f)
		g.Try(f, func(tr *Trial) {
			if len(tr.Touched) > 0 {
				t.Errorf("Try(%+v) touches %v, want none", f, tr.Touched)
			}
			read := make(chan View)
			go func() {
				v, _ := g.View(f.Ref)
				read <- v
			}()
			want := (<-read).Problems
			if diff := cmp.Diff(want, tr.Problems(f.Ref)); diff != "" {
				t.Errorf("Problems(%s) (-as in the view +got):\n%s", f.Ref, diff)
			}
		})
	}
}

package relation_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// TestFirstIsTheBeginningOfRelated holds that the first few are those that sorting all would find.
func TestFirstIsTheBeginningOfRelated(t *testing.T) {
	const all = 300
	g, random := relation.NewGraph(), rand.New(rand.NewPCG(3, 4))
	g.Upsert(relation.FactsOf(apitest.API("hub", "hub")))
	for _, i := range random.Perm(all) {
		g.Upsert(relation.FactsOf(apitest.Component("n", fmt.Sprintf("c%03d", i), func(c *catalog.ComponentSpec) {
			c.ConsumesAPIs = []catalog.EntityRef{"api:hub/hub"}
		})))
	}
	hub := relation.Ref{Kind: relation.API, Namespace: "hub", Name: "hub"}
	for _, gone := range []int{0, 70, 90} { // after the first are gone others are the first
		for i := range gone {
			g.Delete(relation.Ref{Kind: relation.Component, Namespace: "n", Name: fmt.Sprintf("c%03d", i)})
		}
		firstIsTheBeginning(t, g, hub)
	}
}

func firstIsTheBeginning(t *testing.T, g *relation.Graph, hub relation.Ref) {
	t.Helper()
	related := g.Related(hub, "apiConsumedBy")
	if len(related) < 200 {
		t.Fatalf("only %d are related", len(related))
	}
	for _, most := range []int{0, 1, 7, 20, 100, len(related) - 1, len(related), len(related) + 1} {
		for name, keep := range map[string]func(relation.Ref) bool{
			"all": func(relation.Ref) bool { return true }, "none": func(relation.Ref) bool { return false },
			"every third": func(r relation.Ref) bool { return (r.Name[3]-'0')%3 == 0 },
		} {
			want := slices.DeleteFunc(slices.Clone(related), func(r relation.Ref) bool { return !keep(r) })
			want = want[:min(len(want), most)]
			if got := g.First(hub, "apiConsumedBy", most, keep); len(want)+len(got) > 0 && !cmp.Equal(want, got) {
				t.Errorf("the first %d of %s: %s", most, name, cmp.Diff(want, got))
			}
		}
	}
}

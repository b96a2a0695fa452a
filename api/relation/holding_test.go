package relation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
)

func TestHolding(t *testing.T) {
	g := relation.NewGraph()
	for _, ns := range []string{"b", "a"} {
		g.Upsert(relation.FactsOf(apitest.Component(ns, "x")))
		g.Upsert(relation.FactsOf(apitest.Component(ns, "y")))
	}
	g.Upsert(relation.FactsOf(apitest.API("c", "x")))
	g.Upsert(relation.FactsOf(apitest.Group("team")))
	g.SetNamespace("empty", nil)
	g.Delete(relation.Ref{Kind: relation.Component, Namespace: "b", Name: "x"})
	g.Delete(relation.Ref{Kind: relation.Component, Namespace: "a", Name: "x"})
	g.Delete(relation.Ref{Kind: relation.Component, Namespace: "a", Name: "y"})
	for k, want := range map[relation.Kind][]string{
		relation.Component: {"b"}, relation.API: {"c"}, relation.Group: nil, relation.KindNone: {"b", "c"},
	} {
		if diff := cmp.Diff(want, g.Holding(k)); diff != "" {
			t.Errorf("Holding(%v) -want +got:\n%s", k, diff)
		}
	}
}

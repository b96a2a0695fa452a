package relation

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestInheritedOwnerFollowsTheSystem(t *testing.T) {
	g := NewGraph()
	c := &catalog.Component{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart"}, Spec: catalog.ComponentSpec{System: "store"}}
	s := &catalog.System{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "store"}, Spec: catalog.SystemSpec{Owner: "a"}}
	g.Upsert(FactsOf(c))
	g.Upsert(FactsOf(s))
	g.Upsert(FactsOf(&catalog.Group{ObjectMeta: metav1.ObjectMeta{Name: "a"}}))
	v, _ := g.View(RefOf(c))
	if got := v.Owner.Ref.String(); got != "group:a" {
		t.Errorf("owner = %q, want group:a", got)
	}
	ga, _ := g.View(Ref{Kind: Group, Name: "a"})
	if ga.Tally.Components != 1 || ga.Tally.Systems != 1 || ga.Owns != 2 {
		t.Errorf("tally = %+v owns %d, want one component and one system", ga.Tally, ga.Owns)
	}
	g.Delete(RefOf(s))
	ga, _ = g.View(Ref{Kind: Group, Name: "a"})
	if ga.Tally != (Tally{}) || ga.Owns != 0 {
		t.Errorf("tally after delete = %+v, want none", ga.Tally)
	}
}

package synthetic_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
)

func TestTheSameOptionsGiveTheSameCatalog(t *testing.T) {
	o := synthetic.Options{Entities: 1000, Seed: 7, Prefix: "x-"}
	if !reflect.DeepEqual(synthetic.New(o), synthetic.New(o)) {
		t.Errorf("New(%+v) twice: the catalogs differ", o)
	}
}

func TestShape(t *testing.T) {
	for _, n := range []int{1000, 10_000} {
		c := synthetic.New(synthetic.Options{Entities: n, Seed: 1})
		if len(c.Entities) != n {
			t.Errorf("%d: got %d entities", n, len(c.Entities))
		}
		kinds, owned, hot := map[relation.Kind]int{}, 0, 0
		names := map[relation.Ref]bool{}
		for _, e := range c.Entities {
			ref := relation.RefOf(e)
			if names[ref] {
				t.Errorf("%d: %s twice", n, ref)
			}
			names[ref] = true
			kinds[ref.Kind]++
			for _, claim := range relation.FactsOf(e).Claims {
				switch {
				case claim.Field == relation.FieldOwner && claim.Target == c.BigOwner:
					owned++
				case claim.Field == relation.FieldConsumesAPIs && claim.Target == c.HotAPI:
					hot++
				}
			}
		}
		within(t, "components per entity", n, kinds[relation.Component], 0.56, 0.64)
		within(t, "APIs per entity", n, kinds[relation.API], 0.24, 0.26)
		within(t, "resources per entity", n, kinds[relation.Resource], 0.09, 0.11)
		within(t, "systems per entity", n, kinds[relation.System], 0.025, 0.035)
		within(t, "consumers of the hot API per component", kinds[relation.Component], hot, 0.095, 0.105)
		within(t, "owned by the big owner per entity", n, owned, 0.045, 0.055)
	}
}

func TestSoManyComponents(t *testing.T) {
	c := synthetic.New(synthetic.Options{Entities: 1000, Components: 1000, Seed: 1})
	kinds := map[relation.Kind]int{}
	for _, e := range c.Entities {
		kinds[relation.RefOf(e).Kind]++
	}
	if kinds[relation.Component] != 1000 || kinds[relation.API] != 250 {
		t.Errorf("got %d Components and %d APIs, want 1000 and 250", kinds[relation.Component], kinds[relation.API])
	}
}

func TestDeploymentsRunTheirComponents(t *testing.T) {
	c := synthetic.New(synthetic.Options{Entities: 1000, Seed: 1})
	links := workload.NewIndex()
	var want []relation.Ref
	for i, e := range c.Entities {
		component, ok := e.(*catalog.Component)
		if !ok {
			continue
		}
		d := synthetic.Deployment(component, i%2 == 0)
		links.SetEntity(relation.RefOf(e), workload.LinkOf(e))
		links.SetWorkload(workload.OfDeployment(d))
		want = append(want, relation.RefOf(e))
	}
	for _, ref := range want {
		v := links.View(ref)
		if len(v.Workloads) != 1 || v.Workloads[0].Key.Name != ref.Name || v.Workloads[0].Health != relation.Healthy {
			t.Errorf("%s is run by %+v, want its Deployment, healthy", ref, v.Workloads)
		}
	}
}

func within(t *testing.T, what string, of, got int, low, high float64) {
	t.Helper()
	if share := float64(got) / float64(of); share < low || share > high {
		t.Errorf("%s: %d of %d, want between %v and %v", what, got, of, low, high)
	}
}

func TestAllIsInOrder(t *testing.T) {
	c := synthetic.New(synthetic.Options{Entities: 2000, Seed: 3})
	graph, met := relation.NewGraph(), map[relation.Ref]bool{}
	for _, e := range c.Entities {
		facts := relation.FactsOf(e)
		for _, claim := range facts.Claims {
			if !met[claim.Target] {
				t.Errorf("%s names %s before it is there", facts.Ref, claim.Target)
			}
		}
		met[facts.Ref] = true
		graph.Upsert(facts)
	}
	for _, e := range c.Entities {
		ref := relation.RefOf(e)
		if ref.Namespace != "" && !slices.Contains(c.Namespaces, ref.Namespace) {
			t.Errorf("%s is in a namespace that is not listed", ref)
		}
		if a, ok := e.(*catalog.API); ok {
			if err := definition.Check(string(a.Spec.Type), a.Spec.Definition); err != nil {
				t.Errorf("the definition of %s: %v", ref, err)
			}
		}
		view, _ := graph.View(ref)
		got := status.Of(e, status.Observation{Relations: view}, metav1.NewTime(time.Unix(0, 0)))
		if ready := meta.FindStatusCondition(got.Conditions, catalog.ConditionReady); ready.Status != metav1.ConditionTrue {
			t.Errorf("%s: not ready: %s", ref, ready.Message)
		}
		if view.Owner.State == relation.Claimed {
			t.Errorf("%s: the owner is only claimed", ref)
		}
	}
}

func TestOnlyWhoMayConsumes(t *testing.T) {
	c := synthetic.New(synthetic.Options{Entities: 2000, Seed: 3})
	apis, homes := map[relation.Ref]*catalog.API{}, map[relation.Ref]relation.Ref{}
	for _, e := range c.Entities {
		ref := relation.RefOf(e)
		if a, ok := e.(*catalog.API); ok {
			apis[ref] = a
		}
		for _, claim := range relation.FactsOf(e).Claims {
			if claim.Field == relation.FieldSystem {
				homes[ref] = claim.Target
			}
		}
	}
	for _, e := range c.Entities {
		ref := relation.RefOf(e)
		for _, claim := range relation.FactsOf(e).Claims {
			if claim.Field != relation.FieldConsumesAPIs {
				continue
			}
			a := apis[claim.Target]
			same := !homes[ref].IsZero() && homes[ref] == homes[claim.Target]
			if a.Spec.Visibility != catalog.VisibilityPublic && !same && !slices.Contains(a.Spec.AllowedConsumers, homes[ref].EntityRef()) {
				t.Errorf("%s may not consume %s", ref, claim.Target)
			}
		}
	}
}

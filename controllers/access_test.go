package controllers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/controllers/store"
)

func granted(parts ...string) check {
	return has(catalog.ConditionAccessGranted, metav1.ConditionTrue, catalog.ReasonGranted, parts...)
}

func denied(parts ...string) check {
	return has(catalog.ConditionAccessGranted, metav1.ConditionFalse, catalog.ReasonAccessDenied, parts...)
}

func undecided(parts ...string) check {
	return has(catalog.ConditionAccessGranted, metav1.ConditionUnknown, catalog.ReasonAccessUndecided, parts...)
}

// uses wants an API to count so many who use it, and so many who say so.
func uses(consumers, deniedOnes, foreign int32) check {
	return func(e catalog.Entity) error {
		for _, c := range []check{
			counts("summary.consumers", func(s *catalog.EntityStatus) *int32 { return s.Summary.Consumers }, consumers),
			counts("summary.denied", func(s *catalog.EntityStatus) *int32 { return s.Summary.Denied }, deniedOnes),
			dependents(foreign),
		} {
			if err := c(e); err != nil {
				return err
			}
		}
		return nil
	}
}

func dependents(want int32) check {
	return func(e catalog.Entity) error {
		if got := e.EntityStatus().ForeignDependents; got != want {
			return fmt.Errorf("status.foreignDependents is %d, want %d", got, want)
		}
		return nil
	}
}

// pair is two teams, each with a namespace, of which one consumes the other's API.
type pair struct {
	shop, pay string
	web, bank *catalog.Group
	charge    *catalog.API
	cart      *catalog.Component
}

func newPair(t *testing.T, changes ...func(*corev1.Namespace)) pair {
	t.Helper()
	p := pair{shop: newNamespace(t), pay: newNamespace(t, changes...), web: apitest.Group(unique("web")), bank: apitest.Group(unique("bank"))}
	p.charge = apitest.API(p.pay, "charge", func(s *catalog.APISpec) { s.Owner = catalog.EntityRef(p.bank.Name) })
	p.cart = apitest.Component(p.shop, "cart", func(s *catalog.ComponentSpec) {
		s.Owner, s.ConsumesAPIs = catalog.EntityRef(p.web.Name), []catalog.EntityRef{catalog.EntityRef(p.pay + "/charge")}
	})
	create(t, p.web, p.bank, p.charge, p.cart)
	becomes(t, p.cart, granted("Every API that it consumes grants it"), isReady())
	becomes(t, p.charge, uses(1, 0, 1))
	return p
}

func (p pair) restrict(t *testing.T, to ...catalog.EntityRef) {
	t.Helper()
	edit(t, p.charge, func(a *catalog.API) { a.Spec.Visibility, a.Spec.AllowedConsumers = catalog.VisibilityRestricted, to })
}

func TestAccessIsJudgedWheneverSomethingChanges(t *testing.T) {
	p := newPair(t)
	why := fmt.Sprintf("spec.consumesApis[0]: api:%s/charge is Restricted: component:%s/cart is neither in a System of its own nor covered by its allowedConsumers; ask group:%s to add component:%s/cart to spec.allowedConsumers",
		p.pay, p.shop, p.bank.Name, p.shop)
	no := func() {
		t.Helper()
		becomes(t, p.cart, denied(why), notReady(catalog.ReasonAccessDenied, why))
		becomes(t, p.charge, uses(0, 1, 0))
	}
	yes := func() {
		t.Helper()
		becomes(t, p.cart, granted(), isReady())
		becomes(t, p.charge, uses(1, 0, 1))
	}
	p.restrict(t)
	no()
	p.restrict(t, catalog.EntityRef("component:"+p.shop+"/cart"))
	yes()
	p.restrict(t, catalog.EntityRef("group:"+p.bank.Name))
	no()
	above := apitest.Group(unique("above"))
	create(t, above)
	p.restrict(t, catalog.EntityRef("group:"+above.Name))
	no()
	edit(t, p.web, func(g *catalog.Group) { g.Spec.Parent = catalog.EntityRef(above.Name) })
	yes()
	edit(t, p.web, func(g *catalog.Group) { g.Spec.AllowedNamespaces = catalog.AllowedNamespaces{} })
	no()
	edit(t, p.web, func(g *catalog.Group) { g.Spec.AllowedNamespaces.From = catalog.FromAll })
	yes()
	edit(t, p.cart, func(c *catalog.Component) { c.Spec.ConsumesAPIs = nil })
	becomes(t, p.cart, has(catalog.ConditionAccessGranted, metav1.ConditionTrue, catalog.ReasonNotRequired, "It consumes no API"))
	becomes(t, p.charge, uses(0, 0, 0))
}

func TestAccessThatWaitsIsUnknown(t *testing.T) {
	p := newPair(t)
	p.restrict(t, catalog.EntityRef("system:"+p.shop+"/front"))
	becomes(t, p.cart, denied())
	edit(t, p.cart, func(c *catalog.Component) { c.Spec.System = "front" })
	becomes(t, p.cart, undecided("where something is missing or has not given its consent"))
	becomes(t, p.charge, uses(0, 0, 0))
	front := apitest.System(p.shop, "front", func(s *catalog.SystemSpec) { s.Owner = catalog.EntityRef(p.web.Name) })
	create(t, front)
	becomes(t, p.cart, granted(), isReady())
	becomes(t, p.charge, uses(1, 0, 1))
	remove(t, p.charge)
	becomes(t, p.cart, undecided("api:"+p.pay+"/charge does not exist"))
	again(t, p.charge)
	becomes(t, p.cart, granted(), isReady())
}

func TestReadyWeighsWhatIsEnforced(t *testing.T) {
	for mode, want := range map[string]check{
		"enforce": notReady(catalog.ReasonAccessDenied), "warn": isReady(), "audit": isReady(), "nonsense": notReady(catalog.ReasonAccessDenied),
	} {
		t.Run(mode, func(t *testing.T) {
			p := newPair(t, labelled(catalog.LabelVisibility, mode))
			p.restrict(t)
			becomes(t, p.cart, denied(), want)
			becomes(t, p.charge, uses(0, 1, 0))
		})
	}
	t.Run("the mode changes", func(t *testing.T) {
		p := newPair(t)
		p.restrict(t)
		becomes(t, p.cart, denied(), notReady(catalog.ReasonAccessDenied))
		ns := read(t, namespaceNamed(p.pay))
		edit(t, ns, func(ns *corev1.Namespace) { ns.Labels[catalog.LabelVisibility] = "warn" })
		becomes(t, p.cart, denied(), isReady())
	})
}

func TestAccessThatTurnsIsTold(t *testing.T) {
	p := newPair(t, labelled(catalog.LabelVisibility, "warn"))
	p.restrict(t)
	becomes(t, p.cart, denied())
	p.restrict(t, catalog.EntityRef("component:"+p.shop+"/cart"))
	becomes(t, p.cart, granted())
	want := []string{"Normal Granted AccessGranted: Every API that it consumes grants it", "Warning AccessDenied AccessGranted: spec.consumesApis[0]: api:" + p.pay + "/charge is Restricted"}
	eventually(t, func() error {
		var list eventsv1.EventList
		if err := k8s.List(t.Context(), &list, client.InNamespace(p.shop)); err != nil {
			return err
		}
		var got []string
		for _, e := range list.Items {
			if e.Regarding.Name == "cart" && strings.HasPrefix(e.Note, "AccessGranted") {
				got = append(got, e.Type+" "+e.Reason+" "+e.Note)
			}
		}
		slices.Sort(got)
		if len(got) != len(want) || got[0] != want[0] || !strings.HasPrefix(got[1], want[1]) {
			return fmt.Errorf("the events are %q, want %q", got, want)
		}
		return nil
	})
}

func TestMetricCountsViolationsByMode(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(store.NewCollector(operator.store))
	violations := func() map[string]float64 {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			for _, m := range f.Metric {
				if f.GetName() == "callboard_visibility_violations" {
					got[m.Label[0].GetValue()] = m.Gauge.GetValue()
				}
			}
		}
		return got
	}
	before := violations()
	want := map[string]float64{}
	for mode, n := range before {
		want[mode] = n + 1
		p := newPair(t, labelled(catalog.LabelVisibility, mode))
		p.restrict(t)
		becomes(t, p.cart, denied())
	}
	if got := violations(); len(got) != 3 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("callboard_visibility_violations is %v, was %v, want one more of each", got, before)
	}
}

func TestForeignDependentsAreCounted(t *testing.T) {
	p := newPair(t)
	payments := apitest.System(p.pay, "payments", func(s *catalog.SystemSpec) {
		s.Owner, s.AllowedNamespaces.From = catalog.EntityRef(p.bank.Name), catalog.FromAll
	})
	db := apitest.Resource(p.pay, "db", func(s *catalog.ResourceSpec) { s.Owner = catalog.EntityRef(p.bank.Name) })
	create(t, payments, db)
	becomes(t, payments, dependents(0))
	becomes(t, db, dependents(0))
	becomes(t, p.web, dependents(1))
	edit(t, p.cart, func(c *catalog.Component) {
		c.Spec.System, c.Spec.DependsOn = catalog.EntityRef(p.pay+"/payments"), []catalog.EntityRef{catalog.EntityRef("resource:" + p.pay + "/db")}
	})
	becomes(t, payments, dependents(1))
	becomes(t, db, dependents(1))
	edit(t, p.cart, func(c *catalog.Component) { c.Spec.Owner = catalog.EntityRef(p.bank.Name) })
	becomes(t, payments, dependents(0))
	becomes(t, db, dependents(0))
	becomes(t, p.charge, uses(1, 0, 0))
	becomes(t, p.web, dependents(0))
	edit(t, p.cart, func(c *catalog.Component) { c.Spec.Owner = catalog.EntityRef(p.web.Name) })
	becomes(t, payments, dependents(1))
	edit(t, payments, func(s *catalog.System) { s.Spec.AllowedNamespaces = catalog.AllowedNamespaces{} })
	becomes(t, payments, dependents(0))
	becomes(t, p.charge, uses(1, 0, 1))
	remove(t, p.cart)
	becomes(t, p.charge, uses(0, 0, 0))
	becomes(t, db, dependents(0))
}

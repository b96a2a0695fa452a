package controllers_test

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestComponentMovesFromOneSystemToAnother(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	domain := apitest.Domain(unique("commerce"), func(s *catalog.DomainSpec) { s.AllowedNamespaces.From = catalog.FromAll })
	inDomain := func(s *catalog.SystemSpec) { s.Domain = catalog.EntityRef(domain.Name) }
	from, to := apitest.System(ns, "from", inDomain), apitest.System(ns, "to")
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.System = "from" })
	create(t, domain, from, to, c)
	becomes(t, from, components(1), relates("hasPart", ref("component", ns, "cart")))
	becomes(t, to, components(0), relates("hasPart"))
	becomes(t, domain, components(1))
	becomes(t, c, systemIs(ref("system", ns, "from")))

	edit(t, c, func(c *catalog.Component) { c.Spec.System = "to" })
	becomes(t, c, systemIs(ref("system", ns, "to")))
	becomes(t, from, components(0), relates("hasPart"))
	becomes(t, to, components(1), relates("hasPart", ref("component", ns, "cart")))
	becomes(t, domain, components(0))

	edit(t, to, func(s *catalog.System) { s.Spec.Domain = catalog.EntityRef(domain.Name) })
	becomes(t, domain, components(1), relates("hasPart", ref("system", ns, "from"), ref("system", ns, "to")))

	remove(t, c)
	becomes(t, to, components(0))
	becomes(t, domain, components(0))
}

func TestSystemThatGoesAndComesBack(t *testing.T) {
	t.Parallel()
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	system := apitest.System(ns, "shop", func(s *catalog.SystemSpec) { s.Owner = catalog.EntityRef(team.Name) })
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.System = "shop" })
	create(t, team, system, c)
	becomes(t, c, isReady(), owned(catalog.ReasonInherited))
	remove(t, system)
	becomes(t, c, unresolved(catalog.ReasonRefNotFound, ref("system", ns, "shop")+" does not exist"), notOwned(catalog.ReasonNoOwner),
		notReady(catalog.ReasonNotReady, "set spec.owner", "does not exist"), systemIs(""), ownerIs(""))
	becomes(t, team, owns(0))
	again(t, system)
	becomes(t, c, isReady(), systemIs(ref("system", ns, "shop")))
	becomes(t, system, components(1))
}

func TestAPIThatGoesAndComesBack(t *testing.T) {
	t.Parallel()
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	owner := catalog.EntityRef(team.Name)
	a := apitest.API(ns, "orders", func(s *catalog.APISpec) { s.Owner = owner })
	provider := apitest.Component(ns, "orders", func(s *catalog.ComponentSpec) { s.Owner, s.ProvidesAPIs = owner, []catalog.EntityRef{"orders"} })
	consumer := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.Owner, s.ConsumesAPIs = owner, []catalog.EntityRef{"orders"} })
	depender := apitest.Resource(ns, "topic", func(s *catalog.ResourceSpec) { s.Owner, s.DependsOn = owner, []catalog.EntityRef{"api:orders"} })
	create(t, team, a, provider, consumer, depender)
	has := func(providers, consumers int32) []check {
		return []check{
			counts("summary.providers", func(s *catalog.EntityStatus) *int32 { return s.Summary.Providers }, providers),
			counts("summary.consumers", func(s *catalog.EntityStatus) *int32 { return s.Summary.Consumers }, consumers),
		}
	}
	becomes(t, a, append(has(1, 2), relates("apiConsumedBy", ref("component", ns, "cart"), ref("resource", ns, "topic")))...)
	becomes(t, consumer, isReady(), relates("consumesApi", ref("api", ns, "orders")))
	remove(t, a)
	becomes(t, consumer, unresolved(catalog.ReasonRefNotFound, "spec.consumesApis[0]: "+ref("api", ns, "orders")), relates("consumesApi"))
	becomes(t, provider, unresolved(catalog.ReasonRefNotFound, "spec.providesApis[0]"))
	becomes(t, depender, unresolved(catalog.ReasonRefNotFound, "spec.dependsOn[0]"), relates("dependsOn"))
	again(t, a)
	becomes(t, a, has(1, 2)...)
	becomes(t, consumer, isReady())
	becomes(t, provider, isReady())
	remove(t, consumer)
	becomes(t, a, has(1, 1)...)
}

func TestNamespaceLabelsOpenAndCloseConsent(t *testing.T) {
	t.Parallel()
	home, guest := newNamespace(t), newNamespace(t)
	system := apitest.System(home, "shop", func(s *catalog.SystemSpec) {
		s.AllowedNamespaces = catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: catalog.LabelSelector{
			MatchLabels: map[string]catalog.LabelValue{"team": "shop"},
		}}
	})
	c := apitest.Component(guest, "cart", func(s *catalog.ComponentSpec) { s.System = catalog.EntityRef(home + "/shop") })
	own := apitest.Component(home, "own", func(s *catalog.ComponentSpec) { s.System = "shop" })
	create(t, system, c, own)
	closed := unresolved(catalog.ReasonRefNotPermitted, "spec.system: "+ref("system", home, "shop")+" does not exist or does not permit this")
	becomes(t, c, closed, systemIs(""))
	becomes(t, own, resolved())
	becomes(t, system, components(1))

	ns := read(t, namespaceNamed(guest))
	edit(t, ns, func(ns *corev1.Namespace) { ns.Labels["team"] = "shop" })
	becomes(t, c, resolved(), systemIs(ref("system", home, "shop")))
	becomes(t, system, components(2))

	edit(t, ns, func(ns *corev1.Namespace) { ns.Labels["team"] = "other" })
	becomes(t, c, closed, systemIs(""))
	becomes(t, system, components(1))

	edit(t, system, func(s *catalog.System) { s.Spec.AllowedNamespaces = catalog.AllowedNamespaces{From: catalog.FromAll} })
	becomes(t, c, resolved())
	edit(t, system, func(s *catalog.System) { s.Spec.AllowedNamespaces.From = catalog.FromSame })
	becomes(t, c, closed)
}

// seen is all that whoever may read an entity learns from its status, but the entity's name and the times.
func seen(t *testing.T, e entity) string {
	t.Helper()
	s := e.EntityStatus().DeepCopy()
	for i := range s.Conditions {
		s.Conditions[i].LastTransitionTime = metav1.Time{}
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), e.GetName(), "NAME")
}

func TestWhatIsClosedInAnotherNamespaceLooksAsIfItWereMissing(t *testing.T) {
	t.Parallel()
	home, guest := newNamespace(t), newNamespace(t)
	cases := map[string]struct {
		target entity
		claim  func(*catalog.ComponentSpec)
	}{
		"a System": {
			apitest.System(home, "closed", func(s *catalog.SystemSpec) { s.AllowedNamespaces.From = catalog.FromSame }),
			func(s *catalog.ComponentSpec) { s.System = catalog.EntityRef(home + "/closed") },
		},
		"an API to provide": {
			apitest.API(home, "closed"),
			func(s *catalog.ComponentSpec) {
				s.ProvidesAPIs = []catalog.EntityRef{catalog.EntityRef(home + "/closed")}
			},
		},
		"a Component to be a part of": {
			apitest.Component(home, "closed-parent"),
			func(s *catalog.ComponentSpec) { s.SubcomponentOf = catalog.EntityRef(home + "/closed-parent") },
		},
		"a Component that is said to depend": {
			apitest.Component(home, "closed-user"),
			func(s *catalog.ComponentSpec) {
				s.DependencyOf = []catalog.EntityRef{catalog.EntityRef("component:" + home + "/closed-user")}
			},
		},
	}
	team := apitest.Group(unique("team"))
	create(t, team)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			owner := func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) }
			before, after := apitest.Component(guest, unique("cart"), owner, tc.claim), apitest.Component(guest, unique("cart"), owner, tc.claim)
			create(t, before)
			becomes(t, before, unresolved(catalog.ReasonRefNotPermitted, "does not exist or does not permit this"))
			version := before.ResourceVersion
			create(t, tc.target, after)
			becomes(t, tc.target, resolved())
			becomes(t, after, unresolved(catalog.ReasonRefNotPermitted))
			if got, want := seen(t, after), seen(t, before); got != want {
				t.Errorf("closed shows\n%s\nmissing shows\n%s\nwant the same", got, want)
			}
			if read(t, before).ResourceVersion != version {
				t.Error("the status was written when the target was made, which gives away that it was")
			}
		})
	}
}

func TestProvidingAnAPIOfAnotherNamespaceNeedsACommonSystem(t *testing.T) {
	t.Parallel()
	home, guest := newNamespace(t), newNamespace(t)
	system := apitest.System(home, "shop", func(s *catalog.SystemSpec) { s.AllowedNamespaces.From = catalog.FromAll })
	a := apitest.API(home, "orders", func(s *catalog.APISpec) { s.System = "shop" })
	c := apitest.Component(guest, "orders", func(s *catalog.ComponentSpec) {
		s.ProvidesAPIs = []catalog.EntityRef{catalog.EntityRef(home + "/orders")}
	})
	providers := func(want int32) check {
		return counts("summary.providers", func(s *catalog.EntityStatus) *int32 { return s.Summary.Providers }, want)
	}
	create(t, system, a, c)
	closed := unresolved(catalog.ReasonRefNotPermitted,
		"spec.providesApis[0]: "+ref("api", home, "orders")+" does not exist or does not permit this: both must be members of one System, by its consent")
	becomes(t, c, closed, relates("providesApi"))
	becomes(t, a, providers(0))

	edit(t, c, func(c *catalog.Component) { c.Spec.System = catalog.EntityRef(home + "/shop") })
	becomes(t, c, resolved(), relates("providesApi", ref("api", home, "orders")))
	becomes(t, a, providers(1), relates("apiProvidedBy", ref("component", guest, "orders")))

	edit(t, a, func(a *catalog.API) { a.Spec.System = "" })
	becomes(t, c, closed)
	becomes(t, a, providers(0))
	edit(t, a, func(a *catalog.API) { a.Spec.System = "shop" })
	becomes(t, c, resolved())

	edit(t, system, func(s *catalog.System) { s.Spec.AllowedNamespaces.From = catalog.FromSame })
	becomes(t, c, unresolved(catalog.ReasonRefNotPermitted, "spec.system: ", "spec.providesApis[0]: "))
	becomes(t, a, providers(0))
}

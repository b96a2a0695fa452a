package apitest

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

const grantedSpaces = 6

// GrantedNamespaces are the namespaces of Granted.
func GrantedNamespaces() []*corev1.Namespace {
	var out []*corev1.Namespace
	for i := range grantedSpaces {
		ns := &corev1.Namespace{ObjectMeta: meta("", space(i))}
		ns.Labels = map[string]string{"env": "x"}
		out = append(out, ns)
	}
	return out
}

func space(i int) string { return "granted-" + strconv.Itoa((i+grantedSpaces)%grantedSpaces) }

// Granted is a catalog of 300 entities in GrantedNamespaces in which every consumption is granted, each by another way:
// through visibility, a System, and each kind of entry of allowedConsumers, across namespaces and levels.
func Granted() []catalog.Entity {
	bySelector := catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: catalog.LabelSelector{
		MatchLabels: map[string]catalog.LabelValue{"env": "x"},
	}}
	closed := func(s *catalog.GroupSpec) { s.AllowedNamespaces = catalog.AllowedNamespaces{} }
	out := []catalog.Entity{
		Domain("top", func(s *catalog.DomainSpec) { s.Owner = "org" }),
		Domain("middle", func(s *catalog.DomainSpec) { s.Owner, s.SubdomainOf, s.AllowedNamespaces = "org", "top", bySelector }),
		Group("org", closed, func(s *catalog.GroupSpec) { s.Children = refs("dept0", "dept1") }),
		Group("dept0", closed, func(s *catalog.GroupSpec) { s.Children = refs("team0", "team1", "team2") }),
		Group("dept1", closed, func(s *catalog.GroupSpec) { s.Parent, s.Children = "org", refs("team3") }),
	}
	for i := range grantedSpaces {
		out = append(out, Group(team(i), func(s *catalog.GroupSpec) {
			if s.AllowedNamespaces = bySelector; i > 2 {
				s.Parent = "dept1"
			}
		}), Domain("part"+strconv.Itoa(i), func(s *catalog.DomainSpec) {
			s.Owner, s.SubdomainOf, s.AllowedNamespaces = catalog.EntityRef(team(i)), "middle", bySelector
		}))
	}
	for i := range grantedSpaces {
		out = append(out, grantedSpace(i, bySelector)...)
	}
	return out[:300]
}

func team(i int) string { return "team" + strconv.Itoa(i%grantedSpaces) }

func refs(names ...catalog.EntityRef) []catalog.EntityRef { return names }

// grantedSpace is what Granted has in one namespace. It uses the next one's APIs and those of the one before.
func grantedSpace(i int, bySelector catalog.AllowedNamespaces) []catalog.Entity {
	ns, owner := space(i), catalog.EntityRef(team(i))
	next := func(name string) catalog.EntityRef { return catalog.EntityRef(space(i+1) + "/" + name) }
	last := func(name string) catalog.EntityRef { return catalog.EntityRef(space(i-1) + "/" + name) }
	api := func(name string, system catalog.EntityRef, v catalog.Visibility, allowed ...catalog.EntityRef) catalog.Entity {
		return API(ns, name, func(s *catalog.APISpec) {
			s.Owner, s.System, s.Visibility, s.AllowedConsumers = owner, system, v, allowed
		})
	}
	component := func(name string, system catalog.EntityRef, consumes ...catalog.EntityRef) *catalog.Component {
		return Component(ns, name, func(s *catalog.ComponentSpec) { s.Owner, s.System, s.ConsumesAPIs = owner, system, consumes })
	}
	provider := component("provider", "", "alone")
	provider.Spec.ProvidesAPIs = refs("alone")
	out := []catalog.Entity{
		System(ns, "shop", func(s *catalog.SystemSpec) {
			s.Owner, s.Domain, s.AllowedNamespaces = owner, catalog.EntityRef("part"+strconv.Itoa(i)), bySelector
		}),
		System(ns, "heir", func(s *catalog.SystemSpec) { s.Domain = catalog.EntityRef("part" + strconv.Itoa(i)) }),
		api("public", "", catalog.VisibilityPublic),
		api("private", "shop", catalog.VisibilityPrivate),
		api("alone", "", catalog.VisibilityPrivate),
		api("same", "shop", catalog.VisibilityRestricted),
		api("component", "", catalog.VisibilityRestricted, "component:"+next("named")),
		api("system", "", catalog.VisibilityRestricted, "system:"+next("shop")),
		api("domain", "heir", catalog.VisibilityRestricted, "domain:top"),
		api("group", "", catalog.VisibilityRestricted, "group:org"),
		component("guest", next("shop"), next("private"), next("same"), next("domain"), next("group")),
		component("named", "", last("component"), next("public")),
		provider,
		Resource(ns, "db", func(s *catalog.ResourceSpec) {
			s.System, s.DependsOn = "shop", refs("api:private", "api:"+last("system"))
		}),
	}
	for n := range 34 {
		c := component("c"+strconv.Itoa(n), "shop")
		switch n % 4 {
		case 0:
			c.Spec.ConsumesAPIs = refs("private", last("system"), next("domain"), next("group"))
		case 1: // its owner comes down from the Domain
			c.Spec.System, c.Spec.Owner = "heir", ""
			c.Spec.ConsumesAPIs = refs(next("domain"), "group", next("public"))
		case 2:
			c.Spec.System, c.Spec.Owner = "", catalog.EntityRef(team(n))
			c.Spec.ConsumesAPIs = refs(next("group"), last("group"))
		default:
			c.Spec.DependsOn = refs("api:same", "api:"+next("domain"))
		}
		out = append(out, c)
	}
	return out
}

package controllers_test

import (
	"testing"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// ref is a reference in full form.
func ref(kind, namespace, name string) string {
	if namespace == "" {
		return kind + ":" + name
	}
	return kind + ":" + namespace + "/" + name
}

func TestOwnerThatGoesAndComesBack(t *testing.T) {
	t.Parallel()
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	c := apitest.Component(ns, "checkout", func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
	create(t, team, c)
	becomes(t, c, isReady(), ownerIs("group:"+team.Name), owned(catalog.ReasonDeclared, "Owned by group:"+team.Name))
	becomes(t, team, owns(1), relates("ownerOf", ref("component", ns, "checkout")))

	remove(t, team)
	gone := "spec.owner: group:" + team.Name + " does not exist: create it or name another owner"
	becomes(t, c, notOwned(catalog.ReasonOwnerNotFound, gone), notReady(catalog.ReasonOwnerNotFound, gone), ownerIs("group:"+team.Name))

	again(t, team)
	becomes(t, c, isReady(), owned(catalog.ReasonDeclared))
	becomes(t, team, owns(1))
}

func TestOwnerIsInheritedFromTheSystemThenItsDomain(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	team, platform, ada := apitest.Group(unique("team")), apitest.Group(unique("platform")), apitest.User(unique("ada"))
	top := apitest.Domain(unique("top"), func(s *catalog.DomainSpec) { s.Owner = catalog.EntityRef("user:" + ada.Name) })
	domain := apitest.Domain(unique("commerce"), func(s *catalog.DomainSpec) {
		s.SubdomainOf, s.AllowedNamespaces.From = catalog.EntityRef(top.Name), catalog.FromAll
	})
	system := apitest.System(ns, "storefront", func(s *catalog.SystemSpec) { s.Domain = catalog.EntityRef(domain.Name) })
	inSystem := func(s *catalog.ComponentSpec) { s.System = "storefront" }
	c := apitest.Component(ns, "cart", inSystem)
	create(t, team, platform, ada, top, domain, system, c)

	becomes(t, c, isReady(), ownerIs("user:"+ada.Name),
		owned(catalog.ReasonInherited, "Owned by user:"+ada.Name+", inherited from domain:"+top.Name))
	becomes(t, ada, owns(4))

	edit(t, domain, func(d *catalog.Domain) { d.Spec.Owner = catalog.EntityRef(platform.Name) })
	becomes(t, c, ownerIs("group:"+platform.Name), owned(catalog.ReasonInherited, "inherited from domain:"+domain.Name))
	becomes(t, system, ownerIs("group:"+platform.Name), owned(catalog.ReasonInherited, "inherited from domain:"+domain.Name))

	edit(t, system, func(s *catalog.System) { s.Spec.Owner = catalog.EntityRef(team.Name) })
	becomes(t, c, ownerIs("group:"+team.Name), owned(catalog.ReasonInherited, "inherited from "+ref("system", ns, "storefront")))
	becomes(t, ada, owns(1))
	becomes(t, platform, owns(1))
	becomes(t, team, owns(2), relates("ownerOf", ref("component", ns, "cart"), ref("system", ns, "storefront")))

	remove(t, team)
	becomes(t, c, notOwned(catalog.ReasonOwnerNotFound,
		"The owner inherited from "+ref("system", ns, "storefront")+": group:"+team.Name+" does not exist"))

	edit(t, c, func(c *catalog.Component) { c.Spec.Owner = catalog.EntityRef(platform.Name) })
	becomes(t, c, isReady(), ownerIs("group:"+platform.Name), owned(catalog.ReasonDeclared))

	edit(t, c, func(c *catalog.Component) { c.Spec.Owner, c.Spec.System = "", "" })
	becomes(t, c, notOwned(catalog.ReasonNoOwner), ownerIs(""), systemIs(""))
}

func TestOwnerAndDomainThatDoNotConsentAreShownAsClaimed(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	team := apitest.Group(unique("team"), func(s *catalog.GroupSpec) { s.AllowedNamespaces = catalog.AllowedNamespaces{} })
	domain := apitest.Domain(unique("commerce"))
	system := apitest.System(ns, "storefront", func(s *catalog.SystemSpec) {
		s.Owner, s.Domain = catalog.EntityRef(team.Name), catalog.EntityRef(domain.Name)
	})
	create(t, team, domain, system)
	closedTeam := "Owned by group:" + team.Name + "; only claimed: the allowedNamespaces of group:" + team.Name + " do not cover namespace " + ns
	closedDomain := "spec.domain: only claimed: the allowedNamespaces of domain:" + domain.Name + " do not cover namespace " + ns
	becomes(t, system, isReady(), owned(catalog.ReasonDeclared, closedTeam), resolved("All references resolve; "+closedDomain), ownerIs("group:"+team.Name))
	becomes(t, team, owns(1)) // shown and rolled up all the same
	becomes(t, domain, counts("summary.systems", func(s *catalog.EntityStatus) *int32 { return s.Summary.Systems }, 1))

	edit(t, team, func(g *catalog.Group) { g.Spec.AllowedNamespaces.From = catalog.FromAll })
	edit(t, domain, func(d *catalog.Domain) {
		d.Spec.AllowedNamespaces = catalog.AllowedNamespaces{From: catalog.FromSelector, Selector: catalog.LabelSelector{
			MatchLabels: map[string]catalog.LabelValue{"kubernetes.io/metadata.name": catalog.LabelValue(ns)},
		}}
	})
	becomes(t, system, isReady(), messageIs(catalog.ConditionOwned, "Owned by group:"+team.Name),
		messageIs(catalog.ConditionReferencesResolved, "All references resolve"))
}

func TestOwnerWithoutMembersIsInactive(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	ada, bob := apitest.User(unique("ada")), apitest.User(unique("bob"))
	team := apitest.Group(unique("team"), func(s *catalog.GroupSpec) { s.Members = []catalog.EntityRef{catalog.EntityRef(ada.Name)} })
	empty := apitest.Group(unique("empty"))
	sub := apitest.Group(unique("sub"), func(s *catalog.GroupSpec) { s.Parent = catalog.EntityRef(team.Name) })
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
	fresh := apitest.Component(ns, "fresh", func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(empty.Name) })
	create(t, ada, bob, team, empty, sub, c, fresh)
	becomes(t, c, isReady())
	becomes(t, team, members(1))
	becomes(t, fresh, isReady()) // a group that never had members is not inactive
	becomes(t, empty, members(-1))

	inactive := "spec.owner: group:" + team.Name + " has no members left, in it or below it: add members or name another owner"
	edit(t, team, func(g *catalog.Group) { g.Spec.Members = nil })
	becomes(t, c, notOwned(catalog.ReasonOwnerInactive, inactive), notReady(catalog.ReasonOwnerInactive, inactive))
	becomes(t, team, members(0), isReady())

	edit(t, bob, func(u *catalog.User) { u.Spec.MemberOf = []catalog.EntityRef{catalog.EntityRef(sub.Name)} })
	becomes(t, c, isReady()) // the sub-team has a member
	becomes(t, team, members(1))

	remove(t, bob)
	becomes(t, c, notOwned(catalog.ReasonOwnerInactive, inactive))
	again(t, bob)
	becomes(t, c, isReady())

	edit(t, sub, func(g *catalog.Group) { g.Spec.Parent = "" })
	becomes(t, c, notOwned(catalog.ReasonOwnerInactive, inactive))
}

package controllers_test

import (
	"testing"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func refs(names ...string) []catalog.EntityRef {
	out := make([]catalog.EntityRef, len(names))
	for i, n := range names {
		out[i] = catalog.EntityRef(n)
	}
	return out
}

func TestHierarchyMayBeDeclaredOnEitherSide(t *testing.T) {
	t.Parallel()
	parent := apitest.Group(unique("parent"))
	byChild, byParent, both := apitest.Group(unique("by-child")), apitest.Group(unique("by-parent")), apitest.Group(unique("by-both"))
	byChild.Spec.Parent, both.Spec.Parent = catalog.EntityRef(parent.Name), catalog.EntityRef("group:default/"+parent.Name)
	parent.Spec.Children = refs(byParent.Name, both.Name)
	create(t, parent, byChild, byParent, both)
	becomes(t, parent, isReady(), relates("parentOf", "group:"+both.Name, "group:"+byChild.Name, "group:"+byParent.Name))
	for _, child := range []*catalog.Group{byChild, byParent, both} {
		becomes(t, child, isReady(), relates("childOf", "group:"+parent.Name))
	}
	edit(t, both, func(g *catalog.Group) { g.Spec.Parent = "" })
	becomes(t, both, isReady(), relates("childOf", "group:"+parent.Name)) // the other side still says so
	edit(t, parent, func(g *catalog.Group) { g.Spec.Children = refs(byParent.Name) })
	becomes(t, both, isReady(), relates("childOf"))
	becomes(t, parent, relates("parentOf", "group:"+byChild.Name, "group:"+byParent.Name))
}

func TestMembershipMayBeDeclaredOnEitherSide(t *testing.T) {
	t.Parallel()
	ada, bob, eve := apitest.User(unique("ada")), apitest.User(unique("bob")), apitest.User(unique("eve"))
	team := apitest.Group(unique("team"), func(s *catalog.GroupSpec) { s.Members = refs(ada.Name, eve.Name) })
	other := apitest.Group(unique("other"))
	bob.Spec.MemberOf, eve.Spec.MemberOf = refs(team.Name, other.Name), refs(team.Name)
	create(t, ada, bob, eve, team, other)
	groups := func(want int32) check {
		return counts("summary.groups", func(s *catalog.EntityStatus) *int32 { return s.Summary.Groups }, want)
	}
	becomes(t, team, isReady(), members(3), relates("hasMember", "user:"+ada.Name, "user:"+bob.Name, "user:"+eve.Name))
	becomes(t, ada, groups(1), relates("memberOf", "group:"+team.Name))
	becomes(t, bob, groups(2))
	becomes(t, eve, groups(1), relates("memberOf", "group:"+team.Name))
	edit(t, team, func(g *catalog.Group) { g.Spec.Members = nil })
	becomes(t, team, members(2), relates("hasMember", "user:"+bob.Name, "user:"+eve.Name))
	becomes(t, ada, groups(0))
	remove(t, bob)
	becomes(t, team, members(1))
	becomes(t, other, members(0))
}

func TestDisagreementAboutAParentIsShownOnBoth(t *testing.T) {
	t.Parallel()
	wants, has, child := apitest.Group(unique("a-wants")), apitest.Group(unique("b-has")), apitest.Group(unique("child"))
	wants.Spec.Children, child.Spec.Parent = refs(child.Name), catalog.EntityRef(has.Name)
	create(t, wants, has, child)
	becomes(t, wants, unresolved(catalog.ReasonDisagreement, "spec.children[0]: group:"+child.Name+" names another parent: let both say the same"), relates("parentOf"))
	becomes(t, child, unresolved(catalog.ReasonDisagreement, "spec.parent: the parent is group:"+has.Name+", and group:"+wants.Name+
		" names this group among its children: let both say the same"), relates("childOf", "group:"+has.Name))
	becomes(t, has, isReady(), relates("parentOf", "group:"+child.Name))

	edit(t, child, func(g *catalog.Group) { g.Spec.Parent = catalog.EntityRef(wants.Name) })
	becomes(t, wants, isReady(), relates("parentOf", "group:"+child.Name))
	becomes(t, child, isReady())
	becomes(t, has, isReady(), relates("parentOf"))
}

func TestTwoGroupsThatNameTheSameChildDisagree(t *testing.T) {
	t.Parallel()
	child := apitest.Group(unique("child"))
	first := apitest.Group(unique("a-first"), func(s *catalog.GroupSpec) { s.Children = refs(child.Name) })
	second := apitest.Group(unique("b-second"), func(s *catalog.GroupSpec) { s.Children = refs(child.Name) })
	create(t, second, child)
	becomes(t, second, isReady(), relates("parentOf", "group:"+child.Name))
	create(t, first) // the first in alphabetical order counts, whichever came first
	becomes(t, first, isReady(), relates("parentOf", "group:"+child.Name))
	becomes(t, second, unresolved(catalog.ReasonDisagreement, "spec.children[0]: group:"+child.Name), relates("parentOf"))
	becomes(t, child, unresolved(catalog.ReasonDisagreement, "the parent is group:"+first.Name, "group:"+second.Name+" names this group"))
	remove(t, first)
	becomes(t, second, isReady())
	becomes(t, child, isReady(), relates("childOf", "group:"+second.Name))
}

func TestGroupsShowWhatTheyAndTheirSubTeamsOwn(t *testing.T) {
	t.Parallel()
	ns := newNamespace(t)
	top := apitest.Group(unique("top"))
	team := apitest.Group(unique("team"), func(s *catalog.GroupSpec) { s.Parent = catalog.EntityRef(top.Name) })
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
	r := apitest.Resource(ns, "db", func(s *catalog.ResourceSpec) { s.Owner = catalog.EntityRef(top.Name) })
	create(t, top, team, c, r)
	rolled := func(components, resources int32) []check {
		return []check{
			counts("rollup.components", func(s *catalog.EntityStatus) *int32 { return s.Rollup.Components }, components),
			counts("rollup.resources", func(s *catalog.EntityStatus) *int32 { return s.Rollup.Resources }, resources),
		}
	}
	becomes(t, top, append(rolled(1, 1), owns(1), relates("ownerOf", ref("resource", ns, "db")))...)
	becomes(t, team, append(rolled(1, 0), owns(1))...)
	edit(t, team, func(g *catalog.Group) { g.Spec.Parent = "" })
	becomes(t, top, append(rolled(0, 1), owns(1))...)
}

package controllers_test

import (
	"testing"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func ref(kind, namespace, name string) string {
	if namespace == "" {
		return kind + ":" + name
	}
	return kind + ":" + namespace + "/" + name
}

func TestOwnerThatGoesAndComesBack(t *testing.T) {
	ns, team := newNamespace(t), apitest.Group(unique("team"))
	c := apitest.Component(ns, "checkout", func(s *catalog.ComponentSpec) { s.Owner = catalog.EntityRef(team.Name) })
	create(t, team, c)
	becomes(t, c, isReady(), ownerIs(catalog.EntityRef("group:"+team.Name)), owned(catalog.ReasonDeclared, "Owned by group:"+team.Name))
	becomes(t, team, owns(1), relates("ownerOf", ref("component", ns, "checkout")))

	remove(t, team)
	gone := "spec.owner: group:" + team.Name + " does not exist: create it or name another owner"
	becomes(t, c, notOwned(catalog.ReasonOwnerNotFound, gone), notReady(catalog.ReasonOwnerNotFound, gone), ownerIs(catalog.EntityRef("group:"+team.Name)))

	again(t, team)
	becomes(t, c, isReady(), owned(catalog.ReasonDeclared))
	becomes(t, team, owns(1))
}

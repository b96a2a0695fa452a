package apitest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Catalog is a catalog of n entities, always the same, in dependency order: what is named comes before what names it. Its
// names begin with the namespace's, so that several do not meet.
func Catalog(namespace string, n int) []catalog.Entity {
	var people, domains, systems, apis, runs []catalog.Entity
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list []catalog.Entity) catalog.EntityRef {
		return catalog.EntityRef(list[r.IntN(len(list))].GetName())
	}
	name := func(kind string, i int) string { return fmt.Sprintf("%s-%s-%04d", namespace, kind, i) }
	for i := range n / 10 {
		people = append(people, User(name("user", i)))
	}
	for i := range n / 50 {
		people = append(people, Group(name("team", i), func(s *catalog.GroupSpec) {
			for j := range 5 {
				s.Members = append(s.Members, catalog.EntityRef(name("user", i*5+j)))
			}
			if i > 0 {
				s.Parent = catalog.EntityRef(name("team", (i-1)/4))
			}
		}))
	}
	teams := people[n/10:]
	for i := range n / 100 {
		domains = append(domains, Domain(name("domain", i), func(s *catalog.DomainSpec) {
			s.Owner, s.AllowedNamespaces.From = pick(teams), catalog.FromAll
		}))
	}
	for i := range n / 20 {
		systems = append(systems, System(namespace, name("system", i), func(s *catalog.SystemSpec) {
			s.Owner, s.Domain = pick(teams), pick(domains)
		}))
	}
	for i := range n / 4 {
		apis = append(apis, API(namespace, name("api", i), func(s *catalog.APISpec) { s.System = pick(systems) }))
	}
	for i := range n - len(people) - len(domains) - len(systems) - len(apis) {
		runs = append(runs, Component(namespace, name("component", i), func(s *catalog.ComponentSpec) {
			s.Owner, s.System = pick(teams), pick(systems)
			if i < len(apis) {
				s.ProvidesAPIs = []catalog.EntityRef{catalog.EntityRef(apis[i].GetName())}
			}
			s.ConsumesAPIs = []catalog.EntityRef{pick(apis)}
			if i > 0 {
				s.DependsOn = []catalog.EntityRef{catalog.EntityRef("component:" + name("component", r.IntN(i)))}
			}
		}))
	}
	return slices.Concat(people, domains, systems, apis, runs)
}

package scorecard

import (
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
)

// NewInput gathers what the catalog knows of an entity: whose it is and where it belongs, as far as these permit it.
// Object finds an object, nil if there is none. What runs the entity and what others found out is left to the caller.
func NewInput(g *relation.Graph, ref relation.Ref, object func(relation.Ref) *Object) Input {
	v, _ := g.View(ref)
	in := Input{
		Ref: ref, Entity: object(ref), Relations: v.Relations,
		PermittedSystem: v.System, PermittedDomains: permittedDomains(g, &v),
	}
	if v.Owner.State == relation.Granted {
		in.Owner = object(v.Owner.Ref)
	}
	if !v.System.IsZero() {
		in.System = object(v.System)
	}
	if len(in.PermittedDomains) > 0 {
		in.Domain = object(in.PermittedDomains[0])
	}
	return in
}

// permittedDomains are the Domains that an entity is in, the nearest first. They begin above a Domain, and elsewhere with
// the one that the System is in, if it permits that.
func permittedDomains(g *relation.Graph, v *relation.View) []relation.Ref {
	next := v.Parent
	switch v.Ref.Kind {
	case relation.Component, relation.API, relation.Resource:
		system, _ := g.View(v.System)
		next = grantedDomain(&system)
	case relation.System:
		next = grantedDomain(v)
	case relation.Group, relation.User:
		return nil
	}
	var out []relation.Ref
	for !next.IsZero() && next != v.Ref && !slices.Contains(out, next) {
		out = append(out, next)
		above, _ := g.View(next)
		next = above.Parent
	}
	return out
}

// grantedDomain is the Domain of a System, zero if it is only claimed.
func grantedDomain(system *relation.View) relation.Ref {
	for _, p := range system.Problems {
		if p.Field == relation.FieldDomain {
			return relation.Ref{}
		}
	}
	return system.Domain
}

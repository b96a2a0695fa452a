package main

import (
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/visibility"
)

// listed are the entries of an API's allowedConsumers that can be read, in the order of its spec; none unless it is
// Restricted.
func (b *board) listed(api relation.Ref) []relation.Ref {
	var out []relation.Ref
	for _, c := range b.restricted[api].Claims {
		if c.Field == relation.FieldAllowedConsumers {
			out = append(out, c.Target)
		}
	}
	return out
}

// coveredBy lists what a Restricted API may name to let a consumer in: of the consumer, and of what it belongs to,
// whatever the rule allows by, were it the only entry and the API in no System.
func (b *board) coveredBy(consumer, api relation.Ref) []string {
	var out []string
	for _, candidate := range b.belongsTo(consumer) {
		b.graph.Try(onlyFor(candidate, b.restricted[api]), func(t *relation.Trial) {
			if visibility.Judge(t, consumer, api).Decision == visibility.Allowed {
				out = append(out, candidate.String())
			}
		})
	}
	return out
}

// onlyFor are the facts of an API as they would be with one entry in allowedConsumers, and without a System.
func onlyFor(entry relation.Ref, f relation.Facts) relation.Facts {
	f.Claims = slices.DeleteFunc(slices.Clone(f.Claims), func(c relation.Claim) bool {
		return c.Field == relation.FieldAllowedConsumers || c.Field == relation.FieldSystem
	})
	f.Claims = append(f.Claims, relation.Claim{Field: relation.FieldAllowedConsumers, Target: entry})
	return f
}

// belongsTo lists an entity, its System, the Domains and the Groups that this leads to, whether they admit it or not.
func (b *board) belongsTo(ref relation.Ref) []relation.Ref {
	v, _ := b.graph.View(ref)
	out := []relation.Ref{ref}
	if !v.System.IsZero() {
		out = append(out, v.System)
	}
	for _, first := range []relation.Ref{v.Domain, v.Owner.Ref} {
		for r := first; !r.IsZero() && !slices.Contains(out, r); {
			out = append(out, r)
			up, _ := b.graph.View(r)
			r = up.Parent
		}
	}
	return out
}

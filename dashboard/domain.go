package dashboard

import (
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// domainView is what the page of a Domain shows.
type domainView struct {
	entityView
	Parent  *link  `json:"parent,omitempty"`
	Domains items  `json:"domains"`
	Systems items  `json:"systems"`
	Rollup  rollup `json:"rollup"`
	// Fixes are what brings most of the Systems' members to their next level.
	Fixes *fixesView `json:"fixes,omitempty"`
	List  string     `json:"list"`
	// Map is the page with the picture of its Systems.
	Map string `json:"map"`
}

func (s *server) domainPage(r *request) (*domainView, error) {
	l, x, err := asked[*catalog.Domain](s, r, relation.Domain)
	if err != nil {
		return nil, err
	}
	v := &domainView{
		entityView: l.entityOf(x, x.Spec.Descriptor), Parent: l.homeOf(x), Domains: l.relatedOf(x, hasPart, relation.Domain),
		Systems: l.relatedOf(x, hasPart, relation.System), Rollup: l.rollupOf(&x.Status),
		Fixes: l.fixes(index.FacetDomain, l.domainsBelow(relation.RefOf(x))...), Map: refURL(relation.RefOf(x)) + "/map",
		List: kubectl("get", "systems", "-A", "--field-selector", "spec.domain="+x.Name),
	}
	v.Type = string(x.Spec.Type)
	v.Missing = lacks(relation.RefOf(x), noOwner(&x.Status), noDescription(x.Spec.Descriptor), noSystems(x))
	return v, l.done(&v.entityView)
}

// maxDomains is how many Domains below one are looked at.
const maxDomains = 200

// domainsBelow are the names of a Domain and of those below it, each once, as far as the reader may get them.
func (l *sight) domainsBelow(top relation.Ref) []string {
	all, out := []relation.Ref{top}, []string{top.Name}
	for at := 0; at < len(all); at++ {
		for _, r := range l.visible(all[at], hasPart, relation.Domain) {
			if !slices.Contains(all, r) && len(all) < maxDomains {
				all, out = append(all, r), append(out, r.Name)
			}
		}
	}
	return out
}

func noSystems(x *catalog.Domain) gap {
	none := !slices.ContainsFunc(x.Status.Relations, func(r catalog.RelationStatus) bool { return r.Type == hasPart })
	return gap{none, "Systems", "Systems join it by naming it.", "kind: System\nspec:\n  domain: " + scalar(x.Name)}
}

package dashboard

import (
	"cmp"
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// systemView is what the page of a System shows: first how it looks from outside, then what is in it.
type systemView struct {
	entityView
	Exposed    items        `json:"exposes"`
	UsedBy     []systemEdge `json:"usedBy"`
	Uses       []systemEdge `json:"uses"`
	Components items        `json:"components"`
	APIs       items        `json:"apis"`
	Resources  items        `json:"resources"`
	Rollup     rollup       `json:"rollup"`
	Fixes      *fixesView   `json:"fixes,omitempty"`
	List       string       `json:"list"`
	// Map is the page with the picture of the Systems of its Domain, or of all.
	Map string `json:"map"`
}

// systemEdge says that members of one System consume an API of another.
type systemEdge struct {
	// System is the other one.
	System    link   `json:"system"`
	API       link   `json:"api"`
	Consumers []link `json:"consumers"`
	// Denied counts those of the consumers that the API does not grant.
	Denied int   `json:"denied,omitempty"`
	Badge  Badge `json:"-"`
}

func (s *server) system(r *request) (*systemView, error) {
	l, x, err := asked[*catalog.System](s, r, relation.System)
	if err != nil {
		return nil, err
	}
	ref := relation.RefOf(x)
	v := &systemView{
		entityView: l.entityOf(x, x.Spec.Descriptor), UsedBy: l.systemUsedBy(ref), Uses: l.systemUses(ref),
		Components: l.relatedOf(x, hasPart, relation.Component), APIs: l.relatedOf(x, hasPart, relation.API),
		Resources: l.relatedOf(x, hasPart, relation.Resource), Rollup: l.rollupOf(&x.Status), Fixes: l.fixes(index.FacetSystem, ref.String()),
		List: kubectl("get", "components,apis,resources", "-A", "--field-selector", "status.system="+ref.String()),
	}
	v.Exposed = exposed(v.APIs)
	v.Domain, v.Map = l.homeOf(x), "/map"
	if v.Domain != nil && v.Domain.URL != "" {
		v.Map = v.Domain.URL + "/map"
	}
	v.Type = string(x.Spec.Type)
	v.Missing = lacks(ref, noOwner(&x.Status), noDescription(x.Spec.Descriptor), noDomain(x.Spec.Domain), noMembers(x))
	return v, l.done(&v.entityView)
}

// exposed are those of the APIs that are known not to be Private.
func exposed(apis items) items {
	out := items{Items: []item{}, More: apis.More}
	for _, a := range apis.Items {
		if a.Access != "" && a.Access != catalog.VisibilityPrivate {
			out.Items = append(out.Items, a)
		}
	}
	return out
}

// homeOf is the Domain that a System or Domain is a part of, by its own status.
func (l *sight) homeOf(e catalog.Entity) *link {
	for _, ref := range ofKind(l.ends(relation.RefOf(e), e.EntityStatus(), partOf), relation.Domain) {
		out := l.link(ref)
		return &out
	}
	return nil
}

// hop is one consumption across the border of a System.
type hop struct{ system, api, consumer relation.Ref }

// systemUses are the APIs of other Systems that members of a System consume, as far as the reader may get all that is
// involved.
func (l *sight) systemUses(system relation.Ref) []systemEdge {
	var hops []hop
	for _, m := range l.visible(system, hasPart, relation.Component, relation.Resource) {
		for _, api := range l.visible(m, consumesAPI) {
			for _, home := range l.visible(api, partOf, relation.System) {
				hops = append(hops, hop{home, api, m})
			}
		}
	}
	return l.edges(system, hops)
}

// systemUsedBy are the other Systems whose members consume APIs of a System, likewise.
func (l *sight) systemUsedBy(system relation.Ref) []systemEdge {
	var hops []hop
	for _, api := range l.visible(system, hasPart, relation.API) {
		for _, c := range l.visible(api, apiConsumedBy) {
			for _, home := range l.visible(c, partOf, relation.System) {
				hops = append(hops, hop{home, api, c})
			}
		}
	}
	return l.edges(system, hops)
}

// edges sums up hops by the other System and the API.
func (l *sight) edges(system relation.Ref, hops []hop) []systemEdge {
	hops = slices.DeleteFunc(hops, func(h hop) bool { return h.system == system })
	slices.SortFunc(hops, func(a, b hop) int {
		return cmp.Or(relation.Compare(a.system, b.system), relation.Compare(a.api, b.api), relation.Compare(a.consumer, b.consumer))
	})
	out := []systemEdge{}
	for i, h := range hops {
		if i == 0 || hops[i-1].system != h.system || hops[i-1].api != h.api {
			if len(out) == maxItems {
				break
			}
			out = append(out, systemEdge{System: l.link(h.system), API: l.link(h.api)})
		}
		e := &out[len(out)-1]
		e.Consumers = append(e.Consumers, l.link(h.consumer))
		if l.catalog.Verdict(h.consumer, h.api).Decision == visibility.Denied {
			e.Denied++
			e.Badge = Badge{Text: "Denied", Tone: "bad", Title: "The API does not grant it"}
		}
	}
	return out
}

func noDomain(declared catalog.EntityRef) gap {
	return gap{declared == "", "A domain", "It is on no map of the business.", "spec:\n  domain: my-domain"}
}

func noMembers(x *catalog.System) gap {
	none := !slices.ContainsFunc(x.Status.Relations, func(r catalog.RelationStatus) bool { return r.Type == hasPart })
	return gap{none, "Members", "Components, APIs and Resources join it by naming it.", "kind: Component\nspec:\n  system: " + scalar(x.Name)}
}

package dashboard

import (
	"cmp"
	"maps"
	"slices"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Bounds of what is followed from an entity that changes.
const (
	impactDepth = 3
	impactMost  = 300
	impactShown = 50 // on a page, unless it is asked for all
)

// impact is who may notice a change of an entity, by whom to talk to.
type impact struct {
	Total int `json:"total"`
	// Cut says that there are more.
	Cut    bool          `json:"cut,omitempty"`
	Owners []impactOwner `json:"owners"`
	// More is the address of the page with all that are followed, if it shows fewer.
	More string `json:"-"`
}

// impactOwner is what one owner has that may notice. It has no link if nobody is named as the owner.
type impactOwner struct {
	Owner    *link        `json:"owner,omitempty"`
	Entities []impactItem `json:"entities"`
}

// impactItem is an entity that may notice: directly, or through another.
type impactItem struct {
	item
	Depth   int   `json:"depth"`
	Through *link `json:"through,omitempty"`
}

// impactOf follows from an entity those that would miss it, then those that would miss them, as far as the reader may get
// them all.
func (l *sight) impactOf(start relation.Ref) impact {
	var out impact
	most := l.impactMost()
	owners := map[catalog.FullRef][]impactItem{}
	met := map[relation.Ref]bool{start: true}
	edge := []relation.Ref{start}
	for depth := 1; depth <= impactDepth && !out.Cut; depth++ {
		var next []relation.Ref
		for _, from := range edge {
			for _, ref := range l.users(from, most+2) { // the start, one that shows that there are more, and all that are known
				if met[ref] {
					continue
				}
				if out.Total == most {
					out.Cut = true
					break
				}
				met[ref] = true
				out.Total++
				next = append(next, ref)
				row, _ := l.row(ref)
				owners[row.Owner] = append(owners[row.Owner], l.noticing(ref, depth, start, from))
			}
		}
		edge = next
	}
	out.Owners = l.byOwner(owners)
	if out.Cut && most < impactMost {
		q := maps.Clone(l.query)
		q.Set("impact", "all")
		out.More = "?" + q.Encode() + "#impact"
	}
	return out
}

// impactMost is how many are followed: on a page that is not asked for all only as many as somebody takes in.
func (l *sight) impactMost() int {
	if l.brief && l.query.Get("impact") != "all" {
		return impactShown
	}
	return impactMost
}

func (l *sight) noticing(ref relation.Ref, depth int, start, from relation.Ref) impactItem {
	out := impactItem{item: l.item(ref), Depth: depth}
	if from != start {
		through := l.link(from)
		out.Through = &through
	}
	return out
}

// users are the first of those that would miss an entity: who depends on it, and who consumes it or the APIs that it provides.
func (l *sight) users(ref relation.Ref, most int) []relation.Ref {
	if ref.Kind == relation.API {
		return l.nearest(ref, apiConsumedBy, most, l.meets)
	}
	out := l.nearest(ref, dependencyOf, most, l.meets)
	for _, api := range l.visible(ref, providesAPI) {
		out = append(out, l.nearest(api, apiConsumedBy, most, l.meets)...)
	}
	slices.SortFunc(out, relation.Compare)
	out = slices.Compact(out)
	return out[:min(len(out), most)]
}

// byOwner orders owners by how much they have that may notice, and by name.
func (l *sight) byOwner(owners map[catalog.FullRef][]impactItem) []impactOwner {
	out := make([]impactOwner, 0, len(owners))
	for name, entities := range owners {
		out = append(out, impactOwner{Owner: l.stated(name), Entities: entities})
	}
	slices.SortFunc(out, func(a, b impactOwner) int {
		return cmp.Or(cmp.Compare(len(b.Entities), len(a.Entities)), cmp.Compare(a.ref(), b.ref()))
	})
	return out
}

func (o impactOwner) ref() string {
	if o.Owner == nil {
		return ""
	}
	return o.Owner.Ref
}

package dashboard

import (
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Relations by which pages follow the graph, as statuses name them.
const (
	ownerOf       catalog.RelationType = "ownerOf"
	providesAPI   catalog.RelationType = "providesApi"
	apiProvidedBy catalog.RelationType = "apiProvidedBy"
	consumesAPI   catalog.RelationType = "consumesApi"
	apiConsumedBy catalog.RelationType = "apiConsumedBy"
	dependsOn     catalog.RelationType = "dependsOn"
	dependencyOf  catalog.RelationType = "dependencyOf"
	partOf        catalog.RelationType = "partOf"
	hasPart       catalog.RelationType = "hasPart"
	memberOf      catalog.RelationType = "memberOf"
	hasMember     catalog.RelationType = "hasMember"
	childOf       catalog.RelationType = "childOf"
	parentOf      catalog.RelationType = "parentOf"
)

// maxItems is how many entities a table of a page holds.
const maxItems = 200

// items are entities in a table.
type items struct {
	Items []item `json:"items"`
	// More counts those that the table has no room for.
	More int `json:"more,omitempty"`
	// Unnamed counts those that the status counts and the reader is not told of.
	Unnamed int `json:"unnamed,omitempty"`
}

// related are the entities at the other end of a relation: those that the reader may get, and those that the entity's
// own status names.
func (l *sight) related(e catalog.Entity, t catalog.RelationType) items {
	st := e.EntityStatus()
	refs := l.ends(relation.RefOf(e), st, t)
	out := l.itemsOf(refs)
	for _, r := range st.Relations {
		if r.Type == t {
			out.Unnamed = max(0, int(r.Count)-len(refs))
		}
	}
	return out
}

// relatedOf is like related, and leaves out what is not of a kind.
func (l *sight) relatedOf(e catalog.Entity, t catalog.RelationType, kinds ...relation.Kind) items {
	return l.itemsOf(ofKind(l.ends(relation.RefOf(e), e.EntityStatus(), t), kinds...))
}

// ends are the references of related.
func (l *sight) ends(ref relation.Ref, st *catalog.EntityStatus, t catalog.RelationType) []relation.Ref {
	all := l.catalog.Graph().Related(ref, t)
	named := l.named(st, t, all)
	refs := slices.DeleteFunc(all, func(r relation.Ref) bool { return !l.sees(r) })
	if len(named) == 0 {
		return refs
	}
	refs = append(refs, named...)
	slices.SortFunc(refs, relation.Compare)
	return slices.Compact(refs)
}

// named are the references that a status names, but those that the reader sees among what is related anyway: a status names
// the first of these, in the same order.
func (l *sight) named(st *catalog.EntityStatus, t catalog.RelationType, related []relation.Ref) []relation.Ref {
	var out []relation.Ref
	for _, r := range st.Relations {
		if r.Type != t {
			continue
		}
		for i, name := range r.Refs {
			if i < len(related) && isNamed(related[i], string(name)) && l.sees(related[i]) {
				continue
			}
			if other := parseFull(name); !other.IsZero() {
				out = append(out, other)
			}
		}
	}
	return out
}

// isNamed says whether a text is the full form of a reference.
func isNamed(ref relation.Ref, text string) bool {
	kind, rest, _ := strings.Cut(text, ":")
	if kind != ref.Kind.String() {
		return false
	}
	if ref.Namespace == "" {
		return rest == ref.Name
	}
	n := len(ref.Namespace)
	return len(rest) == n+1+len(ref.Name) && rest[:n] == ref.Namespace && rest[n] == '/' && rest[n+1:] == ref.Name
}

// visible are the entities at the other end of a relation of an entity that the reader may get, as far as he may get
// them too. They are not to be changed: walks come by again and again.
func (l *sight) visible(ref relation.Ref, t catalog.RelationType, kinds ...relation.Kind) []relation.Ref {
	refs := l.reached(ref, t)
	if len(kinds) > 0 {
		return ofKind(refs, kinds...)
	}
	return refs
}

func (l *sight) reached(ref relation.Ref, t catalog.RelationType) []relation.Ref {
	m := l.of(ref)
	for _, w := range m.ways {
		if w.by == t {
			return w.to
		}
	}
	var refs []relation.Ref
	if st := l.status(ref); st != nil {
		refs = slices.DeleteFunc(l.ends(ref, st, t), func(r relation.Ref) bool { return !l.meets(r) })
	}
	m.ways = append(m.ways, way{t, refs})
	return refs
}

// nearest are the first of the entities that visible finds and that are to be kept, so many at most, in order. Of those that
// the reader may not get none is to be kept.
func (l *sight) nearest(ref relation.Ref, t catalog.RelationType, most int, keep func(relation.Ref) bool) []relation.Ref {
	st := l.status(ref)
	if st == nil {
		return nil
	}
	refs := l.catalog.Graph().First(ref, t, most, keep)
	known := len(refs)
	for _, r := range st.Relations {
		if r.Type != t {
			continue
		}
		next := 0
		for _, name := range r.Refs { // in the same order
			if next < known && isNamed(refs[next], string(name)) {
				next++
			} else if other := parseFull(name); !other.IsZero() && keep(other) {
				refs = append(refs, other)
			}
		}
	}
	if len(refs) == known {
		return refs
	}
	slices.SortFunc(refs, relation.Compare)
	refs = slices.Compact(refs)
	return refs[:min(len(refs), most)]
}

func (l *sight) itemsOf(refs []relation.Ref) items {
	shown := refs[:min(len(refs), maxItems)]
	out := items{Items: make([]item, len(shown)), More: len(refs) - len(shown)}
	for i, ref := range shown {
		out.Items[i] = l.item(ref)
	}
	return out
}

func ofKind(refs []relation.Ref, kinds ...relation.Kind) []relation.Ref {
	return slices.DeleteFunc(slices.Clone(refs), func(r relation.Ref) bool { return !slices.Contains(kinds, r.Kind) })
}

// maxAbsent is how many of those that a spec names, and that are not there, a page shows.
const maxAbsent = 10

// absent are those that a spec names and that are not there, as far as the reader may get what would be, with what to add.
func (l *sight) absent(ref relation.Ref) []Empty {
	var names []relation.Ref
	graph := l.catalog.Graph()
	view, _ := graph.View(ref)
	for _, p := range view.Problems {
		if !p.Target.IsZero() && !graph.Exists(p.Target) && l.sees(p.Target) {
			names = append(names, p.Target)
		}
	}
	slices.SortFunc(names, relation.Compare)
	names = slices.Compact(names)
	var out []Empty
	for _, to := range names[:min(len(names), maxAbsent)] {
		out = append(out, Empty{
			Title: to.String(), Text: "It is named here, and is not there. Correct the name, or declare it:", YAML: skeleton(to),
			Command: kubectl("apply", "-f", to.Name+".yaml"),
		})
	}
	return out
}

// skeletons are the least that a spec of each kind has to say.
var skeletons = map[relation.Kind]string{
	relation.API: "\n  type: openapi\n  lifecycle: production\n  owner: my-team", relation.Component: "\n  type: service\n  lifecycle: production\n  owner: my-team",
	relation.Domain: "\n  owner: my-team", relation.Group: "\n  type: team", relation.Resource: "\n  type: database\n  owner: my-team",
	relation.System: "\n  owner: my-team", relation.User: "\n  profile: {email: name@example.com}",
}

// skeleton is the least that declares an entity.
func skeleton(ref relation.Ref) string {
	out := "apiVersion: " + catalog.GroupVersion.String() + "\nkind: " + ref.Kind.ObjectKind() + "\nmetadata:\n  name: " + scalar(ref.Name)
	if ref.Namespace != "" {
		out += "\n  namespace: " + scalar(ref.Namespace)
	}
	return out + "\nspec:" + skeletons[ref.Kind]
}

// Package diagram makes pictures of the relation graph: which entities, drawn how, and written as SVG, DOT and Mermaid. It
// is pure: it shows what a predicate lets through, and asks no one else.
package diagram

import (
	"cmp"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Diagram is what is drawn.
type Diagram struct {
	Title    string    `json:"title"`
	Nodes    []Node    `json:"nodes"`
	Edges    []Edge    `json:"edges"`
	Clusters []Cluster `json:"clusters,omitempty"`
	// Truncated says what is left out or drawn together, a sentence each; empty if the diagram is complete.
	Truncated []string `json:"truncated,omitempty"`
}

// Node is a box: an entity, or several that are drawn as one.
type Node struct {
	ID  string       `json:"id"`
	Ref relation.Ref `json:"-"` // zero for entities that have nothing in common
	// Label is the title, or the name.
	Label  string         `json:"label"`
	Sub    string         `json:"sub,omitempty"` // the type, or what is drawn as one
	Kind   relation.Kind  `json:"-"`
	Health catalog.Health `json:"health,omitempty"`
	URL    string         `json:"url,omitempty"`
	// Cluster is the ID of the box around it, empty if there is none.
	Cluster string `json:"cluster,omitempty"`
	// Collapsed says how many entities are drawn as this node, 0 if it is one entity.
	Collapsed int  `json:"collapsed,omitempty"`
	Focus     bool `json:"focus,omitempty"` // what the diagram is about
}

// Cluster is a box around nodes: a System around its members, a Domain around its Systems.
type Cluster struct {
	ID    string       `json:"id"`
	Ref   relation.Ref `json:"-"`
	Label string       `json:"label"`
	URL   string       `json:"url,omitempty"`
}

// Edge leads from a node to a node. It may lead to a cluster: then the box says it, and no line is drawn.
type Edge struct {
	From  string               `json:"from"`
	To    string               `json:"to"`
	Type  catalog.RelationType `json:"type"`
	Label string               `json:"label"` // in words
	// Count says how many relations are drawn as this edge, and Denied how many of them are consumptions that the API does
	// not grant.
	Count  int `json:"count"`
	Denied int `json:"denied,omitempty"`
}

// Row is an edge as a table shows it.
type Row struct {
	From     string `json:"from"`
	FromURL  string `json:"fromUrl,omitempty"`
	Relation string `json:"relation"`
	To       string `json:"to"`
	ToURL    string `json:"toUrl,omitempty"`
	Count    int    `json:"count"`
	// Access is granted or denied where the relation is a consumption, else empty.
	Access string `json:"access,omitempty"`
}

// Rows are the edges of a diagram, for those who do not see it, in order.
func Rows(d Diagram) []Row {
	type end struct{ name, url string }
	ends := map[string]end{}
	for _, c := range d.Clusters {
		ends[c.ID] = end{nameOf(c.Ref, c.Label), safeURL(c.URL)}
	}
	for _, n := range d.Nodes {
		name := nameOf(n.Ref, n.Label)
		if n.Collapsed > 0 {
			name = clean(n.Label) + " (" + clean(n.Sub) + ")"
		}
		ends[n.ID] = end{name, safeURL(n.URL)}
	}
	out := make([]Row, 0, len(d.Edges))
	for _, e := range d.normal().Edges {
		from, to := ends[e.From], ends[e.To]
		out = append(out, Row{
			From: from.name, FromURL: from.url, Relation: words(e.Type), To: to.name, ToURL: to.url, Count: e.Count,
			Access: e.access(),
		})
	}
	return out
}

func nameOf(r relation.Ref, label string) string {
	if r.IsZero() {
		return clean(label)
	}
	return r.String()
}

// access says how a consumption is judged.
func (e Edge) access() string {
	switch {
	case e.Type != consumes:
		return ""
	case e.Denied == 0:
		return "granted"
	case e.Denied < e.Count:
		return "denied in part"
	}
	return "denied"
}

// normal is the diagram with all in order, so that what is made of it does not depend on the order in which it came.
func (d Diagram) normal() Diagram {
	d.Nodes, d.Edges, d.Clusters = slices.Clone(d.Nodes), slices.Clone(d.Edges), slices.Clone(d.Clusters)
	slices.SortStableFunc(d.Nodes, func(a, b Node) int { return strings.Compare(a.ID, b.ID) })
	slices.SortStableFunc(d.Clusters, func(a, b Cluster) int { return strings.Compare(a.ID, b.ID) })
	slices.SortStableFunc(d.Edges, compareEdges)
	return d
}

func compareEdges(a, b Edge) int {
	return cmp.Or(strings.Compare(a.From, b.From), strings.Compare(a.To, b.To), strings.Compare(string(a.Type), string(b.Type)))
}

// The relations that are drawn. Their inverses are drawn the other way round.
const (
	owned    catalog.RelationType = "ownedBy"
	provides catalog.RelationType = "providesApi"
	consumes catalog.RelationType = "consumesApi"
	depends  catalog.RelationType = "dependsOn"
	part     catalog.RelationType = "partOf"
	member   catalog.RelationType = "memberOf"
	child    catalog.RelationType = "childOf"
)

// drawn lists them with their inverses and with words for people.
var drawn = []struct {
	relation, inverse catalog.RelationType
	words             string
}{
	{owned, "ownerOf", "owned by"}, {provides, "apiProvidedBy", "provides"}, {consumes, "apiConsumedBy", "consumes"},
	{depends, "dependencyOf", "depends on"}, {part, "hasPart", "part of"}, {member, "hasMember", "member of"},
	{child, "parentOf", "child of"},
}

func words(t catalog.RelationType) string {
	for _, d := range drawn {
		if d.relation == t {
			return d.words
		}
	}
	return string(t)
}

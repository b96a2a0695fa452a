// Package index finds entities for pages: by filter, by text, counted by facet, and only those that the reader may get.
package index

import (
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Row is what lists show of an entity.
type Row struct {
	Ref                                                     relation.Ref
	Title                                                   string
	Description                                             string
	Type, Lifecycle                                         string
	Owner, System                                           catalog.FullRef
	Domain                                                  string // name; of a System its own, of its members the System's if that may be read, of a Domain the one above
	Tags                                                    []string
	Visibility                                              catalog.Visibility // of an API, with its default
	Health                                                  catalog.Health
	Pods                                                    string
	Score                                                   string // the column's text, such as "Gold 96%"
	Level                                                   string // that in Score
	Average                                                 string // of the members of a grouping
	Ready                                                   bool
	Problems                                                []string // reasons of conditions that are False, sorted; that of Ready only if there is no other
	Providers, Consumers, Denied, Components, Members, Owns int32
	Exposed, Systems, Groups                                int32 // exposed APIs of a System or Domain, Systems of a Domain, Groups of a User
	Created                                                 time.Time
}

// Scopes are where the reader may get entities, by kind; a kind without an entry is closed.
type Scopes map[relation.Kind]access.Scope

// Facet is a property by which lists are filtered and counted.
type Facet string

// Facets, as they stand in URLs.
const (
	FacetKind       Facet = "kind"
	FacetType       Facet = "type"
	FacetOwner      Facet = "owner"
	FacetSystem     Facet = "system"
	FacetDomain     Facet = "domain"
	FacetLifecycle  Facet = "lifecycle"
	FacetTag        Facet = "tag"
	FacetLabel      Facet = "label" // values are key=value
	FacetHealth     Facet = "health"
	FacetLevel      Facet = "level"
	FacetVisibility Facet = "visibility"
	FacetNamespace  Facet = "namespace"
	FacetProblems   Facet = "problems" // "true": something is wrong
)

// Query is what a list shows.
type Query struct {
	Kinds []relation.Kind // all if empty
	// Where holds, for each facet, the values of which one must apply; the value "" means that there is none.
	Where map[Facet][]string
	Text  string // every word begins one of the words of its name, title, description, tags or owner
	// Inside says that a word of Text may also begin one in the definition of an API.
	Inside bool
	// Sort is a column: name, title, kind, namespace, type, owner, system, lifecycle, health, score; a leading "-" turns it
	// round. Those without a value come last either way, equal ones are sorted by name. An unknown one means name.
	Sort   string
	Offset int
	Limit  int // at most 500, or 2,000 if it is brief; 50 if zero or less
	// Brief says that the references and who owns them are enough.
	Brief bool
	// Count are the facets to count; each is counted as if it were not filtered itself.
	Count []Facet
	// Values is how many values of a facet to return, the most frequent first; 12 if zero or less, at most 500.
	Values int
}

// Count is how many entities have a value.
type Count struct {
	Value string
	N     int
}

// Counts are the values of a facet that entities have. More counts the values that are left out, None the entities that
// have no value.
type Counts struct {
	Values []Count
	More   int
	None   int
}

// Page is the answer to a Query.
type Page struct {
	Rows   []Row
	Total  int
	Facets map[Facet]Counts
	Owned  []Owned // instead of rows, if the query is brief
}

// Owned is an entity, and who owns it.
type Owned struct {
	Ref   relation.Ref
	Owner catalog.FullRef
}

// Hit is an entity that a text was found in.
type Hit struct {
	Row Row
	// Field is where: name, title, description, tag, owner, or the kind of a definition.Term: operation, summary, path,
	// channel, message, type, field, service. Of several words it is that of the one that stands least in sight.
	Field string
	// Match is the text that matched, in full if it is short.
	Match string
	// Anchor is, for what stands in a definition, its anchor on the page of the API reference.
	Anchor string
	// Places are others in the definition that match as well, a few at most.
	Places []Place
}

// Place is where a text stands in a definition.
type Place struct{ Field, Match, Anchor string }

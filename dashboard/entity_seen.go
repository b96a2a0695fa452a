package dashboard

import (
	"context"
	"log/slog"
	"net/url"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/diagram"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// maxAlone is in how many namespaces a page asks about the entities of a kind one by one. From then on it looks at where
// the reader may get them at all, which is known for those who read lists.
const maxAlone = 8

// sight is what one reader sees of the catalog during one request. Its first error stays, and counts in the end: until
// then what it could not find out is closed.
type sight struct {
	ctx     context.Context
	catalog Catalog
	reader  access.Reader
	asked   map[area]bool
	alone   map[access.Resource]int // how many of asked are about a resource
	wide    index.Scopes            // of the kinds that were looked at as a whole
	partial bool                    // some namespaces have not been looked at yet
	homes   map[home]bool
	met     map[relation.Ref]*met
	cards   map[string]*catalog.Scorecard // nil before the first is asked for
	err     error

	now      time.Time
	query    url.Values
	pictures *diagram.Renderer // nil if nobody looks at pictures
	brief    bool              // it is for a page, where a long list leads to the whole of it
	log      *slog.Logger
}

// met is what one request has found out about an entity. A walk comes by the same one tens of times.
type met struct {
	there  answer[bool]                  // whether it exists and the reader may get it
	row    answer[*index.Row]            // nil: the reader may get no such entity
	status answer[*catalog.EntityStatus] // nil: there is no such entity
	ways   []way                         // the relations that were followed from it
}

// answer is what was found out, once known.
type answer[T any] struct {
	is    T
	known bool
}

func (a *answer[T]) keep(is T) { a.is, a.known = is, true }

// way leads along the relations of a type.
type way struct {
	by catalog.RelationType
	to []relation.Ref
}

// of is what is known about an entity.
func (l *sight) of(ref relation.Ref) *met {
	m := l.met[ref]
	if m == nil {
		m = &met{}
		l.met[ref] = m
	}
	return m
}

// home is where entities of a kind are.
type home struct {
	kind      relation.Kind
	namespace string
}

// area is what one permission is about.
type area struct {
	resource  access.Resource
	namespace string
}

func (s *server) sightOf(r *request) *sight {
	l := &sight{
		ctx: r.Context(), catalog: s.Catalog, reader: r.reader, now: s.Now(), query: r.URL.Query(), log: s.Log,
		asked: map[area]bool{}, alone: map[access.Resource]int{}, wide: index.Scopes{},
		homes: map[home]bool{}, met: map[relation.Ref]*met{},
	}
	if !wantsJSON(r.Request) {
		l.pictures, l.brief = s.pictures, true
	}
	return l
}

// may says whether the reader may get the objects of a resource in a namespace.
func (l *sight) may(r access.Resource, namespace string) bool {
	a := area{r, namespace}
	answer, known := l.asked[a]
	if known || l.err != nil {
		return answer
	}
	answer, l.err = l.reader.May(l.ctx, r, namespace)
	answer = answer && l.err == nil
	l.asked[a] = answer
	l.alone[r]++
	return answer
}

// sees says whether the reader may get an entity.
func (l *sight) sees(ref relation.Ref) bool {
	at := home{ref.Kind, ref.Namespace}
	open, known := l.homes[at]
	if !known {
		open = !ref.IsZero() && l.opens(at)
		l.homes[at] = open
	}
	return open
}

// opens says whether the reader may get entities of a kind somewhere.
func (l *sight) opens(at home) bool {
	r := access.Of(at.kind)
	if answer, known := l.asked[area{r, at.namespace}]; known {
		return answer
	}
	if l.alone[r] >= maxAlone && l.looked(at.kind) {
		return l.wide[at.kind].Includes(at.namespace)
	}
	return l.may(r, at.namespace)
}

// looked finds out where the reader may get entities of a kind, and says whether all that is known.
func (l *sight) looked(k relation.Kind) bool {
	scope, known := l.wide[k]
	if !known && l.err == nil {
		scope, l.err = l.reader.Scope(l.ctx, access.Of(k))
		l.wide[k] = scope
		l.partial = l.partial || scope.Partial
	}
	return !scope.Partial
}

// everywhere are the scopes of some kinds, of all if none is named. Kinds that are closed are left out.
func (l *sight) everywhere(kinds ...relation.Kind) index.Scopes {
	if len(kinds) == 0 {
		kinds = relation.Kinds()
	}
	out := index.Scopes{}
	for _, k := range kinds {
		if l.looked(k); l.err == nil && open(l.wide[k]) {
			out[k] = l.wide[k]
		}
	}
	return out
}

// notes say what a page does not show yet.
func (l *sight) notes() []Note {
	if !l.partial {
		return nil
	}
	return []Note{partialNote}
}

// meets says whether there is an entity that the reader may get.
func (l *sight) meets(ref relation.Ref) bool {
	m := l.of(ref)
	if !m.there.known {
		m.there.keep(l.sees(ref) && l.catalog.Graph().Exists(ref))
	}
	return m.there.is
}

// row is what lists show of an entity, if there is one that the reader may get. It is not to be changed.
func (l *sight) row(ref relation.Ref) (*index.Row, bool) {
	m := l.of(ref)
	if !m.row.known {
		m.row.keep(l.found(ref))
	}
	if m.row.is == nil {
		return &noRow, false
	}
	return m.row.is, true
}

// status is the status of an entity, nil if there is none. It knows nothing of permissions.
func (l *sight) status(ref relation.Ref) *catalog.EntityStatus {
	m := l.of(ref)
	if !m.status.known {
		st, _ := l.catalog.Status(ref)
		m.status.keep(st)
	}
	return m.status.is
}

// noRow is the row of what is not there.
var noRow index.Row

func (l *sight) found(ref relation.Ref) *index.Row {
	if !l.sees(ref) {
		return nil
	}
	if row, ok := l.catalog.Row(ref); ok {
		return &row
	}
	return nil
}

// link names an object, and leads to its page if there is one that the reader may get. Templates "ref" and "link".
type link struct {
	Ref       string `json:"ref"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Text      string `json:"title"`
	URL       string `json:"url,omitempty"`
}

// item is an entity in a table.
type item struct {
	link
	Type      string             `json:"type,omitempty"`
	Lifecycle string             `json:"lifecycle,omitempty"`
	Access    catalog.Visibility `json:"visibility,omitempty"`
	Health    catalog.Health     `json:"health,omitempty"`
	Pods      string             `json:"pods,omitempty"`
	Score     string             `json:"score,omitempty"`
	Owner     *link              `json:"owner,omitempty"`
	// Consumers and Denied count who consumes an API, by its status.
	Consumers int32    `json:"consumers,omitempty"`
	Denied    int32    `json:"denied,omitempty"`
	Problems  []string `json:"problems,omitempty"`
}

func (l *sight) link(ref relation.Ref) link {
	row, found := l.row(ref)
	return linkTo(ref, row, found)
}

func linkTo(ref relation.Ref, row *index.Row, found bool) link {
	out := link{
		Ref: ref.String(), Kind: ref.Kind.ObjectKind(), Namespace: ref.Namespace, Name: ref.Name, Text: ref.Name,
	}
	if found {
		out.URL = refURL(ref)
		if row.Title != "" {
			out.Text = row.Title
		}
	}
	return out
}

// item is an entity with what its row tells. Of one that the reader may not get it tells the name alone.
func (l *sight) item(ref relation.Ref) item {
	row, found := l.row(ref)
	out := item{link: linkTo(ref, row, found)}
	if !found {
		return out
	}
	out.Type, out.Lifecycle, out.Access = row.Type, row.Lifecycle, row.Visibility
	out.Health, out.Pods, out.Score, out.Problems = row.Health, row.Pods, row.Score, row.Problems
	out.Consumers, out.Denied = row.Consumers, row.Denied
	out.Owner = l.stated(row.Owner)
	return out
}

// stated is a link to what a status names, nil if it names nothing.
func (l *sight) stated(name catalog.FullRef) *link {
	ref := parseFull(name)
	if ref.IsZero() {
		return nil
	}
	out := l.link(ref)
	return &out
}

// listPath is the path of a list of a kind that is cut down to one value of a facet.
func listPath(k relation.Kind, f index.Facet, value string) string {
	return "/" + plurals[k] + "?" + url.Values{string(f): {value}}.Encode()
}

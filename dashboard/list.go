package dashboard

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// section is a list: of one kind, or of all.
type section struct {
	name, title string
	kinds       []relation.Kind // all if empty
	facets      []index.Facet
	columns     []column
}

// plural is what kubectl calls the kind.
func (c section) plural() string {
	if len(c.kinds) == 1 {
		return plurals[c.kinds[0]]
	}
	return "catalog"
}

// listView is a page of a list.
type listView struct {
	Title   string    `json:"title"`
	Total   int       `json:"total"`
	Rows    []rowView `json:"rows"`
	Text    string    `json:"text,omitempty"`
	Sort    string    `json:"sort,omitempty"`
	Filters filters   `json:"filters"`
	Pager   Pager     `json:"pager"`
	Notes   []Note    `json:"notes,omitempty"`
	Kubectl []string  `json:"kubectl"`

	Columns []columnView `json:"-"`
	Hidden  []Field      `json:"-"` // what the form carries along
	CSV     string       `json:"-"`
	Empty   *Empty       `json:"-"`
	Path    string       `json:"-"`
	Map     Link         `json:"-"` // the same as a picture; none if there is no such
}

// pictures are the pages that show all of a list in a picture.
var pictures = map[string]Link{
	"systems": {"Map of all Systems", "/map"}, "domains": {"Map of all Domains", "/map/domains"}, "groups": {"The organisation as a picture", "/organisation"},
}

// columnView is the head of a column.
type columnView struct {
	Title string
	URL   string // sorts by it; empty if that cannot be
	Order string // ascending, descending, or empty
	Num   bool
}

// list serves the list of a section, as a page, as JSON or as CSV.
func (s *server) list(c section) http.Handler {
	asPage := page(s, "list", func(r *request) (listView, error) { return s.listView(r, c) })
	asCSV := s.file("text/csv; charset=utf-8", c.name+".csv", func(r *request) ([]byte, error) { return s.listCSV(r, c) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("format") {
		case "csv":
			asCSV.ServeHTTP(w, r)
		case "":
			asPage.ServeHTTP(w, r)
		default:
			s.fail(w, r, badRequest("format can be csv; for JSON send the header Accept: application/json."))
		}
	})
}

// listView gathers a page of a list.
func (s *server) listView(r *request, c section) (listView, error) {
	st, err := parseState(r.URL)
	if err != nil {
		return listView{}, err
	}
	may, err := r.scopes(r.Context())
	if err != nil {
		return listView{}, err
	}
	q := st.find(c.kinds, c.facets)
	found := s.find(q, may)
	if st.more != "" {
		wide := q
		wide.Count, wide.Values, wide.Limit, wide.Offset = []index.Facet{st.more}, moreValues, 1, 0
		found.Facets[st.more] = s.find(wide, may).Facets[st.more]
	}
	v := listView{
		Title: c.title, Total: found.Total, Text: st.text, Sort: st.sort, Path: st.path,
		Filters: st.filters(c.facets, found.Facets), Pager: st.pager(len(found.Rows), found.Total),
		Hidden: st.hidden("q"), CSV: st.format("csv"), Map: pictures[c.name],
	}
	v.Rows = s.rows(found.Rows, may, c.columns)
	v.Columns = st.heads(c.columns)
	v.Kubectl = st.commands(c, may)
	v.Notes = notes(c.kinds, may)
	v.Empty = emptyList(c, found.Total, len(found.Rows), v.Filters.Clear, len(v.Notes) > 0)
	return v, nil
}

// find asks the index, and answers with maps that can be written to.
func (s *server) find(q index.Query, may index.Scopes) index.Page {
	p := s.Catalog.Find(q, may)
	if p.Facets == nil {
		p.Facets = map[index.Facet]index.Counts{}
	}
	return p
}

// rows are what the list shows of entities.
func (s *server) rows(in []index.Row, may index.Scopes, columns []column) []rowView {
	l := linker{graph: s.Catalog.Graph(), may: may}
	out := make([]rowView, len(in))
	for i := range in {
		out[i] = l.row(&in[i])
		out[i].Cells = make([]cell, 0, len(columns))
		for _, c := range columns {
			cell := c.cell(&out[i])
			cell.Label, cell.Num = c.title, c.num
			out[i].Cells = append(out[i].Cells, cell)
		}
	}
	return out
}

// heads are the heads of the columns.
func (s state) heads(columns []column) []columnView {
	out := make([]columnView, len(columns))
	for i, c := range columns {
		out[i] = columnView{Title: c.title, Num: c.num}
		if c.sort == "" {
			continue
		}
		out[i].URL = s.sorted(c.sort).url()
		switch s.sort {
		case c.sort:
			out[i].Order = "ascending"
		case "-" + c.sort:
			out[i].Order = "descending"
		}
	}
	return out
}

// notes say what of the kinds the reader may not see, or not yet.
func notes(kinds []relation.Kind, may index.Scopes) []Note {
	if len(kinds) == 0 {
		kinds = relation.Kinds()
	}
	var out []Note
	partial := false
	for _, k := range kinds {
		scope, ok := may[k]
		if !ok {
			out = append(out, closedNote(access.Of(k)))
		}
		partial = partial || scope.Partial
	}
	if partial {
		out = append(out, partialNote)
	}
	return out
}

// emptyList says why a list shows nothing; nil if it shows something.
func emptyList(c section, total, shown int, clearURL string, noted bool) *Empty {
	switch {
	case shown > 0:
		return nil
	case total > 0:
		return &Empty{Title: "No such page", Text: "The list is shorter than that: go back to its first page."}
	case clearURL != "":
		return &Empty{Title: "Nothing fits", Text: "No entity that you may read has all of this. Take a filter away."}
	case noted:
		return &Empty{Title: "Nothing to see", Text: "There is nothing here that you may read."}
	}
	return &Empty{
		Title: "No " + strings.ToLower(c.title) + " yet", Text: "They are declared with kubectl apply. This shows what one can say of them:",
		Command: kubectl("explain", strings.TrimSuffix(c.plural(), "s")+".spec"),
	}
}

// commands show the same with kubectl, as far as its selectors go.
func (s state) commands(c section, may index.Scopes) []string {
	words := []string{"get", c.plural()}
	namespaced := len(c.kinds) != 1 || c.kinds[0].Namespaced()
	if f := s.selectors(c); f != "" {
		words = append(words, "--field-selector="+f)
	}
	if l := s.labels(); l != "" {
		words = append(words, "-l", l)
	}
	if !namespaced {
		return []string{kubectl(words...)}
	}
	namespaces := s.where[index.FacetNamespace]
	if len(namespaces) == 0 && len(c.kinds) == 1 && !may[c.kinds[0]].All {
		namespaces = may[c.kinds[0]].Namespaces
	}
	if len(namespaces) == 0 {
		return []string{kubectl(append(words, "-A")...)}
	}
	var out []string
	for _, n := range namespaces[:min(3, len(namespaces))] {
		out = append(out, kubectl(append(slices.Clone(words), "-n", n)...))
	}
	return out
}

// selectable are the facets that the API server can select by, with the field that holds them.
var selectable = []struct {
	facet index.Facet
	field string
	kinds []relation.Kind
}{
	{index.FacetOwner, "status.owner", []relation.Kind{relation.API, relation.Component, relation.Domain, relation.Resource, relation.System}},
	{index.FacetSystem, "status.system", []relation.Kind{relation.API, relation.Component, relation.Resource}},
	{index.FacetType, "spec.type", []relation.Kind{relation.API, relation.Component, relation.Domain, relation.Group, relation.Resource, relation.System}},
	{index.FacetLifecycle, "spec.lifecycle", []relation.Kind{relation.API, relation.Component}},
	{index.FacetVisibility, "spec.visibility", []relation.Kind{relation.API}},
}

// selectors is the field selector of the state: one value each, as the API server has no "or".
func (s state) selectors(c section) string {
	if len(c.kinds) != 1 {
		return ""
	}
	var out []string
	for _, f := range selectable {
		if v := s.where[f.facet]; len(v) == 1 && slices.Contains(f.kinds, c.kinds[0]) {
			out = append(out, f.field+"="+v[0])
		}
	}
	return strings.Join(out, ",")
}

// labels is the label selector of the state.
func (s state) labels() string {
	if v := s.where[index.FacetLabel]; len(v) == 1 {
		return v[0]
	}
	return ""
}

// file makes a handler of a function that gathers a file to save.
func (s *server) file(kind, name string, body func(*request) ([]byte, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reader, err := s.Door.Reader(r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		b, err := body(&request{Request: r, reader: reader})
		if err != nil {
			s.fail(w, r.WithContext(context.WithValue(r.Context(), userKey{}, reader.User().Name)), err)
			return
		}
		w.Header().Add("Vary", "Accept, Cookie, Authorization")
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		send(w, r, http.StatusOK, kind, b)
	})
}

// Link is the head as it is shown.
func (c columnView) Link() Link { return Link{c.Title + arrows[c.Order], c.URL} }

var arrows = map[string]string{"ascending": " ↑", "descending": " ↓"}

package dashboard

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// Bounds of what an address may ask for.
const (
	maxValues  = 16  // of a facet
	maxValue   = 512 // bytes of one
	maxText    = 200 // characters
	maxPage    = 2000
	perPage    = 50
	allPerPage = 500 // rows of a view to print
)

// state is what a list shows, as its address says. It is a value: methods return changed copies.
type state struct {
	path  string
	where map[index.Facet][]string // values sorted, each once
	text  string
	sort  string
	page  int         // from 1
	more  index.Facet // of which many values are shown
	all   bool        // to print: many rows, no pages
	by    string      // of the score board: what its rows are
}

// facetOrder are the facets as they are shown, with what people call them.
var facetOrder = []struct {
	facet index.Facet
	title string
}{
	{index.FacetKind, "Kind"}, {index.FacetType, "Type"}, {index.FacetOwner, "Owner"}, {index.FacetSystem, "System"},
	{index.FacetDomain, "Domain"}, {index.FacetHealth, "Health"}, {index.FacetLevel, "Level"}, {index.FacetVisibility, "Visibility"},
	{index.FacetProblems, "Problems"}, {index.FacetLifecycle, "Lifecycle"}, {index.FacetNamespace, "Namespace"},
	{index.FacetTag, "Tag"}, {index.FacetLabel, "Label"},
}

func facetTitle(f index.Facet) string {
	for _, o := range facetOrder {
		if o.facet == f {
			return o.title
		}
	}
	return string(f)
}

// sorts are the columns that lists can be sorted by.
var sorts = []string{"name", "title", "kind", "namespace", "type", "owner", "system", "lifecycle", "health", "score"}

// parseState reads an address. What it does not know it passes over, and what it cannot read it refuses.
func parseState(u *url.URL) (state, error) {
	s := state{path: u.Path, where: map[index.Facet][]string{}, page: 1}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return s, badRequest("What stands behind the question mark is not well-formed.")
	}
	for _, o := range facetOrder {
		if given := values[string(o.facet)]; len(given) > 0 {
			if err := checkValues(o.facet, given); err != nil {
				return s, err
			}
			s.where[o.facet] = slices.Compact(slices.Sorted(slices.Values(given)))
		}
	}
	if s.text = strings.TrimSpace(values.Get("q")); utf8.RuneCountInString(s.text) > maxText || !utf8.ValidString(s.text) {
		return s, badRequest(fmt.Sprintf("q must be text of %d characters at most.", maxText))
	}
	if s.sort = values.Get("sort"); s.sort != "" && !slices.Contains(sorts, strings.TrimPrefix(s.sort, "-")) {
		return s, badRequest("sort must be one of " + strings.Join(sorts, ", ") + ", turned round with a leading '-'.")
	}
	if p := values.Get("page"); p != "" {
		if s.page, err = strconv.Atoi(p); err != nil || s.page < 1 || s.page > maxPage {
			return s, badRequest(fmt.Sprintf("page must be a number from 1 to %d.", maxPage))
		}
	}
	if m := index.Facet(values.Get("more")); facetTitle(m) != string(m) {
		s.more = m
	}
	s.all = values.Get("all") == "1"
	if boardOf(values.Get("by")) > 0 {
		s.by = values.Get("by")
	}
	return s, nil
}

func checkValues(f index.Facet, given []string) error {
	if len(given) > maxValues {
		return badRequest(fmt.Sprintf("%s may stand %d times at most.", f, maxValues))
	}
	for _, v := range given {
		if len(v) > maxValue || !utf8.ValidString(v) {
			return badRequest(fmt.Sprintf("Values of %s must be text of %d bytes at most.", f, maxValue))
		}
	}
	return nil
}

// query is the state without its path, in one form only.
func (s state) query() url.Values {
	v := url.Values{}
	for f, values := range s.where {
		v[string(f)] = values
	}
	set := func(name, value string, present bool) {
		if present {
			v.Set(name, value)
		}
	}
	set("q", s.text, s.text != "")
	set("sort", s.sort, s.sort != "")
	set("page", strconv.Itoa(s.page), s.page > 1)
	set("more", string(s.more), s.more != "")
	set("all", "1", s.all)
	set("by", s.by, s.by != "")
	return v
}

// url is the address of the state.
func (s state) url() string {
	if q := s.query().Encode(); q != "" {
		return s.path + "?" + q
	}
	return s.path
}

// format is the address of the same in another format.
func (s state) format(name string) string {
	v := s.query()
	v.Set("format", name)
	return s.path + "?" + v.Encode()
}

// toggle adds a value of a facet, or takes it away, and goes back to the first page.
func (s state) toggle(f index.Facet, value string) state {
	where := make(map[index.Facet][]string, len(s.where)+1)
	for k, v := range s.where {
		where[k] = v
	}
	now := slices.Clone(where[f])
	if at, found := slices.BinarySearch(now, value); found {
		now = slices.Delete(now, at, at+1)
	} else {
		now = slices.Insert(now, at, value)
	}
	if where[f] = now; len(now) == 0 {
		delete(where, f)
	}
	s.where, s.page = where, 1
	return s
}

// at is another page of the same.
func (s state) at(page int) state {
	s.page = page
	return s
}

// sorted is the same from the first page, by a column; turned round if it is sorted by it already.
func (s state) sorted(column string) state {
	if s.sort == column {
		column = "-" + column
	}
	s.sort, s.page = column, 1
	return s
}

// limit is how many rows a page has.
func (s state) limit() int {
	if s.all {
		return allPerPage
	}
	return perPage
}

// find is what the index is asked for.
func (s state) find(kinds []relation.Kind, count []index.Facet) index.Query {
	return index.Query{
		Kinds: kinds, Where: s.where, Text: s.text, Sort: s.sort, Offset: (s.page - 1) * s.limit(), Limit: s.limit(), Count: count,
	}
}

// pager leads through the pages of a total.
func (s state) pager(shown, total int) Pager {
	first := (s.page - 1) * s.limit()
	if shown == 0 {
		return Pager{}
	}
	p := Pager{Text: fmt.Sprintf("%s–%s of %s", thousands(first+1), thousands(first+shown), thousands(total))}
	if s.page > 1 {
		p.Previous = s.at(s.page - 1).url()
	}
	if first+shown < total && s.page < maxPage {
		p.Next = s.at(s.page + 1).url()
	}
	return p
}

// hidden are the fields that a form has to carry along so that nothing of the state gets lost but those it asks for.
func (s state) hidden(asked ...string) []Field {
	var out []Field
	v := s.at(1).query()
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for k := range v {
			if !slices.Contains(asked, k) && !yield(k) {
				return
			}
		}
	}) {
		for _, value := range v[name] {
			out = append(out, Field{name, value})
		}
	}
	return out
}

// Field is a name and a value of a form.
type Field struct {
	Name, Value string
}

package dashboard

import (
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// filters are what a list is narrowed by, and what it can be narrowed by.
type filters struct {
	Active []activeFilter `json:"active"`
	Facets []facet        `json:"facets"`
	Clear  string         `json:"-"` // the address without any
}

// activeFilter is a value that a list is narrowed to.
type activeFilter struct {
	Facet index.Facet `json:"facet"`
	Value string      `json:"value"`
	Title string      `json:"-"`
	Text  string      `json:"-"`
	URL   string      `json:"-"` // without it
}

// facet is a property with its most frequent values.
type facet struct {
	Name    index.Facet  `json:"name"`
	Title   string       `json:"-"`
	Values  []facetValue `json:"values"`
	More    int          `json:"more,omitempty"` // values that are left out
	MoreURL string       `json:"-"`
	Open    bool         `json:"-"`
}

// facetValue is a value, with how many entities have it.
type facetValue struct {
	Value  string `json:"value"`
	Count  int    `json:"count"`
	Text   string `json:"-"`
	URL    string `json:"-"` // with it, or without it if it is active
	Active bool   `json:"active,omitempty"`
}

// moreValues is how many values of a facet are shown where all are asked for.
const moreValues = 100

// filters of a state, with the counts that belong to it.
func (s state) filters(counted []index.Facet, counts map[index.Facet]index.Counts) filters {
	out := filters{Active: []activeFilter{}, Facets: []facet{}}
	for _, o := range facetOrder {
		for _, v := range s.where[o.facet] {
			out.Active = append(out.Active, activeFilter{o.facet, v, o.title, valueText(o.facet, v), s.toggle(o.facet, v).url()})
		}
	}
	if len(out.Active) > 0 || s.text != "" {
		bare := s.at(1)
		bare.where, bare.text = nil, ""
		out.Clear = bare.url()
	}
	for i, f := range counted {
		if view := s.facet(f, counts[f]); len(view.Values) > 0 {
			view.Open = i < 6 || len(s.where[f]) > 0 || s.more == f
			out.Facets = append(out.Facets, view)
		}
	}
	return out
}

func (s state) facet(f index.Facet, c index.Counts) facet {
	out := facet{Name: f, Title: facetTitle(f), Values: []facetValue{}, More: c.More}
	if c.More > 0 && s.more != f {
		wide := s
		wide.more = f
		out.MoreURL = wide.url()
	}
	seen := map[string]bool{}
	for _, v := range c.Values {
		seen[v.Value] = true
		out.Values = append(out.Values, s.value(f, v.Value, v.N))
	}
	if c.None > 0 && len(c.Values) > 0 {
		seen[""] = true
		out.Values = append(out.Values, s.value(f, "", c.None))
	}
	for _, v := range s.where[f] {
		if !seen[v] { // so that it can be taken away again
			out.Values = append(out.Values, s.value(f, v, 0))
		}
	}
	return out
}

func (s state) value(f index.Facet, v string, n int) facetValue {
	out := facetValue{Value: v, Count: n, Text: valueText(f, v), URL: s.toggle(f, v).url()}
	for _, w := range s.where[f] {
		out.Active = out.Active || w == v
	}
	return out
}

// valueText is how people read a value.
func valueText(f index.Facet, v string) string {
	switch {
	case f == index.FacetProblems && v == "true":
		return "has problems"
	case v == "":
		return "(none)"
	case f == index.FacetKind:
		return kindName(v)
	case f == index.FacetOwner:
		return strings.TrimPrefix(v, "group:")
	case f == index.FacetSystem:
		return shortName(parseFull(catalog.FullRef(v)))
	}
	return v
}

// kindName is a kind as people write it, whatever the case in which it is given.
func kindName(v string) string {
	for _, k := range relation.Kinds() {
		if strings.EqualFold(k.String(), v) {
			return k.ObjectKind()
		}
	}
	return v
}

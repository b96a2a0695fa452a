package index

import (
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestWords(t *testing.T) {
	cases := map[string]struct {
		text string
		want []string
	}{
		"a name":             {"checkout-team.v2", []string{"checkout", "team", "v2"}},
		"capitals":           {"getOrderById", []string{"getorderbyid", "orderbyid", "byid", "id"}},
		"an abbreviation":    {"HTTPServer", []string{"httpserver", "server"}},
		"all capitals":       {"REST API", []string{"rest", "api"}},
		"signs":              {"C++, c# a+b #1", []string{"c++", "c#", "a", "b", "1"}},
		"a path":             {"GET /orders/{id}", []string{"get", "orders", "id"}},
		"other scripts":      {"Müller 日本 Ωmega", []string{"müller", "日本", "ωmega"}},
		"nothing":            {" -/ \xff", nil},
		"more than is taken": {strings.Repeat("é", 40), []string{strings.Repeat("é", 24)}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			words(tc.text, func(w string) { got = append(got, w) })
			if diff := gocmp.Diff(tc.want, got); diff != "" {
				t.Errorf("want -, got +: %s", diff)
			}
		})
	}
}

// TestRanks holds the order of hits, and what they say.
func TestRanks(t *testing.T) {
	described := func(change func(*catalog.ComponentSpec)) func(*catalog.ComponentSpec) { return change }
	ix := New()
	ix.Keep(apitest.Component("a", "cart"))
	ix.Keep(apitest.Component("a", "cart-service"))
	ix.Keep(apitest.Component("a", "big-cart"))
	ix.Keep(apitest.Component("a", "b1", described(func(s *catalog.ComponentSpec) { s.Title = "Shopping cart" })))
	ix.Keep(apitest.Component("a", "b2", described(func(s *catalog.ComponentSpec) { s.Tags = []catalog.Tag{"x", "cart"} })))
	owned := apitest.Component("a", "b3")
	owned.Status.Owner = "group:cart-team"
	ix.Keep(owned)
	ix.Keep(apitest.Component("a", "b4", described(func(s *catalog.ComponentSpec) {
		s.Description = strings.Repeat("Does much. ", 30) + "Fills <b>carts</b>. " + strings.Repeat("And more. ", 30)
	})))
	ix.Keep(apitest.API("a", "b5", func(s *catalog.APISpec) {
		s.Definition = `{"openapi": "3.0.0", "paths": {"/x": {"get": {"operationId": "emptyCart", "summary": "Empties a cart"}}}}`
	}))
	ix.Flush()
	var got []string
	for _, h := range ix.Search("CART", everywhere(), 20) {
		if len(h.Match) > maxMatch+8 || !utf8.ValidString(h.Match) || !strings.Contains(strings.ToLower(h.Match), "cart") {
			t.Errorf("%q is no match", h.Match)
		}
		got = append(got, h.Row.Ref.Name+" "+h.Field)
	}
	want := []string{"cart name", "cart-service name", "big-cart name", "b1 title", "b2 tag", "b3 owner", "b4 description", "b5 operation"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +: %s", diff)
	}
}

// FuzzWords holds that a text is found by its own words, whatever it is.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"a", "getOrderById", "İstanbul", "ǅ c++#+", "a\xffb", strings.Repeat("aB", 100), "\x00", "ﬃ", "e\u0301\u200d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		has := map[string]bool{}
		words(text, func(w string) {
			if w == "" || len(w) > maxWord || strings.ContainsRune(w, ' ') {
				t.Errorf("%q is no word", w)
			}
			has[w] = true
		})
		for _, w := range typed(text) {
			found := false
			for h := range has {
				found = found || strings.HasPrefix(h, w)
			}
			if !found && len(text) < maxQuery {
				t.Errorf("%q is not among the words %v", w, has)
			}
		}
	})
}

// FuzzFind holds that no query does harm, and that a title is found by what it says.
func FuzzFind(f *testing.F) {
	f.Add("title", "text", "sort", "tag", "value", 0, 10)
	f.Add("\x00", "\xff", "-title", "label", "", -1, 1<<30)
	f.Fuzz(func(t *testing.T, title, text, sort, facet, value string, offset, limit int) {
		ix := New()
		ix.Keep(apitest.Component("shop", "cart", func(s *catalog.ComponentSpec) { s.Title, s.Description = title, text }))
		ix.Keep(apitest.Component("shop", "pay", func(s *catalog.ComponentSpec) { s.Title, s.Tags = text, []catalog.Tag{catalog.Tag(value)} }))
		page := ix.Find(Query{
			Text: text, Sort: sort, Offset: offset, Limit: limit, Where: map[Facet][]string{Facet(facet): {value}}, Count: []Facet{Facet(facet)},
		}, everywhere())
		if len(page.Rows) > page.Total || page.Total > 2 {
			t.Errorf("%d rows of %d", len(page.Rows), page.Total)
		}
		if hits := ix.Search(title, everywhere(), limit); len(typed(title)) > 0 && len(hits) == 0 && utf8.ValidString(title) && len(title) < maxQuery {
			t.Errorf("%q is not found by its title", title)
		}
	})
}

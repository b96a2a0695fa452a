package dashboard

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/dashboard/index"
)

// randomState is a state as somebody may have clicked it together.
func randomState(rnd *rand.Rand) state {
	words := []string{"", "a", "group:team", "x=y", "a&b", "ä ö", "<b>", "100%", "+", "#", "a;b", "\n", "日本"}
	s := state{path: "/components", where: map[index.Facet][]string{}, page: 1 + rnd.IntN(5), all: rnd.IntN(4) == 0}
	for range rnd.IntN(5) {
		f := facetOrder[rnd.IntN(len(facetOrder))].facet
		if v := words[rnd.IntN(len(words))]; !slices.Contains(s.where[f], v) {
			s.where[f] = append(s.where[f], v)
			slices.Sort(s.where[f])
		}
	}
	if rnd.IntN(2) == 0 {
		s.text = strings.TrimSpace(words[rnd.IntN(len(words))])
	}
	if rnd.IntN(2) == 0 {
		s.sort = []string{"", "-"}[rnd.IntN(2)] + sorts[rnd.IntN(len(sorts))]
	}
	if rnd.IntN(3) == 0 {
		s.more = facetOrder[rnd.IntN(len(facetOrder))].facet
	}
	if rnd.IntN(3) == 0 {
		s.by = boards[1+rnd.IntN(3)].by
	}
	return s
}

func TestAStateIsItsAddress(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	same := cmp.AllowUnexported(state{})
	for range 2000 {
		s := randomState(rnd)
		u, err := url.ParseRequestURI(s.url())
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseState(u)
		if err != nil {
			t.Fatalf("%q: %v", s.url(), err)
		}
		if diff := cmp.Diff(s, got, same); diff != "" {
			t.Fatalf("%q (-is +read):\n%s", s.url(), diff)
		}
		f, v := facetOrder[rnd.IntN(len(facetOrder))].facet, "other"
		if diff := cmp.Diff(s.at(1), s.toggle(f, v).toggle(f, v), same); diff != "" {
			t.Fatalf("%q: %s=%s there and back (-was +is):\n%s", s.url(), f, v, diff)
		}
		// What a form carries along, with what it asks for, is the first page of the state.
		form := url.Values{"q": {s.text}}
		for _, h := range s.hidden("q") {
			form.Add(h.Name, h.Value)
		}
		got, err = parseState(&url.URL{Path: s.path, RawQuery: form.Encode()})
		if diff := cmp.Diff(s.at(1), got, same); err != nil || diff != "" {
			t.Fatalf("%q by its form, %v (-is +read):\n%s", s.url(), err, diff)
		}
	}
}

func FuzzAddress(f *testing.F) {
	f.Add("owner=a&page=2&sort=-name&q=x")
	f.Add("a=%zz")
	f.Add("label=%ff")
	f.Fuzz(func(t *testing.T, query string) {
		s, err := parseState(&url.URL{Path: "/components", RawQuery: query})
		if err != nil {
			return
		}
		u, err := url.ParseRequestURI(s.url())
		if err != nil {
			t.Fatalf("%q becomes %q: %v", query, s.url(), err)
		}
		again, err := parseState(u)
		if err != nil || again.url() != s.url() {
			t.Fatalf("%q becomes %q, and then %q (%v)", query, s.url(), again.url(), err)
		}
	})
}

func TestKubectlWordsAreQuoted(t *testing.T) {
	cases := map[string]string{
		"components": "components", "": "''", "a b": "'a b'", "$(rm)": "'$(rm)'", "it's": `'it'\''s'`, "x;y": "'x;y'", "`a`": "'`a`'", "status.owner=group:a": "status.owner=group:a",
	}
	for word, want := range cases {
		if got := shellWord(word); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", word, got, want)
		}
	}
}

func TestMarkedTexts(t *testing.T) {
	cases := map[string]string{
		"getCart cart": "get[Cart] [cart]", "cartoon": "[cart]oon", "scart": "scart", "CART-cart": "[CART]-[cart]", "": "", "ÄrGER cart": "ÄrGER [cart]",
	}
	for text, want := range cases {
		got := ""
		for _, p := range marked(text, []string{"cart"}) {
			if p.Hit {
				got += "[" + p.Text + "]"
			} else {
				got += p.Text
			}
		}
		if got != want {
			t.Errorf("marked(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestHeatAndNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
	for _, tc := range []struct {
		rank, of int
		want     string
	}{{0, 3, "heat-0"}, {1, 3, "heat-2"}, {2, 3, "heat-3"}, {3, 3, "heat-4"}, {1, 1, "heat-4"}, {1, 8, "heat-1"}, {8, 8, "heat-4"}, {-1, 0, "heat-0"}} {
		if got := heat(tc.rank, tc.of); got != tc.want {
			t.Errorf("heat(%d, %d) = %s, want %s", tc.rank, tc.of, got, tc.want)
		}
	}
}

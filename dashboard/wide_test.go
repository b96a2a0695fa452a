package dashboard

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/diagram"
)

// town is a catalog of many namespaces: each holds a System with a service, which all belong to one team and call one API.
func town(t testing.TB, namespaces int) *stage {
	t.Helper()
	s := newStage().put(apitest.Group("team"), apitest.Group("crew", func(g *catalog.GroupSpec) { g.Parent = "team" }),
		apitest.System("hub", "hub"), apitest.API("hub", "hub", func(a *catalog.APISpec) { a.System = "hub" }))
	for i := range namespaces {
		ns := fmt.Sprintf("n%03d", i)
		s.put(apitest.System(ns, ns), apitest.Component(ns, "svc", func(c *catalog.ComponentSpec) {
			c.Owner, c.System, c.ConsumesAPIs = "crew", catalog.EntityRef(ns), []catalog.EntityRef{"api:hub/hub"}
		}))
	}
	return s.settle(t)
}

// TestNothingIsLostAcrossManyNamespaces holds that who may get all is shown all, in however many namespaces that is.
func TestNothingIsLostAcrossManyNamespaces(t *testing.T) {
	const many = 150
	s := town(t, many)
	api := factsOn[apiView](t, s, anything, "/apis/hub/hub")
	if got := len(api.Consumers.Uses); got != many || api.Impact.Total != many || api.Consumers.Uses[many-1].URL == "" {
		t.Errorf("%d consumers, %d may notice, the last is %+v; want %d", got, api.Impact.Total, api.Consumers.Uses[many-1].link, many)
	}
	group := factsOn[groupView](t, s, anything, "/groups/team")
	if group.Owns.Total != many || len(group.Owns.Items) != maxOwned || group.Owns.More != many-maxOwned || group.Teams[0].Owns != many {
		t.Errorf("the team owns %d, of which %d are shown and %d are not; its crew %d; want %d", group.Owns.Total, len(group.Owns.Items), group.Owns.More, group.Teams[0].Owns, many)
	}
	all := factsOn[mapView](t, s, anything, "/map?nodes=300")
	around := factsOn[apiView](t, s, anything, "/apis/hub/hub?nodes=300")
	for name, rows := range map[string][]diagram.Row{"map": all.Picture.Rows, "picture of the API": around.Picture.Rows} {
		got := 0
		for _, r := range rows {
			if r.Access == "granted" {
				got++
			}
		}
		if got != many {
			t.Errorf("the %s has %d consumptions, want %d", name, got, many)
		}
	}
}

// TestFewOfManyNamespaces holds that who may get few namespaces is shown these, whatever else is related.
func TestFewOfManyNamespaces(t *testing.T) {
	s := town(t, 120)
	open := []string{"hub", "n003", "n077", "n119"}
	may := func(r access.Resource, ns string) bool { return ns == "" || slices.Contains(open, ns) }
	api := factsOn[apiView](t, s, may, "/apis/hub/hub")
	if api.Impact.Total != 3 {
		t.Errorf("%d may notice, want 3", api.Impact.Total)
	}
	if group := factsOn[groupView](t, s, may, "/groups/team"); group.Owns.Total != 3 || len(group.Owns.Items) != 3 {
		t.Errorf("the team owns %+v, want what stands in %v", group.Owns, open)
	}
}

// TestWhatIsNotLookedAtYetIsSaid holds that a page says so if it may be short of something.
func TestWhatIsNotLookedAtYetIsSaid(t *testing.T) {
	s := town(t, 40)
	h := house()
	h.catalog.Catalog, h.door.Door = s, hesitant{visitor{anything, namespacesOf(s)}}
	for path, want := range map[string]bool{"/apis/hub/hub": true, "/map": true, "/components/n003/svc": false} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		if got := strings.Contains(w.Body.String(), partialNote.Text); w.Code != http.StatusOK || got != want {
			t.Errorf("GET %s: %d, says that not all has been looked at: %v, want %v", path, w.Code, got, want)
		}
	}
}

// TestAPageShowsWhatSomebodyTakesIn holds that a page shows the first of many, says so, and leads to all of them, and that
// data is whole.
func TestAPageShowsWhatSomebodyTakesIn(t *testing.T) {
	const many = 150
	s := town(t, many)
	listed := func(page *doc) int {
		return len(elements(page.section(t, "impact"), func(n *node) bool { return n.Data == "li" }))
	}
	page := seenPage(t, s, anything, "/apis/hub/hub?depth=2")
	if got := listed(page); got != impactShown {
		t.Errorf("the page lists %d who may notice, want %d", got, impactShown)
	}
	has(t, "impact", []string{textOf(page.section(t, "impact"))}, "50 or more may notice", "Show more of them")
	const more = "?depth=2&impact=all#impact"
	if links := page.links(t, "impact"); !slices.Contains(links, more) {
		t.Fatalf("the impact leads to %q, want %q among them", links, more)
	}
	whole := seenPage(t, s, anything, "/apis/hub/hub"+strings.TrimSuffix(more, "#impact"))
	if got := listed(whole); got != many {
		t.Errorf("the page that is asked for all lists %d who may notice, want %d", got, many)
	}
	if text := textOf(whole.section(t, "impact")); !strings.Contains(text, "150 may notice") || strings.Contains(text, "Show more") {
		t.Errorf("the page that is asked for all says %.100q", text)
	}
	for _, path := range []string{"/apis/hub/hub", "/apis/hub/hub?impact=all"} {
		if got := factsOn[apiView](t, s, anything, path).Impact; got.Total != many || got.Cut {
			t.Errorf("GET %s as data: %d may notice, cut: %v; want %d, whole", path, got.Total, got.Cut, many)
		}
	}
}

// TestAPictureLeadsToALargerOne holds that a picture says how many entities it draws together, and leads to one that does not.
func TestAPictureLeadsToALargerOne(t *testing.T) {
	const many = 60
	s := town(t, many)
	const text = "Draw as much as one picture holds"
	larger := func(page *doc, section string) string {
		found := elements(page.section(t, section), func(n *node) bool { return n.Data == "a" && textOf(n) == text })
		if len(found) == 0 {
			return ""
		}
		return attribute(found[0], "href")
	}
	for _, tc := range []struct{ path, section, want, whole string }{
		{"/apis/hub/hub", "relations", "?nodes=300#relations", "/apis/hub/hub?nodes=300"},
		{"/apis/hub/hub?depth=2&kind=component", "relations", "?depth=2&kind=component&nodes=300#relations", "/apis/hub/hub?depth=2&kind=component&nodes=300"},
		{"/map", "main", "?nodes=300", "/map?nodes=300"},
	} {
		page := seenPage(t, s, anything, tc.path)
		if got := larger(page, tc.section); got != tc.want {
			t.Errorf("GET %s: the picture leads to %q, want %q", tc.path, got, tc.want)
		}
		boxes, counted := len(drawnAs(page, "dg-node")), 0
		if said := drawnTogether.FindStringSubmatch(textOf(page.section(t, tc.section))); len(said) > 0 && said[2] == strconv.Itoa(boxes) {
			counted, _ = strconv.Atoi(said[1])
		}
		if counted < many {
			t.Errorf("GET %s: %d boxes are drawn, which stand for %d entities as the page says; want %d at least", tc.path, boxes, counted, many)
		}
		whole := seenPage(t, s, anything, tc.whole)
		if got := len(drawnAs(whole, "dg-node")); got != counted {
			t.Errorf("GET %s: %d boxes, want %d", tc.whole, got, counted)
		}
		if text := textOf(whole.section(t, tc.section)); larger(whole, tc.section) != "" || strings.Contains(text, "drawn as one") {
			t.Errorf("GET %s leads to a larger picture, or draws something together", tc.whole)
		}
	}
}

// drawnTogether is how a page says that a box may stand for many entities.
var drawnTogether = regexp.MustCompile(`(\d+) entities are drawn as (\d+) boxes: many are drawn as one`)

// drawnAs are the parts of a picture of a class.
func drawnAs(page *doc, class string) []*node {
	return elements(page.root, func(n *node) bool {
		return n.Data == "g" && slices.Contains(strings.Fields(attribute(n, "class")), class)
	})
}

// hesitant is a reader whose namespaces are not all known.
type hesitant struct{ visitor }

func (v hesitant) Scope(context.Context, access.Resource) (access.Scope, error) {
	return access.Scope{Partial: true}, nil
}

func (v hesitant) Reader(*http.Request) (access.Reader, error) { return v, nil }

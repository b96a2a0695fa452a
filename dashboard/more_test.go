package dashboard_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// read asks for a page as JSON, in the form that a test names.
func read[V any](t *testing.T, h http.Handler, path string) V {
	t.Helper()
	w := get(t, h, path, "Accept", "application/json")
	var out struct{ View V }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d, %v\n%s", path, w.Code, err, w.Body)
	}
	return out.View
}

func TestSearchOfOneKind(t *testing.T) {
	h := site(t, sample(t), everything)
	kinds := func(path string) []string {
		var out []string
		for _, hit := range read[struct{ Hits []struct{ Kind string } }](t, h, path).Hits {
			out = append(out, hit.Kind)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	if got := kinds("/search?q=cart"); len(got) < 3 {
		t.Errorf("a search in all finds %q", got)
	}
	for _, k := range relation.Kinds() {
		if got := kinds("/search?q=c&kind=" + k.String()); !slices.Equal(got, []string{k.ObjectKind()}) {
			t.Errorf("a search for %s finds %q", k, got)
		}
	}
	page := look(t, h, "/search?q=cart&kind=api")
	if got := texts(page, "main .inline [aria-current]"); !slices.Equal(got, []string{"APIs"}) {
		t.Errorf("the page is of %q", got)
	}
	if got := attrs(page, "main form input[type=hidden]", "value"); !slices.Equal(got, []string{"api"}) {
		t.Errorf("the form keeps %q", got)
	}
	if w := get(t, h, "/search?q=cart&kind=exemption"); w.Code != http.StatusBadRequest {
		t.Errorf("a kind that there is not: %d", w.Code)
	}
}

// TestSearchTellsSeveralPlaces holds that each part of a definition that matches can be reached.
func TestSearchTellsSeveralPlaces(t *testing.T) {
	h := site(t, sample(t), everything)
	type place struct{ Field, Match, URL string }
	var hit struct {
		place
		Ref    string
		Places []place
	}
	for _, found := range read[struct {
		Hits []struct {
			place
			Ref    string
			Places []place
		}
	}](t, h, "/search?q=customerId&kind=api").Hits {
		if found.Ref == "api:sock-shop/carts" {
			hit = found
		}
	}
	if len(hit.Places) == 0 {
		t.Fatalf("only one place: %+v", hit)
	}
	seen := []string{hit.URL}
	for _, p := range hit.Places {
		if slices.Contains(seen, p.URL) || !strings.Contains(strings.ToLower(p.Match), "customerid") {
			t.Errorf("%+v is there twice, or does not match", p)
		}
		seen = append(seen, p.URL)
	}
	for _, address := range seen {
		if w := get(t, h, address); w.Code != http.StatusOK {
			t.Errorf("%s: %d", address, w.Code)
		}
	}
	if got := attrs(look(t, h, "/search?q=customerId&kind=api"), "main ol a", "href"); !slices.Contains(got, seen[1]) {
		t.Errorf("the page leads to %q, and not to %q", got, seen[1])
	}
}

func TestExemptionsThatEndSoon(t *testing.T) {
	c := sample(t)
	since := func(x *catalog.Exemption) *catalog.Exemption {
		x.CreationTimestamp = metav1.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		x.Spec.Approval, x.Spec.Ticket = catalog.Approval{}, ""
		return x
	}
	c.Exempt(
		since(exemption("sock-shop", "over", "component:carts", "production-readiness", "2026-03-01")),
		since(exemption("sock-shop", "soon", "component:carts", "production-readiness", "2026-03-20")),
		since(exemption("sock-shop", "today", "component:carts", "production-readiness", "2026-03-11")),
		since(exemption("sock-shop", "later", "component:carts", "production-readiness", "2026-06-01")),
	)
	noon := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	h := dashboard.New(dashboard.Options{Catalog: c, Door: catalogtest.DoorOf(everything), Log: logger(t), Now: func() time.Time { return noon }})
	var got [][2]string
	for _, tr := range all(look(t, h, "/scores"), "#exemptions tbody tr") {
		got = append(got, [2]string{texts(tr, "th")[0], strings.Join(texts(tr, `[data-label="Expires"] .badge`), "")})
	}
	want := [][2]string{{"sock-shop/today", "ends today"}, {"sock-shop/soon", "9 days left"}, {"sock-shop/later", ""}, {"sock-shop/over", "over"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exemptions (-want +got):\n%s", diff)
	}
	for name, days := range map[string]float64{"soon": 9, "over": -9} {
		if got := facts(t, h, "/exemptions/sock-shop/"+name)["daysLeft"]; got != days {
			t.Errorf("%s has %v days left, want %v", name, got, days)
		}
	}
	missing := texts(look(t, h, "/exemptions/sock-shop/soon"), "[aria-label='What is missing'] pre")
	if len(missing) != 2 || !strings.Contains(missing[0], "approval:") || !strings.Contains(missing[1], "ticket:") {
		t.Errorf("missing %q", missing)
	}
}

// TestFixesOfTeams holds that each team is told what its own page says comes first.
func TestFixesOfTeams(t *testing.T) {
	h := site(t, sample(t), everything)
	type fix struct {
		Title string
		Reach int
	}
	told := 0
	for _, row := range read[struct {
		Rows []struct {
			Entity struct{ Ref string }
			Next   *fix
		}
	}](t, h, "/scores?by=groups").Rows {
		var want *fix
		if all := read[struct{ Fixes struct{ Fixes []fix } }](t, h, "/scores?owner="+row.Entity.Ref).Fixes.Fixes; len(all) > 0 {
			want = &all[0]
			told++
		}
		if diff := cmp.Diff(want, row.Next); diff != "" {
			t.Errorf("%s (-as its board says, +as the board of teams says):\n%s", row.Entity.Ref, diff)
		}
	}
	type page struct{ Fixes struct{ Fixes []fix } }
	if diff := cmp.Diff(read[page](t, h, "/scores?owner=group:checkout-team"), read[page](t, h, "/groups/checkout-team")); diff != "" {
		t.Errorf("fixes of a team (-as its board says, +as its own page says):\n%s", diff)
	}
	if got := texts(look(t, h, "/scores?by=groups"), ".matrix thead th:last-child"); told == 0 || !slices.Equal(got, []string{"Fix first"}) {
		t.Errorf("%d teams are told what to fix, below %q", told, got)
	}
}

func TestOrderOfTheBoard(t *testing.T) {
	h := site(t, sample(t), everything)
	page := look(t, h, "/scores?sort=score")
	if got := texts(page, "[aria-label=Order] [aria-current]"); !slices.Equal(got, []string{"Lowest score first"}) {
		t.Errorf("order %q", got)
	}
	if got := texts(page, ".matrix tbody tr:first-child td"); !strings.Contains(strings.Join(got, " "), "50%") {
		t.Errorf("the first has %q", got)
	}
	for _, row := range read[struct {
		Rows []struct{ Scores []struct{ Level string } }
	}](t, h, "/scores?level=Bronze").Rows {
		if row.Scores[0].Level != "Bronze" {
			t.Errorf("a row of another level: %+v", row)
		}
	}
	if got := texts(look(t, h, "/scores"), ".tiles a"); len(got) != 2 || !strings.Contains(got[0], "+23 since 2026-01-01") {
		t.Errorf("tiles %q", got)
	}
}

func TestFindInAReference(t *testing.T) {
	h := site(t, sample(t), everything)
	type overview struct {
		Reference struct {
			Entries int
			Groups  []struct {
				Entries []struct{ Verb, Name, Href string }
			}
		}
	}
	const path = "/apis/sock-shop/carts/reference"
	whole, merge := read[overview](t, h, path), read[overview](t, h, path+"?q=MERGE+get")
	if whole.Reference.Entries < 5 || merge.Reference.Entries != 1 || merge.Reference.Groups[0].Entries[0].Name != "/carts/{customerId}/merge" {
		t.Errorf("found %+v of %d", merge.Reference, whole.Reference.Entries)
	}
	page := look(t, h, path+"?q=merge")
	if got := attrs(page, "main form input", "value"); !slices.Equal(got, []string{"merge"}) {
		t.Errorf("the form holds %q", got)
	}
	if got := texts(look(t, h, path+"?q=nothing-like-it"), ".reference .note"); len(got) != 1 {
		t.Errorf("of nothing it says %q", got)
	}
	if w := get(t, h, path+"?q="+strings.Repeat("a", 201)); w.Code != http.StatusBadRequest {
		t.Errorf("a long text: %d", w.Code)
	}
	if got := texts(page, ".cmd code"); !slices.Equal(got, []string{"kubectl get apis carts -n sock-shop -o 'jsonpath={.spec.definition}'"}) {
		t.Errorf("commands %q", got)
	}
}

// TestLinksOfAnnotations holds which of Backstage's annotations are links, and that no other address is.
func TestLinksOfAnnotations(t *testing.T) {
	c := sample(t)
	e, _, _ := c.Entity(t.Context(), relation.Ref{Kind: relation.Component, Namespace: "sock-shop", Name: "carts"})
	carts := e.(*catalog.Component)
	carts.Annotations = map[string]string{
		"github.com/project-slug": "microservices-demo/carts", "backstage.io/source-location": "url:https://git.example.com/carts/",
		"backstage.io/view-url": "javascript:alert(1)", "backstage.io/techdocs-ref": "dir:.", "circleci.com/project-slug": `"><script>`,
	}
	c.Put(carts)
	var got []string
	for _, l := range read[struct{ Links []struct{ URL string } }](t, site(t, c, everything), "/components/sock-shop/carts").Links {
		got = append(got, l.URL)
	}
	want := []string{"https://git.example.com/carts/", "https://github.com/microservices-demo/carts", "https://app.circleci.com/pipelines/%22%3E%3Cscript%3E"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

// TestEveryPictureCanBeFound follows links from the first page until all pages that are pictures have been met.
func TestEveryPictureCanBeFound(t *testing.T) {
	h := site(t, sample(t), everything)
	want := map[string]bool{"/map": false, "/map/domains": false, "/organisation": false, "/domains/commerce/map": false, "/groups/shop-engineering/organisation": false}
	met, queue := map[string]bool{"/": true}, []string{"/"}
	for len(queue) > 0 && len(met) < 400 {
		page := queue[0]
		queue = queue[1:]
		for _, to := range attrs(look(t, h, page), "nav[aria-label=Main] a, main a", "href") {
			if _, picture := want[to]; picture {
				want[to] = true
			}
			inside := slices.Contains([]string{"/systems", "/domains", "/groups", "/map", "/domains/commerce", "/groups/shop-engineering"}, to)
			if inside && !met[to] {
				met[to] = true
				queue = append(queue, to)
			}
		}
	}
	for page, found := range want {
		if !found {
			t.Errorf("nothing leads to %s", page)
		}
	}
}

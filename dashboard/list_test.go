package dashboard_test

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

func TestListFiltersSortsAndPages(t *testing.T) {
	var entities []catalog.Entity
	for i := range 120 {
		owner := catalog.EntityRef(fmt.Sprintf("team-%d", i%3))
		c := apitest.Component("shop", fmt.Sprintf("c-%03d", i), func(s *catalog.ComponentSpec) { s.Owner, s.Tags = owner, []catalog.Tag{"go"} })
		c.Status.Owner = catalog.FullRef("group:" + owner)
		c.Status.Summary.Health = []catalog.Health{catalog.HealthHealthy, catalog.HealthDegraded}[i%2]
		entities = append(entities, c)
	}
	h := site(t, catalogtest.New(entities...), everything)

	page := look(t, h, "/components")
	if got := len(all(page, "main tbody tr")); got != 50 {
		t.Errorf("%d rows, want 50", got)
	}
	if got := texts(page, ".pager > span:first-child"); !slices.Equal(got, []string{"1–50 of 120"}) {
		t.Errorf("pager %q", got)
	}
	if got := texts(page, "#facet-owner li"); !slices.Equal(got, []string{"team-0 40", "team-1 40", "team-2 40"}) {
		t.Errorf("owners %q", got)
	}
	narrow := attrs(page, "#facet-owner li a", "href")[1]
	if narrow != "/components?owner=group%3Ateam-1" {
		t.Fatalf("narrows by %q", narrow)
	}
	page = look(t, h, narrow)
	if got := texts(page, "h1"); got[0] != "Components 40" {
		t.Errorf("heading %q", got)
	}
	if got := texts(page, ".chip"); !slices.Equal(got, []string{"Owner: team-1 ×"}) {
		t.Errorf("active filters %q", got)
	}
	if got := attrs(page, ".chip", "href"); !slices.Equal(got, []string{"/components"}) {
		t.Errorf("the filter is taken away by %q", got)
	}
	if got := texts(page, "#facet-health li"); !slices.Equal(got, []string{"Degraded 20", "Healthy 20"}) {
		t.Errorf("healths %q", got)
	}
	if got := texts(page, ".cmd code"); !slices.Equal(got, []string{"kubectl get components --field-selector=status.owner=group:team-1 -A"}) {
		t.Errorf("commands %q", got)
	}
	if got := attrs(page, "form.bar input[type=hidden]", "value"); !slices.Equal(got, []string{"group:team-1"}) {
		t.Errorf("the form carries %q", got)
	}
	page = look(t, h, "/components?sort=-name&page=3")
	if got := texts(page, "tbody th a"); len(got) != 20 || got[0] != "c-019" || got[19] != "c-000" {
		t.Errorf("the last page is %q", got)
	}
	if got := attrs(page, "th[aria-sort]", "aria-sort"); !slices.Equal(got, []string{"descending"}) {
		t.Errorf("sorted %q", got)
	}
	if got := attrs(page, ".pager a", "href"); !slices.Equal(got, []string{"/components?page=2&sort=-name"}) {
		t.Errorf("pages %q", got)
	}
	if got := text(all(look(t, h, "/components?owner=none"), ".empty")[0]); !strings.HasPrefix(got, "Nothing fits") {
		t.Errorf("an empty list says %q", got)
	}
	if got := text(all(look(t, h, "/apis"), ".empty")[0]); !strings.Contains(got, "kubectl explain api.spec") {
		t.Errorf("a list of a kind that is not used says %q", got)
	}
}

func TestMoreValuesOfAFacet(t *testing.T) {
	var entities []catalog.Entity
	for i := range 40 {
		c := apitest.Component("shop", fmt.Sprintf("c-%03d", i))
		c.Status.Owner = catalog.FullRef(fmt.Sprintf("group:team-%02d", i))
		entities = append(entities, c)
	}
	h := site(t, catalogtest.New(entities...), everything)
	page := look(t, h, "/components")
	if got := texts(page, "#facet-owner li"); len(got) != 13 || got[12] != "28 more …" {
		t.Fatalf("owners %q", got)
	}
	more := attrs(page, "#facet-owner li a", "href")[12]
	if got := texts(look(t, h, more), "#facet-owner li"); len(got) != 40 {
		t.Errorf("%s shows %d owners", more, len(got))
	}
}

// hostile are texts that would do harm where they are not escaped.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `javascript:alert(1)`, `{{.}}`, `</title><script>x`,
	`=HYPERLINK("http://evil","x")`, `+1`, `-1`, `@SUM(A1)`, "\t=1", "\r=1", `a,b"c`, "a\nb", "\u202eevil", "%3Cscript%3E", "&lt;b&gt;", "]]>", "--><x>",
}

// evil is an entity that carries a hostile text wherever there is one, whatever the schema would refuse.
func evil(i int, text string) catalog.Entity {
	c := apitest.Component("shop", fmt.Sprintf("evil-%02d", i))
	c.Namespace, c.Labels = text, map[string]string{text: text}
	c.Spec.Title, c.Spec.Description, c.Spec.Tags = text, text, []catalog.Tag{catalog.Tag(text)}
	c.Spec.Type, c.Spec.Lifecycle = catalog.Word(text), catalog.Word(text)
	c.Status.Owner, c.Status.System = catalog.FullRef("group:"+text), catalog.FullRef(text)
	c.Status.Summary = catalog.Summary{Health: catalog.Health(text), Pods: text, Score: text}
	c.Status.Conditions = []metav1.Condition{{Type: catalog.ConditionOwned, Status: metav1.ConditionFalse, Reason: text}}
	percent := int32(50)
	c.Status.Scores = []catalog.Score{{Scorecard: "card", Verdict: catalog.VerdictFailing, Level: catalog.Word(text), Percent: &percent, NotPassed: 1,
		Failing: []catalog.FailingCheck{{Check: "runbook", Outcome: catalog.OutcomeFail, Message: text}}}}
	return c
}

func evilCatalog() *catalogtest.Catalog {
	c := catalogtest.New()
	var exemptions []*catalog.Exemption
	card := catalogtest.Card("card", hostile[0])
	card.Spec.Description, card.Spec.Levels[0].Description, card.Spec.Levels[1].Name = hostile[1], hostile[1], catalog.Word(hostile[0])
	for i, text := range hostile {
		c.Put(evil(i, text))
		x := &catalog.Exemption{}
		x.Name, x.Namespace = text, text
		x.Spec = catalog.ExemptionSpec{Entity: "component:evil-00", Scorecard: "card", Reason: text, Ticket: catalog.WebURL(text),
			RequestedBy: catalog.UserName(text), Approval: catalog.Approval{By: catalog.UserName(text)}, Checks: []catalog.CheckName{catalog.CheckName(text)}}
		exemptions = append(exemptions, x)
		card.Spec.Checks = append(card.Spec.Checks, catalog.ScorecardCheck{Name: catalog.CheckName(fmt.Sprintf("evil-%d", i)), Title: text, Remedy: text, Description: text, Controls: []catalog.Control{catalog.Control(text)}})
	}
	c.Cards(card)
	c.Exempt(exemptions...)
	return c
}

func TestHostileTextsStayTexts(t *testing.T) {
	h := site(t, evilCatalog(), everything)
	paths := []string{"/", "/catalog", "/components", "/components?more=label", "/scores", "/scores/card", "/search?q=evil", "/search?q=script"}
	for _, text := range hostile {
		q := url.QueryEscape(text)
		paths = append(paths, "/search?q="+q, "/components?q="+q, "/components?owner="+q+"&label="+q+"&namespace="+q, "/scores?owner="+q)
	}
	for _, path := range paths {
		page := look(t, h, path)
		strictPolicy(t, page)
		for _, e := range all(page, "main script, main img, main iframe, main x, main b, object, embed, base, meta[http-equiv]") {
			t.Errorf("%s: holds <%s>", path, e.Data)
		}
		for _, href := range append(attrs(page, "[href]", "href"), attrs(page, "[action]", "action")...) {
			if u, err := url.Parse(href); err != nil || u.Scheme != "" || u.Host != "" {
				t.Errorf("%s: leads to %q", path, href)
			}
		}
	}
	page := look(t, h, "/components")
	rows := all(page, "tbody tr")
	if len(rows) != len(hostile) {
		t.Fatalf("%d rows, want %d", len(rows), len(hostile))
	}
	for _, r := range rows {
		found := slices.ContainsFunc(hostile, func(text string) bool {
			return len(texts(r, "td[data-label=Type]")) == 1 && texts(r, "td[data-label=Type]")[0] == strings.Join(strings.Fields(text), " ")
		})
		if !found {
			t.Errorf("the type %q is not what was written", texts(r, "td[data-label=Type]"))
		}
	}
}

func TestCSVHoldsNoFormula(t *testing.T) {
	w := get(t, site(t, evilCatalog(), everything), "/components?format=csv&sort=name")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" || w.Header().Get("Content-Disposition") != `attachment; filename="components.csv"` {
		t.Fatalf("status %d, %v", w.Code, w.Header())
	}
	records, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(records) != len(hostile)+1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	guarded := 0
	for _, r := range records[1:] {
		for _, field := range r {
			if field != "" && strings.ContainsRune("=+-@\t\r\n", rune(field[0])) {
				t.Errorf("the field %q is a formula", field)
			}
			if strings.HasPrefix(field, "'=") {
				guarded++
			}
		}
	}
	if guarded == 0 {
		t.Error("no field is guarded")
	}
}

func TestCSVIsWhatTheListShows(t *testing.T) {
	h := site(t, sample(t), everything)
	query := "/components?owner=group:checkout-team&sort=-name"
	records, err := csv.NewReader(get(t, h, query+"&format=csv").Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, r := range records[1:] {
		files = append(files, r[3])
	}
	if shown := texts(look(t, h, query), "tbody th a"); len(shown) == 0 || !slices.Equal(files, shown) {
		t.Errorf("the file has %q, the page %q", files, shown)
	}
}

func TestJSONHoldsTheFactsOfThePage(t *testing.T) {
	h := site(t, sample(t), everything)
	for _, path := range []string{"/catalog", "/components", "/apis?owner=group:checkout-team", "/components?health=Degraded", "/users"} {
		page, view := look(t, h, path), facts(t, h, path)
		var refs, owners, reasons []string
		for _, r := range view["rows"].([]any) {
			row := r.(map[string]any)
			refs = append(refs, row["ref"].(string))
			if o, ok := row["owner"].(map[string]any); ok {
				owners = append(owners, o["ref"].(string))
			}
			if p, ok := row["problems"].([]any); ok {
				for _, x := range p {
					reasons = append(reasons, x.(string))
				}
			}
		}
		if diff := cmp.Diff(attrs(page, "tbody th a", "title"), refs); diff != "" {
			t.Errorf("%s: rows (-page +JSON):\n%s", path, diff)
		}
		if diff := cmp.Diff(attrs(page, "td[data-label=Owner] a", "title"), owners); path != "/users" && diff != "" {
			t.Errorf("%s: owners (-page +JSON):\n%s", path, diff)
		}
		if diff := cmp.Diff(texts(page, "td[data-label=Ready] .badge.warn"), reasons); diff != "" {
			t.Errorf("%s: problems (-page +JSON):\n%s", path, diff)
		}
		var facets []string
		for _, f := range view["filters"].(map[string]any)["facets"].([]any) {
			for _, v := range f.(map[string]any)["values"].([]any) {
				facets = append(facets, fmt.Sprint(f.(map[string]any)["name"], " ", v.(map[string]any)["count"]))
			}
		}
		var shown []string
		for _, d := range all(page, "details.facet") {
			for _, n := range texts(d, "li .num") {
				shown = append(shown, strings.TrimPrefix(attr(d, "id"), "facet-")+" "+n)
			}
		}
		if diff := cmp.Diff(shown, facets); diff != "" {
			t.Errorf("%s: facets (-page +JSON):\n%s", path, diff)
		}
	}
}

// TestAddressesAreTheState follows random filters, and holds that each link says just what it changes.
func TestAddressesAreTheState(t *testing.T) {
	h := site(t, sample(t), everything)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		path, steps := "/catalog", map[string]bool{}
		for range 1 + rnd.IntN(4) {
			page := look(t, h, path)
			links := all(page, "details.facet li a")
			if len(links) == 0 {
				break
			}
			link := links[rnd.IntN(len(links))]
			next := attr(link, "href")
			u, err := url.Parse(next)
			if err != nil {
				t.Fatal(err)
			}
			if next != u.Path+"?"+u.Query().Encode() && next != u.Path {
				t.Errorf("%q is not in its one form", next)
			}
			steps[next] = true
			on := attr(link, "aria-current") == "true"
			after := look(t, h, next)
			back := false
			for _, l := range all(after, "details.facet li a, .chip") {
				back = back || attr(l, "href") == path
			}
			if !back && !strings.Contains(next, "more=") && !strings.Contains(path, "more=") && !on {
				t.Errorf("%q does not lead back to %q", next, path)
			}
			path = next
		}
	}
}

package dashboard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// exemption is one that counts.
func exemption(namespace, name, entity, card, day string) *catalog.Exemption {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	x := &catalog.Exemption{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	x.Spec = catalog.ExemptionSpec{Entity: catalog.OwnEntityRef(entity), Scorecard: card, Reason: "moved out next month", RequestedBy: "ada",
		Ticket: "https://example.com/T-1", ExpiresAt: &metav1.Time{Time: at}, Approval: catalog.Approval{By: "vera", Reason: "agreed"}}
	x.Status.Conditions = []metav1.Condition{{Type: catalog.ConditionReady, Status: metav1.ConditionTrue, Reason: catalog.ReasonApproved}}
	return x
}

func TestScoreBoard(t *testing.T) {
	c := sample(t)
	c.Exempt(exemption("sock-shop", "later", "component:carts", "production-readiness", "2026-09-01"),
		exemption("online-boutique", "soon", "component:adservice", "security-baseline", "2026-03-01"))
	h := site(t, c, everything)
	page := look(t, h, "/scores")
	if got := texts(page, ".matrix thead th"); !slices.Equal(got, []string{"Entity", "Owner", "Production readiness", "Security baseline"}) {
		t.Errorf("columns %q", got)
	}
	if n := len(all(page, ".matrix tbody tr")); n != 19 {
		t.Errorf("%d rows, want the 19 Components", n)
	}
	for _, e := range all(page, ".matrix tbody td[class^=heat]") {
		want := map[string]string{"heat-4": "✓ Gold 100%", "heat-3": "✓ Silver 75%", "heat-2": "✗ Bronze 50%"}[attr(e, "class")]
		if text(e) != want {
			t.Errorf("a cell of %s says %q, want %q", attr(e, "class"), text(e), want)
		}
	}
	if got := texts(page, "#exemptions tbody th"); !slices.Equal(got, []string{"online-boutique/soon", "sock-shop/later"}) {
		t.Errorf("exemptions %q, want the next to expire first", got)
	}
	if got := texts(page, "#exemptions time"); !slices.Equal(got, []string{"2026-03-01", "2026-09-01"}) {
		t.Errorf("they expire %q", got)
	}
	if got := texts(look(t, h, "/scores/production-readiness"), "#exemptions tbody th"); !slices.Equal(got, []string{"sock-shop/later"}) {
		t.Errorf("exemptions of one Scorecard %q", got)
	}
	page = look(t, h, "/scores?system=system:online-boutique/online-boutique")
	if got := texts(page, "#exemptions tbody th"); !slices.Equal(got, []string{"online-boutique/soon"}) {
		t.Errorf("exemptions of a System %q", got)
	}
	if got := texts(page, ".cmd code"); !slices.Equal(got, []string{"kubectl get scorecards", "kubectl callboard score next --system online-boutique/online-boutique"}) {
		t.Errorf("commands %q", got)
	}
	if got := texts(look(t, h, "/scores?by=systems"), ".matrix tbody td[class^=heat]"); len(got) != 2 || got[0] != "71% · 5/8 pass" {
		t.Errorf("roll-ups %q", got)
	}
	if got := texts(look(t, h, "/scores?all=1"), ".matrix tbody tr"); len(got) != 19 {
		t.Errorf("%d rows to print", len(got))
	}
}

func TestScorecardBoard(t *testing.T) {
	h := site(t, sample(t), everything)
	page, view := look(t, h, "/scores/production-readiness"), facts(t, h, "/scores/production-readiness")
	for i, tr := range all(page, ".matrix tbody tr") {
		row := view["rows"].([]any)[i].(map[string]any)
		if got := attrs(tr, "th a", "title"); got[0] != row["entity"].(map[string]any)["ref"] {
			t.Errorf("row %d is %q on the page and %v as JSON", i, got, row["entity"])
		}
		for j, cell := range row["checks"].([]any) {
			want := map[any]string{"Fail": "✗ fail", "Unknown": "? unknown", "NotFailing": "✓", "Exempt": "exempt"}[cell.(map[string]any)["outcome"]]
			if got := texts(tr, "td")[j+2]; got != want {
				t.Errorf("row %d check %d is %q on the page and %v as JSON", i, j, got, cell)
			}
		}
	}
	if got := len(all(page, "svg.chart polyline")); got != 2 {
		t.Errorf("%d lines in the trend", got)
	}
	if got, want := len(all(page, "#trend-table tbody tr")), len(view["trend"].(map[string]any)["points"].([]any)); got != want || got != 20 {
		t.Errorf("%d days in the table, %d as JSON", got, want)
	}
	if got := strings.Fields(attrs(page, "svg.chart polyline", "points")[0]); len(got) != 20 || got[0] != "40.0,64.0" || got[19] != "590.0,41.2" {
		t.Errorf("the line goes %q", got)
	}
}

// TestFixesAreThoseOfTheBoard counts by hand what the first fix brings.
func TestFixesAreThoseOfTheBoard(t *testing.T) {
	c := sample(t)
	h := site(t, c, everything)
	silver, gold := 0, 0
	for _, e := range c.Entities() {
		for _, s := range e.EntityStatus().Scores {
			if s.Scorecard == "production-readiness" && s.Level == "Bronze" {
				silver++
			}
			if s.Scorecard == "production-readiness" && s.Level == "Silver" {
				gold++
			}
		}
	}
	want := []string{fmt.Sprintf("It survives the loss of a pod %d %d", silver, silver), fmt.Sprintf("There is a runbook %d %d", gold, gold)}
	slices.SortFunc(want, func(a, b string) int { return cmp2(b[strings.LastIndex(b, " ")+1:], a[strings.LastIndex(a, " ")+1:]) })
	var got []string
	for _, tr := range all(look(t, h, "/scores/production-readiness"), "#fixes tbody tr") {
		cells := texts(tr, "td")
		got = append(got, texts(tr, "th")[0]+" "+cells[1]+" "+cells[2])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fixes (-want +got):\n%s", diff)
	}
}

func cmp2(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func TestScoresOfWhomOneMayNotRead(t *testing.T) {
	c := sample(t)
	c.Exempt(exemption("sock-shop", "later", "component:carts", "production-readiness", "2026-09-01"))
	r := &catalogtest.Reader{Name: "eve", Scopes: map[access.Resource]access.Scope{
		access.Scorecards: {All: true}, access.Of(relation.Component): {Namespaces: []string{"online-boutique"}}, access.Exemptions: {Namespaces: []string{"online-boutique"}},
	}}
	page := look(t, site(t, c, r), "/scores")
	if n := len(all(page, ".matrix tbody tr")); n != 11 || strings.Contains(text(page), "sock-shop") {
		t.Errorf("%d rows, want the 11 Components of online-boutique and nothing of sock-shop", n)
	}
}

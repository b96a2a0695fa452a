package dashboard

import (
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// payloads are what somebody may write where a page shows text. Admission lets few of them in, and may have been down.
var payloads = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg/onload=alert(1)>`, `javascript:alert(1)`,
	`</title><script>alert(1)</script>`, `</pre><iframe src="https://evil.example">`, `{{.}}`, `<!--`, `]]>`, "`onmouseover=alert(1)",
	`[x](javascript:alert(1))`, `<a href="data:text/html,x">x</a>`, `![x](https://evil.example/pixel)`, `<style>*{}</style>`, "\u202e\u0000",
}

// hostile is a catalog in which every text is a payload.
func hostile(payload string) *stage {
	s := newStage()
	d := catalog.Descriptor{
		Title: payload, Description: payload, Tags: []catalog.Tag{catalog.Tag(payload)},
		Links: []catalog.Link{{URL: payload, Title: payload}, {URL: "javascript:alert(1)", Title: payload, Type: catalog.Word(payload)}},
	}
	meta := func(namespace string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: namespace, Name: "x", Annotations: map[string]string{payload: payload}}
	}
	status := catalog.EntityStatus{
		Owner: "group:x", System: "system:ns/x", ForeignDependents: 3,
		Conditions: []metav1.Condition{{Type: payload, Status: "False", Reason: payload, Message: payload}, {Type: catalog.ConditionOwned, Message: payload}},
		Summary:    catalog.Summary{Health: catalog.Health(payload), Score: payload, Average: payload},
		Workloads:  []catalog.WorkloadStatus{{Kind: catalog.WorkloadKind(payload), Namespace: "ns", Name: payload, Health: catalog.Health(payload), Reason: payload, Images: []string{payload}}},
		Scores: []catalog.Score{{Scorecard: "card", Verdict: catalog.VerdictFailing, Level: catalog.Word(payload), NotPassed: 1, Override: catalog.Word(payload),
			Failing: []catalog.FailingCheck{{Check: "check", Outcome: catalog.OutcomeFail, Message: payload, Evidence: []catalog.Evidence{{Path: payload, Value: payload}}}}}},
		Relations: []catalog.RelationStatus{{Type: dependsOn, Count: 1, Refs: []catalog.FullRef{"component:ns/x", catalog.FullRef(payload)}}},
		Rollup:    catalog.Rollup{Scores: []catalog.ScoreRollup{{Scorecard: payload}}},
	}
	word, address := catalog.Word(payload), catalog.WebURL(payload)
	profile := catalog.Profile{DisplayName: payload, Email: payload, Picture: address}
	ref := catalog.EntityRef(payload)
	s.put(
		&catalog.Component{ObjectMeta: meta("ns"), Status: status, Spec: catalog.ComponentSpec{Descriptor: d, Type: word, Lifecycle: word, Owner: ref, ConsumesAPIs: []catalog.EntityRef{"x", ref},
			Source: catalog.Source{Repository: address, Path: payload}, External: catalog.External{Vendor: payload, Source: catalog.ExternalSource(payload), License: payload}}},
		&catalog.API{ObjectMeta: meta("ns"), Status: status, Spec: catalog.APISpec{Descriptor: d, Type: word, Lifecycle: word, Visibility: catalog.Visibility(payload), AllowedConsumers: []catalog.EntityRef{ref}, Definition: payload}},
		&catalog.Resource{ObjectMeta: meta("ns"), Status: status, Spec: catalog.ResourceSpec{Descriptor: d, Type: word}},
		&catalog.System{ObjectMeta: meta("ns"), Status: status, Spec: catalog.SystemSpec{Descriptor: d, Type: word, Domain: ref}},
		&catalog.Domain{ObjectMeta: meta(""), Status: status, Spec: catalog.DomainSpec{Descriptor: d, Type: word}},
		&catalog.Group{ObjectMeta: meta(""), Status: status, Spec: catalog.GroupSpec{Descriptor: d, Type: word, Profile: profile}},
		&catalog.User{ObjectMeta: meta(""), Status: status, Spec: catalog.UserSpec{Descriptor: d, Profile: profile}},
	)
	for _, e := range s.Entities() {
		s.Runs(relation.RefOf(e), catalogtest.Live{
			Pods:   []cluster.Pod{{Namespace: "ns", Name: payload, Phase: payload, Restarts: 1, Images: []string{payload}, Node: payload, Reason: payload, Message: payload}},
			Events: []cluster.Event{{Type: payload, Reason: payload, Message: payload}},
		})
	}
	card := &catalog.Scorecard{ObjectMeta: metav1.ObjectMeta{Name: "card"}}
	card.Spec.Title, card.Spec.Description, card.Spec.AppliesTo.Where = payload, payload, catalog.CELExpression(payload)
	card.Spec.Levels = []catalog.ScorecardLevel{{Name: word, Description: payload}}
	card.Spec.Checks = []catalog.ScorecardCheck{{Name: "check", Title: payload, Description: payload, Level: word, When: catalog.CELExpression(payload),
		Expression: catalog.CELExpression(payload), Remedy: payload, Controls: []catalog.Control{catalog.Control(payload)}}}
	s.Cards(card)
	x := deferral("ns", "x", "component:x")
	x.Spec.Scorecard, x.Spec.Reason, x.Spec.Ticket = "card", payload, address
	x.Spec.RequestedBy, x.Spec.Approval = catalog.UserName(payload), catalog.Approval{By: catalog.UserName(payload), Reason: payload}
	s.Exempt(x)
	return s
}

func TestHostileTextsOnEntityPagesStayTexts(t *testing.T) {
	pages := 0
	for _, payload := range payloads {
		s := hostile(payload)
		for _, path := range append(s.paths(), "/scorecards/card", "/exemptions/ns/x", "/map", "/organisation", "/apis/ns/x/reference", "/apis/ns/x/definition") {
			w := visit(t, s, anything, path, "text/html")
			if w.Code != http.StatusOK {
				t.Errorf("%q: GET %s: %d", payload, path, w.Code)
				continue
			}
			pages++
			for _, what := range actsOf(parsed(t, w.Body.String())) {
				t.Errorf("%q: GET %s: %s", payload, path, what)
			}
		}
	}
	t.Logf("%d pages with %d payloads", pages, len(payloads))
}

// actsOf are the things on a page that do more than show: what a payload must not become.
func actsOf(page *doc) []string {
	var out []string
	for _, n := range elements(page.root, func(*node) bool { return true }) {
		switch n.Data {
		case "script":
			if src := attribute(n, "src"); !strings.HasPrefix(src, "/static/") || n.FirstChild != nil {
				out = append(out, "a script "+src)
			}
		case "iframe", "object", "embed", "style", "base", "img", "video", "audio":
			out = append(out, "an element "+n.Data)
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style":
				out = append(out, "an attribute "+a.Key+"="+a.Val)
			case a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "xlink:href":
				if strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "//") || strings.HasPrefix(value, "#") ||
					strings.HasPrefix(value, "https://") || strings.HasPrefix(value, "mailto:") || value == "" {
					continue
				}
				out = append(out, "an address "+a.Val)
			}
		}
	}
	return out
}

// TestCheckOfActsSees holds that what a payload must not become would be seen.
func TestCheckOfActsSees(t *testing.T) {
	page := `<script>x</script><img src=x><p onclick=x style=y>z</p><a href="javascript:x">x</a><a href="//evil.example">x</a>`
	if got := actsOf(parsed(t, page)); len(got) != 7 {
		t.Errorf("actsOf() = %q, want 7", got)
	}
}

func TestAddressesThatLeadOut(t *testing.T) {
	cases := map[string]string{
		"https://example.com/a?b=c":        "https://example.com/a?b=c",
		"http://example.com":               "http://example.com",
		"mailto:a@example.com":             "mailto:a@example.com",
		"javascript:alert(1)":              "",
		"\tjavascript:alert(1)":            "",
		"data:text/html,x":                 "",
		"//example.com":                    "",
		"/components":                      "",
		"https://user:secret@example.com/": "",
		"https:///nowhere":                 "",
		"ftp://example.com":                "",
		"mailto:nobody":                    "",
		"JAVASCRIPT:alert(1)//https://a.b": "",
		"https://example.com/\u0000":       "",
		"vbscript:x":                       "",
	}
	for address, want := range cases {
		if got := safeURL(address); got != want {
			t.Errorf("safeURL(%q) = %q, want %q", address, got, want)
		}
	}
}

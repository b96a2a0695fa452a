package dashboard

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// stageTime is when the tests of entity pages play.
var stageTime = metav1.NewTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

// stage is a catalog in memory, with the statuses that the operator would write.
type stage struct {
	*catalogtest.Catalog

	links   *workload.Index
	ledger  *visibility.Ledger
	cards   []*catalog.Scorecard
	verdict func(consumer, api relation.Ref) visibility.Verdict
}

func newStage() *stage {
	s := &stage{Catalog: catalogtest.New(), links: workload.NewIndex(), ledger: visibility.NewLedger()}
	s.verdict = s.Catalog.Verdict
	return s
}

func (s *stage) put(all ...catalog.Entity) *stage {
	for _, e := range all {
		s.Put(e)
		s.links.SetEntity(relation.RefOf(e), workload.LinkOf(e))
		if ns := e.GetNamespace(); ns != "" {
			s.Graph().SetNamespace(ns, labels.Set{"kubernetes.io/metadata.name": ns})
		}
	}
	return s
}

// settle writes the statuses, with the scores.
func (s *stage) settle(t testing.TB) *stage {
	t.Helper()
	s.ledger.JudgeAll(s.Graph())
	for _, e := range s.Entities() {
		ref := relation.RefOf(e)
		s.Graph().SetHealth(ref, s.links.Health(ref))
		*e.EntityStatus() = s.statusOf(ref, e)
	}
	s.Cards(s.cards...)
	cards := make([]*scorecard.Compiled, len(s.cards))
	for i, c := range s.cards {
		cards[i] = compiled(c)
	}
	for _, e := range s.Entities() {
		ref := relation.RefOf(e)
		scores, sums := s.judge(t, ref, e, cards)
		s.Graph().SetScores(ref, sums)
		e.EntityStatus().Scores = scores
	}
	s.sum(cards)
	return s
}

// sum writes the roll-ups of the scores.
func (s *stage) sum(cards []*scorecard.Compiled) {
	for _, e := range s.Entities() {
		ref := relation.RefOf(e)
		scores := e.EntityStatus().Scores
		*e.EntityStatus() = s.statusOf(ref, e)
		e.EntityStatus().Scores = scores
		if len(scores) > 0 {
			e.EntityStatus().Summary.Score = string(scores[0].Level) + " " + percent(scores[0].Percent)
		}
		view, _ := s.Graph().View(ref)
		for _, tally := range view.Scores {
			c := cards[tally.Card-1]
			e.EntityStatus().Rollup.Scores = append(e.EntityStatus().Rollup.Scores,
				catalog.ScoreRollup{Scorecard: s.cards[tally.Card-1].Name, ScoreTotals: c.Totals(tally)})
		}
		s.Put(e)
	}
	for _, e := range s.Entities() {
		s.Put(e) // for the index
	}
	for _, tally := range s.Graph().Scores() {
		s.cards[tally.Card-1].Status.Totals = cards[tally.Card-1].Totals(tally)
	}
}

var compiledCards sync.Map

// compiled compiles a Scorecard once: tests do not change them.
func compiled(c *catalog.Scorecard) *scorecard.Compiled {
	if found, ok := compiledCards.Load(c); ok {
		return found.(*scorecard.Compiled)
	}
	out, _ := scorecard.Compile(c, scorecard.Stored)
	compiledCards.Store(c, out)
	return out
}

func (s *stage) statusOf(ref relation.Ref, e catalog.Entity) catalog.EntityStatus {
	o, _ := status.Observe(s.Graph(), s.ledger, visibility.Enforce, ref)
	o.Workloads = s.links.View(ref)
	return status.Of(e, o, stageTime)
}

func (s *stage) judge(t testing.TB, ref relation.Ref, e catalog.Entity, cards []*scorecard.Compiled) ([]catalog.Score, []relation.Score) {
	t.Helper()
	object := func(r relation.Ref) *scorecard.Object {
		e, found, _ := s.Entity(t.Context(), r)
		if !found {
			return nil
		}
		o, err := scorecard.NewObject(e)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	in := scorecard.NewInput(s.Graph(), ref, object)
	in.Entity, in.Now = object(ref), stageTime.Time
	for _, x := range s.Exemptions() {
		if one, ok := scorecard.ExemptionOf(x, 365*24*time.Hour); ok && scorecard.ClaimedEntity(x.Namespace, x.Spec.Entity) == ref {
			in.Exemptions = append(in.Exemptions, one)
		}
	}
	var scores []catalog.Score
	var sums []relation.Score
	for i, c := range cards {
		if !slices.Contains(c.Kinds(), relation.KindOf(e)) {
			continue
		}
		if r, judged := c.Evaluate(t.Context(), scorecard.NewSubject(in)); judged {
			scores = append(scores, r.Status())
			if sum, ok := c.Counted(&r, relation.Card(i+1)); ok {
				sums = append(sums, sum)
			}
		}
	}
	return scores, sums
}

// shops is the catalog of the samples, with what runs it. All of it is well but for the carts of the Sock Shop.
func shops(t testing.TB) *stage {
	t.Helper()
	s := newStage()
	for _, f := range []struct{ namespace, file string }{
		{"", "organisation.yaml"},
		{"online-boutique", "online-boutique/catalog.yaml"}, {"online-boutique", "online-boutique/kubernetes-manifests.yaml"},
		{"sock-shop", "sock-shop/catalog.yaml"}, {"sock-shop", "sock-shop/complete-demo.yaml"},
	} {
		objects, err := apitest.Objects("../config/samples/"+f.file, f.namespace)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			switch o := o.(type) {
			case catalog.Entity:
				s.put(o)
			case *appsv1.Deployment:
				s.links.SetWorkload(runs(o))
			}
		}
	}
	s.cards = append(s.cards, readCard(t, "../config/scorecards/production-readiness.yaml"))
	return s
}

// runs are the facts of a Deployment of which all pods are ready, but for those of carts.
func runs(d *appsv1.Deployment) workload.Facts {
	f := workload.OfDeployment(d)
	f.Health, f.Reason, f.Ready, f.Unseen = relation.Healthy, "", f.Desired, 0
	if d.Namespace == "sock-shop" && d.Name == "carts" {
		f.Health, f.Reason, f.Ready = relation.Degraded, "CrashLoopBackOff", 0
	}
	return f
}

func readCard(t testing.TB, file string) *catalog.Scorecard {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	card := &catalog.Scorecard{}
	if err := yaml.UnmarshalStrict(text, card); err != nil {
		t.Fatal(err)
	}
	return card
}

// Verdict implements Catalog: what was judged stands, whatever is cut off.
func (s *stage) Verdict(consumer, api relation.Ref) visibility.Verdict {
	return s.verdict(consumer, api)
}

// visitor is a reader who may get what his function says.
type visitor struct {
	may        func(r access.Resource, namespace string) bool
	namespaces []string // those that there are, in order
}

func (v visitor) User() access.User { return access.User{Name: "ada"} }

func (v visitor) Scope(_ context.Context, r access.Resource) (access.Scope, error) {
	switch r.Plural {
	case "domains", "groups", "users", "scorecards":
		return access.Scope{All: v.may(r, "")}, nil
	}
	open := slices.DeleteFunc(slices.Clone(v.namespaces), func(ns string) bool { return !v.may(r, ns) })
	return access.Scope{Namespaces: open}, nil
}

func (v visitor) May(_ context.Context, r access.Resource, namespace string) (bool, error) {
	return v.may(r, namespace), nil
}

func (v visitor) Reader(*http.Request) (access.Reader, error) { return v, nil }

func anything(access.Resource, string) bool { return true }

// but may get all but what is named: a resource, or a resource and a namespace.
func but(closed ...string) func(access.Resource, string) bool {
	return func(r access.Resource, namespace string) bool {
		return !slices.Contains(closed, r.Plural) && !slices.Contains(closed, r.Plural+"/"+namespace)
	}
}

// namespacesOf are those that hold entities.
func namespacesOf(s *stage) []string {
	out := []string{}
	for _, e := range s.Entities() {
		out = append(out, e.GetNamespace())
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// theatre is a dashboard whose catalog and reader are exchanged between requests: templates are parsed once.
type theatre struct {
	handler http.Handler
	catalog *struct{ Catalog }
	door    *struct{ access.Door }
}

var house = sync.OnceValue(func() *theatre {
	h := &theatre{catalog: &struct{ Catalog }{}, door: &struct{ access.Door }{}}
	h.handler = New(Options{Catalog: h.catalog, Door: h.door, Log: slog.New(slog.DiscardHandler)})
	return h
})

// visit answers a request of a visitor.
func visit(t testing.TB, s *stage, may func(access.Resource, string) bool, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	h := house()
	h.catalog.Catalog, h.door.Door = s, visitor{may, namespacesOf(s)}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

// seenPage is the page of a path as somebody sees it who may get all that is not closed.
func seenPage(t testing.TB, s *stage, may func(access.Resource, string) bool, path string) *doc {
	t.Helper()
	w := visit(t, s, may, path, "text/html")
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d\n%s", path, w.Code, w.Body)
	}
	return parsed(t, w.Body.String())
}

// factsOn are those of a page, as JSON.
func factsOn[V any](t testing.TB, s *stage, may func(access.Resource, string) bool, path string) V {
	t.Helper()
	w := visit(t, s, may, path, "application/json")
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d\n%s", path, w.Code, w.Body)
	}
	var out struct{ View V }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out.View
}

// paths are the pages of all entities, in order.
func (s *stage) paths() []string {
	var out []string
	for _, e := range s.Entities() {
		out = append(out, refURL(relation.RefOf(e)))
	}
	return out
}

func joined(texts []string) string { return strings.Join(texts, " | ") }

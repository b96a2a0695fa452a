package dashboard

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/dashboard/access"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// stageTime is when the tests of entity pages play.
var stageTime = metav1.NewTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

// stage is a Catalog in memory, with the statuses that the operator would write.
type stage struct {
	Catalog // what no page of an entity asks for

	entities   map[relation.Ref]catalog.Entity
	graph      *relation.Graph
	links      *workload.Index
	ledger     *visibility.Ledger
	cards      []*catalog.Scorecard
	exemptions []*catalog.Exemption
	pods       []Pod
	events     map[relation.Ref][]Event
	verdict    func(consumer, api relation.Ref) visibility.Verdict
}

func newStage() *stage {
	s := &stage{
		entities: map[relation.Ref]catalog.Entity{}, graph: relation.NewGraph(), links: workload.NewIndex(),
		ledger: visibility.NewLedger(), events: map[relation.Ref][]Event{},
	}
	s.verdict = func(consumer, api relation.Ref) visibility.Verdict { return visibility.Judge(s.graph, consumer, api) }
	return s
}

func (s *stage) put(all ...catalog.Entity) *stage {
	for _, e := range all {
		ref := relation.RefOf(e)
		s.entities[ref] = e
		s.graph.Upsert(relation.FactsOf(e))
		s.links.SetEntity(ref, workload.LinkOf(e))
		if ns := e.GetNamespace(); ns != "" {
			s.graph.SetNamespace(ns, labels.Set{"kubernetes.io/metadata.name": ns})
		}
	}
	return s
}

// settle writes the statuses, with the scores.
func (s *stage) settle(t testing.TB) *stage {
	t.Helper()
	s.ledger.JudgeAll(s.graph)
	for ref, e := range s.entities {
		s.graph.SetHealth(ref, s.links.Health(ref))
		*e.EntityStatus() = s.statusOf(ref, e)
	}
	cards := make([]*scorecard.Compiled, len(s.cards))
	for i, c := range s.cards {
		var errs any
		if cards[i], errs = compiled(c); cards[i] == nil {
			t.Fatalf("%s: %v", c.Name, errs)
		}
	}
	for ref, e := range s.entities {
		scores, sums := s.judge(t, ref, e, cards)
		s.graph.SetScores(ref, sums)
		e.EntityStatus().Scores = scores
	}
	for ref, e := range s.entities {
		scores := e.EntityStatus().Scores
		*e.EntityStatus() = s.statusOf(ref, e)
		e.EntityStatus().Scores = scores
		view, _ := s.graph.View(ref)
		for _, tally := range view.Scores {
			c := cards[tally.Card-1]
			e.EntityStatus().Rollup.Scores = append(e.EntityStatus().Rollup.Scores,
				catalog.ScoreRollup{Scorecard: s.cards[tally.Card-1].Name, ScoreTotals: c.Totals(tally)})
		}
	}
	for _, tally := range s.graph.Scores() {
		s.cards[tally.Card-1].Status.Totals = cards[tally.Card-1].Totals(tally)
	}
	return s
}

func compiled(c *catalog.Scorecard) (*scorecard.Compiled, any) {
	return scorecard.Compile(c, scorecard.Stored)
}

func (s *stage) statusOf(ref relation.Ref, e catalog.Entity) catalog.EntityStatus {
	o, _ := status.Observe(s.graph, s.ledger, visibility.Enforce, ref)
	o.Workloads = s.links.View(ref)
	return status.Of(e, o, stageTime)
}

func (s *stage) judge(t testing.TB, ref relation.Ref, e catalog.Entity, cards []*scorecard.Compiled) ([]catalog.Score, []relation.Score) {
	t.Helper()
	object := func(r relation.Ref) *scorecard.Object {
		if s.entities[r] == nil {
			return nil
		}
		o, err := scorecard.NewObject(s.entities[r])
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	in := scorecard.NewInput(s.graph, ref, object)
	in.Entity, in.Now = object(ref), stageTime.Time
	for _, x := range s.exemptions {
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

// stage implements Catalog.

func (s *stage) Entity(_ context.Context, ref relation.Ref) (catalog.Entity, bool, error) {
	e, ok := s.entities[ref]
	return e, ok, nil
}

func (s *stage) Graph() *relation.Graph { return s.graph }

func (s *stage) Status(ref relation.Ref) (*catalog.EntityStatus, bool) {
	if e, ok := s.entities[ref]; ok {
		return e.EntityStatus(), true
	}
	return nil, false
}

func (s *stage) Scorecards() []*catalog.Scorecard { return s.cards }

func (s *stage) Exemptions() []*catalog.Exemption { return s.exemptions }

func (s *stage) Verdict(consumer, api relation.Ref) visibility.Verdict {
	return s.verdict(consumer, api)
}

func (s *stage) Running(_ context.Context, _ relation.Ref, namespaces []string) ([]Pod, error) {
	return slices.DeleteFunc(slices.Clone(s.pods), func(p Pod) bool { return !slices.Contains(namespaces, p.Namespace) }), nil
}

func (s *stage) Events(_ context.Context, ref relation.Ref) ([]Event, error) {
	return s.events[ref], nil
}

func (s *stage) Row(ref relation.Ref) (index.Row, bool) {
	e, ok := s.entities[ref]
	if !ok {
		return index.Row{}, false
	}
	st := e.EntityStatus()
	row := index.Row{Ref: ref, Owner: st.Owner, System: st.System, Health: st.Summary.Health, Pods: st.Summary.Pods}
	if n := st.Summary.Denied; n != nil {
		row.Denied = *n
	}
	if n := st.Summary.Consumers; n != nil {
		row.Consumers = *n
	}
	switch e := e.(type) {
	case *catalog.Component:
		row.Title, row.Type, row.Lifecycle = e.Spec.Title, string(e.Spec.Type), string(e.Spec.Lifecycle)
	case *catalog.API:
		row.Title, row.Type, row.Lifecycle = e.Spec.Title, string(e.Spec.Type), string(e.Spec.Lifecycle)
		row.Visibility = visibilityOf(e)
	case *catalog.Resource:
		row.Title, row.Type = e.Spec.Title, string(e.Spec.Type)
	case *catalog.System:
		row.Title, row.Type, row.Domain = e.Spec.Title, string(e.Spec.Type), string(e.Spec.Domain)
	case *catalog.Domain:
		row.Title, row.Type = e.Spec.Title, string(e.Spec.Type)
	case *catalog.Group:
		row.Title, row.Type = e.Spec.Profile.DisplayName, string(e.Spec.Type)
	case *catalog.User:
		row.Title = e.Spec.Profile.DisplayName
	}
	return row, true
}

// visitor is a reader who may get what his function says.
type visitor struct {
	may func(r access.Resource, namespace string) bool
}

func (v visitor) User() access.User { return access.User{Name: "ada"} }

func (v visitor) Scope(context.Context, access.Resource) (access.Scope, error) {
	return access.Scope{}, nil
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

// visit answers a request of a visitor.
func visit(t testing.TB, s *stage, may func(access.Resource, string) bool, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	h := New(Options{Catalog: s, Door: visitor{may}, Log: slog.New(slog.DiscardHandler)})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// asked is the page of a path as somebody sees it who may get all that is not closed.
func seenPage(t testing.TB, s *stage, may func(access.Resource, string) bool, path string) *doc {
	t.Helper()
	w := visit(t, s, may, path, "text/html")
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d\n%s", path, w.Code, w.Body)
	}
	return parsed(t, w.Body.String())
}

// facts are those of a page, as JSON.
func facts[V any](t testing.TB, s *stage, may func(access.Resource, string) bool, path string) V {
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
	for _, ref := range slices.SortedFunc(maps.Keys(s.entities), relation.Compare) {
		out = append(out, refURL(ref))
	}
	return out
}

func joined(texts []string) string { return strings.Join(texts, " | ") }

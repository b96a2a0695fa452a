// Package stage holds the sample shops in memory, with the statuses that the operator would write, so that pages can be
// tried without a cluster.
package stage

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// now is when it plays.
var now = metav1.NewTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

// Catalog is a catalog in memory that pages can read.
type Catalog struct {
	*catalogtest.Catalog

	links  *workload.Index
	ledger *visibility.Ledger
	cards  []*catalog.Scorecard
}

// New makes a catalog of entities. Settle writes their statuses.
func New(entities ...catalog.Entity) *Catalog {
	c := &Catalog{Catalog: catalogtest.New(), links: workload.NewIndex(), ledger: visibility.NewLedger()}
	for _, e := range entities {
		c.Put(e)
	}
	return c
}

// Put adds an entity, or replaces it.
func (c *Catalog) Put(e catalog.Entity) {
	c.Catalog.Put(e)
	c.links.SetEntity(relation.RefOf(e), workload.LinkOf(e))
	if ns := e.GetNamespace(); ns != "" {
		c.Graph().SetNamespace(ns, labels.Set{"kubernetes.io/metadata.name": ns})
	}
}

// Judge puts Scorecards in force. Settle judges by them.
func (c *Catalog) Judge(cards ...*catalog.Scorecard) { c.cards = cards }

// Shops is the catalog of the samples of a checkout, with what runs it. All is well but the carts of the Sock Shop, whose
// pod crashes.
func Shops(root string) (*Catalog, error) {
	c := New()
	for _, f := range []struct{ namespace, file string }{
		{"", "organisation.yaml"},
		{"online-boutique", "online-boutique/catalog.yaml"}, {"online-boutique", "online-boutique/kubernetes-manifests.yaml"},
		{"sock-shop", "sock-shop/catalog.yaml"}, {"sock-shop", "sock-shop/complete-demo.yaml"},
		{"sock-shop", "../../hack/browser/testdata/denied.yaml"},
	} {
		objects, err := apitest.Objects(filepath.Join(root, "config/samples", f.file), f.namespace)
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			switch o := o.(type) {
			case catalog.Entity:
				c.Put(o)
			case *appsv1.Deployment:
				c.links.SetWorkload(runs(o))
			}
		}
	}
	references, err := References(root)
	if err != nil {
		return nil, err
	}
	for _, a := range references {
		c.Put(a)
	}
	exemption := &catalog.Exemption{}
	if err := read(filepath.Join(root, "hack/browser/testdata/exemption.yaml"), exemption); err != nil {
		return nil, err
	}
	exemption.CreationTimestamp = now
	c.Exempt(exemption)
	files, err := filepath.Glob(filepath.Join(root, "config/scorecards/*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		card := &catalog.Scorecard{}
		if err := read(file, card); err != nil {
			return nil, err
		}
		if card.Kind == catalog.KindScorecard {
			card.Spec.Mode = catalog.ScorecardActive // as the samples put them in force
			c.cards = append(c.cards, card)
		}
	}
	return c, c.Settle()
}

// References are APIs with definitions that the reference is tested with: one of each format that the samples lack, and one
// that cannot be read.
func References(root string) ([]*catalog.API, error) {
	var out []*catalog.API
	for _, r := range []struct{ name, format, file string }{
		{"streetlights", "asyncapi", "asyncapi/streetlights-kafka-asyncapi.yml"},
		{"starwars", "graphql", "graphql/swapi.graphql"},
		{"schemas", "grpc", "grpc/schema.proto"},
		{"rides", "openapi", "openapi/uber.json"},
		{"broken", "openapi", ""},
	} {
		text := []byte("openapi: 3.1.0\ninfo:\n  title: Broken\n  version: 1\npaths:\n  /carts: [get\n")
		if r.file != "" {
			var err error
			if text, err = os.ReadFile(filepath.Join(root, "dashboard/reference/testdata", r.file)); err != nil {
				return nil, err
			}
		}
		a := apitest.API("sock-shop", r.name)
		a.TypeMeta = metav1.TypeMeta{APIVersion: catalog.GroupVersion.String(), Kind: catalog.KindAPI}
		a.Spec = catalog.APISpec{Type: catalog.Word(r.format), Lifecycle: "experimental", Owner: "accounts-team", System: "sock-shop", Definition: string(text)}
		out = append(out, a)
	}
	return out, nil
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

// crashed is the Deployment that does not run.
const crashed = "carts"

// runs are the facts of a Deployment.
func runs(d *appsv1.Deployment) workload.Facts {
	f := workload.OfDeployment(d)
	f.Health, f.Reason, f.Ready, f.Unseen = relation.Healthy, "", f.Desired, 0
	if d.Namespace == "sock-shop" && d.Name == crashed {
		f.Health, f.Reason, f.Ready = relation.Degraded, "CrashLoopBackOff", 0
	}
	return f
}

// Settle writes the statuses, with the scores.
func (c *Catalog) Settle() error {
	c.Cards(c.cards...)
	c.cards = c.Scorecards()
	c.ledger.JudgeAll(c.Graph())
	all := c.Entities()
	for _, e := range all {
		c.Graph().SetHealth(relation.RefOf(e), c.links.Health(relation.RefOf(e)))
		*e.EntityStatus() = c.statusOf(e)
	}
	cards := make([]*scorecard.Compiled, len(c.cards))
	for i, card := range c.cards {
		var errs any
		if cards[i], errs = scorecard.Compile(card, scorecard.Stored); cards[i] == nil {
			return fmt.Errorf("compile %s: %v", card.Name, errs)
		}
	}
	for _, e := range all {
		scores, err := c.judge(e, cards)
		if err != nil {
			return err
		}
		e.EntityStatus().Scores = scores
	}
	for _, e := range all {
		st := e.EntityStatus()
		scores := st.Scores
		*st = c.statusOf(e)
		st.Scores = scores
		view, _ := c.Graph().View(relation.RefOf(e))
		for _, tally := range view.Scores {
			i := tally.Card - 1
			st.Rollup.Scores = append(st.Rollup.Scores, catalog.ScoreRollup{Scorecard: c.cards[i].Name, ScoreTotals: cards[i].Totals(tally)})
		}
	}
	for _, tally := range c.Graph().Scores() {
		c.cards[tally.Card-1].Status.Totals = cards[tally.Card-1].Totals(tally)
	}
	for _, e := range all {
		c.Catalog.Put(e) // lists see what was written
	}
	return nil
}

func (c *Catalog) statusOf(e catalog.Entity) catalog.EntityStatus {
	ref := relation.RefOf(e)
	o, _ := status.Observe(c.Graph(), c.ledger, visibility.Enforce, ref)
	o.Workloads = c.links.View(ref)
	return status.Of(e, o, now)
}

func (c *Catalog) judge(e catalog.Entity, cards []*scorecard.Compiled) ([]catalog.Score, error) {
	var failed error
	object := func(r relation.Ref) *scorecard.Object {
		e, found, _ := c.Entity(context.Background(), r) // nothing fails in memory
		if !found {
			return nil
		}
		o, err := scorecard.NewObject(e)
		if err != nil {
			failed = err
		}
		return o
	}
	ref := relation.RefOf(e)
	in := scorecard.NewInput(c.Graph(), ref, object)
	in.Entity, in.Now = object(ref), now.Time
	var scores []catalog.Score
	var sums []relation.Score
	for i, card := range cards {
		if !slices.Contains(card.Kinds(), ref.Kind) {
			continue
		}
		if r, judged := card.Evaluate(context.Background(), scorecard.NewSubject(in)); judged {
			scores = append(scores, r.Status())
			if sum, ok := card.Counted(&r, relation.Card(i+1)); ok {
				sums = append(sums, sum)
			}
		}
	}
	c.Graph().SetScores(ref, sums)
	return scores, failed
}

// Running implements dashboard.Details: a pod for each workload.
func (c *Catalog) Running(_ context.Context, ref relation.Ref, namespaces []string) ([]cluster.Pod, error) {
	var out []cluster.Pod
	if st, ok := c.Status(ref); ok {
		for _, w := range st.Workloads {
			if slices.Contains(namespaces, w.Namespace) {
				out = append(out, podOf(w))
			}
		}
	}
	return out, nil
}

// Serve serves the dashboard of a catalog to one who may read everything; the caller closes the server.
func Serve(c dashboard.Catalog) *httptest.Server {
	return ServeTo(c, &catalogtest.Reader{Name: "ada", Everything: true})
}

// ServeTo serves it to a reader, with other options than the usual; to nobody if it is nil.
func ServeTo(c dashboard.Catalog, reader *catalogtest.Reader, change ...func(*dashboard.Options)) *httptest.Server {
	return ServeBehind(c, catalogtest.DoorOf(reader), change...)
}

// ServeBehind serves it to whom a door lets in.
func ServeBehind(c dashboard.Catalog, door *catalogtest.Door, change ...func(*dashboard.Options)) *httptest.Server {
	o := dashboard.Options{Catalog: c, Door: door, Log: slog.New(slog.DiscardHandler), SignIn: "/sign-in"}
	for _, f := range change {
		f(&o)
	}
	return httptest.NewServer(dashboard.New(o))
}

// podOf is a pod of a workload, as bad as that is.
func podOf(w catalog.WorkloadStatus) cluster.Pod {
	p := cluster.Pod{
		Namespace: w.Namespace, Name: w.Name + "-7d4b9c6f5-x2x8k", Workload: workload.Key{Namespace: w.Namespace, Name: w.Name},
		Phase: "Running", Ready: 1, Containers: 1, Created: now.Time, Node: "node-0",
	}
	if w.Health == catalog.HealthDegraded {
		p.Ready, p.Restarts, p.Reason = 0, 7, w.Reason
		p.Message = "back-off 5m0s restarting failed container"
	}
	return p
}

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/callboard-dev/callboard/api/access"
	running "github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/dashboard/index"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
)

// shelf is what pages read of a catalog that does not change: the operator's index and graph, and objects in memory.
type shelf struct {
	*index.Index

	made     *synthetic.Catalog
	graph    *relation.Graph
	entities map[relation.Ref]catalog.Entity
	cards    []*catalog.Scorecard
}

// newShelf computes the statuses of a catalog as the operator does, and indexes it.
func (b *bench) newShelf(made *synthetic.Catalog) (*shelf, error) {
	s := &shelf{made: made, graph: relation.NewGraph(), entities: map[relation.Ref]catalog.Entity{}}
	for _, ns := range made.Namespaces {
		s.graph.SetNamespace(ns, labels.Set{"kubernetes.io/metadata.name": ns})
	}
	for _, e := range made.Entities {
		s.graph.Upsert(relation.FactsOf(e))
		s.entities[relation.RefOf(e)] = e
	}
	b.say("%d entities: computing statuses", len(made.Entities))
	ledger := visibility.NewLedger()
	ledger.JudgeAll(s.graph)
	var err error
	if s.cards, err = makeCards(b.root); err != nil {
		return nil, err
	}
	if err := s.settle(ledger); err != nil {
		return nil, err
	}
	s.Index = b.indexed(made)
	return s, nil
}

// settle writes the statuses, with the scores of Components.
func (s *shelf) settle(ledger *visibility.Ledger) error {
	slices.SortFunc(s.cards, func(a, b *catalog.Scorecard) int { return strings.Compare(a.Name, b.Name) })
	cards := make([]*scorecard.Compiled, len(s.cards))
	for i, c := range s.cards {
		var errs any
		if cards[i], errs = scorecard.Compile(c, scorecard.Stored); cards[i] == nil {
			return fmt.Errorf("compile the Scorecard %s: %v", c.Name, errs)
		}
	}
	now := metav1.Now()
	write := func(e catalog.Entity) {
		o, _ := status.Observe(s.graph, ledger, visibility.Enforce, relation.RefOf(e))
		scores := e.EntityStatus().Scores
		*e.EntityStatus() = status.Of(e, o, now)
		e.EntityStatus().Scores = scores
	}
	for _, e := range s.made.Entities {
		write(e)
	}
	for _, e := range s.made.Entities {
		if _, ok := e.(*catalog.Component); !ok {
			continue
		}
		if err := s.judge(e, cards, now); err != nil {
			return err
		}
	}
	for _, e := range s.made.Entities {
		write(e)
	}
	for _, tally := range s.graph.Scores() {
		s.cards[tally.Card-1].Status.Totals = cards[tally.Card-1].Totals(tally)
	}
	return nil
}

func (s *shelf) judge(e catalog.Entity, cards []*scorecard.Compiled, now metav1.Time) error {
	var failed error
	object := func(r relation.Ref) *scorecard.Object {
		e, found := s.entities[r]
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
	in := scorecard.NewInput(s.graph, ref, object)
	in.Entity, in.Now = object(ref), now.Time
	subject := scorecard.NewSubject(in)
	var sums []relation.Score
	for i, c := range cards {
		if !slices.Contains(c.Kinds(), ref.Kind) {
			continue
		}
		if r, judged := c.Evaluate(context.Background(), subject); judged {
			e.EntityStatus().Scores = append(e.EntityStatus().Scores, r.Status())
			if sum, ok := c.Counted(&r, relation.Card(i+1)); ok {
				sums = append(sums, sum)
			}
		}
	}
	s.graph.SetScores(ref, sums)
	return failed
}

// shelf implements dashboard.Catalog.

// Entity reads it from memory, where the operator asks the API server.
func (s *shelf) Entity(_ context.Context, ref relation.Ref) (catalog.Entity, bool, error) {
	e, ok := s.entities[ref]
	return e, ok, nil
}

// Graph is the operator's.
func (s *shelf) Graph() *relation.Graph { return s.graph }

// Status is the computed one.
func (s *shelf) Status(ref relation.Ref) (*catalog.EntityStatus, bool) {
	if e, ok := s.entities[ref]; ok {
		return e.EntityStatus(), true
	}
	return nil, false
}

// Scorecards are those of the bench of scores.
func (s *shelf) Scorecards() []*catalog.Scorecard { return s.cards }

// Exemptions are none.
func (s *shelf) Exemptions() []*catalog.Exemption { return nil }

// Definition is none: those of the catalog stand in the APIs.
func (s *shelf) Definition(context.Context, relation.Ref) (text, version string, found bool, err error) {
	return "", "", false, nil
}

// Verdict judges on the spot.
func (s *shelf) Verdict(consumer, api relation.Ref) visibility.Verdict {
	return visibility.Judge(s.graph, consumer, api)
}

// Running is nothing: there are no pods.
func (s *shelf) Running(context.Context, relation.Ref, []string) ([]running.Pod, error) {
	return nil, nil
}

// Events are none.
func (s *shelf) Events(context.Context, relation.Ref) ([]running.Event, error) { return nil, nil }

// question is a kind of page, and the paths to ask for.
type question struct {
	name  string
	paths []string
}

// questions asks for what the reader may get, at random.
func (s *shelf) questions(scope access.Scope, seed uint64) []question {
	random := rand.New(rand.NewPCG(seed, 11))
	var seen []catalog.Entity
	for _, e := range s.made.Entities {
		if e.GetNamespace() != "" && scope.Includes(e.GetNamespace()) {
			seen = append(seen, e)
		}
	}
	pick := func() catalog.Entity { return seen[random.IntN(len(seen))] }
	kinds := []string{"catalog", "components", "apis", "resources", "systems"}
	sorts := []string{"", "name", "-name", "owner", "system", "-health", "score"}
	ask := func(name string, path func() string) question {
		q := question{name: name}
		for range dashboardRequests {
			q.paths = append(q.paths, path())
		}
		return q
	}
	return []question{
		ask("list", func() string {
			return fmt.Sprintf("/%s?sort=%s", kinds[random.IntN(len(kinds))], sorts[random.IntN(len(sorts))])
		}),
		ask("facets", func() string {
			st := pick().EntityStatus()
			return "/catalog?owner=" + url.QueryEscape(string(st.Owner)) + "&lifecycle=production"
		}),
		ask("search", func() string {
			name := pick().GetName()
			word := strings.Split(name, "-")[0]
			return "/search?q=" + url.QueryEscape(word[:1+random.IntN(len(word))])
		}),
		ask("entity", func() string { return pathOf(pick()) }),
		ask("scores", func() string { return []string{"/scores", "/scores?by=systems", "/scores?by=groups"}[random.IntN(3)] }),
		ask("diagram", func() string { return pathOf(pick()) + "?depth=2" }),
	}
}

// pathOf is the page of an entity.
func pathOf(e catalog.Entity) string {
	ref := relation.RefOf(e)
	return "/" + access.Of(ref.Kind).Plural + "/" + ref.Namespace + "/" + ref.Name
}

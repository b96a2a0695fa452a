package main

import (
	"context"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
)

const checkout = "../.."

func TestCardsAreWhatTheyShallBe(t *testing.T) {
	cards, err := makeCards(checkout)
	if err != nil {
		t.Fatal(err)
	}
	if len(cards) != scorecards {
		t.Fatalf("got %d Scorecards, want %d", len(cards), scorecards)
	}
	reading := 0
	for _, sc := range cards {
		if _, wrong := scorecard.Compile(sc, scorecard.Admission); len(wrong) > 0 || len(sc.Spec.Checks) != checksPerCard {
			t.Errorf("%s has %d checks, want %d; wrong: %v", sc.Name, len(sc.Spec.Checks), checksPerCard, wrong)
		}
		for _, c := range sc.Spec.Checks {
			if c.When != "" && len(c.When) >= len(linked) && string(c.When[:len(linked)]) == linked {
				reading++
			}
		}
	}
	if reading < scorecards*checksPerCard/3 {
		t.Errorf("%d checks read workloads, want a third at the least", reading)
	}
	if first := cards[0].Spec.Checks[0]; first.Name != checkReplicas || first.Level != "Bronze" {
		t.Errorf("the first check is %s of level %s, want %s of Bronze", first.Name, first.Level, checkReplicas)
	}
}

// judgedWorld is a catalog that all Components are judged in, some with a Deployment.
func judgedWorld(t *testing.T) (*rules, []*catalog.Scorecard, []catalog.EntityStatus) {
	t.Helper()
	made := synthetic.New(synthetic.Options{Entities: 200, Seed: 1})
	var running []appsv1.Deployment
	for i, e := range made.Entities {
		if c, ok := e.(*catalog.Component); ok && i%2 == 0 {
			running = append(running, *synthetic.Deployment(c, i%4 == 0))
		}
	}
	cards, err := makeCards(checkout)
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRules(made.Entities, running)
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.scored(context.Background(), cards)
	if err != nil {
		t.Fatal(err)
	}
	return r, cards, out
}

func TestRulesScoreAndSumUp(t *testing.T) {
	r, cards, out := judgedWorld(t)
	totals, _ := rollups(r.graph.Scores(), cards, r.compiled)
	if len(totals) != scorecards {
		t.Fatalf("%d Scorecards have totals, want %d", len(totals), scorecards)
	}
	components, members := int32(0), int32(0)
	for i, e := range r.entities {
		switch relation.RefOf(e).Kind {
		case relation.Component:
			components++
			if len(out[i].Scores) != scorecards || out[i].Summary.Score == "" {
				t.Errorf("%s has %d scores and the summary %q, want %d", relation.RefOf(e), len(out[i].Scores), out[i].Summary.Score, scorecards)
			}
			for _, s := range out[i].Scores {
				if at := slices.IndexFunc(s.Failing, func(f catalog.FailingCheck) bool {
					return f.Outcome == catalog.OutcomeError || f.Outcome == catalog.OutcomeUnknown
				}); at >= 0 {
					t.Errorf("%s: %s/%s is %s: %s", relation.RefOf(e), s.Scorecard, s.Failing[at].Check, s.Failing[at].Outcome, s.Failing[at].Message)
				}
			}
		case relation.System:
			for _, s := range out[i].Rollup.Scores[:min(1, len(out[i].Rollup.Scores))] {
				members += *s.Entities
			}
		}
	}
	if *totals[0].Entities != components || members == 0 || members > components {
		t.Errorf("%d entities in all, %d in Systems, want all %d Components, and some", *totals[0].Entities, members, components)
	}
}

func TestScaledSaysWhatTheCheckMakesOfReplicas(t *testing.T) {
	r, cards, out := judgedWorld(t)
	met := map[int32]bool{}
	for i, e := range r.entities {
		if relation.RefOf(e).Kind != relation.Component || len(out[i].Workloads) == 0 {
			continue
		}
		n, other := *out[i].Workloads[0].Desired, int32(2)
		if n >= 2 {
			other = 1
		}
		met[n] = true
		if s := &out[i]; !scaled(s, cards[0].Name, n) || scaled(s, cards[0].Name, other) {
			t.Errorf("%s has %d replicas, and scaled says otherwise: %+v", relation.RefOf(e), n, s.Scores[0])
		}
	}
	if !met[1] || !met[3] {
		t.Errorf("met Deployments of %v replicas, want 1 and 3", met)
	}
}

func TestLibraryCanBeTimed(t *testing.T) {
	ready, err := library(checkout)
	if err != nil {
		t.Fatal(err)
	}
	by, err := newBystanders(1)
	if err != nil {
		t.Fatal(err)
	}
	for _, sc := range ready {
		for i := range sc.Spec.Checks {
			c, wrong := scorecard.Compile(tenTimes(sc, &sc.Spec.Checks[i]), scorecard.Stored)
			judged := slices.ContainsFunc(by.subjects, func(s *scorecard.Subject) bool {
				_, ok := c.Evaluate(context.Background(), s)
				return ok
			})
			if len(wrong) > 0 || !judged {
				t.Errorf("%s/%s judges nobody: %v", sc.Name, sc.Spec.Checks[i].Name, wrong)
			}
		}
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
)

// rules is a catalog as the pure functions of api/ see it. It does not ask the operator.
type rules struct {
	entities []catalog.Entity
	by       map[relation.Ref]catalog.Entity
	running  map[workload.Key][]byte // JSON
	graph    *relation.Graph
	links    *workload.Index
	access   *visibility.Ledger
	objects  map[relation.Ref]*scorecard.Object // of owners, Systems and Domains
	compiled []*scorecard.Compiled              // by scored
}

func newRules(entities []catalog.Entity, running []appsv1.Deployment) (*rules, error) {
	r := &rules{
		entities: entities, by: map[relation.Ref]catalog.Entity{}, running: map[workload.Key][]byte{},
		graph: relation.NewGraph(), links: workload.NewIndex(), access: visibility.NewLedger(),
		objects: map[relation.Ref]*scorecard.Object{},
	}
	for _, e := range entities {
		ref := relation.RefOf(e)
		r.by[ref] = e
		r.links.SetEntity(ref, workload.LinkOf(e))
		r.graph.Upsert(relation.FactsOf(e))
	}
	for i := range running {
		d := &running[i]
		plain, err := runtime.DefaultUnstructuredConverter.ToUnstructured(d)
		if err != nil {
			return nil, fmt.Errorf("read the Deployment %s: %w", d.Name, err)
		}
		plain["apiVersion"], plain["kind"] = "apps/v1", string(catalog.WorkloadDeployment)
		f := workload.OfDeployment(d)
		r.links.SetWorkload(f)
		if r.running[f.Key], err = json.Marshal(plain); err != nil {
			return nil, fmt.Errorf("read the Deployment %s: %w", d.Name, err)
		}
	}
	for ref := range r.by {
		r.graph.SetHealth(ref, r.links.View(ref).Health)
	}
	r.access.JudgeAll(r.graph)
	return r, nil
}

// observe is what the status of an entity depends on, scores aside.
func (r *rules) observe(ref relation.Ref) status.Observation {
	o, _ := status.Observe(r.graph, r.access, visibility.Enforce, ref)
	o.Workloads = r.links.View(ref)
	return o
}

// statuses are those of the entities without scores.
func (r *rules) statuses() []catalog.EntityStatus {
	out := make([]catalog.EntityStatus, len(r.entities))
	for i, e := range r.entities {
		out[i] = status.Of(e, r.observe(relation.RefOf(e)), someTime)
	}
	return out
}

// expected is what the rules say of the entities as they are, where nothing runs them and no Scorecard judges them.
func expected(entities []catalog.Entity) []catalog.EntityStatus {
	r, _ := newRules(entities, nil) // only a Deployment can be wrong
	return r.statuses()
}

// differing returns the entities whose status is not as wanted.
func differing(entities []catalog.Entity, want []catalog.EntityStatus) []relation.Ref {
	var out []relation.Ref
	for i := range want {
		if !sameStatus(entities[i].EntityStatus(), &want[i]) {
			out = append(out, relation.RefOf(entities[i]))
		}
	}
	return out
}

// wrong returns the entities whose status is not as expected.
func wrong(entities []catalog.Entity) []relation.Ref { return differing(entities, expected(entities)) }

// subject makes an entity ready to be judged, with the status that it carries.
func (r *rules) subject(e catalog.Entity) (*scorecard.Subject, error) {
	ref := relation.RefOf(e)
	own, err := scorecard.NewObject(e)
	if err != nil {
		return nil, err
	}
	in := scorecard.NewInput(r.graph, ref, func(other relation.Ref) *scorecard.Object {
		if other == ref {
			return own
		}
		return r.object(other)
	})
	for _, w := range r.links.View(ref).Workloads {
		var plain map[string]any
		if err := json.Unmarshal(r.running[w.Key], &plain); err != nil {
			return nil, fmt.Errorf("read what runs %s: %w", ref, err)
		}
		in.Workloads = append(in.Workloads, scorecard.NewWorkload(noGuards.Live(plain)))
	}
	if a, ok := e.(*catalog.API); ok && a.Spec.Definition != "" {
		if f, err := definition.FactsOf(string(a.Spec.Type), a.Spec.Definition); err == nil {
			in.Definition = &f
		}
	}
	return scorecard.NewSubject(in), nil
}

var noGuards = scorecard.NewGuards(nil, nil)

// object is an owner, System or Domain, nil if it is not there.
func (r *rules) object(ref relation.Ref) *scorecard.Object {
	if o := r.objects[ref]; o != nil || r.by[ref] == nil {
		return o
	}
	o, err := scorecard.NewObject(r.by[ref])
	if err != nil {
		return nil
	}
	r.objects[ref] = o
	return o
}

// scored are the statuses with scores and roll-ups of Scorecards, which stand in the order of their names.
func (r *rules) scored(ctx context.Context, cards []*catalog.Scorecard) ([]catalog.EntityStatus, error) {
	r.compiled = nil
	for _, sc := range cards {
		c, wrong := scorecard.Compile(sc, scorecard.Stored)
		if err := wrong.ToAggregate(); err != nil {
			return nil, fmt.Errorf("compile the Scorecard %s: %w", sc.Name, err)
		}
		r.compiled = append(r.compiled, c)
	}
	out := r.statuses()
	for i, e := range r.entities {
		if err := r.score(ctx, e, &out[i]); err != nil {
			return nil, err
		}
	}
	for i, e := range r.entities {
		if o := r.observe(relation.RefOf(e)); groups(o.Relations.Ref.Kind) {
			o.ScoreRollups, o.Average = rollups(o.Relations.Scores, cards, r.compiled)
			out[i] = status.Of(e, o, someTime)
		}
	}
	return out, nil
}

// groups says whether entities of a kind sum up others.
func groups(k relation.Kind) bool {
	return k == relation.System || k == relation.Domain || k == relation.Group
}

// score judges an entity, and counts how it does.
func (r *rules) score(ctx context.Context, e catalog.Entity, s *catalog.EntityStatus) error {
	ref := relation.RefOf(e)
	if !slices.ContainsFunc(r.compiled, func(c *scorecard.Compiled) bool { return slices.Contains(c.Kinds(), ref.Kind) }) {
		return nil
	}
	whole, ok := e.DeepCopyObject().(catalog.Entity)
	if !ok {
		return fmt.Errorf("%s: a copy is no entity", ref)
	}
	*whole.EntityStatus() = *s
	subject, err := r.subject(whole)
	if err != nil {
		return err
	}
	var standings []scorecard.Standing
	var counted []relation.Score
	for i, c := range r.compiled {
		result, judged := c.Evaluate(ctx, subject)
		for n := 1; n < mostTries && slices.ContainsFunc(result.Checks, isError); n++ {
			result, judged = c.Evaluate(ctx, subject)
		}
		if !judged {
			continue
		}
		s.Scores = append(s.Scores, result.Status())
		standings = append(standings, scorecard.Standing{Result: &result, Of: c})
		if n, ok := c.Counted(&result, relation.Card(i+1)); ok {
			counted = append(counted, n)
		}
	}
	s.Summary.Score = scorecard.Worst(standings)
	r.graph.SetScores(ref, counted)
	return nil
}

// mostTries is how often an entity is judged while a check is an Error. No ready one is, but for what a busy machine lets
// take too long; what the rules say must not depend on that.
const mostTries = 10

func isError(r scorecard.CheckResult) bool { return r.Outcome == catalog.OutcomeError }

// rollups are what a grouping tells of its members, with the mean of all their percents.
func rollups(tallies []relation.ScoreTally, cards []*catalog.Scorecard, compiled []*scorecard.Compiled) (out []catalog.ScoreRollup, mean string) {
	var sum int64
	var n int32
	for i, c := range compiled {
		for _, t := range tallies {
			if t.Card == relation.Card(i+1) {
				out = append(out, catalog.ScoreRollup{Scorecard: cards[i].Name, ScoreTotals: c.Totals(t)})
				sum, n = sum+t.Sum, n+t.Percents
			}
		}
	}
	if n > 0 {
		mean = scorecard.Percent(int32(sum / int64(n)))
	}
	return out, mean
}

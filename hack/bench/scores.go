package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	cardsPath       = "/apis/catalog.callboard.dev/v1alpha1/scorecards"
	deploymentsPath = "/apis/apps/v1/deployments"
	// changedEntities are edited one after the other so that each turns one check.
	changedEntities = 100
	closedShard     = "3"
	// stillFor is how long the operator must use next to no CPU time and write nothing until it counts as done. It is
	// longer than the second for which sums may be held back.
	stillFor = 2500 * time.Millisecond
	// stillUse is what next to none is: Leases are renewed, and the collector runs.
	stillUse  = 75 * time.Millisecond
	stillMost = 5 * time.Minute
)

// board is the state of this part.
type board struct {
	*bench
	operator   *operator
	cards      []*catalog.Scorecard
	components []*catalog.Component
	running    []*appsv1.Deployment
	careful    []*appsv1.Deployment // those of running that pass the check of replicas
	busy       harness.CPU          // while it re-evaluated, and for how long:
	busyFor    time.Duration
}

// scores measures what it costs to judge, how much is written, and how soon a change shows.
func (b *bench) scores(ctx context.Context) error {
	if err := b.checks(ctx); err != nil {
		return err
	}
	s := &board{bench: b}
	var err error
	if s.cards, err = makeCards(b.root); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := s.restarted(ctx, "score_memory_without", ""); err != nil {
		return err
	}
	defer func() { s.operator.Stop() }() // whichever runs then
	for _, step := range []func(context.Context) error{
		s.judgeFirst, s.compareFirst, s.restartJudged, s.reevaluate, s.changeEntities, s.changeCheck, s.scale, s.compareLast,
	} {
		if err := step(ctx); err != nil {
			return errors.Join(err, s.operator.Alive())
		}
	}
	b.result("foreign_cpu", s.busy.Foreign(s.busyFor), 0)
	return nil
}

// prepare makes the catalog and what runs a part of it, and has the operator converge without a Scorecard.
func (s *board) prepare(ctx context.Context) error {
	b := s.bench
	b.made = synthetic.New(synthetic.Options{Entities: b.flags.entities, Components: b.flags.entities, Seed: b.flags.seed})
	for _, e := range b.made.Entities {
		c, ok := e.(*catalog.Component)
		if !ok {
			continue
		}
		i := len(s.components)
		c.Labels[shardLabel] = fmt.Sprint(i % shards)
		c.Annotations = map[string]string{onCallAnnotation: "true"}
		s.components = append(s.components, c)
		if n := b.flags.entities; i*b.flags.workloads/n == (i+1)*b.flags.workloads/n {
			continue
		}
		careful := len(s.running)%sloppyEvery != 0
		d := synthetic.Deployment(c, careful)
		if s.running = append(s.running, d); careful {
			s.careful = append(s.careful, d)
		}
	}
	b.say("creating %d entities, of which %d are Components, and %d Deployments", len(b.made.Entities), len(s.components), len(s.running))
	if err := b.create(ctx, b.made); err != nil {
		return fmt.Errorf("create the catalog: %w", err)
	}
	_, err := harness.Each(ctx, len(s.running), loaders, func(ctx context.Context, i int) error { return s.deploy(ctx, s.running[i]) })
	if err != nil {
		return fmt.Errorf("create the Deployments: %w", err)
	}
	o, r, err := b.converge(ctx, false)
	if err != nil {
		return err
	}
	o.Stop()
	b.say("first convergence: %.1f s, %d status writes for %d entities, %d requests refused", r.time.Seconds(), r.writes.statuses,
		r.writes.entities, r.writes.refused)
	return nil
}

// deploy creates a Deployment, and does what its controller would do: there is none.
func (s *board) deploy(ctx context.Context, d *appsv1.Deployment) error {
	path := "/apis/apps/v1/namespaces/" + d.Namespace + "/deployments"
	if err := s.Admin.Object(ctx, http.MethodPost, path+"?fieldValidation=Strict", d, d); err != nil {
		return err
	}
	return s.run(ctx, d)
}

// run tells that all pods of a Deployment are ready.
func (s *board) run(ctx context.Context, d *appsv1.Deployment) error {
	synthetic.Run(d)
	text, err := json.Marshal(map[string]any{"status": d.Status})
	if err != nil {
		return fmt.Errorf("encode the status of the Deployment %s: %w", d.Name, err)
	}
	_, err = s.Admin.Do(ctx, http.MethodPatch, deploymentPath(d)+"/status", contentMerge, text)
	return err
}

func deploymentPath(d *appsv1.Deployment) string {
	return "/apis/apps/v1/namespaces/" + d.Namespace + "/deployments/" + d.Name
}

// restarted starts the operator on a catalog whose statuses are right, waits until it is still, and tells its memory and,
// if a name is given for them, its writes.
func (s *board) restarted(ctx context.Context, memory, counted string) error {
	if err := harness.Sleep(ctx, s.flags.settle); err != nil {
		return err
	}
	from, err := s.mark(nil)
	if err != nil {
		return err
	}
	if s.operator, err = s.startOperator(ctx, s.flags.pprof != ""); err != nil {
		return err
	}
	if err := s.operator.Ready(ctx); err != nil {
		return err
	}
	w, _, err := s.still(ctx, from)
	if err != nil {
		return err
	}
	rss, peak, err := harness.MemoryOf(s.operator.PID())
	if err != nil {
		return err
	}
	s.say("restarted: %v written, RSS %.0f, peak %.0f MiB", w.by, rss, peak)
	s.result(memory, rss, 0)
	if counted != "" {
		s.result(counted, float64(w.all), 0)
	}
	return nil
}

// mark is where a stretch of the audit log and of CPU time begins.
type mark struct {
	offset int64
	cpu    harness.CPU
	at     time.Time
}

func (s *board) mark(o *operator) (m mark, err error) {
	if m.offset, err = s.audit.size(); err != nil {
		return m, err
	}
	m.at = time.Now()
	if o == nil {
		m.cpu, err = s.CPU(nil)
	} else {
		m.cpu, err = s.CPU(o.Process)
	}
	return m, err
}

// stretch is what it took until the operator was still.
type stretch struct {
	cpu  harness.CPU
	time time.Duration // until it last wrote or worked
}

// still waits until the operator neither works nor writes, and tells what it wrote and used since a mark.
func (s *board) still(ctx context.Context, from mark) (writes, stretch, error) {
	type look struct {
		mark
		used time.Duration
	}
	var looks []look // of the last stillFor
	var out stretch
	err := harness.Await(ctx, stillMost, "the operator to come to rest", s.operator.Process, func() (bool, error) {
		m, err := s.mark(s.operator)
		if err != nil {
			return false, err
		}
		now := look{m, m.cpu.Operator}
		looks = append(looks, now)
		for len(looks) > 2 && now.at.Sub(looks[1].at) >= stillFor {
			looks = looks[1:]
		}
		first := looks[0]
		out = stretch{now.cpu.Minus(from.cpu), max(0, first.at.Sub(from.at))}
		return now.at.Sub(first.at) >= stillFor && now.offset == first.offset && now.used-first.used <= stillUse, nil
	})
	if err != nil {
		return writes{}, out, err
	}
	w, err := s.audit.since(from.offset)
	return w, out, err
}

// judgeFirst creates the Scorecards and waits until all Components have been judged.
func (s *board) judgeFirst(ctx context.Context) error {
	from, err := s.mark(s.operator)
	if err != nil {
		return err
	}
	for _, sc := range s.cards {
		if err := s.Admin.Object(ctx, http.MethodPost, cardsPath+"?fieldValidation=Strict", sc, nil); err != nil {
			return fmt.Errorf("create the Scorecard %s: %w", sc.Name, err)
		}
	}
	w, took, err := s.still(ctx, from)
	if err != nil {
		return err
	}
	s.say("judged for the first time: %v written, %d requests refused", w.by, w.refused)
	s.result("score_first_cpu", took.cpu.Operator.Seconds(), 0)
	s.result("score_first_time", took.time.Seconds(), 0)
	s.result("score_first_writes", float64(w.by["components"])/float64(len(s.components)), 0)
	return nil
}

// restartJudged starts the operator anew where all is judged.
func (s *board) restartJudged(ctx context.Context) error {
	s.operator.Stop()
	return s.restarted(ctx, "score_memory", "score_restart_writes")
}

// patchCard writes a check of a Scorecard anew.
func (s *board) patchCard(ctx context.Context, sc *catalog.Scorecard) error {
	text, err := json.Marshal(map[string]any{"spec": map[string]any{"checks": sc.Spec.Checks}})
	if err != nil {
		return fmt.Errorf("encode the Scorecard %s: %w", sc.Name, err)
	}
	_, err = s.Admin.Do(ctx, http.MethodPatch, cardsPath+"/"+sc.Name, contentMerge, text)
	return err
}

// reevaluate has all Components judged anew by an edit of a check that changes no result.
func (s *board) reevaluate(ctx context.Context) error {
	var used, times []float64
	entities, cards := 0, 0
	for i := range s.flags.rounds {
		sc := s.cards[i%len(s.cards)]
		from, err := s.mark(s.operator)
		if err != nil {
			return err
		}
		sc.Spec.Checks[0].Expression = "(" + sc.Spec.Checks[0].Expression + ") || false"
		if i == 0 && s.flags.pprof != "" {
			go s.profileReevaluation(ctx, s.operator)
		}
		if err := s.patchCard(ctx, sc); err != nil {
			return err
		}
		w, took, err := s.still(ctx, from)
		if err != nil {
			return err
		}
		s.say("re-evaluated: operator %.2f s CPU within %.1f s, %v written", took.cpu.Operator.Seconds(), took.time.Seconds(), w.by)
		used, times = append(used, took.cpu.Operator.Seconds()), append(times, took.time.Seconds())
		entities, cards = entities+w.all-w.by["scorecards"], cards+w.by["scorecards"]
		s.busy, s.busyFor = s.busy.Plus(took.cpu), s.busyFor+took.time+stillFor
	}
	s.result("score_reevaluate_cpu", harness.Median(used), 0)
	s.result("score_reevaluate_time", harness.Median(times), 0)
	s.result("score_reevaluate_writes", float64(entities), 0)
	s.result("score_reevaluate_cards", float64(cards), 0)
	return nil
}

// profileReevaluation saves a CPU profile of the operator while it re-evaluates.
func (s *board) profileReevaluation(ctx context.Context, o *operator) {
	seconds := 1 + s.flags.entities/1000
	if err := o.profile(ctx, fmt.Sprintf("profile?seconds=%d", seconds), filepath.Join(s.flags.pprof, "reevaluate.pprof")); err != nil {
		s.say("%v", err)
	}
}

// changeEntities edits Components so that each turns one check.
func (s *board) changeEntities(ctx context.Context) error {
	from, err := s.mark(s.operator)
	if err != nil {
		return err
	}
	for i := range changedEntities {
		c := s.components[i*len(s.components)/changedEntities]
		text := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:null}}}`, onCallAnnotation)
		if _, err := s.Admin.Do(ctx, http.MethodPatch, harness.EntityPath(relation.RefOf(c)), contentMerge, text); err != nil {
			return err
		}
	}
	_, err = s.counted(ctx, from, "score_changed", changedEntities)
	return err
}

// counted waits until the operator is still, and tells the writes of Components and of others that follow a change of n
// results.
func (s *board) counted(ctx context.Context, from mark, what string, n int) (stretch, error) {
	w, took, err := s.still(ctx, from)
	if err != nil {
		return took, err
	}
	s.say("%d results changed: %v written, %d requests refused", n, w.by, w.refused)
	s.result(what+"_writes", float64(w.by["components"]), float64(n))
	s.result(what+"_rollups", float64(w.statuses-w.by["components"]-w.by["scorecards"]), float64(n))
	return took, nil
}

// changeCheck edits a check that judges all Components, and changes the results of those of one shard.
func (s *board) changeCheck(ctx context.Context) error {
	sc, check := s.check(checkShard)
	n := 0
	for _, c := range s.components {
		if c.Labels[shardLabel] == closedShard {
			n++
		}
	}
	check.Expression = shardExpression(closedShard)
	from, err := s.mark(s.operator)
	if err != nil {
		return err
	}
	if err := s.patchCard(ctx, sc); err != nil {
		return err
	}
	took, err := s.counted(ctx, from, "score_edit", n)
	s.result("score_edit_cpu", took.cpu.Operator.Seconds(), float64(n))
	return err
}

// check finds a check of the Scorecards.
func (s *board) check(name catalog.CheckName) (*catalog.Scorecard, *catalog.ScorecardCheck) {
	for _, sc := range s.cards {
		for i := range sc.Spec.Checks {
			if sc.Spec.Checks[i].Name == name {
				return sc, &sc.Spec.Checks[i]
			}
		}
	}
	panic("the Scorecards have no check " + name) // makeCards has dealt it
}

// compareFirst and compareLast tell how many statuses are wrong.
func (s *board) compareFirst(ctx context.Context) error {
	n, err := s.compare(ctx)
	s.result("score_first_wrong", float64(n), 0)
	return err
}

func (s *board) compareLast(ctx context.Context) error {
	n, err := s.compare(ctx)
	s.result("score_wrong", float64(n), 0)
	return err
}

// compare holds all statuses, and what the Scorecards say of themselves, to the rules, and counts those that differ.
func (s *board) compare(ctx context.Context) (int, error) {
	entities, err := s.List(ctx)
	if err != nil {
		return 0, err
	}
	var deployments appsv1.DeploymentList
	if err := s.Admin.Object(ctx, http.MethodGet, deploymentsPath, nil, &deployments); err != nil {
		return 0, err
	}
	var cards catalog.ScorecardList
	if err := s.Admin.Object(ctx, http.MethodGet, cardsPath, nil, &cards); err != nil {
		return 0, err
	}
	r, err := newRules(entities, deployments.Items)
	if err != nil {
		return 0, err
	}
	want, err := r.scored(ctx, s.cards)
	if err != nil {
		return 0, err
	}
	list := differing(entities, want)
	for _, ref := range list[:min(5, len(list))] {
		s.say("the status of %s is wrong", ref)
	}
	s.tellErrors(entities)
	totals, _ := rollups(r.graph.Scores(), s.cards, r.compiled)
	for i := range cards.Items {
		sc := &cards.Items[i]
		if i >= len(totals) || !equality.Semantic.DeepEqual(sc.Status.Totals, totals[i].ScoreTotals) {
			s.say("the totals of the Scorecard %s are wrong", sc.Name)
			list = append(list, relation.Ref{})
		}
		s.say("%s: %d entities, %d passing, %s; %s", sc.Name, value(sc.Status.Totals.Entities), value(sc.Status.Totals.Passing),
			sc.Status.Summary.Average, sc.Status.Summary.Levels)
	}
	return len(list), nil
}

// tellErrors tells how many check results are Errors, and why one of them is: no check of the ready scorecards should be.
func (s *board) tellErrors(entities []catalog.Entity) {
	n, why := 0, ""
	for _, e := range entities {
		for _, score := range e.EntityStatus().Scores {
			for _, f := range score.Failing {
				if f.Outcome == catalog.OutcomeError {
					n++
					why = fmt.Sprintf("%s, %s/%s: %s", relation.RefOf(e), score.Scorecard, f.Check, f.Message)
				}
			}
		}
	}
	if n > 0 {
		s.say("%d check results are Errors, such as %s", n, why)
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

const (
	checkedEntities = 1000 // of the catalog that checks are timed on
	checkedSubjects = 40   // of each kind
	sloppyEvery     = 4    // Deployments are sloppy
	// checkTime is how much CPU time a figure is read off, at the least: the kernel counts it in steps of 10 ms.
	checkTime = 250 * time.Millisecond
)

// bystanders are the entities that checks are timed on.
type bystanders struct {
	rules    *rules
	entities []catalog.Entity
	subjects []*scorecard.Subject
}

// checks measures in this process what a check of the ready scorecards costs, and what it costs to make ready what is
// judged.
func (b *bench) checks(ctx context.Context) error {
	ready, err := library(b.root)
	if err != nil {
		return err
	}
	by, err := newBystanders(b.flags.seed)
	if err != nil {
		return err
	}
	b.say("timing the checks of %d ready scorecards on %d subjects", len(ready), len(by.subjects))
	each, slowest := map[string]float64{}, ""
	var list []float64
	var cost, judged float64
	for _, sc := range ready {
		for i := range sc.Spec.Checks {
			c := &sc.Spec.Checks[i]
			micros, _, err := by.time(ctx, tenTimes(sc, c))
			if err != nil {
				return err
			}
			name := sc.Name + "/" + string(c.Name)
			if each[name] = micros; micros >= each[slowest] {
				slowest = name
			}
			list = append(list, micros)
		}
		micros, results, err := by.time(ctx, sc)
		if err != nil {
			return err
		}
		cost, judged = cost+micros*results, judged+results
	}
	b.say("%d checks; the slowest is %s with %.1f µs", len(list), slowest, each[slowest])
	b.result("score_check_p50", harness.Median(list), 0)
	b.result("score_check_p95", harness.Quantile(list, 0.95), 0)
	b.result("score_check_mean", cost/judged, 0)
	micros, err := by.timeSubjects()
	b.result("score_subject", micros, 0)
	return err
}

// tenTimes is a Scorecard that judges all entities of its kinds by one check, ten times: so many share what a Scorecard
// costs beside its checks.
func tenTimes(sc *catalog.Scorecard, c *catalog.ScorecardCheck) *catalog.Scorecard {
	out := sc.DeepCopy()
	out.Spec.AppliesTo.Where, out.Spec.Overrides, out.Spec.Checks = "", nil, nil
	for i := range checksPerCard {
		again := *c
		again.Name = catalog.CheckName(fmt.Sprintf("check-%d", i))
		out.Spec.Checks = append(out.Spec.Checks, again)
	}
	return out
}

// newBystanders are Components with a Deployment, and APIs with a definition.
func newBystanders(seed uint64) (*bystanders, error) {
	made := synthetic.New(synthetic.Options{Entities: checkedEntities, Seed: seed})
	by := &bystanders{}
	var running []appsv1.Deployment
	kinds := map[relation.Kind]int{}
	for _, e := range made.Entities {
		k := relation.RefOf(e).Kind
		if k != relation.Component && k != relation.API || kinds[k] == checkedSubjects {
			continue
		}
		kinds[k]++
		by.entities = append(by.entities, e)
		if c, ok := e.(*catalog.Component); ok {
			running = append(running, *synthetic.Deployment(c, len(running)%sloppyEvery != 0))
		}
	}
	var err error
	if by.rules, err = newRules(made.Entities, running); err != nil {
		return nil, err
	}
	for i, s := range by.rules.statuses() {
		*made.Entities[i].EntityStatus() = s
	}
	for _, e := range by.entities {
		s, err := by.rules.subject(e)
		if err != nil {
			return nil, err
		}
		by.subjects = append(by.subjects, s)
	}
	return by, nil
}

// time is the CPU time in µs of a check result of a Scorecard, and how many results there are: each subject that is
// selected is judged again and again.
func (by *bystanders) time(ctx context.Context, sc *catalog.Scorecard) (micros, results float64, err error) {
	compiled, wrong := scorecard.Compile(sc, scorecard.Stored)
	if err := wrong.ToAggregate(); err != nil {
		return 0, 0, fmt.Errorf("compile the Scorecard %s: %w", sc.Name, err)
	}
	var selected []*scorecard.Subject
	for _, s := range by.subjects {
		if r, ok := compiled.Evaluate(ctx, s); ok {
			selected = append(selected, s)
			results += float64(len(r.Checks))
		}
	}
	if results == 0 {
		return 0, 0, fmt.Errorf("the Scorecard %s judges none of the subjects", sc.Name)
	}
	micros, err = microsEach(func() error {
		for _, s := range selected {
			compiled.Evaluate(ctx, s)
		}
		return nil
	})
	return micros / results, results, err
}

// timeSubjects is the CPU time in µs of making a Component with its Deployment ready for all its checks.
func (by *bystanders) timeSubjects() (micros float64, err error) {
	var components []catalog.Entity
	for _, e := range by.entities {
		if _, ok := e.(*catalog.Component); ok {
			components = append(components, e)
		}
	}
	micros, err = microsEach(func() error {
		for _, e := range components {
			if _, err := by.rules.subject(e); err != nil {
				return err
			}
		}
		return nil
	})
	return micros / float64(len(components)), err
}

// microsEach does a thing until enough CPU time has passed, and returns that of one time in µs.
func microsEach(do func() error) (float64, error) {
	begun, err := harness.CPUOf(os.Getpid())
	if err != nil {
		return 0, err
	}
	for n, rounds := 0, 1; ; rounds *= 2 {
		for range rounds {
			if err := do(); err != nil {
				return 0, err
			}
		}
		n += rounds
		now, err := harness.CPUOf(os.Getpid())
		if err != nil {
			return 0, err
		}
		if used := now - begun; used >= checkTime {
			return float64(used.Nanoseconds()) / 1000 / float64(n), nil
		}
	}
}

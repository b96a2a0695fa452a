package catalogtest

import (
	"fmt"
	"hash/fnv"
	"path/filepath"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Sample is the catalog of the two sample shops, with statuses such as an operator would write: what depends on
// workloads is made up, and the same each time.
func Sample(samples string) (*Catalog, error) {
	c := New()
	for _, file := range []string{"organisation.yaml", "online-boutique/catalog.yaml", "sock-shop/catalog.yaml"} {
		objects, err := apitest.Objects(filepath.Join(samples, file), filepath.Dir(file))
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		for _, o := range objects {
			if e, ok := o.(catalog.Entity); ok {
				c.Put(e)
			}
		}
	}
	for _, e := range c.Entities() {
		c.judge(e)
		c.Put(e)
	}
	c.Cards(Card("production-readiness", "Production readiness"), Card("security-baseline", "Security baseline"))
	c.Flush()
	return c, nil
}

// judge writes a status.
func (c *Catalog) judge(e catalog.Entity) {
	ref, s := relation.RefOf(e), e.EntityStatus()
	v, _ := c.graph.View(ref)
	s.Owner, s.System = v.Owner.Ref.FullRef(), v.System.FullRef()
	ready := metav1.Condition{Type: catalog.ConditionReady, Status: metav1.ConditionTrue, Reason: catalog.ReasonReady}
	owned := metav1.Condition{Type: catalog.ConditionOwned, Status: metav1.ConditionTrue, Reason: catalog.ReasonDeclared}
	if n := luck(ref, "owned"); n < 10 {
		ready.Status, ready.Reason = metav1.ConditionFalse, catalog.ReasonNoOwner
		owned.Status, owned.Reason = metav1.ConditionFalse, catalog.ReasonNoOwner
	}
	s.Conditions = []metav1.Condition{ready, owned}
	if ref.Kind == relation.Component {
		s.Summary.Health, s.Summary.Pods = catalog.HealthHealthy, "2/2"
		if luck(ref, "health") < 20 {
			s.Summary.Health, s.Summary.Pods = catalog.HealthDegraded, "1/2"
		}
		s.Scores = []catalog.Score{scoreFor(ref, "production-readiness"), scoreFor(ref, "security-baseline")}
		s.Summary.Score = string(s.Scores[0].Level) + " " + strconv.Itoa(int(*s.Scores[0].Percent)) + "%"
	}
	if ref.Kind == relation.System || ref.Kind == relation.Group {
		n, pass, average := int32(8), int32(5), int32(71)
		s.Rollup.Scores = []catalog.ScoreRollup{{Scorecard: "production-readiness", ScoreTotals: catalog.ScoreTotals{
			Entities: &n, Passing: &pass, Average: &average, Levels: []catalog.LevelCount{{Level: "Gold", Entities: 5}, {Level: "Bronze", Entities: 3}},
		}}}
	}
}

// scoreFor makes up a score.
func scoreFor(ref relation.Ref, card string) catalog.Score {
	n := luck(ref, card)
	s := catalog.Score{Scorecard: card, Verdict: catalog.VerdictPassing, Level: "Gold"}
	percent := int32(100)
	switch {
	case n < 30:
		s.Verdict, s.Level, percent, s.NotPassed = catalog.VerdictFailing, "Bronze", 50, 2
		s.Failing = []catalog.FailingCheck{
			{Check: "replicas", Outcome: catalog.OutcomeFail, Message: "There is one replica"}, {Check: "runbook", Outcome: catalog.OutcomeUnknown},
		}
	case n < 60:
		s.Level, percent, s.NotPassed = "Silver", 75, 1
		s.Failing = []catalog.FailingCheck{{Check: "runbook", Outcome: catalog.OutcomeFail, Message: "No link is a runbook"}}
	}
	s.Percent = &percent
	return s
}

// luck is a number below 100 that is the same each time.
func luck(ref relation.Ref, what string) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, ref.String(), what)
	return h.Sum32() % 100
}

// Card is an active Scorecard of Components with three levels, four checks and a trend.
func Card(name, title string) *catalog.Scorecard {
	n, pass, average := int32(24), int32(17), int32(78)
	c := &catalog.Scorecard{ObjectMeta: metav1.ObjectMeta{Name: name}}
	c.Spec = catalog.ScorecardSpec{
		Title: title, Description: "What customers may count on.", Mode: catalog.ScorecardActive,
		AppliesTo: catalog.ScorecardScope{Kinds: []catalog.ScoredKind{"Component"}},
		Levels:    []catalog.ScorecardLevel{{Name: "Bronze", Description: "It is known who answers for it."}, {Name: "Silver"}, {Name: "Gold"}},
		Checks: []catalog.ScorecardCheck{
			{Name: "owned", Title: "Somebody answers for it", Level: "Bronze", Expression: "true", Controls: []catalog.Control{"SOC2 CC1.3"}},
			{Name: "replicas", Title: "It survives the loss of a pod", Level: "Silver", Expression: "true", Remedy: "Set replicas to 2 or more."},
			{Name: "runbook", Title: "There is a runbook", Level: "Gold", Expression: "true", Remedy: "Add a link of type runbook."},
			{Name: "described", Title: "It is described", Expression: "true"},
		},
		Passing: catalog.PassMark{Level: "Silver"},
	}
	c.Status.Totals = catalog.ScoreTotals{Entities: &n, Passing: &pass, Average: &average,
		Levels:     []catalog.LevelCount{{Level: "Gold", Entities: 9}, {Level: "Silver", Entities: 8}, {Level: "Bronze", Entities: 7}},
		MostFailed: []catalog.CheckCount{{Check: "runbook", Entities: 15}, {Check: "replicas", Entities: 7}}}
	c.Status.Summary = catalog.ScorecardSummary{Average: "78%", Levels: "Gold 9, Silver 8, Bronze 7"}
	for day := range int32(20) {
		passing, mean := 8+day/2, 55+day
		c.Status.Trend = append(c.Status.Trend, catalog.TrendPoint{Date: fmt.Sprintf("2026-01-%02d", day+1), Entities: &n, Passing: &passing, Average: &mean})
	}
	return c
}

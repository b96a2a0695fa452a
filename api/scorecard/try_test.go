package scorecard_test

import (
	"context"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

func TestTry(t *testing.T) {
	_ = apitest.Component
	sc := &catalog.Scorecard{}
	sc.Name = "s"
	z := int32(80)
	sc.Spec.Passing.Score = &z
	sc.Spec.AppliesTo.Kinds = []catalog.ScoredKind{"Component"}
	for i, e := range []string{
		"entity.spec.type == 'service'", "has(entity.spec.owner) && entity.spec.owner.startsWith('group:')", "entity.spec.ownr == 'x'",
		"workloads.all(w, w.template.spec.containers.all(c, has(c.readinessProbe)))", "owner.spec.type == 'team'",
		"workloads.all(w, w.spec.replicas >= 2)", "workloads.exists(w, w.kind == 'CronJob')", "entity.spec.system == 'x'",
		"entity.metadata.namespace == 'y'", "facts.foo.bar == 1", "has(facts.foo)", "facts['foo'] == 'x'", "entity.metadata.creationTimestamp > timestamp('2030-01-01T00:00:00Z')",
		"relations.ownedBy.count == 2", "has(relations.partOf)", "lists.range(3).size() == 2", "'%.999999999f'.format([1.0]) == ''", "workloads[?5].hasValue()", "owner.?spec.?type.orValue('y') == 'x'",
		"entity.spec.?owner.orValue('x') == 'y'", "workloads.map(w, w.metadata.name).size() == 5", "int(entity.spec.type) == 1",
		"workloads.all(w, w.template.spec.containers.all(c, c.env.all(e, has(e.value))))",
	} {
		sc.Spec.Checks = append(sc.Spec.Checks, catalog.ScorecardCheck{Name: catalog.CheckName("c" + string(rune('a'+i))), Expression: catalog.CELExpression(e), Evidence: []catalog.EvidencePath{"workloads.spec"}})
	}
	c, errs := scorecard.Compile(sc, scorecard.Admission)
	t.Log(errs.ToAggregate())
	e := &catalog.Component{}
	e.Name, e.Namespace = "a", "ns"
	e.CreationTimestamp.Time = time.Unix(1e9, 0)
	e.Spec.Type = "service"
	e.Spec.Lifecycle = "production"
	o, err := scorecard.NewObject(e)
	if err != nil {
		t.Fatal(err)
	}
	w := func(replicas int64, probe bool) *scorecard.Workload {
		c := map[string]any{"name": "x"}
		if probe {
			c["readinessProbe"] = map[string]any{}
		}
		return scorecard.NewWorkload(scorecard.Live{Object: map[string]any{"kind": "Deployment", "metadata": map[string]any{"name": "w"}, "spec": map[string]any{"replicas": replicas, "template": map[string]any{"spec": map[string]any{"containers": []any{c}}}}}})
	}
	s := scorecard.NewSubject(scorecard.Input{Entity: o, Workloads: []*scorecard.Workload{w(3, true), w(1, false)}})
	r, ok := c.Evaluate(context.Background(), s)
	t.Log(ok, r.Percent, r.Verdict)
	for i, k := range r.Checks {
		t.Logf("%s: %s %d %q %+v", sc.Spec.Checks[i].Expression, k.Outcome, k.Cost, k.Message, k.Evidence)
	}
}

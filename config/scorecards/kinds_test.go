package scorecards_test

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// linked says that what runs an entity is known.
var linked = metav1.Condition{Type: catalog.ConditionWorkloadsLinked, Status: metav1.ConditionTrue, Reason: catalog.ReasonLinked}

// bare is a live workload of a kind with containers of which nothing is said but the image.
func bare(kind, name string, containers int) *scorecard.Workload {
	list := func(prefix string) []any {
		var out []any
		for i := range containers {
			out = append(out, map[string]any{"name": fmt.Sprint(prefix, i), "image": "mongo", "resources": map[string]any{}})
		}
		return out
	}
	pod := map[string]any{"containers": list("c"), "initContainers": list("i"), "securityContext": map[string]any{}}
	if containers == 1 {
		delete(pod, "initContainers")
	}
	spec := map[string]any{"template": map[string]any{"spec": pod}}
	if kind == "CronJob" {
		spec = map[string]any{"jobTemplate": map[string]any{"spec": spec}}
	}
	return scorecard.NewWorkload(scorecard.Live{Object: map[string]any{
		"kind": kind, "metadata": map[string]any{"name": name, "namespace": "shop"}, "spec": spec,
	}})
}

// TestNoKindOfWorkloadIsAnError holds that every expression can be evaluated on every kind of workload, however little or
// much is said of it, and says why it fails.
func TestNoKindOfWorkloadIsAnError(t *testing.T) {
	kinds := []string{"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"}
	running := map[string][]*scorecard.Workload{}
	for _, kind := range kinds {
		running[kind] = []*scorecard.Workload{bare(kind, "checkout", 1)}
		for i := range 4 {
			running["many"] = append(running["many"], bare(kind, fmt.Sprint(kind, i), 5))
		}
	}
	for name, workloads := range running {
		for _, e := range []catalog.Entity{
			apitest.Component("shop", "checkout"),
			apitest.Resource("shop", "orders-db", func(s *catalog.ResourceSpec) { s.Type = "database" }),
		} {
			t.Run(name+"/"+relation.KindOf(e).String(), func(t *testing.T) { judgeBare(t, e, workloads) })
		}
	}
}

func judgeBare(t *testing.T, e catalog.Entity, workloads []*scorecard.Workload) {
	e.EntityStatus().Conditions = append(e.EntityStatus().Conditions, linked)
	o, err := scorecard.NewObject(e)
	if err != nil {
		t.Fatal(err)
	}
	s := scorecard.NewSubject(scorecard.Input{Entity: o, Workloads: workloads, Now: now.Time})
	judged := 0
	for _, sc := range cards(t) {
		r, _ := compiled(t, sc).Evaluate(t.Context(), s)
		for i, k := range r.Checks {
			judged++
			if k.Outcome == catalog.OutcomeError {
				t.Errorf("%s/%s: %s", sc.Name, k.Check, k.Message)
			}
			if k.Outcome == catalog.OutcomeFail && k.Message == sc.Spec.Checks[i].Title {
				t.Errorf("%s/%s: the message cannot be evaluated", sc.Name, k.Check)
			}
		}
	}
	if judged == 0 {
		t.Error("no check judges it")
	}
}

// TestNothingSaidIsNoError holds the same for entities of which nothing is said or known.
func TestNothingSaidIsNoError(t *testing.T) {
	for _, e := range []catalog.Entity{
		apitest.Component("shop", "x"), apitest.API("shop", "x"), apitest.Resource("shop", "x"), apitest.System("shop", "x"),
	} {
		e.EntityStatus().Conditions = append(e.EntityStatus().Conditions, linked)
		o, err := scorecard.NewObject(e)
		if err != nil {
			t.Fatal(err)
		}
		judged := 0
		for _, sc := range cards(t) {
			r, _ := compiled(t, sc).Evaluate(t.Context(), scorecard.NewSubject(scorecard.Input{Entity: o, Now: now.Time}))
			for _, k := range r.Checks {
				judged++
				if k.Outcome == catalog.OutcomeError {
					t.Errorf("%s: %s/%s: %s", relation.RefOf(e), sc.Name, k.Check, k.Message)
				}
			}
		}
		if judged == 0 {
			t.Errorf("%s: no check judges it", relation.RefOf(e))
		}
	}
}

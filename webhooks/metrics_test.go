package webhooks_test

import (
	"fmt"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/metrics"
)

// observed counts what the histogram of admission holds of an operation on a kind.
func observed(t *testing.T, operation, kind string) (n uint64, sum float64) {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != "callboard_admission_duration_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if len(labels) == 2 && labels["operation"] == operation && labels["kind"] == kind {
				n, sum = n+m.GetHistogram().GetSampleCount(), sum+m.GetHistogram().GetSampleSum()
			}
		}
	}
	return n, sum
}

func TestEveryAnswerIsTimed(t *testing.T) {
	for _, tc := range []struct{ given, do, operation, kind string }{
		{teams, "create System shop/storefront {owner: web-team}", "CREATE", "System"},
		{private, "create Component shop/cart {consumesApis: [pay/ledger]}", "CREATE", "Component"}, // it is refused
		{public, "update API pay/prices {system: payments, owner: web-team}", "UPDATE", "API"},
		{teams, "delete Group web-team", "DELETE", "Group"},
	} {
		t.Run(tc.do, func(t *testing.T) {
			w := newWorld(t)
			w.given(tc.given)
			before, sumBefore := observed(t, tc.operation, tc.kind)
			w.ask(k8s, tc.do)
			eventually(t, func() error { // the answer is out before it is counted, and an update is sent again after a conflict
				after, sum := observed(t, tc.operation, tc.kind)
				if took := sum - sumBefore; after == before || took <= 0 || took > 3*float64(after-before) {
					return fmt.Errorf("observed %d more that took %g s, want some of under 3 s", after-before, took)
				}
				return nil
			})
		})
	}
}

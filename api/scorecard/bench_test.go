package scorecard_test

import (
	"context"
	"slices"
	"testing"

	"github.com/callboard-dev/callboard/api/apitest/cputime"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// realistic are checks as people write them.
var realistic = []catalog.CELExpression{
	"has(entity.status.owner)",
	"has(entity.spec.description) && entity.spec.description.size() >= 10",
	"entity.spec.lifecycle in ['production', 'deprecated']",
	"has(entity.spec.links) && entity.spec.links.exists(l, has(l.type) && l.type == 'runbook')",
	"owner.kind == 'Group' && has(owner.spec.profile) && has(owner.spec.profile.email)",
	"workloads.all(w, w.kind in ['CronJob', 'Job'] || w.spec.replicas >= 2)",
	"workloads.all(w, w.template.spec.containers.all(c, has(c.readinessProbe)))",
	"workloads.all(w, w.template.spec.containers.all(c, has(c.livenessProbe)))",
	"workloads.all(w, w.template.spec.containers.all(c, has(c.resources) && has(c.resources.limits) && 'memory' in c.resources.limits))",
	"workloads.all(w, w.template.spec.containers.all(c, has(c.securityContext) && has(c.securityContext.runAsNonRoot) && c.securityContext.runAsNonRoot))",
	"workloads.all(w, w.template.spec.containers.all(c, !c.image.endsWith(':latest') && c.image.contains(':')))",
	"workloads.all(w, size(w.podDisruptionBudgets) > 0)",
	"relations.ownedBy.count == 1",
	"relations.consumesApi.count < 10",
	"!has(entity.metadata.annotations) || 'example.com/on-call' in entity.metadata.annotations",
	"has(facts.coverage) && double(facts.coverage) >= 80.0",
	"entity.metadata.name.matches('^[a-z][a-z0-9-]+$')",
	"workloads.all(w, w.template.spec.containers.all(c, quantity(c.resources.limits['memory']).isLessThan(quantity('2Gi'))))",
	"system.spec.domain == 'commerce'",
	"has(entity.spec.tags) && entity.spec.tags.exists(t, t in ['java', 'go'])",
}

// BenchmarkCheck tells the time of one check: the mean over all, and the median over the checks.
func BenchmarkCheck(b *testing.B) {
	s := scorecard.NewSubject(checkout(b))
	all := mustCompile(b, card(ask(realistic...)))
	var each []float64
	for _, e := range realistic {
		const rounds, checks = 400, 16 // a scorecard of the library has so many
		c := mustCompile(b, card(ask(slices.Repeat([]catalog.CELExpression{e}, checks)...)))
		start := cputime.Used(b)
		for range rounds {
			c.Evaluate(context.Background(), s)
		}
		each = append(each, float64((cputime.Used(b)-start).Nanoseconds())/rounds/checks/1000)
	}
	slices.Sort(each)
	b.ReportAllocs()
	b.ResetTimer()
	start := cputime.Used(b)
	for b.Loop() {
		if r, _ := all.Evaluate(context.Background(), s); r.Percent != 100 {
			b.Fatalf("not all pass: %+v", r.Failing())
		}
	}
	b.ReportMetric(float64((cputime.Used(b)-start).Nanoseconds())/float64(b.N)/float64(len(realistic))/1000, "CPU-µs/check")
	b.ReportMetric(each[len(each)/2], "CPU-µs/check-median")
	b.ReportMetric(each[len(each)*95/100], "CPU-µs/check-p95")
}

// BenchmarkFailing tells what it costs to explain a check that does not pass.
func BenchmarkFailing(b *testing.B) {
	s := scorecard.NewSubject(checkout(b))
	c := mustCompile(b, card(ask("workloads.all(w, w.spec.replicas >= 5)")))
	b.ReportAllocs()
	for b.Loop() {
		c.Evaluate(context.Background(), s)
	}
}

// BenchmarkConvert tells what it costs to convert a Component with one Deployment, once for all its checks: the Component,
// the Deployment, and all of it together.
func BenchmarkConvert(b *testing.B) {
	in := checkout(b)
	c := component()
	live := deployment(3, goodContainer())
	run := func(name string, convert func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			start := cputime.Used(b)
			for b.Loop() {
				convert()
			}
			b.ReportMetric(float64((cputime.Used(b)-start).Nanoseconds())/float64(b.N)/1000, "CPU-µs/op")
		})
	}
	run("object", func() { object(b, c) })
	run("workload", func() { scorecard.NewWorkload(live) })
	run("subject", func() { scorecard.NewSubject(in) })
	run("all", func() {
		in := in
		in.Entity, in.Workloads = object(b, c), []*scorecard.Workload{scorecard.NewWorkload(live)}
		scorecard.NewSubject(in)
	})
}

// BenchmarkCompile tells what a check costs when a Scorecard is written.
func BenchmarkCompile(b *testing.B) {
	sc := card(ask(realistic...))
	b.ReportAllocs()
	for b.Loop() {
		mustCompile(b, sc)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(realistic)), "µs/check")
}

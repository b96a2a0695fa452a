package dashboard_test

import (
	"testing"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/catalogtest"
)

// BenchmarkPages makes pages of a catalog of 10,000 entities, for a reader who may get all.
func BenchmarkPages(b *testing.B) {
	c := catalogtest.New(apitest.Catalog("shop", 10000)...)
	c.Cards(catalogtest.Card("production-readiness", "Production readiness"))
	for _, e := range c.Entities() {
		if e, ok := e.(*catalog.Component); ok {
			percent := int32(50)
			e.Status.Scores = []catalog.Score{{Scorecard: "production-readiness", Verdict: catalog.VerdictFailing, Level: "Bronze", Percent: &percent, NotPassed: 1,
				Failing: []catalog.FailingCheck{{Check: "replicas", Outcome: catalog.OutcomeFail}}}}
		}
	}
	h := site(b, c, everything)
	for _, path := range []string{"/", "/catalog", "/components?sort=-name&page=20", "/components?q=a", "/search?q=c", "/scores", "/scores/production-readiness"} {
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := get(b, h, path, "Accept-Encoding", "gzip"); w.Code != 200 {
					b.Fatalf("status %d", w.Code)
				}
			}
		})
	}
}

package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/apitest/cputime"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/hack/bench/synthetic"
	"github.com/callboard-dev/callboard/hack/harness"
)

// shelves are catalogs by their size, each made once.
var shelves sync.Map

func shelfOf(t testing.TB, n int) *shelf {
	t.Helper()
	if s, ok := shelves.Load(n); ok {
		return s.(*shelf)
	}
	b := &bench{root: "../..", begun: time.Now(), report: report{harness.Report{Out: io.Discard}}}
	s, err := b.newShelf(synthetic.New(synthetic.Options{Entities: n, Seed: 1}))
	if err != nil {
		t.Fatal(err)
	}
	shelves.Store(n, s)
	return s
}

// BenchmarkPages makes each kind of page without a network between: what remains is what a request costs the processor.
func BenchmarkPages(b *testing.B) {
	for _, n := range dashboardSizes {
		for _, who := range []string{"admin", "reader"} {
			b.Run(fmt.Sprintf("%d/%s", n, who), func(b *testing.B) {
				s := shelfOf(b, n)
				scope := access.Scope{All: true}
				if who == "reader" {
					scope = access.Scope{Namespaces: spread(slices.Sorted(slices.Values(s.made.Namespaces)), readerNamespaces)}
				}
				h := dashboard.New(dashboard.Options{Catalog: s, Door: visitor{scope}, Log: slog.New(slog.DiscardHandler)})
				for _, q := range s.questions(scope, 1) {
					b.Run(q.name, func(b *testing.B) { benchmarkPaths(b, h, q.paths) })
				}
			})
		}
	}
}

func benchmarkPaths(b *testing.B, h http.Handler, paths []string) {
	b.Helper()
	b.ReportAllocs()
	for _, path := range paths[:50] { // what is made once is made
		benchmarkPath(b, h, path)
	}
	bytes, i, before := 0, 0, cputime.Used(b)
	for b.Loop() {
		bytes += benchmarkPath(b, h, paths[i%len(paths)])
		i++
	}
	b.ReportMetric((cputime.Used(b)-before).Seconds()*1000/float64(i), "cpu-ms/page")
	b.ReportMetric(float64(bytes)/float64(i)/1024, "KiB/page")
}

// benchmarkPath asks for a page, and returns how many bytes are sent.
func benchmarkPath(b *testing.B, h http.Handler, path string) int {
	b.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		b.Fatalf("%s: status %d", path, w.Code)
	}
	return w.Body.Len()
}

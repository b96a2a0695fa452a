package reference_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/callboard-dev/callboard/dashboard/reference"
)

// large is the definition that CALLBOARD_LARGE_SPEC names, such as GitHub's; if it names none, one that is made here.
func large(b *testing.B) string {
	if path := os.Getenv("CALLBOARD_LARGE_SPEC"); path != "" {
		return readText(b, path)
	}
	var all string
	for i := range 200 {
		all += fmt.Sprintf(`"S%d":{"type":"object","description":"Number *%d*","properties":{`, i, i)
		for j := range 40 {
			all += fmt.Sprintf(`"p%d":{"$ref":"#/components/schemas/S%d"},`, j, (i*7+j)%200)
		}
		all += `"id":{"type":"string"}}},`
	}
	return schemas(all + `"S":{"$ref":"#/components/schemas/S0"}`)
}

func BenchmarkOpen(b *testing.B) {
	text := large(b)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := reference.Open("openapi", text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPage makes all pages of the document in turn.
func BenchmarkPage(b *testing.B) {
	doc, err := reference.Open("openapi", large(b))
	if err != nil {
		b.Fatal(err)
	}
	anchors := doc.Anchors()
	var times []time.Duration
	i, bytes := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		v, _ := doc.Item(anchors[i%len(anchors)], routes)
		fragment, err := reference.HTML(v)
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
		bytes += len(fragment)
		i++
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(bytes)/float64(i)/1024, "KiB/page")
	b.ReportMetric(float64(doc.Cost())/(1<<20), "MiB-held")
}

func BenchmarkOverview(b *testing.B) {
	doc, err := reference.Open("openapi", large(b))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := reference.HTML(doc.Overview(1, routes)); err != nil {
			b.Fatal(err)
		}
	}
}

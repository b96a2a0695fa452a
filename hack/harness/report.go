package harness

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// Report prints figures and remembers whether one is short.
type Report struct {
	Out   io.Writer
	Short bool
}

// Result prints a figure that may be most at most.
func (r *Report) Result(name string, value float64, unit string, most float64) {
	verdict := "ok"
	if !(value <= most) { // NaN is short
		verdict, r.Short = "short", true
	}
	r.print(name, value, unit, Number(most), verdict)
}

// AtLeast prints a figure that must be least at least.
func (r *Report) AtLeast(name string, value float64, unit string, least float64) {
	verdict := "ok"
	if !(value >= least) { // NaN is short
		verdict, r.Short = "short", true
	}
	r.print(name, value, unit, Number(least), verdict)
}

// Inform prints a figure without a bar.
func (r *Report) Inform(name string, value float64, unit string) {
	r.print(name, value, unit, "-", "ok")
}

func (r *Report) print(name string, value float64, unit, limit, verdict string) {
	fmt.Fprintf(r.Out, "result: %s %s %s (bar %s) %s\n", name, Number(value), unit, limit, verdict)
}

// Number writes three digits behind the point at most.
func Number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}

// Quantile is the least value that the share q of the values does not exceed.
func Quantile[T cmp.Ordered](values []T, q float64) T {
	var none T
	if len(values) == 0 {
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// Median is the middle value, or the mean of the two in the middle.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// Millis is a time in milliseconds.
func Millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

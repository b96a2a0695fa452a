package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// report prints the figures and remembers whether one is short.
type report struct {
	out   io.Writer
	short bool
}

// result prints one figure. n is what its bar depends on, if it does: the entities, or the edits.
func (r *report) result(name string, value, n float64) {
	b, ok := bars[name]
	if !ok {
		panic("no bar for " + name)
	}
	limit, verdict := "-", "ok"
	if b.most != nil {
		most := b.most(n)
		limit = number(most)
		if !(value <= most) { // NaN is short
			verdict, r.short = "short", true
		}
	}
	if b.least != 0 {
		limit = number(b.least)
		if !(value >= b.least) {
			verdict, r.short = "short", true
		}
	}
	fmt.Fprintf(r.out, "result: %s %s %s (bar %s) %s\n", name, number(value), b.unit, limit, verdict)
}

// number writes three digits behind the point at most.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}

// quantile is the least value that the share q of the values does not exceed.
func quantile[T cmp.Ordered](values []T, q float64) T {
	var none T
	if len(values) == 0 {
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// median is the middle value, or the mean of the two in the middle.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

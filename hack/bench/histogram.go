package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// histogram is a Prometheus histogram, all its series added up.
type histogram struct {
	bounds []float64 // seconds, ascending; the last is +Inf
	upTo   []float64 // how many were not above
}

// readHistogram adds up the series of a histogram that carry a label, or all if the label is empty.
func readHistogram(text []byte, name, label, value string) (histogram, error) {
	var h histogram
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return h, fmt.Errorf("read metrics: %w", err)
	}
	sums := map[float64]float64{}
	for _, m := range families[name].GetMetric() {
		fits := label == ""
		for _, l := range m.GetLabel() {
			fits = fits || l.GetName() == label && l.GetValue() == value
		}
		if !fits {
			continue
		}
		for _, b := range m.GetHistogram().GetBucket() {
			sums[b.GetUpperBound()] += float64(b.GetCumulativeCount())
		}
	}
	for bound := range sums {
		h.bounds = append(h.bounds, bound)
	}
	slices.Sort(h.bounds)
	for _, bound := range h.bounds {
		h.upTo = append(h.upTo, sums[bound])
	}
	return h, nil
}

// minus is what came after an earlier reading of the same histogram, which may be empty.
func (h histogram) minus(before histogram) histogram { return h.combine(before, -1) }

// plus adds what another reading of the same histogram counted; one of them may be empty.
func (h histogram) plus(other histogram) histogram {
	if len(h.bounds) == 0 {
		return other
	}
	return h.combine(other, +1)
}

func (h histogram) combine(other histogram, sign float64) histogram {
	out := histogram{h.bounds, slices.Clone(h.upTo)}
	for i := range other.upTo {
		out.upTo[i] += sign * other.upTo[i]
	}
	return out
}

func (h histogram) count() float64 {
	if len(h.upTo) == 0 {
		return 0
	}
	return h.upTo[len(h.upTo)-1]
}

// within is how much of all took no longer than a bound, in percent. It is NaN if nothing was counted, or if there is no
// such bound.
func (h histogram) within(seconds float64) float64 {
	i := slices.Index(h.bounds, seconds)
	if i < 0 || h.count() == 0 {
		return math.NaN()
	}
	return 100 * h.upTo[i] / h.count()
}

// quantile is the value in seconds that the share q does not exceed, read off in between two bounds as Prometheus does.
func (h histogram) quantile(q float64) float64 {
	rank, lower, below := q*h.count(), 0.0, 0.0
	for i, bound := range h.bounds {
		if in := h.upTo[i] - below; h.upTo[i] >= rank && in > 0 {
			if math.IsInf(bound, 1) {
				return lower
			}
			return lower + (bound-lower)*(rank-below)/in
		}
		lower, below = bound, h.upTo[i]
	}
	return math.NaN()
}

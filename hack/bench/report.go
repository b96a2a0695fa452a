package main

import "github.com/callboard-dev/callboard/hack/harness"

// report prints the figures by their bars.
type report struct{ harness.Report }

// result prints one figure. n is what its bar depends on, if it does: the entities, or the edits.
func (r *report) result(name string, value, n float64) {
	b, ok := bars[name]
	if !ok {
		panic("no bar for " + name)
	}
	switch {
	case b.least != 0:
		r.AtLeast(name, value, b.unit, b.least)
	case b.most == nil:
		r.Inform(name, value, b.unit)
	default:
		r.Result(name, value, b.unit, b.most(n))
	}
}

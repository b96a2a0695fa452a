//go:build !race

package scorecard_test

// comfort is how many percent of the bars may be used: the rest is for machines that are slower, or busy.
const comfort = 60

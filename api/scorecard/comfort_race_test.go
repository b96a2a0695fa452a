//go:build race

package scorecard_test

// comfort is all of the bars: with the race detector everything takes ten times as long.
const comfort = 100

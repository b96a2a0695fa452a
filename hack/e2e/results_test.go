package e2e

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"
)

// bars are the most that each measure may be, whatever the story.
var bars = map[string]struct {
	most float64
	unit string
}{
	"component":            {1, "s"},  // from the status of the pod or workload to that of the Component
	"rollups":              {2, "s"},  // from there to those of its System, Domain and Groups
	"conditions":           {1, "s"},  // from a change of an entity to the conditions of those that name it
	"systems":              {2, "s"},  // from a Component's move to the roll-ups of both Systems
	"score":                {2, "s"},  // from a change of a workload, or the end of an exemption, to the score of the Component
	"writes":               {0, ""},   // of the operator, Leases aside
	"log":                  {0, ""},   // lines
	"stop":                 {5, "s"},  // from SIGTERM to the end
	"takeover":             {5, "s"},  // from the leader's SIGTERM to what the next one writes
	"takeover-after-crash": {20, "s"}, // the same where the leader was killed: its Lease lasts 15 s
	"recovery":             {65, "s"}, // from the API server's return to what the operator writes: client-go waits up to 60 s between tries
	"warm":                 {20, "s"}, // a second make run, from the command to the hint that it runs
}

// slack is by how much a measure may miss its bar before the test fails. Times are held to their bars only where somebody
// asks for tries, on a machine that does nothing else; elsewhere a miss is printed, and only a gross one fails.
func slack(unit string) float64 {
	if unit == "s" && os.Getenv("CALLBOARD_TRIES") == "" {
		return 6
	}
	return 1
}

// results keep the worst of each measure of a story, and hold it to its bar when the story ends.
type results struct {
	t     *testing.T
	worst map[string]float64
	tries map[string]int
}

func measure(t *testing.T) *results {
	t.Helper()
	r := &results{t, map[string]float64{}, map[string]int{}}
	t.Cleanup(r.report)
	return r
}

func (r *results) took(story, what string, from, to time.Time) {
	r.add(story, what, max(0, to.Sub(from).Seconds()))
}

func (r *results) add(story, what string, value float64) {
	name := story + " " + what
	r.tries[name]++
	r.worst[name] = max(r.worst[name], value)
	if bar := bars[what].most; value > bar {
		r.t.Logf("%s: %.3f in try %d", name, value, r.tries[name])
	}
}

func (r *results) report() {
	for _, name := range slices.Sorted(maps.Keys(r.worst)) {
		var story, what string
		if _, err := fmt.Sscan(name, &story, &what); err != nil {
			r.t.Fatal(err)
		}
		bar, value := bars[what], r.worst[name]
		verdict := "ok"
		if value > bar.most {
			verdict = "short"
		}
		if value > bar.most*slack(bar.unit) {
			r.t.Errorf("%s: %.3f %s after %d tries, %g at most", name, value, bar.unit, r.tries[name], bar.most)
		}
		unit := ""
		if bar.unit != "" {
			unit = " " + bar.unit
		}
		fmt.Printf("result: %s.%s %.4g%s (bar %g) %s\n", story, what, value, unit, bar.most, verdict)
	}
}

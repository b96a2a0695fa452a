package store

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"
	testingclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"

	"github.com/callboard-dev/callboard/api/relation"
)

// keys is a controller's queue that notes what it gets.
type keys struct {
	priorityqueue.PriorityQueue[relation.Ref]
	got []string // "priority name"
}

func (k *keys) AddWithOpts(o priorityqueue.AddOpts, refs ...relation.Ref) {
	for _, r := range refs {
		k.got = append(k.got, fmt.Sprintf("%d %s", *o.Priority, r.Name))
	}
}

// take returns what came since the last call.
func (k *keys) take() []string {
	out := k.got
	k.got = nil
	slices.Sort(out)
	return out
}

// world is a queue with one controller, and a clock that stands still.
type world struct {
	t     *testing.T
	clock *testingclock.FakeClock
	queue *queue
	keys  *keys
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clk := testingclock.NewFakeClock(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	w := &world{t: t, clock: clk, queue: newQueue(clk), keys: &keys{}}
	w.queue.connect(relation.Component, w.keys)
	return w
}

func component(name string) relation.Ref {
	return relation.Ref{Kind: relation.Component, Namespace: "shop", Name: name}
}

func own(names ...string) []relation.Touched {
	out := make([]relation.Touched, len(names))
	for i, n := range names {
		out[i] = relation.Touched{Ref: component(n)}
	}
	return out
}

func onlyCounts(names ...string) []relation.Touched {
	out := own(names...)
	for i := range out {
		out[i].Counts = true
	}
	return out
}

// step lets time pass and releases what is due.
func (w *world) step(d time.Duration) {
	w.clock.Step(d)
	w.queue.flush()
}

// want wants just these keys to have come since it was last asked.
func (w *world) want(when string, want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.keys.take()); diff != "" {
		w.t.Errorf("%s: keys differ (-want +got):\n%s", when, diff)
	}
}

func TestQueueHandsOnAtOnceWhatSomebodyWaitsFor(t *testing.T) {
	cases := map[string]struct {
		why  cause
		want []string
	}{
		"a new entity":             {causeAdd, []string{"100 cart"}},
		"an edit":                  {causeEdit, []string{"100 cart"}},
		"a change of another":      {causeChange, []string{"0 cart"}},
		"a change of what runs it": {causeWorkload, []string{"0 cart"}},
		"what the start meets":     {causeInitial, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.queue.add(tc.why, own("cart"))
			w.want("at once", tc.want...)
			w.step(time.Minute)
			w.want("later")
		})
	}
}

func TestQueueHoldsCountsForASecondAfterAWrite(t *testing.T) {
	w := newWorld(t)
	w.queue.add(causeChange, onlyCounts("team"))
	w.want("never written", "0 team")
	w.queue.wrote(component("team"))
	w.step(300 * time.Millisecond)
	w.queue.add(causeChange, onlyCounts("team", "other"))
	w.queue.add(causeChange, onlyCounts("team"))
	w.want("300 ms after a write", "0 other")
	w.step(699 * time.Millisecond)
	w.want("999 ms after the write")
	w.step(time.Millisecond)
	w.want("a second after the write", "-100 team")
	w.step(time.Minute)
	w.want("later")
	if len(w.queue.held) != 0 {
		t.Errorf("%d keys are still held", len(w.queue.held))
	}
}

func TestQueueHoldsWorkloadsForAShortWhileAfterAWrite(t *testing.T) {
	w := newWorld(t)
	w.queue.wrote(component("cart"))
	w.queue.add(causeWorkload, own("cart"))
	w.step(199 * time.Millisecond)
	w.want("199 ms after a write")
	w.step(time.Millisecond)
	w.want("200 ms after the write", "-100 cart")
	w.step(time.Second)
	w.queue.add(causeWorkload, own("cart"))
	w.want("long after the write", "0 cart")
}

func TestQueueHoldsABulkLoadUntilItEnds(t *testing.T) {
	w := newWorld(t)
	for i := range load.many {
		w.queue.add(causeAdd, own(fmt.Sprintf("c-%02d", i)))
	}
	first := make([]string, 0, load.many)
	for i := range load.many - 1 {
		first = append(first, fmt.Sprintf("100 c-%02d", i))
	}
	w.want("before it counts as bulk", first...)
	for range 5 {
		w.step(100 * time.Millisecond)
		w.queue.add(causeAdd, append(own("new"), onlyCounts("team")...))
		w.queue.add(causeChange, onlyCounts("system"))
		w.want("while it runs")
	}
	w.queue.add(causeChange, own("revoked"))
	w.queue.add(causeEdit, own("edited", "new"))
	w.want("edits and changes of conditions overtake", "0 revoked", "100 edited", "100 new")
	w.step(load.quiet - time.Millisecond)
	w.want("before it is quiet")
	w.step(time.Millisecond)
	w.want("when it is quiet", fmt.Sprintf("-100 c-%02d", load.many-1), "-100 system", "-100 team")
}

func TestQueueHoldsABulkLoadForFiveSecondsAtMost(t *testing.T) {
	w := newWorld(t)
	for i := range load.many {
		w.queue.add(causeAdd, own(fmt.Sprintf("c-%02d", i)))
	}
	w.keys.take()
	elapsed := time.Duration(0)
	for ; elapsed < loadHold-10*time.Millisecond; elapsed += 10 * time.Millisecond {
		w.queue.add(causeAdd, own("late"))
		w.step(10 * time.Millisecond)
	}
	w.want("just before five seconds")
	w.step(10 * time.Millisecond)
	w.want("after five seconds, the load still running", fmt.Sprintf("-100 c-%02d", load.many-1), "-100 late")
}

func api(name string) relation.Ref {
	return relation.Ref{Kind: relation.API, Namespace: "shop", Name: name}
}

func TestQueueTellsSoonWhatIsDenied(t *testing.T) {
	w := newWorld(t)
	w.queue.connect(relation.API, w.keys)
	w.queue.wrote(api("pay"))
	w.queue.add(causeChange, []relation.Touched{{Ref: api("pay"), Counts: true}, {Ref: api("ship"), Counts: true}})
	w.queue.addDenied([]relation.Ref{component("cart"), api("pay"), api("ship")})
	w.want("at once but for the API that was just written", "0 ship", "200 cart", "200 ship")
	w.step(deniedGap - time.Millisecond)
	w.want("before its time")
	w.step(time.Millisecond)
	w.want("soon after the write", "200 pay")
}

func TestQueueTellsWhatIsDeniedDuringABulkLoad(t *testing.T) {
	w := newWorld(t)
	w.queue.connect(relation.API, w.keys)
	for i := range load.many {
		w.queue.add(causeAdd, own(fmt.Sprintf("c-%02d", i)))
	}
	w.keys.take()
	w.queue.add(causeAdd, append(own("cart"), relation.Touched{Ref: api("pay"), Counts: true}))
	w.want("as any other")
	w.queue.addDenied([]relation.Ref{component("cart"), api("pay")})
	w.want("at once", "200 cart", "200 pay")
}

func TestQueueTakesTheEarlierOfTwoTimes(t *testing.T) {
	counts := func(w *world) { w.queue.add(causeChange, onlyCounts("cart")) }
	workload := func(w *world) { w.queue.add(causeWorkload, own("cart")) }
	for name, order := range map[string][]func(*world){
		"counts first": {counts, workload}, "the workload first": {workload, counts},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.queue.wrote(component("cart"))
			for _, add := range order {
				add(w)
			}
			w.step(workloadGap)
			w.want("when the workload's time has come", "-100 cart")
			w.step(time.Minute)
			w.want("later")
		})
	}
}

func TestQueueForgetsOldWrites(t *testing.T) {
	w := newWorld(t)
	for i := range 1000 {
		w.queue.wrote(component(fmt.Sprintf("c-%d", i)))
		w.clock.Step(10 * time.Millisecond)
	}
	if got := len(w.queue.written.at); got > 102 {
		t.Errorf("%d writes are remembered, want those of the last second", got)
	}
	if got := len(w.queue.written.moments); got > 102 {
		t.Errorf("%d writes are queued, want those of the last second", got)
	}
}

func TestQueueDropsWhatComesBeforeItIsConnected(t *testing.T) {
	q := newQueue(testingclock.NewFakeClock(time.Now()))
	q.add(causeEdit, own("cart"))
	if q.flush() {
		t.Error("a key is held for a controller that begins with all of them")
	}
}

func TestQueueRunsUntilNothingIsHeldAndBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, k := newQueue(clock.RealClock{}), &keys{}
		q.connect(relation.Component, k)
		go q.run(t.Context())
		for range 2 {
			q.wrote(component("team"))
			q.add(causeChange, onlyCounts("team"))
			<-time.After(countsGap + 2*tick) // the bubble's time: nobody waits
			synctest.Wait()
			if got := k.take(); !slices.Equal(got, []string{"-100 team"}) {
				t.Errorf("keys %q, want that of team", got)
			}
			if q.depth() != 0 {
				t.Errorf("%d keys are held, want none", q.depth())
			}
		}
	})
}

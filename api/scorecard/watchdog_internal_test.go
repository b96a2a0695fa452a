package scorecard

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// slow is a list of which each element takes a millisecond, and which costs no more than another.
type slow struct{ traits.Lister }

func (s slow) Iterator() traits.Iterator { return slowIterator{s.Lister.Iterator()} }

type slowIterator struct{ traits.Iterator }

func (s slowIterator) Next() ref.Val {
	time.Sleep(time.Millisecond)
	return s.Iterator.Next()
}

// slowOnce is slow the first time, as what waits for a processor.
type slowOnce struct {
	slow
	times int
}

func (s *slowOnce) Iterator() traits.Iterator {
	if s.times++; s.times == 1 {
		return s.slow.Iterator()
	}
	return s.Lister.Iterator()
}

// TestSlowChecksEnd holds that time is a limit of each check, and that what follows has its own.
func TestSlowChecksEnd(t *testing.T) {
	in := Input{}
	o, err := NewObject(apitest.Component("shop", "checkout"))
	if err != nil {
		t.Fatal(err)
	}
	in.Entity = o
	s := NewSubject(in)
	s.vars[4] = slow{newList(twoHundred())}
	sc := &catalog.Scorecard{}
	score := int32(80)
	sc.Spec.Passing.Score = &score
	sc.Spec.AppliesTo.Kinds = []catalog.ScoredKind{"Component"}
	sc.Spec.Checks = []catalog.ScorecardCheck{
		{Name: "a", Expression: "true"}, {Name: "b", Expression: "workloads.all(w, true)"},
		{Name: "c", Expression: "[1, 2, 3, 4, 5, 6, 7, 8].all(n, n > 0)"},
	}
	c, errs := Compile(sc, Admission)
	if len(errs) > 0 {
		t.Fatal(errs.ToAggregate())
	}
	for range 3 { // a watchdog that barked is not used again
		start := time.Now()
		r, _ := c.Evaluate(t.Context(), s)
		for _, k := range r.Checks {
			want := catalog.OutcomePass
			if k.Check == "b" {
				want = catalog.OutcomeError
			}
			if k.Outcome != want || want == catalog.OutcomeError && k.Message != errSlow.Error() {
				t.Errorf("%s is %s %q, want %s", k.Check, k.Outcome, k.Message, want)
			}
		}
		if took := time.Since(start); took < tries*timeLimit || took > time.Minute {
			t.Errorf("took %v", took)
		}
	}
	once := &slowOnce{slow: slow{newList(twoHundred())}}
	s.vars[4] = once
	if r, _ := c.Evaluate(t.Context(), s); r.Percent != 100 || once.times != 2 {
		t.Errorf("slow once: %d%% after %d times", r.Percent, once.times)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	w := newWatchdog(cancelled, s)
	defer w.stop()
	<-w.Done()
	if !errors.Is(w.Err(), context.Canceled) {
		t.Errorf("with a caller that has gone: %v", w.Err())
	}
}

func twoHundred() []ref.Val {
	out := make([]ref.Val, 200)
	for i := range out {
		out[i] = types.True
	}
	return out
}

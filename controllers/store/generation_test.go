package store

import (
	"slices"
	"testing"
	"time"

	testingclock "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"

	"github.com/callboard-dev/callboard/api/relation"
)

// handed notes the keys that a queue hands on.
type handed struct {
	priorityqueue.PriorityQueue[relation.Ref]
	keys []relation.Ref
}

func (h *handed) AddWithOpts(_ priorityqueue.AddOpts, keys ...relation.Ref) {
	h.keys = append(h.keys, keys...)
}

func TestAnUnseenGenerationWaitsAndASeenOneDoesNot(t *testing.T) {
	component := relation.Ref{Kind: relation.Component, Namespace: "shop", Name: "cart"}
	system := relation.Ref{Kind: relation.System, Namespace: "shop", Name: "shop"}
	touched := []relation.Touched{{Ref: component}, {Ref: system, Counts: true}}
	begin := func() (*queue, *handed, *testingclock.FakeClock) {
		clk, h := testingclock.NewFakeClock(time.Unix(1_000_000, 0)), &handed{}
		q := newQueue(clk)
		for _, k := range relation.Kinds() {
			q.connect(k, h)
		}
		return q, h, clk
	}

	q, h, clk := begin()
	q.add(causeUnseen, touched)
	clk.Step(unseenGap - time.Millisecond)
	if q.flush(); len(h.keys) > 0 {
		t.Errorf("handed on %v before the workload's controller had its time", h.keys)
	}
	clk.Step(time.Millisecond)
	if q.flush(); len(h.keys) != 2 {
		t.Errorf("handed on %v after that time, want both", h.keys)
	}

	q, h, _ = begin()
	q.add(causeUnseen, touched)
	q.add(causeWorkload, touched)
	q.flush()
	if !slices.Contains(h.keys, component) || !slices.Contains(h.keys, system) {
		t.Errorf("handed on %v once the controller had looked, want both at once", h.keys)
	}
}

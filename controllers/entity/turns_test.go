package entity

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// seen is a status that was decided on a generation.
func seen(generation int64, ready metav1.ConditionStatus, denied int32) *catalog.EntityStatus {
	return &catalog.EntityStatus{
		ObservedGeneration: &generation,
		Conditions:         []metav1.Condition{{Type: catalog.ConditionReady, Status: ready}},
		Summary:            catalog.Summary{Denied: &denied},
	}
}

func TestUrgent(t *testing.T) {
	cases := map[string]struct {
		before, after *catalog.EntityStatus
		want          bool
	}{
		"a new entity in which nothing is wrong": {seen(-1, "Unknown", 0), seen(1, "True", 0), false},
		"the same that was never looked at":      {&catalog.EntityStatus{}, seen(1, "True", 0), false},
		"a new entity in which something is":     {&catalog.EntityStatus{}, seen(1, "False", 0), true},
		"an edit":                                {seen(1, "True", 0), seen(2, "True", 0), false},
		"what turns wrong":                       {seen(1, "True", 0), seen(1, "False", 0), true},
		"what stays wrong":                       {seen(1, "False", 0), seen(2, "False", 0), false},
		"what turns right":                       {seen(1, "False", 0), seen(1, "True", 0), false},
		"more is denied":                         {seen(1, "True", 0), seen(1, "True", 1), true},
		"less is denied":                         {seen(1, "True", 1), seen(1, "True", 0), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := urgent(tc.before, tc.after); got != tc.want {
				t.Errorf("urgent() = %t, want %t", got, tc.want)
			}
		})
	}
}

func TestTurns(t *testing.T) {
	cases := map[string]struct {
		busy  bool
		after *catalog.EntityStatus
		want  time.Duration // until the last of three that take 10 ms has begun
	}{
		"they go side by side while nobody asks":   {false, seen(2, "True", 0), 0},
		"they go one after another while many ask": {true, seen(2, "True", 0), 20 * time.Millisecond},
		"what is urgent goes at once":              {true, seen(2, "False", 0), 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				turns, began := newTurns(func() bool { return tc.busy }), time.Now()
				var last atomic.Int64
				for range 3 {
					go func() {
						defer turns.take(t.Context(), seen(1, "True", 0), tc.after)()
						last.Store(int64(time.Since(began)))
						time.Sleep(10 * time.Millisecond)
					}()
				}
				time.Sleep(time.Second)
				if got := time.Duration(last.Load()); got != tc.want {
					t.Errorf("the last began after %s, want %s", got, tc.want)
				}
			})
		})
	}
}

func TestTurnIsNotWaitedForForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(func() bool { return true })
		first := turns.take(t.Context(), &catalog.EntityStatus{}, seen(1, "True", 0))
		began := time.Now()
		turns.take(t.Context(), &catalog.EntityStatus{}, seen(1, "True", 0))()
		if took := time.Since(began); took != patience {
			t.Errorf("waited for %s, want %s", took, patience)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		began = time.Now()
		turns.take(ended, &catalog.EntityStatus{}, seen(1, "True", 0))()
		if took := time.Since(began); took != 0 {
			t.Errorf("waited for %s after the end, want not at all", took)
		}
		first()
		turns.take(t.Context(), &catalog.EntityStatus{}, seen(1, "True", 0))()
		if took := time.Since(began); took != 0 {
			t.Errorf("waited for %s though nobody writes, want not at all", took)
		}
	})
}

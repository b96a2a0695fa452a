package store

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"
)

func TestBusyWhileAdmissionIsAskedOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{asked: newAsked(clock.RealClock{})}
		s.Rushed = func(bool) {}
		ask := func(n int, every time.Duration) {
			for range n {
				time.Sleep(every)
				s.Asked()
			}
		}
		ask(9, 50*time.Millisecond)
		if s.Busy() {
			t.Error("busy after 9 requests, want 10 first")
		}
		ask(1, 50*time.Millisecond)
		if !s.Busy() {
			t.Error("not busy after 10 requests within half a second")
		}
		time.Sleep(100 * time.Millisecond)
		if s.Busy() {
			t.Error("busy 100 ms after the last request")
		}
		ask(30, 120*time.Millisecond)
		if s.Busy() {
			t.Error("busy at 8 requests a second")
		}
		time.Sleep(calm) // its timer ends with it
	})
}

func TestRushThatGoesOnIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Store{asked: newAsked(clock.RealClock{})}
		var told []bool
		s.Rushed = func(is bool) { told = append(told, is) }
		for range 25 * 20 {
			time.Sleep(50 * time.Millisecond)
			s.Asked()
		}
		synctest.Wait()
		if diff := cmp.Diff([]bool{true}, told); diff != "" {
			t.Errorf("told while it goes on (-want +got):\n%s", diff)
		}
		time.Sleep(calm)
		synctest.Wait()
		if diff := cmp.Diff([]bool{true, false}, told); diff != "" {
			t.Errorf("told after it (-want +got):\n%s", diff)
		}
	})
}

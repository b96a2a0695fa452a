package store

import (
	"sync"
	"time"
)

// often is how many calls of admission are a reason to let others wait.
var often = rush{many: 10, within: time.Second, quiet: 100 * time.Millisecond}

// calm is how long after the last rush there counts as none.
const calm = 10 * time.Second

// asked is how often admission is asked.
type asked struct {
	clock Clock

	mu      sync.Mutex
	calls   *ring
	rushing bool
	last    time.Time // when there was a rush
}

func newAsked(clk Clock) *asked { return &asked{clock: clk, calls: newRing(often)} }

// Asked notes that admission is asked.
func (s *Store) Asked() {
	a := s.asked
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	a.calls.note(now)
	if !a.calls.busy(now) {
		return
	}
	a.last = now
	if !a.rushing {
		a.rushing = true
		s.Rushed(true)
		a.clock.AfterFunc(calm, s.calmed)
	}
}

// calmed ends a rush, if there was none lately.
func (s *Store) calmed() {
	a := s.asked
	a.mu.Lock()
	defer a.mu.Unlock()
	if left := calm - a.clock.Since(a.last); left > 0 {
		a.clock.AfterFunc(left, s.calmed)
		return
	}
	a.rushing = false
	s.Rushed(false)
}

// Busy says whether admission is asked so often that what is not urgent should give way: ten times within a second, and
// the last time less than 100 ms ago.
func (s *Store) Busy() bool {
	s.asked.mu.Lock()
	defer s.asked.mu.Unlock()
	return s.asked.calls.busy(s.asked.clock.Now())
}

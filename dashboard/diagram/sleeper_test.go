package diagram

import (
	"context"
	"errors"
	"testing"
	"time"
)

func awake(s *sleeper) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.engine != nil && s.engine.Started()
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func TestSleeperSleepsWhenNobodyDraws(t *testing.T) {
	told := make(chan bool, 100)
	s := newSleeper(1, 50*time.Millisecond, func(used bool) { told <- used })
	if awake(s) {
		t.Fatal("it is awake before anybody wants it")
	}
	for range 2 { // it wakes again
		s.wake()
		eventually(t, "awake", func() bool { return awake(s) })
		eventually(t, "asleep", func() bool { return !awake(s) })
	}
	out, err := s.layout(t.Context(), []byte("digraph{a->b}"))
	if err != nil || len(out.Nodes) == 0 {
		t.Errorf("layout() of one that sleeps = %+v, %v", out, err)
	}
	if err := s.close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, want := range []bool{true, false, true, false, true} {
		if used := <-told; used != want {
			t.Errorf("it is told that it is used: %t, want %t", used, want)
		}
	}
}

func TestSleeperStaysAwakeWhileItIsUsed(t *testing.T) {
	s := newSleeper(1, time.Millisecond, nil)
	e, err := s.take()
	if err != nil || e.Start() != nil {
		t.Fatal(err)
	}
	s.wake() // and is released at once
	time.Sleep(50 * time.Millisecond)
	if !awake(s) {
		t.Error("it sleeps while somebody uses it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := s.close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close() = %v while somebody uses it, want the deadline", err)
	}
	if _, err := s.layout(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("layout() = %v when it is closed, want %v", err, ErrClosed)
	}
	s.release()
	eventually(t, "all have gone", func() bool {
		select {
		case <-s.done:
			return true
		default:
			return false
		}
	})
}

package diagram

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"github.com/callboard-dev/callboard/dashboard/diagram/graphviz"
)

// idle is after how long without a layout the engine is let go: it holds some 30 MiB.
const idle = 10 * time.Minute

// sleeper runs an engine as long as it is used. It is safe for concurrent use.
type sleeper struct {
	instances int
	idle      time.Duration
	used      func(bool) // is told of the first use after none, and when there has been none for long

	mu     sync.Mutex
	engine *graphviz.Engine // nil while asleep
	users  int
	asleep *time.Timer // fires when the engine has been idle
	turn   int         // counts the uses: a timer of an earlier one means nothing
	closed bool
	done   chan struct{} // closed when it is closed and the last user has gone
}

func newSleeper(instances int, idle time.Duration, used func(bool)) *sleeper {
	if used == nil {
		used = func(bool) {}
	}
	return &sleeper{instances: instances, idle: idle, used: used, done: make(chan struct{})}
}

// ErrClosed is returned for what would have to be placed by a renderer that is closed.
var ErrClosed = errors.New("the renderer is closed")

// layout places a graph.
func (s *sleeper) layout(ctx context.Context, dot []byte) (*graphviz.Placed, error) {
	e, err := s.take()
	if err != nil {
		return nil, err
	}
	defer s.release()
	return e.Layout(ctx, dot)
}

// wake starts the engine in the background, if it is asleep; else it stays awake for longer.
func (s *sleeper) wake() {
	e, err := s.take()
	if err != nil {
		return
	}
	if e.Started() {
		s.release()
		return
	}
	go func() {
		defer s.release()
		_ = e.Start() // a layout tells of the error
	}()
}

func (s *sleeper) take() (*graphviz.Engine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if s.engine == nil {
		s.engine = &graphviz.Engine{Instances: s.instances}
		s.used(true)
	}
	s.users++
	s.turn++
	if s.asleep != nil {
		s.asleep.Stop()
	}
	return s.engine, nil
}

func (s *sleeper) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	if s.closed {
		close(s.done)
		return
	}
	turn := s.turn
	s.asleep = time.AfterFunc(s.idle, func() { s.sleep(turn) })
}

// sleep lets the engine go, unless it has been used since.
func (s *sleeper) sleep(turn int) {
	s.mu.Lock()
	if s.turn != turn || s.closed {
		s.mu.Unlock()
		return
	}
	e := s.engine
	s.engine = nil
	s.used(false)
	s.mu.Unlock()
	_ = e.Close(context.Background()) // what it cannot free is garbage now
	debug.FreeOSMemory()              // nobody looks, so nobody waits
}

// close lets the engine go when its last user has gone.
func (s *sleeper) close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	if s.asleep != nil {
		s.asleep.Stop()
	}
	if s.users == 0 {
		close(s.done)
	}
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.engine == nil {
		return nil
	}
	return s.engine.Close(ctx)
}

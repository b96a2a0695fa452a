package scorecard

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// A check may take timeLimit for all that it runs: when, expression, message and evidence. It is for what is slow and costs
// little, of which none is known: costLimit ends the others long before. A process that waits for a processor is slow too,
// and its checks shall not pay for that. So time is counted in ticks that came, of which there is one after a wait, and what
// was interrupted gets another try.
const (
	tick      = 5 * time.Millisecond
	ticks     = 8
	timeLimit = ticks * tick
	tries     = 2
	// rounds is after how many rounds of a loop it is looked at.
	rounds = 4
)

var (
	errSlow  = fmt.Errorf("took longer than %v", timeLimit)
	errCosts = fmt.Errorf("costs more than %d units: ask for less", costLimit)
)

// watchdog runs the expressions of a Scorecard on an entity, and gives each check its own time. It is the context and the
// variables of the frame in which they run. To make all that costs more than most expressions, so it is used again, by the
// next check and by the next entity, unless it had to interrupt one.
type watchdog struct {
	*bindings
	small  Variables  // that may be read without counting the costs
	mu     sync.Mutex // of caller, which a tick reads
	caller context.Context
	frame  *interpreter.ExecutionFrame
	timer  *time.Timer
	done   chan struct{} // closed when a check is to be interrupted
	check  atomic.Uint64 // counts the checks
	seen   uint64        // the check at the last tick
	left   int           // ticks that it has left
	made   int           // what the check made, in bytes
}

var watchdogs sync.Pool

func newWatchdog(ctx context.Context, s *Subject) *watchdog {
	w, ok := watchdogs.Get().(*watchdog)
	if !ok {
		w = &watchdog{done: make(chan struct{}), left: ticks}
		w.timer = time.AfterFunc(time.Hour, w.tick)
		w.frame, _ = interpreter.NewExecutionFrame(w) // takes any Activation
		_ = w.frame.SetContext(w, rounds)             // a new frame has none
	}
	w.call(ctx)
	w.bindings, w.small = &s.vars, s.small
	w.next()
	w.timer.Reset(tick)
	return w
}

// tick interrupts the check that has been running for too many of them. No two run at a time: each sets the timer for the
// next.
func (w *watchdog) tick() {
	if now := w.check.Load(); now != w.seen {
		w.seen, w.left = now, ticks
	}
	if w.left--; w.left < 0 || w.cancelled() {
		close(w.done)
		return
	}
	w.timer.Reset(tick)
}

func (w *watchdog) call(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.caller = ctx
}

// cancelled says whether the caller waits no longer.
func (w *watchdog) cancelled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.caller.Err() != nil
}

// next begins a check.
func (w *watchdog) next() {
	w.made = 0
	w.check.Add(1)
}

// interrupted says whether it has ended a check. It is of no use any more then.
func (w *watchdog) interrupted() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

func (w *watchdog) stop() {
	if !w.timer.Stop() || w.interrupted() { // a tick may be running: nobody else shall get it
		w.frame.Close()
		return
	}
	w.call(context.Background()) // lets go of the caller's
	w.bindings = nil
	watchdogs.Put(w)
}

// again is a watchdog for the next check: another one if this one had to interrupt the last.
func (w *watchdog) again(s *Subject) *watchdog {
	if w.interrupted() {
		w.stop()
		return newWatchdog(w.caller, s)
	}
	w.next()
	return w
}

// ResolveName implements cel-go's Activation.
func (w *watchdog) ResolveName(name string) (any, bool) {
	if name == made {
		return &w.made, true
	}
	return w.bindings.ResolveName(name)
}

// Done implements context.Context.
func (w *watchdog) Done() <-chan struct{} { return w.done }

// Err implements context.Context.
func (w *watchdog) Err() error {
	switch {
	case !w.interrupted():
		return nil
	case w.cancelled():
		return w.caller.Err()
	}
	return errSlow
}

// Deadline implements context.Context.
func (*watchdog) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// Value implements context.Context.
func (*watchdog) Value(any) any { return nil }

// AfterFunc is what the context package asks of a context that is not its own, lest it start a goroutine: what CEL derives
// from a watchdog is never waited for.
func (*watchdog) AfterFunc(func()) (stop func() bool) { return func() bool { return true } }

// eval runs an expression. A panic of a library is an error.
func (p *program) eval(w *watchdog) (ref.Val, error) {
	run := p.run
	if p.plain != nil && w.small.Has(p.reads) {
		run = p.plain
	}
	v, _, err := run.Eval(w.frame)
	return v, w.plain(err)
}

// plain says in our own words what went wrong.
func (w *watchdog) plain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, interpreter.InterruptError{}):
		return w.Err()
	case strings.Contains(err.Error(), "actual cost limit exceeded"):
		return errCosts
	}
	return err
}

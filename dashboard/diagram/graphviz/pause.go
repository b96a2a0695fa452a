package graphviz

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// pauses are functions that the program calls now and then whatever it is at: some 300 times in a layout of 20 nodes, a
// millisecond apart where it computes most. When it calls one of them it comes back to Go. The machine code itself cannot be
// interrupted: without pauses all goroutines would wait for the end of a layout each time when the collector has to stop the
// world, which it does several times in a cycle.
var pauses = []string{
	"agnode", "dtopen", "rank2", "safe_dcl", "rec_save_vlists", "enqueue_neighbors", "virtual_node", "qsort", "Proutespline",
}

// slice is how long a layout runs, at most, before others have their turn who wait for a processor.
const slice = 2 * time.Millisecond

// pausing listens to the pauses alone: a call of any other function costs nothing more.
var pausing experimental.FunctionListenerFactory = experimental.FunctionListenerFactoryFunc(func(f api.FunctionDefinition) experimental.FunctionListener {
	if slices.ContainsFunc(f.ExportNames(), func(name string) bool { return slices.Contains(pauses, name) }) {
		return pause
	}
	return nil
})

var pause = experimental.FunctionListenerFunc(func(ctx context.Context, _ api.Module, _ api.FunctionDefinition, _ []uint64, _ experimental.StackIterator) {
	if t, ok := ctx.Value(turnKey{}).(*turn); ok {
		t.pause()
	}
})

// turnKey is where the context of a layout holds its turn.
type turnKey struct{}

// turn is since when a layout has a processor for itself.
type turn struct{ since time.Time }

func withTurn(ctx context.Context) context.Context {
	return context.WithValue(ctx, turnKey{}, &turn{time.Now()})
}

func (t *turn) pause() {
	if time.Since(t.since) < slice {
		return
	}
	runtime.Gosched()
	t.since = time.Now()
}

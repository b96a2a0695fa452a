// Package graphviz computes layouts with Graphviz, compiled to WebAssembly and run by wazero: no C, no process, and no
// way out of its memory. Each layout begins in a memory that knows nothing of the ones before.
package graphviz

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// program is Graphviz: see README.md for where it comes from.
//
//go:embed graphviz.wasm.gz
var program []byte

// What an instance may use, in pages of 64 KiB.
const (
	pagesMax  = 1024 // a layout that needs more fails
	pagesFree = 512  // and is given from the start; an instance that has grown over this is replaced
)

// maxProgram is how long the program may be when it is unpacked.
const maxProgram = 4 << 20

// ErrBroken is returned for a layout that Graphviz gave up.
var ErrBroken = errors.New("graphviz gave up")

// compiled holds the machine code of the program as long as an engine runs: all of a process share it.
var compiled struct {
	sync.Mutex
	engines int
	cache   wazero.CompilationCache
}

func shareCode() wazero.CompilationCache {
	compiled.Lock()
	defer compiled.Unlock()
	if compiled.engines++; compiled.engines == 1 {
		compiled.cache = wazero.NewCompilationCache()
	}
	return compiled.cache
}

func leaveCode(ctx context.Context) error {
	compiled.Lock()
	defer compiled.Unlock()
	if compiled.engines--; compiled.engines > 0 {
		return nil
	}
	return compiled.cache.Close(ctx)
}

// Engine runs Graphviz, in a few instances at a time. The zero value is ready, costs nothing before its first layout, and
// runs one instance; it is safe for concurrent use and must not be copied.
type Engine struct {
	// Instances is how many layouts run at once, at most: 1 if zero. It is read at the first layout.
	Instances int

	once    sync.Once
	err     error
	started atomic.Bool
	runtime wazero.Runtime
	code    wazero.CompiledModule
	slots   chan *instance // nil where none is made yet
}

// Layout reads a graph in the DOT language and returns it, placed by the engine dot. The same input has the same output. It waits as long as the context lasts. What has begun goes on in its instance to the end, for
// the code that could be stopped runs at a quarter of the speed: who calls bounds the graph.
func (e *Engine) Layout(ctx context.Context, dot []byte) (*Placed, error) {
	if err := e.Start(); err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a layout: %w", context.Cause(ctx))
	case i := <-e.slots:
		if ctx.Err() != nil { // both were ready
			e.slots <- i
			return nil, fmt.Errorf("wait for a layout: %w", context.Cause(ctx))
		}
		return e.compute(ctx, i, dot)
	}
}

// compute places a graph in an instance and gives the instance back when it is through, even if nobody waits any more.
func (e *Engine) compute(ctx context.Context, i *instance, dot []byte) (*Placed, error) {
	type answer struct {
		out *Placed
		err error
	}
	done := make(chan answer, 1)
	go func() {
		out, i, err := e.layout(context.WithoutCancel(ctx), i, dot)
		e.slots <- i
		done <- answer{out, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("compute a layout: %w", context.Cause(ctx))
	case a := <-done:
		return a.out, a.err
	}
}

// layout computes in an instance, and returns one to go on with: nil if it is spent.
func (e *Engine) layout(ctx context.Context, i *instance, dot []byte) (*Placed, *instance, error) {
	if i == nil {
		var err error
		if i, err = e.instantiate(ctx); err != nil {
			return nil, nil, err
		}
	}
	out, err := i.layout(ctx, dot)
	if err == nil && !i.spent() {
		err = i.reset()
	}
	if err != nil || i.spent() {
		_ = i.module.Close(ctx) // its memory is all it has
		i = nil
	}
	return out, i, err
}

// Start compiles Graphviz if no engine has, which takes about a second. Layout does it, too.
func (e *Engine) Start() error {
	e.once.Do(func() {
		e.slots = make(chan *instance, max(1, e.Instances))
		for range cap(e.slots) {
			e.slots <- nil
		}
		e.err = e.compile(context.Background()) // for all to come, so not within the time of the first
		e.started.Store(true)
	})
	return e.err
}

func (e *Engine) compile(ctx context.Context) error {
	unzip, err := gzip.NewReader(bytes.NewReader(program))
	if err != nil {
		return fmt.Errorf("unpack Graphviz: %w", err)
	}
	binary, err := io.ReadAll(io.LimitReader(unzip, maxProgram))
	if err != nil {
		return fmt.Errorf("unpack Graphviz: %w", err)
	}
	e.runtime = wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithMemoryLimitPages(pagesMax).WithCompilationCache(shareCode()))
	if e.code, err = e.runtime.CompileModule(experimental.WithFunctionListenerFactory(ctx, pausing), binary); err != nil {
		return fmt.Errorf("compile Graphviz: %w", err)
	}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, e.runtime); err != nil {
		return fmt.Errorf("prepare Graphviz: %w", err)
	}
	return e.closeBridges(ctx)
}

// Started says whether Graphviz has been compiled.
func (e *Engine) Started() bool { return e.started.Load() }

// Close frees all that the engine holds, once the layouts that run have ended. None can be made after it.
func (e *Engine) Close(ctx context.Context) error {
	e.once.Do(func() { e.err = errors.New("the engine is closed") })
	if e.runtime == nil {
		return nil
	}
	for taken := range cap(e.slots) {
		select {
		case <-e.slots:
		case <-ctx.Done():
			for range taken { // it can be tried again
				e.slots <- nil
			}
			return fmt.Errorf("wait for layouts: %w", context.Cause(ctx))
		}
	}
	return errors.Join(e.runtime.Close(ctx), leaveCode(ctx))
}

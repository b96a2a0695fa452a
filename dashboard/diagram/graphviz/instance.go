package graphviz

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// bridge is the module that the program imports functions from for what we do not use: plug-ins written in Go.
const bridge = "env"

// closeBridges gives the program functions to import that end the layout if they are ever called.
func (e *Engine) closeBridges(ctx context.Context) error {
	host := e.runtime.NewHostModuleBuilder(bridge)
	for _, f := range e.code.ImportedFunctions() {
		if module, name, _ := f.Import(); module == bridge {
			closed := api.GoModuleFunc(func(context.Context, api.Module, []uint64) { panic("call of " + name) })
			host.NewFunctionBuilder().WithGoModuleFunction(closed, f.ParamTypes(), f.ResultTypes()).Export(name)
		}
	}
	if _, err := host.Instantiate(ctx); err != nil {
		return fmt.Errorf("prepare Graphviz: %w", err)
	}
	return nil
}

// instance is one memory with Graphviz in it.
type instance struct {
	module  api.Module
	memory  *memory
	context uint64 // Graphviz' own, a GVC_t
	engine  uint64 // the word dot
	words   [attributes]uint64
	fresh   []chunk // the memory before the first layout
	size    uint32  // of the memory, then

	functions map[string]api.Function
	stack     [8]uint64 // of numbers that a function takes, or returns
}

// The attributes of a graph that has been placed, by which they are asked for.
const (
	attributeBox = iota
	attributePosition
	attributeWords
	attributeID
	attributes
)

var attributeWord = [attributes]string{attributeBox: "bb", attributePosition: "pos", attributeWords: "lp", attributeID: "id"}

func (e *Engine) instantiate(ctx context.Context) (*instance, error) {
	i := &instance{functions: map[string]api.Function{}}
	var failed error
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		i.memory, failed = newMemory(most)
		if failed != nil {
			return &memory{} // of no size
		}
		return i.memory
	}))
	module, err := e.runtime.InstantiateModule(ctx, e.code, wazero.NewModuleConfig().WithName(""))
	if err = errors.Join(failed, err); err != nil {
		return nil, fmt.Errorf("start Graphviz: %w", err)
	}
	i.module = module
	if err := i.prepare(ctx); err != nil {
		_ = module.Close(ctx) // its memory is all it has
		return nil, fmt.Errorf("start Graphviz: %w", err)
	}
	return i, nil
}

// prepare makes what all layouts need, and remembers the memory as it is then.
func (i *instance) prepare(ctx context.Context) error {
	if ctors := i.module.ExportedFunction("__wasm_call_ctors"); ctors != nil {
		if _, err := ctors.Call(ctx); err != nil {
			return err
		}
	}
	plugins, err := i.plugins(ctx)
	if err != nil {
		return err
	}
	if i.context, err = i.call(ctx, "gvContextPlugins", plugins, 0); err != nil {
		return err
	}
	if i.engine, err = i.text(ctx, []byte("dot")); err != nil {
		return err
	}
	for a, word := range attributeWord {
		if i.words[a], err = i.text(ctx, []byte(word)); err != nil {
			return err
		}
	}
	if err := i.stretch(ctx); err != nil {
		return err
	}
	i.size = i.module.Memory().Size()
	all, _ := i.module.Memory().Read(0, i.size)
	i.fresh = chunks(all)
	return nil
}

// stretch lets the program have the memory that most layouts need, and takes it back: it knows it as free then. A memory
// that grows later cannot be made smaller.
func (i *instance) stretch(ctx context.Context) error {
	at, err := i.call(ctx, "malloc", pagesFree<<16)
	if err != nil {
		return err
	}
	_, err = i.call(ctx, "free", at)
	return err
}

// spent says that the memory has grown.
func (i *instance) spent() bool { return i.module.Memory().Size() > i.size }

// plugins is the list that gvContextPlugins takes, made of the one that the program gives, a Go slice of pointers to
// pairs of pointers.
func (i *instance) plugins(ctx context.Context) (uint64, error) {
	at, err := i.call(ctx, "malloc", 4)
	if err != nil {
		return 0, err
	}
	if _, err := i.call(ctx, "wasm_bridge_SymList_default", at); err != nil {
		return 0, err
	}
	header := i.word(uint32(at))
	count, data := i.word(header), i.word(header+4)
	list, err := i.call(ctx, "calloc", uint64(count)+1, 8)
	if err != nil {
		return 0, err
	}
	for n := range count {
		pair := i.word(data + n*8)
		i.module.Memory().WriteUint32Le(uint32(list)+n*8, i.word(pair))
		i.module.Memory().WriteUint32Le(uint32(list)+n*8+4, i.word(pair+4))
	}
	return list, nil
}

// layout places a graph. The memory is used up after it: it is to be reset.
func (i *instance) layout(ctx context.Context, dot []byte) (*Placed, error) {
	ctx = withTurn(ctx)
	text, err := i.text(ctx, dot)
	if err != nil {
		return nil, err
	}
	graph, err := i.call(ctx, "agmemread", text)
	if err != nil {
		return nil, err
	}
	if graph == 0 {
		return nil, fmt.Errorf("%w: the graph cannot be read", ErrBroken)
	}
	if failed, err := i.call(ctx, "gvLayout", i.context, graph, i.engine); err != nil || failed != 0 {
		return nil, orBroken(err, "the graph cannot be placed")
	}
	if _, err := i.call(ctx, "attach_attrs", graph); err != nil {
		return nil, err
	}
	r := reading{instance: i, ctx: ctx}
	out := r.placed(graph)
	return out, r.err
}

func orBroken(err error, what string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", ErrBroken, what)
}

// reset puts the memory back to what it was before the first layout.
func (i *instance) reset() error {
	if err := i.memory.clear(); err != nil {
		return fmt.Errorf("clear the memory: %w", err)
	}
	for _, c := range i.fresh {
		copy(i.memory.all[c.at:], c.bytes)
	}
	return nil
}

// call calls a function of the program that returns one number, or none.
func (i *instance) call(ctx context.Context, name string, args ...uint64) (uint64, error) {
	f := i.functions[name]
	if f == nil {
		if f = i.module.ExportedFunction(name); f == nil {
			return 0, fmt.Errorf("%w: it has no function %s", ErrBroken, name)
		}
		i.functions[name] = f
	}
	i.stack = [len(i.stack)]uint64{}
	copy(i.stack[:], args)
	if err := f.CallWithStack(ctx, i.stack[:]); err != nil {
		return 0, fmt.Errorf("%w in %s: %w", ErrBroken, name, err)
	}
	if len(f.Definition().ResultTypes()) == 0 {
		return 0, nil
	}
	return i.stack[0], nil
}

// text copies a text into the memory, with the zero that ends it.
func (i *instance) text(ctx context.Context, text []byte) (uint64, error) {
	at, err := i.call(ctx, "malloc", uint64(len(text))+1)
	if err != nil {
		return 0, err
	}
	if at == 0 || !i.module.Memory().Write(uint32(at), append(bytes.Clone(text), 0)) {
		return 0, fmt.Errorf("%w: there is no memory for the graph", ErrBroken)
	}
	return at, nil
}

func (i *instance) word(at uint32) uint32 {
	w, _ := i.module.Memory().ReadUint32Le(at) // zero beyond the end, which no function takes for anything
	return w
}

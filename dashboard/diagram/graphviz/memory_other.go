//go:build !linux

package graphviz

// memory is what the program works in.
type memory struct{ all []byte }

// newMemory makes one that may grow to so many bytes.
func newMemory(most uint64) (*memory, error) { return &memory{make([]byte, most)}, nil }

// clear makes all of it zero.
func (m *memory) clear() error {
	clear(m.all)
	return nil
}

// Free gives it back. It is not to be used any more.
func (m *memory) Free() { m.all = nil }

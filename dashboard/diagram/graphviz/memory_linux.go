package graphviz

import (
	"fmt"
	"syscall"
)

// memory is what the program works in. It lies outside of Go's heap, so that the collector neither counts nor moves it,
// and takes room only where something was written.
type memory struct{ all []byte }

// newMemory makes one that may grow to so many bytes.
func newMemory(most uint64) (*memory, error) {
	all, err := syscall.Mmap(-1, 0, int(most), syscall.PROT_READ|syscall.PROT_WRITE, //nolint:gosec // it is bounded by pagesMax
		syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("map memory: %w", err)
	}
	return &memory{all}, nil
}

// clear makes all of it zero, and gives its room back.
func (m *memory) clear() error { return syscall.Madvise(m.all, syscall.MADV_DONTNEED) }

// Free gives it back. It is not to be used any more.
func (m *memory) Free() {
	_ = syscall.Munmap(m.all) // it is mapped
	m.all = nil
}

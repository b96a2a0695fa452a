package graphviz

import "bytes"

// Reallocate returns the first bytes of it; nil if there are not so many.
func (m *memory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.all)) {
		return nil
	}
	return m.all[:size]
}

// chunk is a part of a memory that is not zero.
type chunk struct {
	at    int
	bytes []byte
}

// chunkSize is that of a page of most processors.
const chunkSize = 4 << 10

// chunks are the parts of a memory that are not zero.
func chunks(all []byte) []chunk {
	var zero [chunkSize]byte
	var out []chunk
	for at := 0; at < len(all); at += chunkSize {
		part := all[at:min(at+chunkSize, len(all))]
		if bytes.Equal(part, zero[:len(part)]) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].at+len(out[n-1].bytes) == at {
			out[n-1].bytes = append(out[n-1].bytes, part...)
			continue
		}
		out = append(out, chunk{at, bytes.Clone(part)})
	}
	return out
}

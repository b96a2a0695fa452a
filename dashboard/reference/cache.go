package reference

import (
	"context"
	"errors"

	"github.com/callboard-dev/callboard/dashboard/lru"
)

// MaxCache is how many bytes of memory a cache of documents holds unless it is told otherwise.
const MaxCache = 128 << 20

// Key is a definition in the form that it has now: an object, and the generation of its spec.
type Key struct {
	UID        string
	Generation int64
}

// Cache keeps documents that have been parsed, as many as its bytes allow; those that were asked for last stay. It parses
// one at a time, so that memory stays within bounds. It is safe for concurrent use.
type Cache struct {
	parse chan struct{} // held while parsing
	kept  *lru.Cache[typed, parsed]
}

// typed is a definition with the type by which it is read.
type typed struct {
	Key
	kind string
}

type parsed struct {
	doc *Document
	err error
}

// NewCache makes a cache of so many bytes.
func NewCache(most int) *Cache {
	return &Cache{parse: make(chan struct{}, 1), kept: lru.New[typed, parsed](most)}
}

// Get returns the document of a definition, which is parsed if it is not held. The text is that of the key's generation.
// The error is an *Error if the definition is broken, and the context's if another one took too long to parse.
func (c *Cache) Get(ctx context.Context, key Key, kind, text string) (*Document, error) {
	at := typed{key, kind}
	if found, ok := c.kept.Get(at); ok {
		return found.doc, found.err
	}
	select {
	case c.parse <- struct{}{}:
		defer func() { <-c.parse }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if found, ok := c.kept.Get(at); ok { // somebody else wanted it too
		return found.doc, found.err
	}
	doc, err := Open(kind, text)
	cost := entrySize
	var broken *Error
	switch {
	case errors.As(err, &broken):
		cost += len(broken.Message) + (maxLine+entrySize)*len(broken.Excerpt)
	case err == nil:
		cost += int(doc.Cost())
	}
	c.kept.Put(at, parsed{doc, err}, cost)
	return doc, err
}

// Cost is how many bytes the documents hold that are kept.
func (c *Cache) Cost() int { return c.kept.Cost() }

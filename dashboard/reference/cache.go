package reference

import (
	lru "container/list"
	"context"
	"errors"
	"sync"
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
	most  int64

	mu    sync.Mutex
	cost  int64
	byKey map[Key]*lru.Element
	byUse *lru.List // of *cached, the last used first
}

type cached struct {
	key  Key
	kind string
	doc  *Document
	err  error
	cost int64
}

// NewCache makes a cache of so many bytes.
func NewCache(most int64) *Cache {
	return &Cache{parse: make(chan struct{}, 1), most: most, byKey: map[Key]*lru.Element{}, byUse: lru.New()}
}

// Get returns the document of a definition, which is parsed if it is not held. The text is that of the key's generation.
// The error is an *Error if the definition is broken, and the context's if another one took too long to parse.
func (c *Cache) Get(ctx context.Context, key Key, kind, text string) (*Document, error) {
	if found := c.find(key, kind); found != nil {
		return found.doc, found.err
	}
	select {
	case c.parse <- struct{}{}:
		defer func() { <-c.parse }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if found := c.find(key, kind); found != nil { // somebody else wanted it too
		return found.doc, found.err
	}
	made := &cached{key: key, kind: kind, cost: entrySize}
	made.doc, made.err = Open(kind, text)
	var broken *Error
	switch {
	case errors.As(made.err, &broken):
		made.cost += int64(len(broken.Message) + (maxLine+entrySize)*len(broken.Excerpt))
	case made.err == nil:
		made.cost += made.doc.Cost()
	}
	c.keep(made)
	return made.doc, made.err
}

// Cost is how many bytes the documents hold that are kept.
func (c *Cache) Cost() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cost
}

func (c *Cache) find(key Key, kind string) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.byKey[key]
	if at == nil {
		return nil
	}
	found, ok := at.Value.(*cached)
	if !ok || found.kind != kind {
		return nil
	}
	c.byUse.MoveToFront(at)
	return found
}

// keep adds a document, and lets go of those that were not asked for the longest. One that is too large is not kept.
func (c *Cache) keep(made *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(c.byKey[made.key])
	if made.cost > c.most {
		return
	}
	for c.cost+made.cost > c.most {
		c.drop(c.byUse.Back())
	}
	c.byKey[made.key] = c.byUse.PushFront(made)
	c.cost += made.cost
}

func (c *Cache) drop(at *lru.Element) {
	if at == nil {
		return
	}
	if gone, ok := c.byUse.Remove(at).(*cached); ok {
		delete(c.byKey, gone.key)
		c.cost -= gone.cost
	}
}

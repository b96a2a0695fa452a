// Package lru remembers values as long as there is room for them.
package lru

import (
	"container/list"
	"sync"
)

// Cache remembers values of which each takes some bytes. When there is no room for another one, it lets go of those that
// were not asked for the longest. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	most int

	mu    sync.Mutex
	cost  int
	byKey map[K]*list.Element
	byUse *list.List // of *entry[K, V], the last used first
}

type entry[K comparable, V any] struct {
	key   K
	value V
	cost  int
}

// New makes a cache that holds so many bytes.
func New[K comparable, V any](most int) *Cache[K, V] {
	return &Cache[K, V]{most: most, byKey: map[K]*list.Element{}, byUse: list.New()}
}

// Get is the value that was put for a key, if it is still there.
func (c *Cache[K, V]) Get(key K) (value V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, found := c.byKey[key]
	if !found {
		return value, false
	}
	c.byUse.MoveToFront(at)
	return entryOf[K, V](at).value, true
}

// Put remembers a value that takes so many bytes, with all that belongs to it, instead of what was put for the key before.
// What is larger than the cache is not remembered.
func (c *Cache[K, V]) Put(key K, value V, cost int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, found := c.byKey[key]; found {
		c.drop(at)
	}
	if cost > c.most {
		return
	}
	for c.cost > c.most-cost {
		c.drop(c.byUse.Back())
	}
	c.byKey[key] = c.byUse.PushFront(&entry[K, V]{key, value, cost})
	c.cost += cost
}

// Clear lets go of everything.
func (c *Cache[K, V]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cost = 0
	clear(c.byKey)
	c.byUse.Init()
}

// Cost is how many bytes the values take that are there.
func (c *Cache[K, V]) Cost() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cost
}

// Len is how many values are there.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.byKey)
}

func (c *Cache[K, V]) drop(at *list.Element) {
	gone := entryOf[K, V](at)
	c.byUse.Remove(at)
	delete(c.byKey, gone.key)
	c.cost -= gone.cost
}

func entryOf[K comparable, V any](at *list.Element) *entry[K, V] {
	return at.Value.(*entry[K, V]) //nolint:revive // nothing else is put there
}

// Package catalogtest holds a small catalog in memory, and readers of it, for tests of pages.
package catalogtest

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// Catalog is a catalog in memory: what an operator keeps, without one. It is safe for concurrent use.
type Catalog struct {
	*index.Index
	graph   *relation.Graph
	version atomic.Uint64 // of what the index does not hold
	changes atomic.Uint64

	mu         sync.RWMutex
	entities   map[relation.Ref]catalog.Entity
	cards      []*catalog.Scorecard
	exemptions []*catalog.Exemption
	live       map[relation.Ref]Live
}

// New makes a catalog of entities as they stand, with their statuses.
func New(entities ...catalog.Entity) *Catalog {
	c := &Catalog{Index: index.New(), graph: relation.NewGraph(), entities: map[relation.Ref]catalog.Entity{}}
	for _, e := range entities {
		c.Put(e)
	}
	return c
}

// Put adds an entity, or replaces it. What is changed in it later is found only once it is put again.
func (c *Catalog) Put(e catalog.Entity) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.graph.Upsert(relation.FactsOf(e))
	c.entities[relation.RefOf(e)] = e
	if e, ok := e.DeepCopyObject().(catalog.Entity); ok {
		e.SetResourceVersion(strconv.FormatUint(c.changes.Add(1), 10))
		c.Keep(e)
	}
}

// Delete takes an entity away.
func (c *Catalog) Delete(ref relation.Ref) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.graph.Delete(ref)
	delete(c.entities, ref)
	c.Index.Delete(ref, "")
}

// Cards sets the Scorecards.
func (c *Catalog) Cards(all ...*catalog.Scorecard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cards = slices.SortedFunc(slices.Values(all), func(a, b *catalog.Scorecard) int { return strings.Compare(a.Name, b.Name) })
	c.version.Add(1)
}

// Exempt sets the Exemptions.
func (c *Catalog) Exempt(all ...*catalog.Exemption) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exemptions = all
	c.version.Add(1)
}

// Entities are all of them, in order.
func (c *Catalog) Entities() []catalog.Entity {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []catalog.Entity
	for _, e := range c.entities {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b catalog.Entity) int { return relation.Compare(relation.RefOf(a), relation.RefOf(b)) })
	return out
}

// Entity implements dashboard.Catalog.
func (c *Catalog) Entity(_ context.Context, ref relation.Ref) (catalog.Entity, bool, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entities[ref]
	return e, ok, nil
}

// Graph implements dashboard.Catalog.
func (c *Catalog) Graph() *relation.Graph { return c.graph }

// Status implements dashboard.Catalog.
func (c *Catalog) Status(ref relation.Ref) (*catalog.EntityStatus, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e, ok := c.entities[ref]
	if !ok {
		return nil, false
	}
	return e.EntityStatus(), true
}

// Scorecards implements dashboard.Catalog.
func (c *Catalog) Scorecards() []*catalog.Scorecard {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.cards
}

// Exemptions implements dashboard.Catalog.
func (c *Catalog) Exemptions() []*catalog.Exemption {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.exemptions
}

// Version implements dashboard.Catalog.
func (c *Catalog) Version() uint64 { return c.version.Load() + c.Index.Version() }

// Reader is a user with permissions that stand in a map.
type Reader struct {
	Name   string
	Groups []string
	// Everything lets the reader get all objects; else Scopes says what he may get.
	Everything bool
	Scopes     map[access.Resource]access.Scope
}

// User implements access.Reader.
func (r *Reader) User() access.User { return access.User{Name: r.Name, Groups: r.Groups} }

// Scope implements access.Reader.
func (r *Reader) Scope(_ context.Context, of access.Resource) (access.Scope, error) {
	if r.Everything {
		return access.Scope{All: true}, nil
	}
	return r.Scopes[of], nil
}

// May implements access.Reader.
func (r *Reader) May(ctx context.Context, of access.Resource, namespace string) (bool, error) {
	s, err := r.Scope(ctx, of)
	return s.Includes(namespace), err
}

// Door lets one reader in, who can be exchanged; nobody if it holds none. It is safe for concurrent use.
type Door struct {
	reader atomic.Pointer[Reader]
}

// DoorOf is a door for a reader; nil for nobody.
func DoorOf(r *Reader) *Door {
	d := &Door{}
	d.Set(r)
	return d
}

// Set exchanges the reader.
func (d *Door) Set(r *Reader) { d.reader.Store(r) }

// Reader implements access.Door.
func (d *Door) Reader(*http.Request) (access.Reader, error) {
	if r := d.reader.Load(); r != nil {
		return r, nil
	}
	return nil, access.ErrNobody
}

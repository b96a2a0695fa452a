package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/hack/harness"
)

// mirror is the catalog as a client sees it that watches. Events are decoded once they have stopped to come in, so that
// whoever measures does not take the processor from what is measured.
type mirror struct {
	mu       sync.Mutex
	arrived  []arrival // not decoded yet
	entities map[relation.Ref]catalog.Entity
	changed  map[relation.Ref]struct{} // whose status has changed since begin
	changes  []change                  // the same, one by one, in the order in which they arrived
	err      error
}

// arrival is an event as it came.
type arrival struct {
	kind relation.Kind
	line []byte
	at   time.Time
}

// change is a status that arrived.
type change struct {
	ref relation.Ref
	at  time.Time
}

// watch starts a mirror. It ends with the context.
func (c *cluster) watch(ctx context.Context) (*mirror, error) {
	m := &mirror{
		entities: map[relation.Ref]catalog.Entity{}, changed: map[relation.Ref]struct{}{},
	}
	for _, k := range relation.Kinds() {
		text, err := c.Admin.Do(ctx, http.MethodGet, harness.CollectionPath(k, ""), "", nil)
		if err != nil {
			return nil, err
		}
		var list struct {
			Metadata struct{ ResourceVersion string }
		}
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, fmt.Errorf("decode a list: %w", err)
		}
		entities, err := harness.DecodeList(k, text)
		if err != nil {
			return nil, err
		}
		for _, e := range entities {
			e.SetManagedFields(nil)
			m.entities[relation.RefOf(e)] = e
		}
		answer, err := c.Admin.Send(ctx, http.MethodGet, harness.CollectionPath(k, "")+"?watch=true&timeoutSeconds=86400&resourceVersion="+
			list.Metadata.ResourceVersion, "", nil)
		if err != nil {
			return nil, err
		}
		go m.follow(ctx, k, answer)
	}
	return m, nil
}

// follow takes in the events of one kind.
func (m *mirror) follow(ctx context.Context, k relation.Kind, answer *http.Response) {
	defer func() { _ = answer.Body.Close() }() // all that matters was read
	for r := bufio.NewReader(answer.Body); ; {
		line, err := r.ReadBytes('\n')
		if err == nil {
			m.mu.Lock()
			m.arrived = append(m.arrived, arrival{k, line, time.Now()})
			m.mu.Unlock()
			continue
		}
		if ctx.Err() == nil {
			m.mu.Lock()
			m.err = errors.Join(m.err, fmt.Errorf("watch %s: %w", k, err))
			m.mu.Unlock()
		}
		return
	}
}

// catchUp decodes what has arrived. It is called with the lock held.
func (m *mirror) catchUp() {
	for _, a := range m.arrived {
		if err := m.take(a.kind, a.line, a.at); err != nil {
			m.err = errors.Join(m.err, fmt.Errorf("watch %s: %w", a.kind, err))
		}
	}
	m.arrived = nil
}

func (m *mirror) take(k relation.Kind, line []byte, at time.Time) error {
	var event struct {
		Type   string
		Object json.RawMessage
	}
	if err := json.Unmarshal(line, &event); err != nil {
		return err
	}
	if event.Type == "ERROR" {
		return fmt.Errorf("the API server says %s", event.Object)
	}
	one := append(append([]byte(`{"items":[`), event.Object...), "]}"...)
	list, err := harness.DecodeList(k, one)
	if err != nil {
		return err
	}
	e := list[0]
	e.SetManagedFields(nil)
	ref := relation.RefOf(e)
	old := m.entities[ref]
	if event.Type == "DELETED" {
		delete(m.entities, ref)
	} else {
		m.entities[ref] = e
		if old != nil && !sameStatus(old.EntityStatus(), e.EntityStatus()) {
			m.changed[ref] = struct{}{}
			m.changes = append(m.changes, change{ref, at})
		}
	}
	return nil
}

// begin forgets the changes so far.
func (m *mirror) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.catchUp()
	m.changed, m.changes = map[relation.Ref]struct{}{}, nil
}

// settle waits until what should hold does and nothing has changed for a while. It returns false if it took too long.
func (m *mirror) settle(ctx context.Context, quiet, most time.Duration, holds func(*mirror) bool) (bool, error) {
	begun := time.Now()
	for {
		right, err := m.settled(begun, quiet, holds)
		if right || err != nil || time.Since(begun) > most {
			return right, err
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-time.After(pollMirror):
		}
	}
}

// pollMirror is how often settle looks.
const pollMirror = 20 * time.Millisecond

// settled says whether no event has arrived for a while, and what should hold does.
func (m *mirror) settled(begun time.Time, quiet time.Duration, holds func(*mirror) bool) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := begun
	switch {
	case len(m.arrived) > 0:
		last = m.arrived[len(m.arrived)-1].at
	case len(m.changes) > 0:
		last = m.changes[len(m.changes)-1].at
	}
	if m.err != nil || time.Since(last) <= quiet {
		return false, m.err
	}
	m.catchUp()
	return holds(m), m.err
}

// seen returns how many entities changed since begin, and the changes in the order in which they arrived.
func (m *mirror) seen() (int, []change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.changed), m.changes
}

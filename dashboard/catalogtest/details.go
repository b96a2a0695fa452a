package catalogtest

import (
	"context"
	"slices"

	"github.com/callboard-dev/callboard/api/cluster"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/visibility"
)

// Live is what runs and what happened, for one entity.
type Live struct {
	// Definition is the text that stands in a ConfigMap.
	Definition string
	Pods       []cluster.Pod
	Events     []cluster.Event
}

// Runs sets what runs an entity, and what happened to it.
func (c *Catalog) Runs(ref relation.Ref, l Live) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live == nil {
		c.live = map[relation.Ref]Live{}
	}
	c.live[ref] = l
	c.version.Add(1)
}

// Verdict implements dashboard.Catalog.
func (c *Catalog) Verdict(consumer, api relation.Ref) visibility.Verdict {
	return visibility.Judge(c.graph, consumer, api)
}

// Running implements dashboard.Catalog.
func (c *Catalog) Running(_ context.Context, ref relation.Ref, namespaces []string) ([]cluster.Pod, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.DeleteFunc(slices.Clone(c.live[ref].Pods), func(p cluster.Pod) bool {
		return !slices.Contains(namespaces, p.Namespace)
	}), nil
}

// Definition implements dashboard.Catalog.
func (c *Catalog) Definition(_ context.Context, api relation.Ref) (text, version string, found bool, err error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	text = c.live[api].Definition
	return text, "1", text != "", nil
}

// Events implements dashboard.Catalog.
func (c *Catalog) Events(_ context.Context, ref relation.Ref) ([]cluster.Event, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.live[ref].Events, nil
}

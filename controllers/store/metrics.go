package store

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/callboard-dev/callboard/api/relation"
)

// Collector tells the state of a store when it is asked.
type Collector struct{ store *Store }

// NewCollector makes the collector of a store.
func NewCollector(s *Store) *Collector { return &Collector{s} }

var (
	entitiesDesc = prometheus.NewDesc("callboard_entities", "Entities in the graph, by kind.", []string{"kind"}, nil)
	deniedDesc   = prometheus.NewDesc("callboard_visibility_violations",
		"Consumptions that the API does not grant, by the mode of the API's namespace.", []string{"mode"}, nil)
	heldDesc = prometheus.NewDesc("callboard_held_keys", "Entities whose status waits to be written with later changes.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- entitiesDesc
	ch <- deniedDesc
	ch <- heldDesc
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(ch chan<- prometheus.Metric) {
	counts := c.store.Graph.Counts()
	for _, k := range relation.Kinds() {
		ch <- prometheus.MustNewConstMetric(entitiesDesc, prometheus.GaugeValue, float64(counts[k]), k.ObjectKind())
	}
	for mode, n := range c.store.Access.Violations(c.store.Mode) {
		ch <- prometheus.MustNewConstMetric(deniedDesc, prometheus.GaugeValue, float64(n), string(mode))
	}
	ch <- prometheus.MustNewConstMetric(heldDesc, prometheus.GaugeValue, float64(c.store.queue.depth()))
}

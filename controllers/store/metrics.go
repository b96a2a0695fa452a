package store

import (
	"cmp"
	"slices"

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
	scoredDesc = prometheus.NewDesc("callboard_scorecard_entities",
		"Entities that a Scorecard judges, by the level that they reached and no higher one; empty if none.", []string{"scorecard", "level"}, nil)
	passingDesc = prometheus.NewDesc("callboard_scorecard_passing", "Entities that pass a Scorecard.", []string{"scorecard"}, nil)
	averageDesc = prometheus.NewDesc("callboard_scorecard_average_percent", "Mean of the percents on a Scorecard.", []string{"scorecard"}, nil)
	groupedDesc = prometheus.NewDesc("callboard_scorecard_grouping_entities",
		"Entities of a System, or of an owner and the teams below, that a Scorecard judges: the largest 200 of each kind.",
		[]string{"scorecard", "kind", "grouping"}, nil)
	groupedPassingDesc = prometheus.NewDesc("callboard_scorecard_grouping_passing",
		"Those of them that pass.", []string{"scorecard", "kind", "grouping"}, nil)
	heldDesc = prometheus.NewDesc("callboard_held_keys", "Entities whose status waits to be written with later changes.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c *Collector) Describe(ch chan<- *prometheus.Desc) {
	ch <- entitiesDesc
	ch <- deniedDesc
	ch <- heldDesc
	ch <- scoredDesc
	ch <- passingDesc
	ch <- averageDesc
	ch <- groupedDesc
	ch <- groupedPassingDesc
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
	c.collectScores(ch)
}

func (c *Collector) collectScores(ch chan<- prometheus.Metric) {
	for _, s := range c.store.Scores.Sums(c.store.Graph.Scores()) {
		rest := *s.Totals.Entities
		for _, l := range s.Totals.Levels {
			ch <- gauge(scoredDesc, l.Entities, s.Card.Name, string(l.Level))
			rest -= l.Entities
		}
		ch <- gauge(scoredDesc, rest, s.Card.Name, "")
		ch <- gauge(passingDesc, *s.Totals.Passing, s.Card.Name)
		if a := s.Totals.Average; a != nil {
			ch <- gauge(averageDesc, *a, s.Card.Name)
		}
	}
	for _, k := range []relation.Kind{relation.System, relation.Group} {
		for _, g := range largest(c.store.Graph.ScoresBelow(k)) {
			for _, s := range c.store.Scores.Sums(g.Scores) {
				if s.Card.Active {
					ch <- gauge(groupedDesc, *s.Totals.Entities, s.Card.Name, k.ObjectKind(), string(g.Ref.FullRef()))
					ch <- gauge(groupedPassingDesc, *s.Totals.Passing, s.Card.Name, k.ObjectKind(), string(g.Ref.FullRef()))
				}
			}
		}
	}
}

// maxGroupings bounds how many groupings of a kind the metrics name.
const maxGroupings = 200

// largest are the groupings in which most are judged, then by name.
func largest(all []relation.Summed) []relation.Summed {
	size := func(s relation.Summed) (n int32) {
		for _, t := range s.Scores {
			n = max(n, t.Entities)
		}
		return n
	}
	slices.SortFunc(all, func(a, b relation.Summed) int {
		return cmp.Or(cmp.Compare(size(b), size(a)), relation.Compare(a.Ref, b.Ref))
	})
	return all[:min(len(all), maxGroupings)]
}

func gauge(d *prometheus.Desc, v int32, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
}

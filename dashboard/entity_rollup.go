package dashboard

import (
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// rollup sums up what belongs to a grouping, as its status has it.
type rollup struct {
	Counts  []figure      `json:"counts"`
	Health  []figure      `json:"health"`
	Average string        `json:"average,omitempty"`
	Scores  []rollupScore `json:"scores,omitempty"`
}

// figure is a number with its name.
type figure struct {
	Name  string `json:"name"`
	N     int32  `json:"n"`
	Badge Badge  `json:"-"`
}

// rollupScore is how the members of a grouping do on a Scorecard.
type rollupScore struct {
	Scorecard  link     `json:"scorecard"`
	Entities   int32    `json:"entities"`
	Passing    int32    `json:"passing"`
	Average    string   `json:"average,omitempty"`
	Levels     []figure `json:"levels,omitempty"`
	MostFailed []figure `json:"mostFailed,omitempty"`
}

func (l *sight) rollupOf(st *catalog.EntityStatus) rollup {
	r := st.Rollup
	out := rollup{Average: st.Summary.Average, Counts: []figure{}, Health: []figure{}}
	for _, c := range []struct {
		name string
		n    *int32
	}{
		{"Systems", r.Systems}, {"Components", r.Components}, {"APIs", r.APIs}, {"Resources", r.Resources}, {"Members", st.Summary.Members},
	} {
		if c.n != nil {
			out.Counts = append(out.Counts, figure{Name: c.name, N: *c.n})
		}
	}
	for _, h := range []struct {
		health catalog.Health
		n      int32
	}{
		{catalog.HealthDegraded, r.Health.Degraded}, {catalog.HealthProgressing, r.Health.Progressing},
		{catalog.HealthHealthy, r.Health.Healthy}, {catalog.HealthSuspended, r.Health.Suspended},
	} {
		if h.n > 0 {
			out.Health = append(out.Health, figure{string(h.health), h.n, healthBadge(h.health)})
		}
	}
	for i := range r.Scores {
		out.Scores = append(out.Scores, l.rollupScore(&r.Scores[i]))
	}
	return out
}

func (l *sight) rollupScore(s *catalog.ScoreRollup) rollupScore {
	out := totalsOf(s.ScoreTotals, l.card(s.Scorecard))
	out.Scorecard = scorecardLink(s.Scorecard, l.card(s.Scorecard))
	return out
}

// totalsOf are totals with the titles of checks as far as the Scorecard is at hand.
func totalsOf(t catalog.ScoreTotals, card *catalog.Scorecard) rollupScore {
	out := rollupScore{Average: percent(t.Average)}
	if t.Entities != nil && t.Passing != nil {
		out.Entities, out.Passing = *t.Entities, *t.Passing
	}
	for _, lv := range t.Levels {
		out.Levels = append(out.Levels, figure{Name: string(lv.Level), N: lv.Entities})
	}
	for _, c := range t.MostFailed {
		out.MostFailed = append(out.MostFailed, figure{Name: failingOf(catalog.FailingCheck{Check: c.Check}, card).Title, N: c.Entities})
	}
	return out
}

package scorecard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Bounds of what a status tells of one Scorecard.
const (
	maxFailing    = 10
	maxExempt     = 10
	maxMostFailed = 10
	// MaxScores is how many Scorecards a status tells of.
	MaxScores = 16
)

// Levels are the levels of the Scorecard, from the lowest.
func (c *Compiled) Levels() []catalog.Word { return c.levels }

// Checks are the names of the checks, in the order of the Scorecard.
func (c *Compiled) Checks() []catalog.CheckName {
	out := make([]catalog.CheckName, len(c.checks))
	for i := range c.checks {
		out[i] = c.checks[i].name
	}
	return out
}

// Status is what the status of an entity tells of a result.
func (r *Result) Status() catalog.Score {
	s := catalog.Score{Scorecard: r.Scorecard, Verdict: r.Verdict, Level: r.Level, Override: r.Override}
	if r.Percent >= 0 {
		s.Percent = &r.Percent
	}
	failing := r.Failing()
	s.NotPassed = int32(len(failing))
	for _, k := range failing[:min(len(failing), maxFailing)] {
		s.Failing = append(s.Failing, catalog.FailingCheck{
			Check: k.Check, Outcome: k.Outcome, Message: k.Message, Evidence: telling(k.Evidence, k.Message),
		})
	}
	for _, k := range r.Checks {
		if k.Outcome == catalog.OutcomeExempt && len(s.Exempt) < maxExempt {
			s.Exempt = append(s.Exempt, k.Check)
		}
	}
	return s
}

// longValue is how long a value may be that is told by the message and by the evidence.
const longValue = 40

// telling is the one piece of evidence that a status has room for: what merely says of which object the rest is comes
// last. A long value that the message tells is not told twice.
func telling(all []catalog.Evidence, message string) []catalog.Evidence {
	if len(all) == 0 {
		return nil
	}
	e := all[0]
	if i := slices.IndexFunc(all, func(e catalog.Evidence) bool {
		return !strings.HasSuffix(e.Path, ".kind") && !strings.HasSuffix(e.Path, ".metadata.name")
	}); i > 0 {
		e = all[i]
	}
	if len(e.Value) > longValue && strings.Contains(message, strings.Trim(e.Value, `"`)) {
		e.Value = ""
	}
	return []catalog.Evidence{e}
}

// Counted is what a result counts for in the sums of the graph. An entity to which nothing applies counts for nothing.
func (c *Compiled) Counted(r *Result, id relation.Card) (relation.Score, bool) {
	if r.Verdict == catalog.VerdictNotApplicable {
		return relation.Score{}, false
	}
	s := relation.Score{
		Card: id, Passing: r.Verdict == catalog.VerdictPassing, Percent: int8(r.Percent),
		Level: uint8(slices.Index(c.levels, r.Level) + 1),
	}
	for i := range c.checks {
		if slices.ContainsFunc(r.Checks, func(k CheckResult) bool { return k.Check == c.checks[i].name && k.Failed() }) {
			s.Failed = append(s.Failed, uint8(i))
		}
	}
	return s, true
}

// Totals are what a status tells of a sum.
func (c *Compiled) Totals(t relation.ScoreTally) catalog.ScoreTotals {
	out := catalog.ScoreTotals{Entities: &t.Entities, Passing: &t.Passing}
	if t.Percents > 0 {
		mean := int32(t.Sum / int64(t.Percents))
		out.Average = &mean
	}
	for i, level := range slices.Backward(c.levels) {
		if n := t.Levels[i+1]; n > 0 {
			out.Levels = append(out.Levels, catalog.LevelCount{Level: level, Entities: n})
		}
	}
	for i := range c.checks {
		if n := t.Failed[i]; n > 0 {
			out.MostFailed = append(out.MostFailed, catalog.CheckCount{Check: c.checks[i].name, Entities: n})
		}
	}
	slices.SortStableFunc(out.MostFailed, func(a, b catalog.CheckCount) int { return cmp.Compare(b.Entities, a.Entities) })
	if len(out.MostFailed) > maxMostFailed {
		out.MostFailed = out.MostFailed[:maxMostFailed]
	}
	return out
}

// LevelsText says in the words of a column how many entities are at each level: Gold 12, Silver 3, none 4.
func (c *Compiled) LevelsText(t relation.ScoreTally) string {
	var out []string
	for i, level := range slices.Backward(c.levels) {
		if n := t.Levels[i+1]; n > 0 {
			out = append(out, fmt.Sprintf("%s %d", level, n))
		}
	}
	if n := t.Levels[0]; n > 0 && len(c.levels) > 0 {
		out = append(out, fmt.Sprintf("none %d", n))
	}
	return strings.Join(out, ", ")
}

// Standing is how an entity stands on a Scorecard, as the column SCORE compares it.
type Standing struct {
	Result *Result
	Of     *Compiled
}

// share is how far up its ladder the entity got; without levels its percent says.
func (s Standing) share() float64 {
	if len(s.Of.levels) == 0 {
		return float64(s.Result.Percent) / 100
	}
	return float64(slices.Index(s.Of.levels, s.Result.Level)+1) / float64(len(s.Of.levels))
}

// text is the level and the percent, such as Gold 96%; the level alone, or the percent alone, where there is no other.
func (s Standing) text() string {
	var out []string
	switch {
	case s.Result.Level != "":
		out = append(out, string(s.Result.Level))
	case len(s.Of.levels) > 0:
		out = append(out, "None")
	}
	if s.Result.Percent >= 0 {
		out = append(out, Percent(s.Result.Percent))
	}
	return strings.Join(out, " ")
}

// Worst is the text of the column SCORE: the level of the Scorecard on whose ladder the entity stands lowest, with the
// percent there; of several, the one with the lowest percent, then the first. Empty if nothing applies anywhere.
func Worst(all []Standing) string {
	var worst *Standing
	for i := range all {
		s := &all[i]
		switch {
		case s.Result.Verdict == catalog.VerdictNotApplicable:
		case worst == nil, cmp.Or(cmp.Compare(s.share(), worst.share()), cmp.Compare(s.Result.Percent, worst.Result.Percent)) < 0:
			worst = s
		}
	}
	if worst == nil {
		return ""
	}
	return worst.text()
}

// Percent is a percent as the columns show it.
func Percent(n int32) string { return fmt.Sprintf("%d%%", n) }

// Merge adds to a sum of this edition what was counted by another edition of the same Scorecard: levels and checks go by
// their names.
func (c *Compiled) Merge(sum relation.ScoreTally, other *Compiled, t relation.ScoreTally) relation.ScoreTally {
	sum.Entities += t.Entities
	sum.Passing += t.Passing
	sum.Percents += t.Percents
	sum.Sum += t.Sum
	sum.Levels[0] += t.Levels[0]
	for i, level := range other.levels {
		sum.Levels[slices.Index(c.levels, level)+1] += t.Levels[i+1]
	}
	for i := range other.checks {
		at := slices.IndexFunc(c.checks, func(k check) bool { return k.name == other.checks[i].name })
		if at >= 0 {
			sum.Failed[at] += t.Failed[i]
		}
	}
	return sum
}

// ReadsAbove says whether a result may depend on what a System, Domain, Group or User above the entity is: an expression
// reads it, or an override names it.
func (c *Compiled) ReadsAbove(k relation.Kind) bool {
	var reads Variables
	for _, r := range c.reads {
		reads |= r
	}
	switch k {
	case relation.System:
		return reads.Has(VarSystem) || len(c.override) > 0
	case relation.Domain:
		return reads.Has(VarDomain) || len(c.override) > 0
	case relation.Group, relation.User:
		return reads.Has(VarOwner)
	}
	return false
}

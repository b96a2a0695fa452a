package scorecard

import (
	"slices"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// ToldGap is what Gap says, as far as it can be told from what stands in a status: 10 checks at most, and where points
// are missing for the pass mark it may be a check more than is needed, as a status does not say which checks apply.
func ToldGap(sc *catalog.Scorecard, s *catalog.Score) (Gap, bool) {
	g := Gap{Scorecard: sc.Name}
	if s.Verdict == catalog.VerdictNotApplicable {
		return g, false
	}
	failing := failingOf(sc, s)
	reached := slices.IndexFunc(sc.Spec.Levels, func(l catalog.ScorecardLevel) bool { return l.Name == s.Level })
	if next := reached + 1; next < len(sc.Spec.Levels) {
		g.Level = sc.Spec.Levels[next].Name
		g.Fixes = slices.DeleteFunc(failing, func(k CheckResult) bool { return k.Level != g.Level })
		return g, len(g.Fixes) > 0
	}
	mark := MarkOf(sc, s.Override)
	if mark.Score == nil || s.Percent == nil || *s.Percent >= *mark.Score {
		return g, false
	}
	g.Fixes = toldFewest(failing, int64(*s.Percent), int64(*mark.Score))
	return g, len(g.Fixes) > 0
}

// MarkOf is the pass mark of a Scorecard, or of one of its overrides.
func MarkOf(sc *catalog.Scorecard, override catalog.Word) catalog.PassMark {
	for i := range sc.Spec.Overrides {
		if o := &sc.Spec.Overrides[i]; o.Name == override && (o.Passing.Level != "" || o.Passing.Score != nil) {
			return o.Passing
		}
	}
	return sc.Spec.Passing
}

// failingOf are the failing checks of a status, with what the Scorecard says of them.
func failingOf(sc *catalog.Scorecard, s *catalog.Score) []CheckResult {
	var out []CheckResult
	for _, f := range s.Failing {
		at := slices.IndexFunc(sc.Spec.Checks, func(k catalog.ScorecardCheck) bool { return k.Name == f.Check })
		if at < 0 {
			continue // the Scorecard has changed since
		}
		k := &sc.Spec.Checks[at]
		out = append(out, CheckResult{
			Check: f.Check, Level: k.Level, Weight: weightOf(sc, k, s.Override), Outcome: f.Outcome, Message: f.Message, Evidence: f.Evidence,
		})
	}
	return out
}

func weightOf(sc *catalog.Scorecard, k *catalog.ScorecardCheck, override catalog.Word) int64 {
	weight := int32(1)
	if k.Weight != nil {
		weight = *k.Weight
	}
	for i := range sc.Spec.Overrides {
		for _, w := range sc.Spec.Overrides[i].Weights {
			if sc.Spec.Overrides[i].Name == override && w.Check == k.Name && w.Weight != nil {
				weight = *w.Weight
			}
		}
	}
	return clampWeight(weight)
}

// toldFewest takes the failing checks of most weight until the pass mark is reached for sure: the sum of all points is
// taken to be the least that the percent leaves open.
func toldFewest(failing []CheckResult, percent, mark int64) []CheckResult {
	open := int64(0)
	for i := range failing {
		open += failing[i].Weight
	}
	slices.SortStableFunc(failing, func(a, b CheckResult) int { return int(b.Weight - a.Weight) })
	if percent >= 100 {
		return nil
	}
	all := (open*100 + 99 - percent) / (100 - percent)
	for i := range failing {
		if (all-open)*100 >= mark*all {
			return failing[:i]
		}
		open -= failing[i].Weight
	}
	return failing
}

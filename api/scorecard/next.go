package scorecard

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Gap is what keeps an entity from the next level of a Scorecard.
type Gap struct {
	Scorecard string
	// Level is the next level; empty if there is none, and points are missing for the pass mark.
	Level catalog.Word
	// Fixes are the checks that have to pass for it, worst first, and no others.
	Fixes []CheckResult
}

// Mark is the pass mark by which a result was judged: that of the Scorecard, or of the override.
func (c *Compiled) Mark(r *Result) catalog.PassMark {
	for i := range c.override {
		if o := &c.override[i]; r.Override != "" && o.name == r.Override {
			return o.passing
		}
	}
	return c.passing
}

// Gap says what keeps an entity from the next level, or false if nothing does. With the highest level reached, or
// without levels, it is what takes fewest checks to reach the pass mark.
func (c *Compiled) Gap(r *Result) (Gap, bool) {
	g := Gap{Scorecard: c.name}
	if next := c.reached(r.Checks) + 1; next < len(c.levels) {
		g.Level = c.levels[next]
		for _, k := range r.Failing() {
			if k.Level == g.Level {
				g.Fixes = append(g.Fixes, k)
			}
		}
		return g, len(g.Fixes) > 0
	}
	mark := c.Mark(r)
	if mark.Score == nil || r.Percent < 0 || r.Percent >= *mark.Score {
		return g, false
	}
	g.Fixes = fewest(r, int64(*mark.Score))
	return g, true
}

// fewest are the fewest checks that have to pass to reach a percent: those of most weight.
func fewest(r *Result, percent int64) []CheckResult {
	var got, all int64
	for i := range r.Checks {
		switch k := &r.Checks[i]; {
		case k.Outcome == catalog.OutcomePass:
			got, all = got+k.Weight, all+k.Weight
		case k.Failed():
			all += k.Weight
		}
	}
	failing := r.Failing()
	slices.SortStableFunc(failing, func(a, b CheckResult) int { return cmp.Compare(b.Weight, a.Weight) })
	for i, k := range failing {
		if got*100/all >= percent {
			return failing[:i]
		}
		got += k.Weight
	}
	return failing
}

// Fix is a check that several entities have to pass.
type Fix struct {
	Scorecard string
	Check     catalog.CheckName
	// Entities counts those that it keeps from their next level.
	Entities int
	// Reach counts those that get there once this one and those before it are done.
	Reach int
}

// Plan orders the fixes of many gaps, at most one of an entity on a Scorecard: what brings most entities to their next
// level for each fix comes first. The order of the gaps does not matter.
func Plan(gaps []Gap) []Fix {
	sets := map[string]*fixSet{}
	for i := range gaps {
		s := sets[gaps[i].Scorecard]
		if s == nil {
			s = &fixSet{scorecard: gaps[i].Scorecard, entities: map[uint64]int{}}
			sets[s.scorecard] = s
		}
		s.names(gaps[i].Fixes)
	}
	for i := range gaps {
		sets[gaps[i].Scorecard].add(gaps[i].Fixes)
	}
	var steps []stage
	for _, s := range sets {
		steps = append(steps, s.steps()...)
	}
	slices.SortFunc(steps, func(a, b stage) int {
		return cmp.Or(a.worth(b), strings.Compare(a.fixes[0].Scorecard, b.fixes[0].Scorecard), cmp.Compare(a.turn, b.turn))
	})
	return inTurn(steps)
}

// inTurn takes the steps in their order, but none before those of its Scorecard that it builds on.
func inTurn(steps []stage) []Fix {
	var out []Fix
	next := map[string]int{}
	for len(steps) > 0 {
		i := slices.IndexFunc(steps, func(s stage) bool { return s.turn == next[s.fixes[0].Scorecard] })
		out = append(out, steps[i].fixes...)
		next[steps[i].fixes[0].Scorecard]++
		steps = slices.Delete(steps, i, i+1)
	}
	return out
}

// stage are fixes that belong together: until all are done, nobody gets further.
type stage struct {
	fixes []Fix
	reach int
	turn  int
}

// worth says which of two steps brings more entities further for each fix.
func (s stage) worth(o stage) int {
	return cmp.Or(cmp.Compare(o.reach*len(s.fixes), s.reach*len(o.fixes)), cmp.Compare(len(s.fixes), len(o.fixes)))
}

// fixSet are the gaps of a Scorecard: how many entities have to pass which checks. A Scorecard has 64 checks at most.
type fixSet struct {
	scorecard string
	checks    []catalog.CheckName // by name
	entities  map[uint64]int
}

func (s *fixSet) names(fixes []CheckResult) {
	for i := range fixes {
		at, found := slices.BinarySearch(s.checks, fixes[i].Check)
		if !found && len(s.checks) < maxChecks {
			s.checks = slices.Insert(s.checks, at, fixes[i].Check)
		}
	}
}

func (s *fixSet) add(fixes []CheckResult) {
	var set uint64
	for i := range fixes {
		if at, found := slices.BinarySearch(s.checks, fixes[i].Check); found {
			set |= 1 << at
		}
	}
	s.entities[set]++
}

// steps takes, again and again, the set of checks that brings most entities further for each check that is not done yet.
func (s *fixSet) steps() []stage {
	var out []stage
	for done := uint64(0); ; {
		best, reach := uint64(0), 0
		for set := range s.entities {
			if open := set &^ done; open != 0 && open != best {
				if n := s.reach(done, done|open); best == 0 || better(n, open, reach, best) {
					best, reach = open, n
				}
			}
		}
		if best == 0 {
			return out
		}
		out = append(out, stage{fixes: s.fixes(done, best), reach: reach, turn: len(out)})
		done |= best
	}
}

// better says whether a set of checks that brings n entities further is to be done before another.
func better(n int, set uint64, than int, other uint64) bool {
	a, b := bits.OnesCount64(set), bits.OnesCount64(other)
	return cmp.Or(cmp.Compare(than*a, n*b), cmp.Compare(a, b), cmp.Compare(bits.Reverse64(other), bits.Reverse64(set))) < 0
}

// reach counts the entities that get further if more is done.
func (s *fixSet) reach(before, after uint64) int {
	n := 0
	for set, entities := range s.entities {
		if set&^before != 0 && set&^after == 0 {
			n += entities
		}
	}
	return n
}

// fixes are the checks of a set, those that most entities wait for first.
func (s *fixSet) fixes(done, set uint64) []Fix {
	var out []Fix
	for i, name := range s.checks {
		if set&(1<<i) == 0 {
			continue
		}
		f := Fix{Scorecard: s.scorecard, Check: name}
		for waits, n := range s.entities {
			if waits&(1<<i) != 0 {
				f.Entities += n
			}
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b Fix) int { return cmp.Compare(b.Entities, a.Entities) })
	for i := range out {
		at, _ := slices.BinarySearch(s.checks, out[i].Check)
		out[i].Reach = s.reach(done, done|1<<at)
		done |= 1 << at
	}
	return out
}

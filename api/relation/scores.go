package relation

import "slices"

// Card numbers a Scorecard, or one edition of it: what its levels and checks are called is not the graph's to know.
type Card uint32

// Bounds of a Scorecard, as the schema of the kind has them.
const (
	CardLevels = 8
	CardChecks = 64
)

// Score is how an entity does on a Scorecard.
type Score struct {
	Card    Card
	Passing bool
	Level   uint8   // that it reached, from 1; 0 if none
	Percent int8    // -1 if there are no points to be had
	Failed  []uint8 // the checks that it does not pass, as numbers below CardChecks
}

func (s Score) equal(o Score) bool {
	return s.Card == o.Card && s.Passing == o.Passing && s.Level == o.Level && s.Percent == o.Percent && slices.Equal(s.Failed, o.Failed)
}

// ScoreTally counts how entities do on a Scorecard.
type ScoreTally struct {
	Card     Card
	Entities int32
	Passing  int32
	Levels   [CardLevels + 1]int32 // by the level reached
	Failed   [CardChecks]int32     // by the check that is not passed
	Percents int32                 // entities that have a percent
	Sum      int64                 // of their percents
}

// tally is what one entity counts for.
func (s Score) tally() ScoreTally {
	t := ScoreTally{Card: s.Card, Entities: 1}
	if s.Passing {
		t.Passing = 1
	}
	t.Levels[min(s.Level, CardLevels)] = 1
	if s.Percent >= 0 {
		t.Percents, t.Sum = 1, int64(s.Percent)
	}
	for _, f := range s.Failed {
		t.Failed[f%CardChecks] = 1
	}
	return t
}

func (t *ScoreTally) add(o *ScoreTally, sign int32) {
	t.Entities += sign * o.Entities
	t.Passing += sign * o.Passing
	t.Percents += sign * o.Percents
	t.Sum += int64(sign) * o.Sum
	for i := range t.Levels {
		t.Levels[i] += sign * o.Levels[i]
	}
	for i := range t.Failed {
		t.Failed[i] += sign * o.Failed[i]
	}
}

// scoreTallies are those of several Scorecards, by Card. They are never changed once they stand in a weight.
type scoreTallies []ScoreTally

// plus is the sum of both. A Scorecard on which nobody is judged is left out.
func (t scoreTallies) plus(o scoreTallies, sign int32) scoreTallies {
	if len(o) == 0 {
		return t
	}
	out := slices.Clone(t)
	for i := range o {
		at, found := slices.BinarySearchFunc(out, o[i].Card, func(s ScoreTally, c Card) int { return int(s.Card) - int(c) })
		if !found {
			out = slices.Insert(out, at, ScoreTally{Card: o[i].Card})
		}
		out[at].add(&o[i], sign)
	}
	return slices.DeleteFunc(out, func(s ScoreTally) bool { return s == ScoreTally{Card: s.Card} })
}

// SetScores says how an entity does on all Scorecards that judge it, in any order, each once. It answers whether that is
// new, and which groupings it touches. It has no effect on an entity that is not in the graph.
func (g *Graph) SetScores(ref Ref, scores []Score) (changed bool, touched []Touched) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.nodes[g.ids[ref]]
	if n == nil || !n.exists {
		return false, nil
	}
	scores = slices.Clone(scores)
	slices.SortFunc(scores, func(a, b Score) int { return int(a.Card) - int(b.Card) })
	if slices.EqualFunc(n.scores, scores, Score.equal) {
		return false, nil
	}
	g.setScores(n, scores)
	return true, g.settle()
}

// setScores replaces what an entity's scores count for, at home, with its owner and in all.
func (g *Graph) setScores(n *node, scores []Score) {
	before := tallied(n.scores)
	n.scores = nil
	if len(scores) > 0 {
		n.scores = scores
	}
	after := tallied(n.scores)
	g.scores = g.scores.plus(before, -1).plus(after, 1)
	if !n.counts() {
		return
	}
	delta := weight{scores: after.plus(before, -1)}
	g.count(g.nodes[n.home], delta)
	if n.owned {
		g.countOwned(n, delta)
	}
}

func tallied(scores []Score) scoreTallies {
	var out scoreTallies
	for _, s := range scores {
		out = append(out, s.tally())
	}
	return out
}

// Scores are the tallies of all entities, by Card.
func (g *Graph) Scores() []ScoreTally {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return slices.Clone(g.scores)
}

// Summed is a grouping and how its members do.
type Summed struct {
	Ref    Ref
	Scores []ScoreTally
}

// ScoresBelow are the groupings of a kind of which members are judged, in no order. It looks at every entity.
func (g *Graph) ScoresBelow(k Kind) []Summed {
	g.mu.RLock()
	defer g.mu.RUnlock()
	var out []Summed
	for _, n := range g.nodes[1:] {
		if n == nil || !n.exists || n.ref.Kind != k {
			continue
		}
		if scores := n.total().scores; len(scores) > 0 {
			out = append(out, Summed{n.ref, scores})
		}
	}
	return out
}

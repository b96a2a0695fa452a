// Package scores judges the entities of the catalog by its Scorecards. It keeps what checks read and nobody else does,
// and only while a Scorecard reads it.
package scores

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// Board is what entities are judged by. It may be used by several goroutines.
type Board struct {
	mu       sync.RWMutex
	cards    map[string]*Card
	sorted   []*Card // by name
	of       [relation.User + 1]judges
	above    [relation.User + 1]bool // kinds of which results of others may depend on
	editions map[relation.Card]*Card // those of before as well, as long as somebody was not judged anew
	last     relation.Card
	wants    wants

	entities  map[relation.Ref]*detail
	objects   map[relation.Ref]*scorecard.Object // of owners, Systems and Domains
	workloads map[workload.Key]*kept
	guards    map[string]*guarded // by namespace
	claims    map[relation.Ref]*claims
	awaited   map[relation.Ref]struct{}
	whole     chan struct{} // closed when nobody is awaited any more
}

// Card is an edition of a Scorecard.
type Card struct {
	ID         relation.Card
	Name       string
	Generation int64
	Active     bool
	Compiled   *scorecard.Compiled
	// Wrong is what cannot be compiled: those checks are Errors.
	Wrong field.ErrorList
	// MaxExemption is how long after its creation an Exemption can last.
	MaxExemption time.Duration
	Gate         catalog.Gate

	uid string // another Scorecard may have the same name later
}

// NewBoard makes an empty board.
func NewBoard() *Board {
	b := &Board{
		cards: map[string]*Card{}, editions: map[relation.Card]*Card{}, entities: map[relation.Ref]*detail{},
		objects: map[relation.Ref]*scorecard.Object{}, workloads: map[workload.Key]*kept{}, guards: map[string]*guarded{},
		claims: map[relation.Ref]*claims{}, awaited: map[relation.Ref]struct{}{}, whole: make(chan struct{}),
	}
	close(b.whole)
	return b
}

// Compile makes an edition of a Scorecard. It costs milliseconds.
func Compile(sc *catalog.Scorecard) *Card {
	compiled, wrong := scorecard.Compile(sc, scorecard.Stored)
	return &Card{
		Name: sc.Name, Generation: sc.Generation, Active: sc.Spec.Mode == catalog.ScorecardActive, Compiled: compiled,
		Wrong: wrong, MaxExemption: scorecard.MaxExemption(sc), Gate: sc.Spec.Gate, uid: string(sc.UID),
	}
}

// Set puts an edition of a Scorecard in place, and says which kinds are to be judged anew. What it reads must be kept by
// then, see Want.
func (b *Board) Set(c *Card) []relation.Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.cards[c.Name]
	if before != nil && before.Generation == c.Generation && before.uid == c.uid {
		return nil
	}
	kinds := c.Compiled.Kinds()
	if before != nil {
		kinds = append(kinds, before.Compiled.Kinds()...)
	}
	if before != nil && before.countsAs(c) {
		c.ID = before.ID // what was counted stays as it is
	} else {
		b.last++
		c.ID = b.last
	}
	b.cards[c.Name], b.editions[c.ID] = c, c
	b.sort()
	return distinct(kinds)
}

// countsAs says whether what was counted by one edition of a Scorecard means the same by another.
func (c *Card) countsAs(o *Card) bool {
	return c.uid == o.uid && c.Active == o.Active && slices.Equal(c.Compiled.Levels(), o.Compiled.Levels()) &&
		slices.Equal(c.Compiled.Checks(), o.Compiled.Checks())
}

// Delete takes a Scorecard away, and says which kinds are to be judged anew.
func (b *Board) Delete(name string) []relation.Kind {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.cards[name]
	if c == nil {
		return nil
	}
	delete(b.cards, name)
	b.sort()
	return distinct(c.Compiled.Kinds())
}

// judges are the Scorecards that judge a kind, by name, and what their checks read.
type judges struct {
	cards []*Card
	reads scorecard.Variables
}

func (b *Board) sort() {
	b.sorted = slices.SortedFunc(maps.Values(b.cards), func(x, y *Card) int { return strings.Compare(x.Name, y.Name) })
	b.of, b.above = [relation.User + 1]judges{}, [relation.User + 1]bool{}
	for _, c := range b.sorted {
		for _, k := range c.Compiled.Kinds() {
			b.of[k].cards = append(b.of[k].cards, c)
			b.of[k].reads |= c.Compiled.Reads(k)
		}
		for _, k := range relation.Kinds() {
			b.above[k] = b.above[k] || c.Compiled.ReadsAbove(k)
		}
	}
}

func distinct(kinds []relation.Kind) []relation.Kind {
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// Card is the current edition of a Scorecard, nil if there is none.
func (b *Board) Card(name string) *Card {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.cards[name]
}

// Cards are the current editions, by name.
func (b *Board) Cards() []*Card {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.sorted
}

// judging are the Scorecards that judge a kind.
func (b *Board) judging(k relation.Kind) judges {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.of[k]
}

// Judges says whether some Scorecard judges a kind.
func (b *Board) Judges(k relation.Kind) bool {
	return len(b.judging(k).cards) > 0
}

// Judging are the names of the Scorecards that judge a kind.
func (b *Board) Judging(k relation.Kind) []string {
	cards := b.judging(k).cards
	out := make([]string, len(cards))
	for i, c := range cards {
		out[i] = c.Name
	}
	return out
}

// ReadsAbove says whether what entities are judged by may depend on what a System, Domain, Group or User above them is.
func (b *Board) ReadsAbove(k relation.Kind) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.above[k]
}

// Subject is an entity to be judged, and where to look for the rest.
type Subject struct {
	Entity catalog.Entity
	// Status is what the entity's status will be, scores aside.
	Status *catalog.EntityStatus
	Graph  *relation.Graph
	Links  *workload.Index
	// Find finds another entity, nil if it is not there.
	Find func(relation.Ref) catalog.Entity
	// Definition is what the parsed definition of an API says, nil if there is none.
	Definition *scorecard.Definition
	Now        time.Time
}

// Judgement is how an entity does.
type Judgement struct {
	// Scores are those of active Scorecards, by name.
	Scores []catalog.Score
	// Summary is the text of the column.
	Summary string
	// Counted are those of all Scorecards, as the graph sums them up.
	Counted []relation.Score
	// Again is when an exemption or attestation ends, zero if none does.
	Again time.Time
}

// Judge judges an entity by all Scorecards.
func (b *Board) Judge(ctx context.Context, s Subject) (Judgement, error) {
	ref := relation.RefOf(s.Entity)
	by := b.judging(ref.Kind)
	var j Judgement
	if len(by.cards) == 0 {
		return j, nil
	}
	input, err := b.input(ref, s, by.reads)
	if err != nil {
		return j, err
	}
	subject := scorecard.NewSubject(input)
	var standings []scorecard.Standing
	for _, c := range by.cards {
		r, selected := c.Compiled.Evaluate(ctx, subject)
		if !selected {
			continue
		}
		if !r.Expires.IsZero() && (j.Again.IsZero() || r.Expires.Before(j.Again)) {
			j.Again = r.Expires
		}
		if counted, ok := c.Compiled.Counted(&r, c.ID); ok {
			j.Counted = append(j.Counted, counted)
		}
		if c.Active {
			standings = append(standings, scorecard.Standing{Result: &r, Of: c.Compiled})
			if len(j.Scores) < scorecard.MaxScores {
				j.Scores = append(j.Scores, r.Status())
			}
		}
	}
	j.Summary = scorecard.Worst(standings)
	return j, ctx.Err()
}

// Sum is how entities do on a Scorecard.
type Sum struct {
	Card   *Card
	Totals catalog.ScoreTotals
	Levels string
}

// Sums name what the graph counted: an edition of before counts with the current one, until all are judged anew.
func (b *Board) Sums(tallies []relation.ScoreTally) []Sum {
	b.mu.RLock()
	defer b.mu.RUnlock()
	merged := map[string]relation.ScoreTally{}
	for _, t := range tallies {
		edition := b.editions[t.Card]
		if edition == nil || b.cards[edition.Name] == nil {
			continue
		}
		current := b.cards[edition.Name]
		merged[edition.Name] = current.Compiled.Merge(merged[edition.Name], edition.Compiled, t)
	}
	out := make([]Sum, 0, len(merged))
	for _, c := range b.sorted {
		if t, ok := merged[c.Name]; ok {
			out = append(out, Sum{Card: c, Totals: c.Compiled.Totals(t), Levels: c.Compiled.LevelsText(t)})
		}
	}
	return out
}

// Rollups are what the status of a grouping tells of its members, and the mean of all their percents as a text.
func (b *Board) Rollups(tallies []relation.ScoreTally) (rollups []catalog.ScoreRollup, average string) {
	for _, s := range b.Sums(tallies) {
		if s.Card.Active && len(rollups) < scorecard.MaxScores {
			rollups = append(rollups, catalog.ScoreRollup{Scorecard: s.Card.Name, ScoreTotals: s.Totals})
		}
	}
	var sum int64
	var n int32
	for _, t := range tallies {
		if c := b.edition(t.Card); c != nil && c.Active {
			sum, n = sum+t.Sum, n+t.Percents
		}
	}
	if n > 0 {
		average = scorecard.Percent(int32(sum / int64(n)))
	}
	return rollups, average
}

// edition is the current edition of the Scorecard that an edition is of, nil if there is none.
func (b *Board) edition(id relation.Card) *Card {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if e := b.editions[id]; e != nil {
		return b.cards[e.Name]
	}
	return nil
}

// Forget drops the editions of before that nobody counts for any more.
func (b *Board) Forget(tallies []relation.ScoreTally) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, e := range b.editions {
		counted := slices.ContainsFunc(tallies, func(t relation.ScoreTally) bool { return t.Card == id })
		if !counted && b.cards[e.Name] != e {
			delete(b.editions, id)
		}
	}
}

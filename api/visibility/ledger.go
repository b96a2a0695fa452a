package visibility

import (
	"sync"

	"github.com/callboard-dev/callboard/api/relation"
)

// Ledger keeps the verdicts on all consumptions that are not Allowed, and counts them. An entry costs in proportion to
// what the consumer consumes. Many may read while one writes.
type Ledger struct {
	mu     sync.RWMutex
	of     map[relation.Ref][]Verdict // by consumer, in the order of its spec; Allowed ones are left out
	counts map[relation.Ref]Counts    // by API; one without any is left out
}

// Counts counts consumptions of one API that it does not grant.
type Counts struct {
	Denied, Undecided int
}

// NewLedger makes an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{of: map[relation.Ref][]Verdict{}, counts: map[relation.Ref]Counts{}}
}

// Turn is what judging a consumer again changed.
type Turn struct {
	// Counted are the APIs of which other numbers are counted now.
	Counted []relation.Ref
	// Denied are those of them that deny more than before.
	Denied []relation.Ref
}

// Judge judges everything that an entity says it consumes. Of two calls that overlap, the one that sees the graph later
// counts.
func (l *Ledger) Judge(g *relation.Graph, consumer relation.Ref) Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kept []Verdict
	for _, v := range All(g, consumer) {
		if v.Decision != Allowed {
			kept = append(kept, v)
		}
	}
	before := l.of[consumer]
	if len(kept) == 0 {
		delete(l.of, consumer)
	} else {
		l.of[consumer] = kept
	}
	change := map[relation.Ref]Counts{}
	tally(change, before, -1)
	tally(change, kept, +1)
	var turn Turn
	for api, delta := range change {
		if delta == (Counts{}) {
			continue
		}
		turn.Counted = append(turn.Counted, api)
		if delta.Denied > 0 {
			turn.Denied = append(turn.Denied, api)
		}
		sum := Counts{l.counts[api].Denied + delta.Denied, l.counts[api].Undecided + delta.Undecided}
		if l.counts[api] = sum; sum == (Counts{}) {
			delete(l.counts, api)
		}
	}
	return turn
}

func tally(into map[relation.Ref]Counts, verdicts []Verdict, by int) {
	for _, v := range verdicts {
		c := into[v.API]
		if v.Decision == Denied {
			c.Denied += by
		} else {
			c.Undecided += by
		}
		into[v.API] = c
	}
}

// Of counts the consumptions of an API that it does not grant.
func (l *Ledger) Of(api relation.Ref) Counts {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.counts[api]
}

// Verdicts are the verdicts on a consumer that are not Allowed, in the order of its spec.
func (l *Ledger) Verdicts(consumer relation.Ref) []Verdict {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.of[consumer]
}

// Grants says whether an API grants a consumer of which the ledger has heard.
func (l *Ledger) Grants(consumer, api relation.Ref) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, v := range l.of[consumer] {
		if v.API == api {
			return false
		}
	}
	return true
}

// Violations counts the Denied consumptions by mode; absent is that of a namespace that names none.
func (l *Ledger) Violations(absent Mode) map[Mode]int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := map[Mode]int{Enforce: 0, Warn: 0, Audit: 0}
	for _, verdicts := range l.of {
		for _, v := range verdicts {
			if v.Decision == Denied {
				out[v.ModeOr(absent)]++
			}
		}
	}
	return out
}

// Catalog answers what a verdict depends on: a relation.Graph, or a relation.Trial of it.
type Catalog interface {
	Access(consumer, api relation.Ref) relation.Access
	Consumptions(consumer relation.Ref) []relation.Consumption
}

// All judges everything that an entity says it consumes.
func All(c Catalog, consumer relation.Ref) []Verdict {
	list := c.Consumptions(consumer)
	out := make([]Verdict, len(list))
	for i, used := range list {
		out[i] = Of(c.Access(consumer, used.API))
		out[i].Path = used.Path
	}
	return out
}

package readers

import (
	"slices"
	"time"

	"github.com/callboard-dev/callboard/api/access"
)

// How long answers of the API server count.
const (
	// MaxAge is how old an answer may be that lets somebody read.
	MaxAge = 10 * time.Second
	// aheadAge is how old it may be before it is asked for again while somebody reads.
	aheadAge = 5 * time.Second
	// deniedAge is how old an answer may be that lets nobody read, before a namespace counts as not looked at.
	deniedAge = time.Minute
)

// answer is what the API server said of one namespace, or of all where the namespace is empty.
type answer struct {
	allowed bool
	asked   time.Time // when the question was sent: what changed later is not in the answer
}

// fresh says whether the answer still counts.
func (a answer) fresh(now time.Time) bool { return a.younger(now, MaxAge) }

func (a answer) younger(now time.Time, age time.Duration) bool {
	return !a.asked.IsZero() && now.Sub(a.asked) < age
}

// answers are those about one user and one resource, by namespace; "" is about the whole cluster.
type answers map[string]answer

// seen is a scope with the time that it holds.
type seen struct {
	scope access.Scope
	// until is when it ends, and ahead when it is time to ask again.
	until, ahead time.Time
}

// sum is what answers come to, for the namespaces that hold anything, which are sorted. It returns false if the answer
// about the whole cluster is too old, or not there.
func (as answers) sum(namespaces []string, now time.Time) (seen, bool) {
	all := as[""]
	if !all.fresh(now) {
		return seen{}, false
	}
	out := seen{until: all.asked.Add(MaxAge), ahead: all.asked.Add(aheadAge)}
	if all.allowed {
		out.scope.All = true
		return out, true
	}
	for _, ns := range namespaces {
		switch a := as[ns]; {
		case a.allowed && a.fresh(now):
			out.scope.Namespaces = append(out.scope.Namespaces, ns)
			out.until = earlier(out.until, a.asked.Add(MaxAge))
			out.ahead = earlier(out.ahead, a.asked.Add(aheadAge))
		case a.allowed, !a.younger(now, deniedAge):
			out.scope.Partial = true
		default:
			out.ahead = earlier(out.ahead, a.asked.Add(MaxAge))
		}
	}
	if out.scope.Partial {
		out.ahead = now
	}
	return out, true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// urgency is how soon a question should be asked.
type urgency int

// From what somebody waits for to what can wait.
const (
	wasAllowed urgency = iota // else what a reader saw a moment ago is gone
	likely                    // allowed for other kinds
	unknown
	wasDenied
	settled
)

// urgencyOf judges the answer about a namespace. One that was allowed is asked for again when it is older than age.
func (as answers) urgencyOf(ns string, age time.Duration, elsewhere func(string) bool, now time.Time) urgency {
	switch a, known := as[ns]; {
	case !known && elsewhere(ns):
		return likely
	case !known:
		return unknown
	case a.allowed && !a.younger(now, age):
		return wasAllowed
	case !a.allowed && !a.fresh(now):
		return wasDenied
	}
	return settled
}

// due are the namespaces to ask about, the most urgent first, and how many of them were not denied before.
func (as answers) due(namespaces []string, age time.Duration, elsewhere func(string) bool, now time.Time) (names []string, urgent int) {
	var by [settled][]string
	for _, ns := range namespaces {
		if u := as.urgencyOf(ns, age, elsewhere, now); u < settled {
			by[u] = append(by[u], ns)
		}
	}
	slices.SortStableFunc(by[wasDenied], func(a, b string) int { return as[a].asked.Compare(as[b].asked) })
	names = slices.Concat(by[:]...)
	return names, len(names) - len(by[wasDenied])
}

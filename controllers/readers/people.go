package readers

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	"github.com/callboard-dev/callboard/api/access"
)

// errTooMany says that a request asks about more resources than it may wait for.
var errTooMany = errors.New("a request waits for too many reviews")

// Bounds of what is kept of all readers.
const (
	maxPeople  = 1000
	maxAnswers = 200_000
)

// asker is what all sights share.
type asker struct {
	ctx     context.Context // ends with the replica
	reviews Reviews
	holding func(access.Resource) []string // namespaces that hold objects
	clock   clock.Clock
	log     *slog.Logger
	pace    pace
	people  *people
}

// pace is how fast the background asks, for all readers together.
type pace struct {
	soon, later *rate.Limiter
}

// newPace lets the background ask 300 times a second for what somebody may miss, and 50 times a second whether what was
// denied is allowed by now.
func newPace() pace {
	return pace{soon: rate.NewLimiter(300, batch), later: rate.NewLimiter(50, batch)}
}

// budget is how many reviews a request may still wait for.
type budget struct {
	mu   sync.Mutex
	left int
}

// take takes n reviews, or as many as there are but for those to be spared.
func (b *budget) take(n, spare int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n = max(0, min(n, b.left-spare))
	b.left -= n
	return n
}

// person is what is known of one user.
type person struct {
	user access.User
	kept int // answers; guarded by people.mu

	mu     sync.Mutex
	sights map[access.Resource]*sight
}

// sight is what the person may see of a resource.
func (p *person) sight(a *asker, r access.Resource) *sight {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sights[r]
	if s == nil {
		s = &sight{asker: a, person: p, resource: r, answers: answers{}}
		p.sights[r] = s
	}
	return s
}

// allowedIn says in which namespaces the person saw something of other resources: it is likely that there is more.
func (p *person) allowedIn(but *sight) func(string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	in := map[string]bool{}
	for _, s := range p.sights {
		if seen := s.seen.Load(); s != but && seen != nil {
			for _, ns := range seen.scope.Namespaces {
				in[ns] = true
			}
		}
	}
	return func(ns string) bool { return in[ns] }
}

// people are those that read lately. When there are too many, or too much is known of them, those that have not read for
// longest are forgotten.
type people struct {
	mu     sync.Mutex
	order  *list.List // of *entry, who read last in front
	byKey  map[[sha256.Size]byte]*list.Element
	total  int
	limits limits
}

type limits struct{ people, answers int }

type entry struct {
	key    [sha256.Size]byte
	person *person
}

func newPeople(l limits) *people {
	return &people{order: list.New(), byKey: map[[sha256.Size]byte]*list.Element{}, limits: l}
}

// of is what is known of a user, who reads now.
func (p *people) of(u access.User) *person {
	key := keyOf(u)
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok := p.byKey[key]; ok {
		p.order.MoveToFront(e)
		return e.Value.(*entry).person
	}
	found := &person{user: u, sights: map[access.Resource]*sight{}}
	p.byKey[key] = p.order.PushFront(&entry{key, found})
	p.shrink()
	return found
}

// grow counts an answer about a person.
func (p *people) grow(of *person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	of.kept++
	p.total++
	p.shrink()
}

// shrink forgets those at the end; the one in front stays. What comes in later of who is forgotten is counted with him
// and kept by nobody.
func (p *people) shrink() {
	for p.order.Len() > 1 && (p.order.Len() > p.limits.people || p.total > p.limits.answers) {
		last := p.order.Back()
		e := p.order.Remove(last).(*entry) //nolint:revive // the list holds nothing else
		delete(p.byKey, e.key)
		p.total -= e.person.kept
		e.person.kept = 0
	}
}

// keyOf tells users apart by all that authorization may look at.
func keyOf(u access.User) [sha256.Size]byte {
	var b []byte
	add := func(texts ...string) {
		b = binary.AppendUvarint(b, uint64(len(texts)))
		for _, t := range texts {
			b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
		}
	}
	add(u.Name, u.UID)
	add(slices.Sorted(slices.Values(u.Groups))...)
	for _, k := range slices.Sorted(maps.Keys(u.Extra)) {
		add(k)
		add(u.Extra[k]...)
	}
	return sha256.Sum256(b)
}

package readers

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/callboard-dev/callboard/api/access"
)

// Bounds of what one request, and what nobody waits for, asks the API server.
const (
	// MaxReviews is how many reviews one request waits for.
	MaxReviews = 64
	// sparedReviews of them are not spent on namespaces of a scope: later questions of the request need some.
	sparedReviews = 16
	// together is how many are on the way at the same time, for one request or in the background for one sight.
	together = 16
	// batch is how many are asked in the background before the scope is summed up again.
	batch = 32
	// activeFor is how long after the last request answers are kept fresh.
	activeFor = 10 * time.Second
	// reviewTimeout bounds a review: whoever waits for it may have gone.
	reviewTimeout = 10 * time.Second
	// restAfterError is how long the background rests when the API server fails.
	restAfterError = time.Second
	// maxNamespaces bounds the answers that one sight keeps.
	maxNamespaces = 4096
)

// sight is what one user may see of one resource. It is safe for concurrent use.
type sight struct {
	*asker
	person   *person
	resource access.Resource

	seen     atomic.Pointer[seen]
	asked    atomic.Int64 // when a request last asked, in nanoseconds
	sweeping atomic.Bool
	flights  singleflight.Group

	mu      sync.Mutex
	answers answers
}

// scope is where the user may get objects. While somebody asks, it is kept fresh in the background, so that nobody waits.
func (s *sight) scope(ctx context.Context, b *budget) (access.Scope, error) {
	now := s.clock.Now()
	s.asked.Store(now.UnixNano())
	if seen := s.seen.Load(); seen != nil && now.Before(seen.until) {
		if !now.Before(seen.ahead) {
			s.wake()
		}
		return seen.scope, nil
	}
	return s.look(ctx, b)
}

// look asks as much as the request may, and leaves the rest to the background.
func (s *sight) look(ctx context.Context, b *budget) (access.Scope, error) {
	all, err := s.everywhere(ctx, b)
	if err != nil {
		return access.Scope{}, err
	}
	var namespaces []string
	if !all {
		namespaces = s.namespaces()
		names, _ := s.due(namespaces, MaxAge)
		if err := s.askAll(ctx, names[:b.take(len(names), sparedReviews)]); err != nil {
			return access.Scope{}, err
		}
	}
	seen, ok := s.sumUp(namespaces)
	if !ok { // that much time has passed meanwhile
		return access.Scope{Partial: true}, nil
	}
	if seen.scope.Partial {
		s.wake()
	}
	return seen.scope, nil
}

// everywhere says whether the user may get all objects of the resource.
func (s *sight) everywhere(ctx context.Context, b *budget) (bool, error) {
	if a, ok := s.fresh(""); ok {
		return a.allowed, nil
	}
	if b.take(1, 0) == 0 {
		return false, errTooMany
	}
	a, err := s.ask(ctx, "", MaxAge)
	return a.allowed, err
}

// may says whether the user may get the objects in one namespace. What a request may no longer wait for is denied to it,
// and asked for the next one.
func (s *sight) may(ctx context.Context, namespace string, b *budget) (bool, error) {
	if a, ok := s.fresh(namespace); ok && (a.allowed || namespace == "") {
		return a.allowed, nil
	}
	all, err := s.everywhere(ctx, b)
	if err != nil || all || namespace == "" {
		return all, err
	}
	if a, ok := s.fresh(namespace); ok {
		return a.allowed, nil
	}
	if b.take(1, 0) == 0 {
		s.asked.Store(s.clock.Now().UnixNano())
		s.wake()
		return false, nil
	}
	a, err := s.ask(ctx, namespace, MaxAge)
	return a.allowed, err
}

// fresh is an answer that still counts.
func (s *sight) fresh(namespace string) (answer, bool) {
	a := s.last(namespace)
	return a, a.fresh(s.clock.Now())
}

// last is the last answer, however old.
func (s *sight) last(namespace string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers[namespace]
}

// ask reviews one namespace, unless there is an answer by now that is younger than age. Who asks the same at the same
// time shares the review.
func (s *sight) ask(ctx context.Context, namespace string, age time.Duration) (answer, error) {
	flight := s.flights.DoChan(namespace, func() (any, error) {
		if a := s.last(namespace); a.younger(s.clock.Now(), age) {
			return a, nil
		}
		within, cancel := context.WithTimeout(s.ctx, reviewTimeout)
		defer cancel()
		a := answer{asked: s.clock.Now()}
		var err error
		if a.allowed, err = s.reviews.Allowed(within, s.person.user, s.resource, namespace); err != nil {
			return answer{}, err
		}
		s.keep(namespace, a)
		return a, nil
	})
	select {
	case <-ctx.Done():
		return answer{}, ctx.Err()
	case r := <-flight:
		if r.Err != nil {
			return answer{}, r.Err
		}
		return r.Val.(answer), nil //nolint:revive // the function above returns nothing else
	}
}

// askAll reviews namespaces, some at a time. The first error ends it.
func (s *sight) askAll(ctx context.Context, namespaces []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for _, ns := range namespaces {
		g.Go(func() error {
			_, err := s.ask(ctx, ns, MaxAge)
			return err
		})
	}
	return g.Wait()
}

// keep remembers an answer. Where there are too many, another one goes.
func (s *sight) keep(namespace string, a answer) {
	s.mu.Lock()
	_, known := s.answers[namespace]
	if !known && len(s.answers) >= maxNamespaces {
		s.forgetOne()
		known = true // the number stays
	}
	s.answers[namespace] = a
	s.mu.Unlock()
	if !known {
		s.people.grow(s.person)
	}
}

// forgetOne drops an answer: one that denies, if there is one among the first that are met.
func (s *sight) forgetOne() {
	tries := 0
	for ns, a := range s.answers {
		if tries++; ns != "" && (!a.allowed || tries > batch) {
			delete(s.answers, ns)
			return
		}
	}
}

// namespaces are those that hold objects of the resource, sorted; those that would not be kept are left out.
func (s *sight) namespaces() []string {
	out := slices.Clone(s.holding(s.resource))
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxNamespaces-1)]
}

// due are the namespaces to ask about, see answers.due.
func (s *sight) due(namespaces []string, age time.Duration) (names []string, urgent int) {
	elsewhere := s.person.allowedIn(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answers.due(namespaces, age, elsewhere, s.clock.Now())
}

// sumUp makes the scope of what is known, for all requests until it ends.
func (s *sight) sumUp(namespaces []string) (*seen, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum, ok := s.answers.sum(namespaces, s.clock.Now())
	if !ok {
		return nil, false
	}
	s.seen.Store(&sum)
	return &sum, true
}

// wake sees to it that a sweep runs.
func (s *sight) wake() {
	if s.sweeping.CompareAndSwap(false, true) {
		go func() {
			defer s.sweeping.Store(false)
			s.sweep()
		}()
	}
}

// sweep asks in the background what is due, as long as somebody reads.
func (s *sight) sweep() {
	for s.active() {
		n, err := s.sweepOnce()
		switch {
		case err != nil && s.ctx.Err() == nil:
			s.log.Warn("What a reader may see could not be asked", "resource", s.resource.Plural, "error", err)
			s.rest()
		case err != nil, n == 0:
			return
		}
	}
}

func (s *sight) active() bool {
	return s.ctx.Err() == nil && s.clock.Now().Sub(time.Unix(0, s.asked.Load())) < activeFor
}

func (s *sight) rest() {
	select {
	case <-s.ctx.Done():
	case <-s.clock.After(restAfterError):
	}
}

// sweepOnce asks about some of what is due, and returns how many.
func (s *sight) sweepOnce() (int, error) {
	all, n := s.last(""), 0
	if !all.younger(s.clock.Now(), aheadAge) {
		var err error
		if err = s.pace.soon.Wait(s.ctx); err != nil {
			return 0, err
		}
		if all, err = s.ask(s.ctx, "", aheadAge); err != nil {
			return 0, err
		}
		n++
	}
	var namespaces []string
	if !all.allowed {
		namespaces = s.namespaces()
		names, urgent := s.due(namespaces, aheadAge)
		names = names[:min(len(names), batch)]
		if err := s.askPaced(names, urgent); err != nil {
			return 0, err
		}
		n += len(names)
	}
	s.sumUp(namespaces)
	return n, nil
}

// askPaced is askAll at the pace of the background.
func (s *sight) askPaced(names []string, urgent int) error {
	g, ctx := errgroup.WithContext(s.ctx)
	g.SetLimit(together)
	for i, ns := range names {
		g.Go(func() error {
			pace := s.pace.soon
			if i >= urgent {
				pace = s.pace.later
			}
			if err := pace.Wait(ctx); err != nil {
				return err
			}
			_, err := s.ask(ctx, ns, aheadAge)
			return err
		})
	}
	return g.Wait()
}

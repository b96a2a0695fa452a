package readers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	testingclock "k8s.io/utils/clock/testing"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
)

var components = access.Of(relation.Component)

// fakeReviews answers as told, and counts.
type fakeReviews struct {
	mu      sync.Mutex
	users   map[string]access.User // by token
	allowed map[string][]string    // namespaces by user; "" is all
	down    bool
	tokens  int
	asked   []string // namespaces, in order
	latency time.Duration
}

var errDown = errors.New("connection refused")

func (f *fakeReviews) Token(_ context.Context, token string, _ []string) (access.User, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens++
	if f.down {
		return access.User{}, false, errDown
	}
	u, ok := f.users[token]
	return u, ok, nil
}

func (f *fakeReviews) Allowed(_ context.Context, u access.User, _ access.Resource, namespace string) (bool, error) {
	time.Sleep(f.latency)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, namespace)
	if f.down {
		return false, errDown
	}
	return slices.Contains(f.allowed[u.Name], namespace), nil
}

func (f *fakeReviews) set(change func(*fakeReviews)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fakeReviews) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}

// world is a door on fake reviews and a clock that stands.
type world struct {
	*Door
	reviews    *fakeReviews
	clock      *testingclock.FakeClock
	namespaces []string
}

func newWorld(t testing.TB, namespaces int, change ...func(*Options)) *world {
	t.Helper()
	w := &world{reviews: &fakeReviews{users: map[string]access.User{}, allowed: map[string][]string{}}, clock: testingclock.NewFakeClock(noon)}
	for i := range namespaces {
		w.namespaces = append(w.namespaces, fmt.Sprintf("ns-%04d", i))
	}
	o := Options{Reviews: w.reviews, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Token: true,
		Namespaces: func(access.Resource) []string { return w.namespaces }, Sessions: Sessions{For: time.Hour}}
	for _, c := range change {
		c(&o)
	}
	var err error
	if w.Door, err = New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	w.asker.pace.soon.SetLimit(1e6)
	w.asker.pace.later.SetLimit(1e6)
	return w
}

func (w *world) read(name string) access.Reader { return w.asker.reader(access.User{Name: name}) }

func (w *world) scope(t testing.TB, name string) access.Scope {
	t.Helper()
	s, err := w.read(name).Scope(t.Context(), components)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// eventually looks until the check finds nothing wrong any more.
func eventually(t testing.TB, check func() error) {
	t.Helper()
	end := time.Now().Add(20 * time.Second)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

package readers

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
)

func TestWhoMayGetAllIsAskedAboutOnce(t *testing.T) {
	w := newWorld(t, 500)
	w.reviews.allowed["ann"] = []string{""}
	for range 50 {
		if got := w.scope(t, "ann"); !got.All || got.Partial {
			t.Fatalf("Scope() = %+v, want all", got)
		}
	}
	if n := w.reviews.count(); n != 1 {
		t.Errorf("%d reviews, want 1", n)
	}
}

func TestScopeIsReviewedNamespaceByNamespace(t *testing.T) {
	w := newWorld(t, 30)
	w.reviews.allowed["ben"] = []string{"ns-0003", "ns-0017", "elsewhere"}
	want := access.Scope{Namespaces: []string{"ns-0003", "ns-0017"}}
	if diff := cmp.Diff(want, w.scope(t, "ben")); diff != "" {
		t.Errorf("Scope() -want +got:\n%s", diff)
	}
	if n := w.reviews.count(); n != 31 {
		t.Errorf("%d reviews, want 1 of the cluster and 30 of namespaces", n)
	}
	if got := w.scope(t, "carl"); got.All || len(got.Namespaces) > 0 {
		t.Errorf("Scope() of somebody else = %+v, want nothing", got)
	}
}

func TestARequestWaitsForNoMoreThan64Reviews(t *testing.T) {
	w := newWorld(t, 1000)
	w.reviews.allowed["ben"] = []string{"ns-0002", "ns-0999"}
	w.asker.pace.soon.SetLimit(0) // the background stands still after its burst
	w.asker.pace.soon.SetBurst(0)
	reader := w.read("ben")
	for _, k := range relation.Kinds() {
		s, err := reader.Scope(t.Context(), access.Of(k))
		if err != nil {
			t.Fatal(err)
		}
		if !s.Partial {
			t.Errorf("Scope(%v) = %+v, want it partial", k, s)
		}
	}
	if n := w.reviews.count(); n < MaxReviews-sparedReviews || n > MaxReviews {
		t.Errorf("%d reviews for a request about all kinds, want at most %d", n, MaxReviews)
	}
	for i := range 100 {
		if _, err := reader.May(t.Context(), access.Pods, fmt.Sprint("other-", i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.reviews.count(); n > MaxReviews {
		t.Errorf("%d reviews with 100 questions about single namespaces, want at most %d", n, MaxReviews)
	}
}

func TestWhatARequestDoesNotWaitForIsAskedInTheBackground(t *testing.T) {
	w := newWorld(t, 1000)
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("ns-%04d", i*50))
	}
	w.reviews.allowed["ben"] = want
	first := w.scope(t, "ben")
	if !first.Partial || len(first.Namespaces) != 1 {
		t.Errorf("the first Scope() = %+v, want it partial, with what the first %d namespaces hold", first, MaxReviews-sparedReviews)
	}
	eventually(t, func() error {
		if diff := cmp.Diff(access.Scope{Namespaces: want}, w.scope(t, "ben")); diff != "" {
			return fmt.Errorf("Scope() -want +got:\n%s", diff)
		}
		return nil
	})
	if n := w.reviews.count(); n != 1001 {
		t.Errorf("%d reviews, want one of the cluster and one of each namespace", n)
	}
}

func TestTheSixtyFifthNamespaceComesWithALaterAnswer(t *testing.T) {
	w := newWorld(t, 65)
	w.reviews.allowed["ben"] = []string{"ns-0064"}
	if got := w.scope(t, "ben"); !got.Partial || got.Includes("ns-0064") {
		t.Errorf("the first Scope() = %+v, want it partial", got)
	}
	eventually(t, func() error {
		if got := w.scope(t, "ben"); got.Partial || !got.Includes("ns-0064") {
			return fmt.Errorf("Scope() = %+v", got)
		}
		return nil
	})
}

func TestRevocationCountsAfterTenSeconds(t *testing.T) {
	w := newWorld(t, 3)
	w.reviews.allowed["ben"] = []string{"ns-0000", "ns-0002"}
	w.reviews.allowed["ann"] = []string{""}
	w.scope(t, "ben")
	w.scope(t, "ann")
	w.reviews.set(func(f *fakeReviews) { f.allowed = map[string][]string{"ben": {"ns-0002"}} })
	w.clock.Step(MaxAge - time.Millisecond)
	if got := w.scope(t, "ben"); !got.Includes("ns-0002") {
		t.Errorf("just before ten seconds Scope() = %+v", got)
	}
	w.clock.Step(2 * time.Millisecond)
	if diff := cmp.Diff(access.Scope{Namespaces: []string{"ns-0002"}}, w.scope(t, "ben")); diff != "" {
		t.Errorf("after ten seconds Scope() -want +got:\n%s", diff)
	}
	if got := w.scope(t, "ann"); got.All || len(got.Namespaces) > 0 {
		t.Errorf("after ten seconds Scope() of who could get all = %+v, want nothing", got)
	}
}

func TestAnAPIServerThatFailsAllowsNothing(t *testing.T) {
	w := newWorld(t, 3)
	w.reviews.allowed["ben"] = []string{"ns-0000"}
	w.reviews.down = true
	for range 3 {
		if s, err := w.read("ben").Scope(t.Context(), components); !errors.Is(err, errDown) || s.All || s.Namespaces != nil {
			t.Errorf("Scope() = %+v, %v, want the error", s, err)
		}
		if may, err := w.read("ben").May(t.Context(), components, "ns-0000"); !errors.Is(err, errDown) || may {
			t.Errorf("May() = %v, %v, want the error", may, err)
		}
	}
	w.reviews.set(func(f *fakeReviews) { f.down = false })
	w.scope(t, "ben")
	w.reviews.set(func(f *fakeReviews) { f.down = true })
	w.clock.Step(MaxAge)
	if s, err := w.read("ben").Scope(t.Context(), components); !errors.Is(err, errDown) || s.Namespaces != nil {
		t.Errorf("Scope() after the answers ended = %+v, %v, want the error", s, err)
	}
}

func TestAReadersAnswersDoNotChange(t *testing.T) {
	w := newWorld(t, 3)
	w.reviews.allowed["ben"] = []string{"ns-0000"}
	reader := w.read("ben")
	first, err := reader.Scope(t.Context(), components)
	if err != nil {
		t.Fatal(err)
	}
	w.reviews.set(func(f *fakeReviews) { f.allowed["ben"] = nil })
	w.clock.Step(time.Hour)
	again, err := reader.Scope(t.Context(), components)
	if diff := cmp.Diff(first, again); diff != "" || err != nil {
		t.Errorf("Scope() changed within a request: %v\n%s", err, diff)
	}
	if may, err := reader.May(t.Context(), components, "ns-0000"); !may || err != nil {
		t.Errorf("May() = %v, %v, which is not what Scope() said", may, err)
	}
}

func TestMay(t *testing.T) {
	w := newWorld(t, 3)
	w.reviews.allowed["ben"] = []string{"ns-0001"}
	w.reviews.allowed["ann"] = []string{""}
	cases := map[string]struct {
		user, namespace string
		want            bool
	}{
		"where he may":                         {"ben", "ns-0001", true},
		"where he may not":                     {"ben", "ns-0002", false},
		"cluster-scoped, with a namespace":     {"ben", "", false},
		"anywhere":                             {"ann", "ns-0002", true},
		"where there is nothing":               {"ann", "unknown", true},
		"cluster-scoped":                       {"ann", "", true},
		"somebody of whom nothing is known":    {"carl", "ns-0001", false},
		"somebody whose name is almost theirs": {"ben ", "ns-0001", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				if got, err := w.read(tc.user).May(t.Context(), components, tc.namespace); got != tc.want || err != nil {
					t.Errorf("May(%q) of %q = %v, %v, want %v", tc.namespace, tc.user, got, err, tc.want)
				}
			}
		})
	}
}

// A reader of 20 of 1,000 namespaces who asks all the time is never kept waiting, whatever the reviews take.
func TestWhoReadsAllTheTimeNeverWaits(t *testing.T) {
	w := newWorld(t, 1000)
	for i := range 20 {
		w.reviews.allowed["ben"] = append(w.reviews.allowed["ben"], fmt.Sprintf("ns-%04d", i*50))
	}
	eventually(t, func() error {
		if got := w.scope(t, "ben"); got.Partial || len(got.Namespaces) != 20 {
			return fmt.Errorf("Scope() = %+v", got)
		}
		return nil
	})
	w.reviews.latency = 2 * time.Millisecond
	var took []time.Duration
	for range 6000 { // a minute at 100 requests a second
		reader := w.read("ben")
		begin := time.Now()
		got, err := reader.Scope(t.Context(), components)
		took = append(took, time.Since(begin))
		if err != nil || len(got.Namespaces) != 20 {
			t.Fatalf("Scope() = %+v, %v", got, err)
		}
		w.clock.Step(10 * time.Millisecond)
		time.Sleep(200 * time.Microsecond)
	}
	slices.Sort(took)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("Scope: p50 %s, p99 %s, max %s; %d reviews", p50, p99, took[len(took)-1], w.reviews.count())
	if p99 > time.Millisecond {
		t.Errorf("p99 of Scope = %s, want 1ms at most", p99)
	}
}

func TestTheBackgroundEndsWhenNobodyReads(t *testing.T) {
	w := newWorld(t, 100)
	w.scope(t, "ben")
	s := w.asker.people.of(access.User{Name: "ben"}).sight(w.asker, components)
	w.clock.Step(activeFor)
	eventually(t, func() error {
		if s.sweeping.Load() {
			return errors.New("the sweep goes on")
		}
		return nil
	})
	n := w.reviews.count()
	w.clock.Step(time.Hour)
	time.Sleep(20 * time.Millisecond)
	if got := w.reviews.count(); got != n {
		t.Errorf("%d reviews with nobody reading", got-n)
	}
}

func TestQuestionsAtTheSameTimeShareTheirReviews(t *testing.T) {
	w := newWorld(t, 40)
	w.reviews.latency = 5 * time.Millisecond
	w.reviews.allowed["ben"] = []string{"ns-0001"}
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if s, err := w.read("ben").Scope(t.Context(), components); err != nil || !s.Includes("ns-0001") {
				t.Errorf("Scope() = %+v, %v", s, err)
			}
			if may, err := w.read("ben").May(t.Context(), components, "ns-0002"); err != nil || may {
				t.Errorf("May() = %v, %v", may, err)
			}
		})
	}
	wait.Wait()
	if n := w.reviews.count(); n != 41 {
		t.Errorf("%d reviews of 41 questions by 50 requests", n)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	w := newWorld(t, 20)
	w.asker.people.limits = limits{people: 10, answers: 100}
	for i := range 50 {
		w.scope(t, fmt.Sprint("user-", i))
	}
	p := w.asker.people
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.order.Len() > 10 || len(p.byKey) != p.order.Len() || p.total > 100 {
		t.Errorf("%d people with %d answers are kept, want 10 with 100 at most", p.order.Len(), p.total)
	}
	sum := 0
	for e := p.order.Front(); e != nil; e = e.Next() {
		sum += e.Value.(*entry).person.kept
	}
	if sum != p.total {
		t.Errorf("%d answers are counted, and %d are kept", p.total, sum)
	}
}

func TestAnswersOfOneSightAreBounded(t *testing.T) {
	w := newWorld(t, 0)
	reader := func() access.Reader { return w.read("ben") }
	for i := range maxNamespaces + 100 {
		if _, err := reader().May(t.Context(), components, fmt.Sprint("ns-", i)); err != nil {
			t.Fatal(err)
		}
	}
	s := w.asker.people.of(access.User{Name: "ben"}).sight(w.asker, components)
	if len(s.answers) > maxNamespaces {
		t.Errorf("%d answers are kept, want %d at most", len(s.answers), maxNamespaces)
	}
}

func TestUsersWhoDifferInAnythingAreTwo(t *testing.T) {
	users := []access.User{
		{Name: "ann"}, {Name: "ben"}, {Name: "ann", UID: "1"}, {Name: "ann", Groups: []string{"a", "b"}}, {Name: "ann", Groups: []string{"ab"}},
		{Name: "ann", Groups: []string{"a"}}, {Name: "ann", Extra: map[string][]string{"a": {"b"}}}, {Name: "ann", Extra: map[string][]string{"a": {"b", "c"}}},
		{Name: "ann", Extra: map[string][]string{"a": {"b"}, "c": nil}}, {Name: "a", UID: "nn"},
	}
	keys := map[[32]byte]access.User{}
	for _, u := range users {
		if other, ok := keys[keyOf(u)]; ok {
			t.Errorf("%+v and %+v have the same key", u, other)
		}
		keys[keyOf(u)] = u
	}
	if keyOf(access.User{Name: "ann", Groups: []string{"b", "a"}}) != keyOf(access.User{Name: "ann", Groups: []string{"a", "b"}}) {
		t.Error("the order of groups tells users apart")
	}
}

func BenchmarkScopeWarm(b *testing.B) {
	w := newWorld(b, 1000)
	for i := range 20 {
		w.reviews.allowed["ben"] = append(w.reviews.allowed["ben"], fmt.Sprintf("ns-%04d", i*50))
	}
	eventually(b, func() error {
		if w.scope(b, "ben").Partial {
			return errors.New("still partial")
		}
		return nil
	})
	b.ReportAllocs()
	for b.Loop() {
		if s, err := w.read("ben").Scope(b.Context(), components); err != nil || len(s.Namespaces) != 20 {
			b.Fatal(s, err)
		}
	}
}

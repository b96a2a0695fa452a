package readers

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callboard-dev/callboard/api/access"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func yes(ago time.Duration) answer { return answer{true, noon.Add(-ago)} }
func no(ago time.Duration) answer  { return answer{false, noon.Add(-ago)} }

func TestSum(t *testing.T) {
	cases := map[string]struct {
		answers    answers
		namespaces []string
		want       access.Scope
		known      bool
		until      time.Duration
	}{
		"nothing is known": {answers{}, []string{"a"}, access.Scope{}, false, 0},
		"all is allowed":   {answers{"": yes(3 * time.Second)}, []string{"a"}, access.Scope{All: true}, true, 7 * time.Second},
		"all was allowed ten seconds ago": {
			answers{"": yes(10 * time.Second)}, []string{"a"}, access.Scope{}, false, 0},
		"some namespaces are allowed, and the oldest of these answers ends the scope": {
			answers{"": no(0), "a": yes(4 * time.Second), "b": no(9 * time.Second), "c": yes(1 * time.Second)}, []string{"a", "b", "c"},
			access.Scope{Namespaces: []string{"a", "c"}}, true, 6 * time.Second},
		"a namespace that was not asked about makes it partial": {
			answers{"": no(0), "a": yes(0)}, []string{"a", "b"}, access.Scope{Namespaces: []string{"a"}, Partial: true}, true, 10 * time.Second},
		"one that was allowed too long ago is not shown": {
			answers{"": no(0), "a": yes(10 * time.Second), "b": yes(0)}, []string{"a", "b"},
			access.Scope{Namespaces: []string{"b"}, Partial: true}, true, 10 * time.Second},
		"one that was denied a while ago stays closed": {
			answers{"": no(0), "a": no(59 * time.Second)}, []string{"a"}, access.Scope{}, true, 10 * time.Second},
		"one that was denied a minute ago was not looked at": {
			answers{"": no(0), "a": no(time.Minute)}, []string{"a"}, access.Scope{Partial: true}, true, 10 * time.Second},
		"a namespace that holds nothing is not named": {
			answers{"": no(0), "a": yes(0), "z": yes(0)}, []string{"a"}, access.Scope{Namespaces: []string{"a"}}, true, 10 * time.Second},
		"an answer about a namespace does not stand in for the cluster": {
			answers{"a": yes(0)}, []string{"a"}, access.Scope{}, false, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, known := tc.answers.sum(tc.namespaces, noon)
			if known != tc.known {
				t.Fatalf("sum() is known: %v, want %v", known, tc.known)
			}
			if diff := cmp.Diff(tc.want, got.scope); diff != "" {
				t.Errorf("sum() -want +got:\n%s", diff)
			}
			if known && !got.until.Equal(noon.Add(tc.until)) {
				t.Errorf("sum() holds for %s, want %s", got.until.Sub(noon), tc.until)
			}
		})
	}
}

func TestDueAsksFirstWhatSomebodyMisses(t *testing.T) {
	as := answers{
		"": no(0), "denied-long-ago": no(30 * time.Second), "denied-lately": no(11 * time.Second), "denied-now": no(time.Second),
		"allowed-now": yes(time.Second), "allowed-before": yes(12 * time.Second),
	}
	namespaces := []string{"allowed-before", "allowed-now", "denied-lately", "denied-long-ago", "denied-now", "new", "seen-elsewhere"}
	elsewhere := func(ns string) bool { return ns == "seen-elsewhere" }
	got, urgent := as.due(namespaces, MaxAge, elsewhere, noon)
	want := []string{"allowed-before", "seen-elsewhere", "new", "denied-long-ago", "denied-lately"}
	if diff := cmp.Diff(want, got); diff != "" || urgent != 3 {
		t.Errorf("due() = %d urgent of %v\n-want +got:\n%s", urgent, got, diff)
	}
	got, _ = as.due(namespaces, time.Second, elsewhere, noon)
	if want := "allowed-now"; got[1] != want {
		t.Errorf("due() with an age of a second = %v, want %s second", got, want)
	}
}

// No answers whatever let in a namespace whose last answer does not allow it, or is too old.
func FuzzSum(f *testing.F) {
	f.Add(int64(1), uint8(5), true)
	f.Add(int64(99), uint8(200), false)
	f.Fuzz(func(t *testing.T, seed int64, n uint8, all bool) {
		as, names := answers{"": {all, noon.Add(-time.Duration(seed%15) * time.Second)}}, []string{}
		x := uint64(seed)
		for i := range int(n) {
			x = x*6364136223846793005 + 1442695040888963407
			ns := fmt.Sprintf("ns-%03d", i)
			names = append(names, ns)
			if x>>60 != 0 {
				as[ns] = answer{x>>63 == 1, noon.Add(-time.Duration(x>>32%20) * time.Second)}
			}
		}
		got, known := as.sum(names, noon)
		for _, ns := range names {
			allowed := as[""].allowed && as[""].fresh(noon) || as[ns].allowed && as[ns].fresh(noon)
			if known && got.scope.Includes(ns) != allowed || !known && got.scope.Includes(ns) {
				t.Errorf("%s is shown: %v, although the answers are %+v and %+v", ns, got.scope.Includes(ns), as[""], as[ns])
			}
		}
	})
}

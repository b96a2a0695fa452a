package scorecard_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// ladder compiles a Scorecard with levels and checks of these names.
func ladder(t *testing.T, name string, levels []catalog.Word, checks ...catalog.CheckName) *scorecard.Compiled {
	t.Helper()
	sc := &catalog.Scorecard{Spec: catalog.ScorecardSpec{
		AppliesTo: catalog.ScorecardScope{Kinds: []catalog.ScoredKind{"Component"}}, Passing: catalog.PassMark{Score: ptr.To[int32](50)},
	}}
	sc.Name = name
	for _, l := range levels {
		sc.Spec.Levels = append(sc.Spec.Levels, catalog.ScorecardLevel{Name: l})
	}
	for _, c := range checks {
		sc.Spec.Checks = append(sc.Spec.Checks, catalog.ScorecardCheck{Name: c, Expression: "true"})
	}
	c, errs := scorecard.Compile(sc, scorecard.Stored)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return c
}

var metals = []catalog.Word{"Bronze", "Silver", "Gold"}

func TestWorst(t *testing.T) {
	three, two, points := ladder(t, "a", metals, "x"), ladder(t, "b", metals[:2], "x"), ladder(t, "c", nil, "x")
	on := func(c *scorecard.Compiled, level catalog.Word, percent int32) scorecard.Standing {
		return scorecard.Standing{Of: c, Result: &scorecard.Result{Verdict: catalog.VerdictPassing, Level: level, Percent: percent}}
	}
	none := on(three, "", -1)
	none.Result.Verdict = catalog.VerdictNotApplicable
	cases := map[string]struct {
		all  []scorecard.Standing
		want string
	}{
		"nothing":                          {nil, ""},
		"nothing applies":                  {[]scorecard.Standing{none}, ""},
		"one":                              {[]scorecard.Standing{on(three, "Gold", 96)}, "Gold 96%"},
		"no level reached":                 {[]scorecard.Standing{on(three, "", 40)}, "None 40%"},
		"points alone":                     {[]scorecard.Standing{on(points, "", 40)}, "40%"},
		"a level without points":           {[]scorecard.Standing{on(three, "Silver", -1)}, "Silver"},
		"the lower level":                  {[]scorecard.Standing{on(three, "Gold", 90), on(three, "Silver", 99)}, "Silver 99%"},
		"by how far up the ladder":         {[]scorecard.Standing{on(three, "Silver", 90), on(two, "Bronze", 99)}, "Bronze 99%"},
		"the top of a short one":           {[]scorecard.Standing{on(two, "Silver", 70), on(three, "Silver", 99)}, "Silver 99%"},
		"equally far, the lower percent":   {[]scorecard.Standing{on(three, "Gold", 99), on(two, "Silver", 80)}, "Silver 80%"},
		"equal, the first":                 {[]scorecard.Standing{on(three, "Gold", 99), on(two, "Silver", 99)}, "Gold 99%"},
		"points against a level":           {[]scorecard.Standing{on(points, "", 20), on(three, "Bronze", 99)}, "20%"},
		"what does not apply is no matter": {[]scorecard.Standing{none, on(three, "Gold", 100)}, "Gold 100%"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := scorecard.Worst(tc.all); got != tc.want {
				t.Errorf("Worst() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestTotals(t *testing.T) {
	c := ladder(t, "a", metals, "first", "second", "third")
	var sum relation.ScoreTally
	sum.Entities, sum.Passing, sum.Percents, sum.Sum = 7, 4, 3, 200
	sum.Levels[0], sum.Levels[1], sum.Levels[3] = 2, 1, 4
	sum.Failed[0], sum.Failed[2] = 1, 3
	want := catalog.ScoreTotals{
		Entities: ptr.To[int32](7), Passing: ptr.To[int32](4), Average: ptr.To[int32](66),
		Levels:     []catalog.LevelCount{{Level: "Gold", Entities: 4}, {Level: "Bronze", Entities: 1}},
		MostFailed: []catalog.CheckCount{{Check: "third", Entities: 3}, {Check: "first", Entities: 1}},
	}
	if diff := cmp.Diff(want, c.Totals(sum)); diff != "" {
		t.Errorf("Totals() differs (-want +got):\n%s", diff)
	}
	if got, want := c.LevelsText(sum), "Gold 4, Bronze 1, none 2"; got != want {
		t.Errorf("LevelsText() = %q, want %q", got, want)
	}
	if got := ladder(t, "a", nil, "first").LevelsText(sum); got != "" {
		t.Errorf("LevelsText() without levels = %q, want none", got)
	}
}

func TestTotalsAreBounded(t *testing.T) {
	var names []catalog.CheckName
	var sum relation.ScoreTally
	for i := range 20 {
		names = append(names, catalog.CheckName("c"+string(rune('a'+i))))
		sum.Failed[i] = int32(1 + i%3)
	}
	got := ladder(t, "a", nil, names...).Totals(sum).MostFailed
	if len(got) != 10 || got[0] != (catalog.CheckCount{Check: "cc", Entities: 3}) || got[6] != (catalog.CheckCount{Check: "cb", Entities: 2}) {
		t.Errorf("MostFailed = %v, want the 10 that most fail, in the order of the Scorecard", got)
	}
}

func TestMergeGoesByNames(t *testing.T) {
	before := ladder(t, "a", []catalog.Word{"Bronze", "Old"}, "gone", "kept")
	now := ladder(t, "a", []catalog.Word{"New", "Bronze"}, "kept", "fresh")
	var old, sum relation.ScoreTally
	old.Entities, old.Levels[0], old.Levels[1], old.Levels[2], old.Failed[0], old.Failed[1] = 6, 1, 2, 3, 4, 5
	sum = now.Merge(sum, before, old)
	if sum.Entities != 6 || sum.Levels[0] != 1+3 || sum.Levels[1] != 0 || sum.Levels[2] != 2 {
		t.Errorf("Merge() = %+v: want Bronze 2, and what no longer has a level with those that reached none", sum)
	}
	if sum.Failed[0] != 5 || sum.Failed[1] != 0 {
		t.Errorf("Merge() counts the failed %v, want kept 5 alone", sum.Failed[:2])
	}
	if again := now.Merge(sum, now, sum); again.Entities != 12 || again.Failed[0] != 10 {
		t.Errorf("Merge() with itself = %+v, want twice as many", again)
	}
}

func TestCounted(t *testing.T) {
	c := ladder(t, "a", metals, "first", "second", "third")
	r := scorecard.Result{Verdict: catalog.VerdictFailing, Level: "Silver", Percent: 33, Checks: []scorecard.CheckResult{
		{Check: "first", Outcome: catalog.OutcomeFail}, {Check: "second", Outcome: catalog.OutcomePass}, {Check: "third", Outcome: catalog.OutcomeUnknown},
	}}
	got, ok := c.Counted(&r, 7)
	want := relation.Score{Card: 7, Level: 2, Percent: 33, Failed: []uint8{0, 2}}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("Counted() = %t, differs (-want +got):\n%s", ok, diff)
	}
	if _, ok := c.Counted(&scorecard.Result{Verdict: catalog.VerdictNotApplicable, Percent: -1}, 7); ok {
		t.Error("Counted() counts an entity to which nothing applies")
	}
}

func TestStatusIsBounded(t *testing.T) {
	r := scorecard.Result{Scorecard: "a", Verdict: catalog.VerdictFailing, Percent: 0}
	for i := range 15 {
		r.Checks = append(r.Checks,
			scorecard.CheckResult{Check: catalog.CheckName("f" + string(rune('a'+i))), Outcome: catalog.OutcomeFail, Weight: int64(i)},
			scorecard.CheckResult{Check: catalog.CheckName("x" + string(rune('a'+i))), Outcome: catalog.OutcomeExempt})
	}
	s := r.Status()
	if s.NotPassed != 15 || len(s.Failing) != 10 || s.Failing[0].Check != "fo" || len(s.Exempt) != 10 || s.Exempt[0] != "xa" {
		t.Errorf("Status() = %+v: want all 15 counted, the 10 worst listed, and the first 10 that are exempt", s)
	}
	if *s.Percent != 0 {
		t.Errorf("Percent = %d, want 0", *s.Percent)
	}
	r.Percent = -1
	if got := r.Status().Percent; got != nil {
		t.Errorf("Percent = %d, want none", *got)
	}
}

func TestStatusTellsALongValueOnce(t *testing.T) {
	const image = "registry.example.com/team/a-long-path/of-an-image:v1.2.3"
	for _, c := range []struct {
		name, message string
		evidence      []catalog.Evidence
		want          catalog.Evidence
	}{
		{"short", "Runs 1 replica", []catalog.Evidence{{Path: "workloads[0].spec.replicas", Value: "1"}},
			catalog.Evidence{Path: "workloads[0].spec.replicas", Value: "1"}},
		{"long and told", "Not pinned: " + image, []catalog.Evidence{{Path: "workloads[0].kind", Value: `"Deployment"`}, {Path: "image", Value: `"` + image + `"`}},
			catalog.Evidence{Path: "image"}},
		{"long and not told", "Not pinned", []catalog.Evidence{{Path: "image", Value: `"` + image + `"`}},
			catalog.Evidence{Path: "image", Value: `"` + image + `"`}},
		{"only of which object", "Wrong", []catalog.Evidence{{Path: "workloads[0].kind", Value: `"Job"`}},
			catalog.Evidence{Path: "workloads[0].kind", Value: `"Job"`}},
	} {
		r := scorecard.Result{Checks: []scorecard.CheckResult{
			{Check: "asked", Outcome: catalog.OutcomeFail, Message: c.message, Evidence: slices.Clone(c.evidence)},
		}}
		got := r.Status().Failing[0].Evidence
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s: evidence is %v, want %v", c.name, got, c.want)
		}
		if !slices.Equal(r.Checks[0].Evidence, c.evidence) {
			t.Errorf("%s: the result itself changed: %v", c.name, r.Checks[0].Evidence)
		}
	}
}

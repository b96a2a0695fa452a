package scores

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/workload"
)

// card compiles a Scorecard of Components with one check.
func card(t *testing.T, name string, generation int64, expression catalog.CELExpression) *Card {
	t.Helper()
	c := Compile(&catalog.Scorecard{ObjectMeta: metav1.ObjectMeta{Name: name, Generation: generation}, Spec: catalog.ScorecardSpec{
		Mode: catalog.ScorecardActive, AppliesTo: catalog.ScorecardScope{Kinds: []catalog.ScoredKind{"Component"}},
		Passing: catalog.PassMark{Score: ptr.To[int32](100)}, Checks: []catalog.ScorecardCheck{{Name: "check", Expression: expression}},
	}})
	if len(c.Wrong) > 0 {
		t.Fatal(c.Wrong)
	}
	return c
}

// judge judges the Component shop/cart by what the board holds.
func judge(t *testing.T, b *Board, e catalog.Entity) Judgement {
	t.Helper()
	g := relation.NewGraph()
	g.Upsert(relation.FactsOf(e))
	j, err := b.Judge(t.Context(), Subject{
		Entity: e, Status: &catalog.EntityStatus{}, Graph: g, Links: workload.NewIndex(), Now: time.Unix(1_000_000, 0),
		Find: func(relation.Ref) catalog.Entity { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// stripped is an entity as the cache has it.
func stripped(c *catalog.Component) *catalog.Component {
	c = c.DeepCopy()
	c.Spec.Descriptor = catalog.Descriptor{}
	return c
}

func TestWhatTheCacheDropsIsKept(t *testing.T) {
	cart := apitest.Component("shop", "cart", func(s *catalog.ComponentSpec) { s.Description = "Keeps things." })
	cart.ResourceVersion = "10"
	older := cart.DeepCopy()
	older.ResourceVersion, older.Spec.Description = "9", ""
	newer := cart.DeepCopy()
	newer.ResourceVersion, newer.Spec.Description = "11", ""
	since := cart.DeepCopy()
	since.ResourceVersion = "11"
	edited := newer.DeepCopy()
	edited.Generation++
	cases := map[string]struct {
		show func(*Board)
		want string
	}{
		"as it comes":                             {func(b *Board) { b.Keep(cart) }, "100%"},
		"never":                                   {func(*Board) {}, "0%"},
		"once more, without what was dropped":     {func(b *Board) { b.Keep(cart); b.Keep(stripped(cart)) }, "100%"},
		"listed later, as it was already":         {func(b *Board) { b.Keep(stripped(cart)); b.Fill(cart) }, "100%"},
		"a list that is older than what came":     {func(b *Board) { b.Keep(cart); b.Fill(older) }, "100%"},
		"an event that is older than the list":    {func(b *Board) { b.Fill(cart); b.Keep(older) }, "100%"},
		"a newer one":                             {func(b *Board) { b.Keep(cart); b.Keep(newer) }, "0%"},
		"a status since":                          {func(b *Board) { b.Keep(cart); b.KeepStatus(stripped(since)); b.Keep(cart) }, "100%"},
		"a status, then an event that it is in":   {func(b *Board) { b.Keep(cart); b.KeepStatus(stripped(newer)); b.Keep(newer) }, "100%"},
		"a status of another spec":                {func(b *Board) { b.Keep(cart); b.KeepStatus(stripped(edited)); b.Keep(newer) }, "0%"},
		"one that is gone":                        {func(b *Board) { b.Keep(cart); b.ForgetEntity(relation.RefOf(cart)) }, "0%"},
		"nothing of kinds that nobody asks about": {func(b *Board) { b.Keep(apitest.User("ada")); b.Keep(cart) }, "100%"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b, c := NewBoard(), card(t, "docs", 1, "has(entity.spec.description)")
			if m := b.Want(c); len(m.Kinds) != 1 || m.Kinds[0] != relation.Component || m.Workloads {
				t.Errorf("Want() = %+v, want the Components", m)
			}
			if m := b.Want(c); !m.None() {
				t.Errorf("Want() once more = %+v, want nothing", m)
			}
			b.Set(c)
			tc.show(b)
			if got := judge(t, b, stripped(cart)).Summary; got != tc.want {
				t.Errorf("the score is %s, want %s", got, tc.want)
			}
			if len(b.entities) > 1 {
				t.Errorf("%d entities are kept, want the one that is asked about", len(b.entities))
			}
		})
	}
}

func TestNothingIsKeptThatNobodyReads(t *testing.T) {
	b := NewBoard()
	b.Set(card(t, "names", 1, "entity.metadata.name != ''"))
	b.Keep(&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart"}})
	if len(b.workloads) > 0 {
		t.Error("a workload is kept, and no check reads any")
	}
}

func TestWorkloadsAreKeptWithoutSecrets(t *testing.T) {
	b, key := NewBoard(), workload.Key{Kind: catalog.WorkloadDeployment, Namespace: "shop", Name: "cart"}
	b.Want(card(t, "running", 1, "workloads.size() > 0"))
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart", ResourceVersion: "1"}}
	d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "main", Env: []corev1.EnvVar{{Name: "TOKEN", Value: "hunter2"}}}}
	b.Keep(d)
	if text := string(b.workloads[key].text); strings.Contains(text, "hunter2") || !strings.Contains(text, "TOKEN") {
		t.Errorf("kept %s: want the name of the variable, not its value", text)
	}
	if !b.Changed(key) || b.Changed(key) {
		t.Error("Changed() must say so of a new workload, once")
	}
	d.ResourceVersion, d.Status.ReadyReplicas = "2", 3
	if b.Keep(d); b.Changed(key) {
		t.Error("Changed() says so of a status")
	}
	d.ResourceVersion, d.Spec.Replicas = "3", ptr.To[int32](2)
	if b.Keep(d); !b.Changed(key) {
		t.Error("Changed() does not tell of replicas")
	}
	if b.ForgetWorkload(key); len(b.workloads) > 0 {
		t.Error("a workload that is gone is kept")
	}
}

func TestSetTellsWhomToJudgeAnew(t *testing.T) {
	b := NewBoard()
	first := card(t, "docs", 1, "true")
	if diff := cmp.Diff([]relation.Kind{relation.Component}, b.Set(first)); diff != "" {
		t.Error(diff)
	}
	if got := b.Set(card(t, "docs", 1, "true")); got != nil {
		t.Errorf("Set() of the same edition = %v, want nobody", got)
	}
	second := Compile(&catalog.Scorecard{ObjectMeta: metav1.ObjectMeta{Name: "docs", Generation: 2}, Spec: catalog.ScorecardSpec{
		AppliesTo: catalog.ScorecardScope{Kinds: []catalog.ScoredKind{"API"}}, Checks: []catalog.ScorecardCheck{{Name: "other", Expression: "true"}},
	}})
	if diff := cmp.Diff([]relation.Kind{relation.API, relation.Component}, b.Set(second)); diff != "" {
		t.Errorf("Set() of another edition: who was judged, and who is (-want +got):\n%s", diff)
	}
	if b.Judges(relation.Component) || !b.Judges(relation.API) {
		t.Error("the edition of before still judges")
	}
	if got := b.Sums([]relation.ScoreTally{{Card: first.ID, Entities: 3, Passing: 2}, {Card: second.ID, Entities: 1}}); len(got) != 1 ||
		*got[0].Totals.Entities != 4 || *got[0].Totals.Passing != 2 {
		t.Errorf("Sums() = %+v, want both editions as one", got)
	}
	b.Forget([]relation.ScoreTally{{Card: second.ID}})
	if len(b.editions) != 1 {
		t.Errorf("%d editions are kept, want the current one", len(b.editions))
	}
	b.Delete("docs")
	if got := b.Sums([]relation.ScoreTally{{Card: second.ID, Entities: 1}}); len(got) > 0 || b.Judges(relation.API) {
		t.Errorf("Sums() of a Scorecard that is gone = %+v, want none", got)
	}
}

func TestAnEditionThatCountsTheSameKeepsItsSums(t *testing.T) {
	b := NewBoard()
	first, second := card(t, "docs", 1, "true"), card(t, "docs", 2, "true || false")
	b.Set(first)
	if b.Set(second); second.ID != first.ID {
		t.Error("other words of the same check are counted anew")
	}
	draft := card(t, "docs", 3, "true")
	draft.Active = false
	if b.Set(draft); draft.ID == first.ID {
		t.Error("groupings must hear that the Scorecard is a draft now")
	}
}

func TestSumsAreWholeOnceEverybodyWasJudged(t *testing.T) {
	b := NewBoard()
	whole := func() bool {
		select {
		case <-b.Whole():
			return true
		default:
			return false
		}
	}
	if !whole() {
		t.Error("an empty board must be whole")
	}
	a, z := relation.Ref{Kind: relation.User, Name: "a"}, relation.Ref{Kind: relation.User, Name: "z"}
	b.Await([]relation.Ref{a, z})
	if b.Judged(a); whole() {
		t.Error("whole before z was judged")
	}
	b.Judged(a)
	if b.ForgetEntity(z); !whole() {
		t.Error("not whole, and who was awaited is gone")
	}
}

func TestExemptionsEnd(t *testing.T) {
	created := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	x := &catalog.Exemption{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.NewTime(created)}}
	c := &Card{MaxExemption: 30 * 24 * time.Hour}
	for name, tc := range map[string]struct {
		says, want time.Time
		card       *Card
	}{
		"as it says":                    {created.Add(10 * 24 * time.Hour), created.Add(10 * 24 * time.Hour), c},
		"as long as its Scorecard lets": {created.Add(40 * 24 * time.Hour), created.Add(30 * 24 * time.Hour), c},
		"without a Scorecard":           {created.Add(40 * 24 * time.Hour), created.Add(40 * 24 * time.Hour), nil},
	} {
		x.Spec.ExpiresAt = ptr.To(metav1.NewTime(tc.says))
		if got := Ends(x, tc.card); !got.Equal(tc.want) {
			t.Errorf("%s: ends at %s, want %s", name, got, tc.want)
		}
	}
}

func TestOnlyApprovedExemptionsCount(t *testing.T) {
	b := NewBoard()
	b.Set(card(t, "docs", 1, "false"))
	cart := apitest.Component("shop", "cart")
	x := &catalog.Exemption{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "x", CreationTimestamp: metav1.NewTime(time.Unix(999_000, 0))},
		Spec: catalog.ExemptionSpec{Entity: "component:cart", Scorecard: "docs", ExpiresAt: ptr.To(metav1.NewTime(time.Unix(1_000_001, 0)))}}
	if ref := b.SetExemption(x); ref != relation.RefOf(cart) {
		t.Errorf("it is about %s, want %s", ref, relation.RefOf(cart))
	}
	if got := judge(t, b, cart).Summary; got != "0%" {
		t.Errorf("not approved, the score is %q, want 0%%", got)
	}
	approved := x.DeepCopy()
	approved.Spec.Approval.By = "grace"
	b.SetExemption(approved)
	j := judge(t, b, cart)
	if j.Summary != "" || !j.Again.Equal(time.Unix(1_000_001, 0)) {
		t.Errorf("approved, the score is %q until %s, want none until the exemption ends", j.Summary, j.Again)
	}
	foreign := approved.DeepCopy()
	foreign.Spec.Entity = "component:other/cart"
	if ref := b.SetExemption(foreign); !ref.IsZero() {
		t.Errorf("an exemption of another namespace is about %s, want nobody", ref)
	}
	b.DeleteExemption(approved)
	if got := judge(t, b, cart).Summary; got != "0%" {
		t.Errorf("once it is gone the score is %q, want 0%%", got)
	}
}

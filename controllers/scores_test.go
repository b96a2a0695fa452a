package controllers_test

import (
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callboard-dev/callboard/api/apitest"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// judged labels what the Scorecard of one test judges, so that tests leave each other alone.
const judged = "scores.test/by"

// newScorecard makes one that judges what carries the label with its name.
func newScorecard(t *testing.T, mode catalog.ScorecardMode, kinds []catalog.ScoredKind, checks ...catalog.ScorecardCheck) *catalog.Scorecard {
	t.Helper()
	name := unique("card")
	sc := &catalog.Scorecard{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: catalog.ScorecardSpec{
		Mode:      mode,
		AppliesTo: catalog.ScorecardScope{Kinds: kinds, Selector: catalog.LabelSelector{MatchLabels: map[string]catalog.LabelValue{judged + name: catalog.LabelValue(name)}}},
		Levels:    []catalog.ScorecardLevel{{Name: "Bronze"}, {Name: "Gold"}},
		Passing:   catalog.PassMark{Level: "Gold"}, Checks: checks,
	}}
	create(t, sc)
	return sc
}

func judgedBy(sc *catalog.Scorecard) map[string]string {
	return map[string]string{judged + sc.Name: sc.Name}
}

var (
	ofComponents = []catalog.ScoredKind{"Component"}
	isOwned      = catalog.ScorecardCheck{Name: "owned", Level: "Bronze", Expression: "entity.status.conditions.exists(c, c.type == 'Owned' && c.status == 'True')"}
	described    = catalog.ScorecardCheck{Name: "described", Level: "Bronze", Expression: "has(entity.spec.description)"}
	replicated   = catalog.ScorecardCheck{
		Name: "replicated", Level: "Gold", Expression: "workloads.all(w, w.spec.replicas >= 2)",
		Evidence: []catalog.EvidencePath{"workloads.spec.replicas"},
	}
)

// score wants how an entity does on a Scorecard.
func score(sc *catalog.Scorecard, verdict catalog.Verdict, level catalog.Word, percent int32, failing ...string) check {
	return func(e catalog.Entity) error {
		for _, s := range e.EntityStatus().Scores { // of several Scorecards
			if s.Scorecard != sc.Name {
				continue
			}
			var got []string
			for _, f := range s.Failing {
				got = append(got, string(f.Check))
			}
			if s.Verdict != verdict || s.Level != level || ptr.Deref(s.Percent, -1) != percent || fmt.Sprint(got) != fmt.Sprint(failing) {
				return fmt.Errorf("score is %s %q %d%% failing %v, want %s %q %d%% %v", s.Verdict, s.Level, ptr.Deref(s.Percent, -1), got, verdict, level, percent, failing)
			}
			return nil
		}
		return fmt.Errorf("no score of %s among %+v", sc.Name, e.EntityStatus().Scores)
	}
}

// columnIs wants the text of the column SCORE.
func columnIs(want string) check {
	return func(e catalog.Entity) error {
		if got := e.EntityStatus().Summary.Score; got != want {
			return fmt.Errorf("the column SCORE says %q, want %q", got, want)
		}
		return nil
	}
}

// totalsAre waits for the totals of a Scorecard.
func totalsAre(t *testing.T, sc *catalog.Scorecard, entities, passing, average int32, levels string) {
	t.Helper()
	eventually(t, func() error {
		if err := k8s.Get(t.Context(), client.ObjectKeyFromObject(sc), sc); err != nil {
			return err
		}
		s := sc.Status
		if ptr.Deref(s.Totals.Entities, -1) != entities || ptr.Deref(s.Totals.Passing, -1) != passing || ptr.Deref(s.Totals.Average, -1) != average || s.Summary.Levels != levels {
			return fmt.Errorf("totals of %s are %+v, levels %q", sc.Name, s.Totals, s.Summary.Levels)
		}
		if len(s.Trend) == 0 || ptr.Deref(s.Trend[len(s.Trend)-1].Passing, -1) != passing {
			return fmt.Errorf("trend of %s is %+v", sc.Name, s.Trend)
		}
		return nil
	})
}

func TestScoresFollowWhatRuns(t *testing.T) {
	ns, sc := newNamespace(t), newScorecard(t, catalog.ScorecardActive, ofComponents, described, replicated)
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.Description = "Keeps what people want to buy." })
	c.Labels = judgedBy(sc)
	d := deployment(ns, "cart", map[string]string{"app": "cart"})
	create(t, c, d)
	becomes(t, c, score(sc, catalog.VerdictPassing, "Gold", 100), columnIs("Gold 100%"))

	edit(t, d, func(d *appsv1.Deployment) { d.Spec.Replicas = ptr.To[int32](1) })
	becomes(t, c, score(sc, catalog.VerdictFailing, "Bronze", 50, "replicated"), columnIs("Bronze 50%"))
	evidence := c.Status.Scores[0].Failing[0].Evidence
	if len(evidence) != 1 || evidence[0] != (catalog.Evidence{Path: "workloads[0].spec.replicas", Value: "1"}) {
		t.Errorf("evidence is %+v, want workloads[0].spec.replicas = 1", evidence)
	}

	edit(t, c, func(c *catalog.Component) { c.Spec.Description = "" })
	becomes(t, c, score(sc, catalog.VerdictFailing, "", 0, "described", "replicated"), columnIs("None 0%"))
	remove(t, d)
	edit(t, c, func(c *catalog.Component) { c.Spec.Description = "Back." })
	becomes(t, c, score(sc, catalog.VerdictFailing, "Bronze", 50, "replicated"))
	if got := c.Status.Scores[0].Failing[0].Outcome; got != catalog.OutcomeUnknown {
		t.Errorf("without a workload the outcome is %s, want Unknown", got)
	}

	edit(t, c, func(c *catalog.Component) { c.Labels = nil })
	becomes(t, c, columnIs(""), func(e catalog.Entity) error {
		if n := len(e.EntityStatus().Scores); n > 0 {
			return fmt.Errorf("%d scores, want none", n)
		}
		return nil
	})
}

func TestScoresFollowTheScorecard(t *testing.T) {
	ns, sc := newNamespace(t), newScorecard(t, catalog.ScorecardDraft, ofComponents, described)
	good := apitest.Component(ns, "good", func(s *catalog.ComponentSpec) { s.Description = "Yes." })
	bad := apitest.Component(ns, "bad")
	good.Labels, bad.Labels = judgedBy(sc), judgedBy(sc)
	create(t, good, bad)
	totalsAre(t, sc, 2, 1, 50, "Gold 1, none 1")
	becomes(t, read(t, good), columnIs(""))

	edit(t, sc, func(sc *catalog.Scorecard) { sc.Spec.Mode = catalog.ScorecardActive })
	becomes(t, good, columnIs("Gold 100%"))
	becomes(t, bad, columnIs("None 0%"))

	before := good.ResourceVersion
	edit(t, sc, func(sc *catalog.Scorecard) {
		sc.Spec.Checks[0].Expression = "has(entity.spec.description) || entity.metadata.name == 'bad'"
	})
	becomes(t, bad, columnIs("Gold 100%"))
	totalsAre(t, sc, 2, 2, 100, "Gold 2")
	if got := read(t, good).ResourceVersion; got != before {
		t.Errorf("%s was written, though its score is as before", good.Name)
	}

	remove(t, sc)
	becomes(t, bad, columnIs(""))
	becomes(t, good, columnIs(""))
}

func TestScoresAreSummedUp(t *testing.T) {
	ns, sc := newNamespace(t), newScorecard(t, catalog.ScorecardActive, ofComponents, described)
	domain, team := apitest.Domain(unique("shop")), apitest.Group(unique("team"))
	system := apitest.System(ns, "storefront", func(s *catalog.SystemSpec) {
		s.Domain, s.Owner = catalog.EntityRef(domain.Name), catalog.EntityRef(team.Name)
	})
	var all []client.Object
	for i, text := range []string{"One.", "Two.", ""} {
		c := apitest.Component(ns, fmt.Sprintf("c%d", i), func(s *catalog.ComponentSpec) { s.System, s.Description = "storefront", text })
		c.Labels = judgedBy(sc)
		all = append(all, c)
	}
	create(t, append([]client.Object{domain, team, system}, all...)...)
	sum := func(entities, passing, average int32) check {
		return func(e catalog.Entity) error {
			for _, r := range e.EntityStatus().Rollup.Scores {
				if r.Scorecard == sc.Name && *r.Entities == entities && *r.Passing == passing && ptr.Deref(r.Average, -1) == average {
					return nil
				}
			}
			return fmt.Errorf("scores summed up are %+v, want %d of %d, %d%%", e.EntityStatus().Rollup.Scores, passing, entities, average)
		}
	}
	for _, e := range []entity{system, domain, team} {
		becomes(t, e, sum(3, 2, 66))
		if got := e.EntityStatus().Summary.Average; got != "66%" {
			t.Errorf("the column AVERAGE of %s says %q, want 66%%", e.GetName(), got)
		}
	}
	remove(t, all[2])
	for _, e := range []entity{system, domain, team} {
		becomes(t, e, sum(2, 2, 100))
	}
	totalsAre(t, sc, 2, 2, 100, "Gold 2")
}

func TestScoresFollowWhatStandsAbove(t *testing.T) {
	ns := newNamespace(t)
	sc := newScorecard(t, catalog.ScorecardActive, ofComponents,
		catalog.ScorecardCheck{Name: "team", Level: "Bronze", Expression: "has(owner.spec.profile) && has(owner.spec.profile.email)"},
		catalog.ScorecardCheck{Name: "system", Level: "Gold", Expression: "has(system.spec.description) && domain.metadata.?labels['tier'].orValue('') == 'one'"},
	)
	domain, team := apitest.Domain(unique("shop")), apitest.Group(unique("team"))
	domain.Spec.AllowedNamespaces.From, team.Spec.AllowedNamespaces.From = catalog.FromAll, catalog.FromAll
	system := apitest.System(ns, "storefront", func(s *catalog.SystemSpec) { s.Domain = catalog.EntityRef(domain.Name) })
	c := apitest.Component(ns, "cart", func(s *catalog.ComponentSpec) { s.System, s.Owner = "storefront", catalog.EntityRef(team.Name) })
	c.Labels = judgedBy(sc)
	create(t, domain, team, system, c)
	becomes(t, c, score(sc, catalog.VerdictFailing, "", 0, "team", "system"))
	edit(t, team, func(g *catalog.Group) { g.Spec.Profile.Email = "team@example.com" })
	becomes(t, c, score(sc, catalog.VerdictFailing, "Bronze", 50, "system"))
	edit(t, system, func(s *catalog.System) { s.Spec.Description = "The shop window." })
	settled(t)
	edit(t, domain, func(d *catalog.Domain) { d.Labels = map[string]string{"tier": "one"} })
	becomes(t, c, score(sc, catalog.VerdictPassing, "Gold", 100))
	ring := cycleOf(t, 3, func(name, next string) entity {
		return apitest.Domain(name, func(s *catalog.DomainSpec) {
			s.SubdomainOf, s.AllowedNamespaces.From = catalog.EntityRef(next), catalog.FromAll
		})
	})
	edit(t, system, func(s *catalog.System) { s.Spec.Domain = catalog.EntityRef(ring[0].GetName()) })
	becomes(t, c, score(sc, catalog.VerdictFailing, "Bronze", 50, "system"))
	settled(t)
	edit(t, ring[0].(*catalog.Domain), func(d *catalog.Domain) { d.Labels = map[string]string{"tier": "one"} })
	becomes(t, c, score(sc, catalog.VerdictPassing, "Gold", 100))
}

func TestScoresSeeBudgets(t *testing.T) {
	ns := newNamespace(t)
	sc := newScorecard(t, catalog.ScorecardActive, ofComponents,
		catalog.ScorecardCheck{Name: "budget", Expression: "workloads.all(w, w.podDisruptionBudgets.size() > 0)"})
	c, d := apitest.Component(ns, "cart"), deployment(ns, "cart", map[string]string{"app": "cart"})
	c.Labels = judgedBy(sc)
	create(t, c, d)
	becomes(t, c, score(sc, catalog.VerdictPassing, "Gold", 0, "budget"))
	create(t, &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "cart"}, Spec: policyv1.PodDisruptionBudgetSpec{
		MinAvailable: ptr.To(intstr.FromInt32(1)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "cart"}},
	}})
	becomes(t, c, score(sc, catalog.VerdictPassing, "Gold", 100))
}

func TestExemptionsCountUntilTheyExpire(t *testing.T) {
	ns, sc := newNamespace(t), newScorecard(t, catalog.ScorecardActive, ofComponents, described)
	c := apitest.Component(ns, "cart")
	c.Labels = judgedBy(sc)
	create(t, c)
	becomes(t, c, columnIs("None 0%"))
	ends := time.Now().Add(4 * time.Second).Truncate(time.Second)
	x := &catalog.Exemption{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "later"}, Spec: catalog.ExemptionSpec{
		Entity: "component:cart", Scorecard: sc.Name, Checks: []catalog.CheckName{"described"}, Reason: "Next quarter",
		ExpiresAt: ptr.To(metav1.NewTime(ends)), RequestedBy: "ada",
	}}
	create(t, x)
	stateIs(t, x, metav1.ConditionFalse, catalog.ReasonNotApproved)
	edit(t, x, func(x *catalog.Exemption) { x.Spec.Approval = catalog.Approval{By: "grace", Reason: "Agreed"} })
	becomes(t, c, columnIs(""))
	stateIs(t, x, metav1.ConditionTrue, catalog.ReasonApproved)
	becomes(t, c, columnIs("None 0%"))
	if late := time.Since(ends); late < 0 || late > 2*time.Second {
		t.Errorf("the exemption ceased to count %s after its end, want 0 to 2 s", late)
	}
	stateIs(t, x, metav1.ConditionFalse, catalog.ReasonExpired)
}

// stateIs waits for the condition Ready of an Exemption or Attestation.
func stateIs(t *testing.T, o interface {
	client.Object
	ClaimStatus() *catalog.ClaimStatus
}, status metav1.ConditionStatus, reason string) {
	t.Helper()
	eventually(t, func() error {
		read(t, o)
		c := meta.FindStatusCondition(o.ClaimStatus().Conditions, catalog.ConditionReady)
		if c == nil || c.Status != status || c.Reason != reason {
			return fmt.Errorf("Ready of %s is %+v, want %s %s", o.GetName(), c, status, reason)
		}
		return nil
	})
}

func TestAttestationsCountWhileTheyAreValid(t *testing.T) {
	ns := newNamespace(t)
	sc := newScorecard(t, catalog.ScorecardActive, ofComponents,
		catalog.ScorecardCheck{Name: "modelled", Level: "Gold", Expression: "attestations['threat-model'].answer == 'Yes'"})
	c := apitest.Component(ns, "cart")
	c.Labels = judgedBy(sc)
	create(t, c)
	becomes(t, c, columnIs("Bronze 0%"))
	ends := time.Now().Add(3 * time.Second).Truncate(time.Second)
	a := &catalog.Attestation{ObjectMeta: metav1.ObjectMeta{Namespace: ns, Name: "model"}, Spec: catalog.AttestationSpec{
		Entity: "component:cart", Question: "threat-model", Answer: catalog.AnswerYes, ReviewedBy: "grace", ValidUntil: ptr.To(metav1.NewTime(ends)),
	}}
	create(t, a)
	becomes(t, c, columnIs("Gold 100%"))
	stateIs(t, a, metav1.ConditionTrue, catalog.ReasonValid)
	becomes(t, c, columnIs("Bronze 0%"))
	if late := time.Since(ends); late < 0 || late > 2*time.Second {
		t.Errorf("the attestation ceased to count %s after its end, want 0 to 2 s", late)
	}
	if got := c.Status.Scores[0].Failing[0].Outcome; got != catalog.OutcomeUnknown {
		t.Errorf("after its end the outcome is %s, want Unknown", got)
	}
	stateIs(t, a, metav1.ConditionFalse, catalog.ReasonExpired)
}

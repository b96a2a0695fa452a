package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// cartKey is the Component that the scorecards of these stories judge.
var cartKey = key{"Component", "online-boutique", "cartservice"}

// newScorecard makes an active Scorecard with one check, which judges the cart alone, and waits for its verdict.
func newScorecard(t *testing.T, name string, check catalog.ScorecardCheck, first predicate) {
	t.Helper()
	sc := &catalog.Scorecard{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: catalog.ScorecardSpec{
		Mode: catalog.ScorecardActive, Levels: []catalog.ScorecardLevel{{Name: "Gold"}}, Passing: catalog.PassMark{Level: "Gold"},
		AppliesTo: catalog.ScorecardScope{Kinds: []catalog.ScoredKind{"Component"}, Where: "entity.metadata.name == 'cartservice'"},
		Checks:    []catalog.ScorecardCheck{check},
	}}
	if err := w.Create(t.Context(), sc); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Delete(context.Background(), sc); err != nil {
			t.Error(err)
		}
		settled(t, "the score goes", func(s state) bool { return scoreOf(s, name) == nil })
	})
	settled(t, "the first verdict", first)
}

func scoreOf(s state, name string) *catalog.Score {
	for _, score := range s.find(cartKey.kind, cartKey.namespace, cartKey.name).EntityStatus().Scores {
		if score.Scorecard == name {
			return &score
		}
	}
	return nil
}

// scored is true where the cart has the level, and the evidence if it is not empty.
func scored(name string, level catalog.Word, evidence string) predicate {
	return func(s state) bool {
		score := scoreOf(s, name)
		return score != nil && score.Verdict != catalog.VerdictNotApplicable && score.Level == level &&
			(evidence == "" || len(score.Failing) > 0 && fmt.Sprint(score.Failing[0].Evidence) == evidence)
	}
}

func TestScalingDownLowersTheScore(t *testing.T) {
	settled(t, "all is well", allWell)
	const name = "e2e-replicas"
	newScorecard(t, name, catalog.ScorecardCheck{
		Name: "replicas", Level: "Gold", Expression: "workloads.all(w, w.spec.replicas >= 2)",
		Evidence: []catalog.EvidencePath{"workloads.spec.replicas"},
	}, scored(name, "", ""))
	r := measure(t)
	scale := func(n int32, level catalog.Word, evidence string) {
		causes, effects := w.board.replay(), w.board.replay()
		kubectl(t, "-n", cartKey.namespace, "scale", "deployment", cartKey.name, fmt.Sprintf("--replicas=%d", n))
		from := causes.await(t, "the Deployment is scaled", func(s state) bool {
			d, ok := s[key{"Deployment", cartKey.namespace, cartKey.name}].(*appsv1.Deployment)
			return ok && *d.Spec.Replicas == n
		})
		r.took("score-scaled", "score", from, effects.await(t, "the score follows", scored(name, level, evidence)))
		settled(t, "all is well again", allWell)
	}
	for range tries(t) {
		scale(2, "Gold", "")
		scale(1, "", "[{workloads[0].spec.replicas 1}]")
	}
}

func TestAnExemptionExpires(t *testing.T) {
	settled(t, "all is well", allWell)
	const name = "e2e-exempt"
	newScorecard(t, name, catalog.ScorecardCheck{Name: "never", Level: "Gold", Expression: "false"}, scored(name, "", ""))
	var me authenticationv1.SelfSubjectReview
	if err := w.Create(t.Context(), &me); err != nil {
		t.Fatal(err)
	}
	r := measure(t)
	for i := range tries(t) {
		ends := time.Now().Add(4 * time.Second).Truncate(time.Second)
		x := &catalog.Exemption{
			ObjectMeta: metav1.ObjectMeta{Namespace: cartKey.namespace, Name: fmt.Sprintf("e2e-%d", i)},
			Spec: catalog.ExemptionSpec{
				Entity: "component:cartservice", Scorecard: name, Reason: "a story", ExpiresAt: ptr.To(metav1.NewTime(ends)), RequestedBy: "ada",
				Approval:  catalog.Approval{By: "grace", Reason: "agreed"},
				WrittenBy: catalog.UserName(me.Status.UserInfo.Username),
			},
		}
		effects := w.board.replay()
		if err := w.Create(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		effects.await(t, "the exemption counts", func(s state) bool {
			return ptr.Deref(scoreOf(s, name), catalog.Score{}).Verdict == catalog.VerdictNotApplicable
		})
		at := effects.await(t, "it has expired", scored(name, "", "[]"))
		if at.Before(ends) {
			t.Errorf("it ended %s early", ends.Sub(at))
		}
		r.took("score-expired", "score", ends, at)
		if err := w.Delete(t.Context(), x); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	}
}

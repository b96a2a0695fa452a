// Package scorecards tells in the statuses of Scorecards, Exemptions and Attestations how they stand.
package scorecards

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/controllers/scores"
	"github.com/callboard-dev/callboard/controllers/store"
)

// trendPoints is how many days a Scorecard tells of.
const trendPoints = 90

// scorecardReconciler keeps the statuses of Scorecards.
type scorecardReconciler struct {
	store  *store.Store
	client client.Client
	clock  clock.PassiveClock
}

// Reconcile brings the status of a Scorecard up to date. It runs at most once a second for each, and once a day without
// a cause, for the trend.
func (r *scorecardReconciler) Reconcile(ctx context.Context, name types.NamespacedName) (reconcile.Result, error) {
	if err := r.store.WaitForSync(ctx); err != nil {
		return reconcile.Result{}, nil //nolint:nilerr // the context ended
	}
	if !r.store.Whole() {
		return reconcile.Result{}, nil // Summed will tell
	}
	var sc catalog.Scorecard
	if err := r.client.Get(ctx, name, &sc); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	card := r.store.Scores.Card(sc.Name)
	if card == nil || card.Generation != sc.Generation {
		return reconcile.Result{}, nil // Summed will tell
	}
	now := r.clock.Now()
	after := statusOf(&sc, card, r.sum(card), now)
	tomorrow := reconcile.Result{RequeueAfter: untilTomorrow(now)}
	if equality.Semantic.DeepEqual(sc.Status, after) {
		return tomorrow, nil
	}
	written := sc.DeepCopy()
	written.Status = after
	err := r.client.Status().Update(ctx, written)
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return reconcile.Result{RequeueAfter: gap}, nil // a newer copy, or the deletion, is on its way
	}
	return tomorrow, err
}

// sum is how the entities do on a Scorecard.
func (r *scorecardReconciler) sum(card *scores.Card) scores.Sum {
	for _, s := range r.store.Scores.Sums(r.store.Graph.Scores()) {
		if s.Card == card {
			return s
		}
	}
	var none int32
	return scores.Sum{Card: card, Totals: catalog.ScoreTotals{Entities: &none, Passing: &none}}
}

// statusOf is the status of a Scorecard.
func statusOf(sc *catalog.Scorecard, card *scores.Card, sum scores.Sum, now time.Time) catalog.ScorecardStatus {
	s := catalog.ScorecardStatus{
		ObservedGeneration: &card.Generation, Totals: sum.Totals,
		Summary: catalog.ScorecardSummary{Levels: sum.Levels},
		Trend:   trend(sc.Status.Trend, sum.Totals, now),
	}
	if a := sum.Totals.Average; a != nil {
		s.Summary.Average = scorecard.Percent(*a)
	}
	s.Conditions = slices.Clone(sc.Status.Conditions)
	meta.SetStatusCondition(&s.Conditions, compiled(card.Wrong, sc.Generation, now))
	return s
}

// compiled says whether the expressions of a Scorecard can be compiled.
func compiled(wrong field.ErrorList, generation int64, now time.Time) metav1.Condition {
	c := metav1.Condition{
		Type: catalog.ConditionReady, Status: metav1.ConditionTrue, Reason: catalog.ReasonReady, Message: "All is in order",
		ObservedGeneration: generation, LastTransitionTime: metav1.NewTime(now.Truncate(time.Second)),
	}
	if len(wrong) > 0 {
		texts := make([]string, len(wrong))
		for i, e := range wrong {
			texts[i] = e.Error()
		}
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, catalog.ReasonInvalid, clip(strings.Join(texts, "; "))
	}
	return c
}

// maxMessage is how long the message of a condition may be.
const maxMessage = 1024

func clip(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage-len("…")], "") + "…"
}

// trend enters how the totals stand today.
func trend(points []catalog.TrendPoint, t catalog.ScoreTotals, now time.Time) []catalog.TrendPoint {
	today := catalog.TrendPoint{
		Date: now.UTC().Format(time.DateOnly), Entities: t.Entities, Passing: t.Passing, Average: t.Average,
	}
	at, found := slices.BinarySearchFunc(points, today.Date, func(p catalog.TrendPoint, date string) int { return cmp.Compare(p.Date, date) })
	points = slices.Clone(points)
	if found {
		points[at] = today
	} else {
		points = slices.Insert(points, at, today)
	}
	return points[max(0, len(points)-trendPoints):]
}

// untilTomorrow is how long this day (UTC) lasts.
func untilTomorrow(now time.Time) time.Duration {
	tomorrow := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	return tomorrow.Sub(now)
}

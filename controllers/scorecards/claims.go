package scorecards

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/controllers/scores"
	"github.com/callboard-dev/callboard/controllers/store"
)

// finding is whether an Exemption or Attestation counts, why not, and when that changes by itself.
type finding struct {
	counts          bool
	reason, message string
	ends            time.Time
}

// ofExemption says whether an Exemption counts.
func ofExemption(s *store.Store, x *catalog.Exemption, now time.Time) finding {
	card := s.Scores.Card(x.Spec.Scorecard)
	entity := scorecard.ClaimedEntity(x.Namespace, x.Spec.Entity)
	ends := scores.Ends(x, card)
	switch {
	case !now.Before(ends):
		return finding{reason: catalog.ReasonExpired, message: "Expired at " + ends.UTC().Format(time.RFC3339) + ": ask for another one, or pass the checks"}
	case !s.Graph.Exists(entity):
		return finding{reason: catalog.ReasonEntityNotFound, message: fmt.Sprintf("spec.entity: %s does not exist: create it, or correct the name", entity), ends: ends}
	case card == nil:
		return finding{reason: catalog.ReasonScorecardNotFound, ends: ends,
			message: fmt.Sprintf("spec.scorecard: %s does not exist: create it, or correct the name", x.Spec.Scorecard)}
	}
	if unknown := unknownChecks(card, x.Spec.Checks); len(unknown) > 0 {
		return finding{reason: catalog.ReasonCheckNotFound, ends: ends,
			message: fmt.Sprintf("spec.checks: %s has no %s: correct the names", x.Spec.Scorecard, strings.Join(unknown, ", "))}
	}
	if x.Spec.Approval.By == "" {
		return finding{reason: catalog.ReasonNotApproved, message: "spec.approval: nobody has approved it: have somebody other than " + string(x.Spec.RequestedBy) + " do so", ends: ends}
	}
	message := fmt.Sprintf("Approved by %s", x.Spec.Approval.By)
	if ends.Before(x.Spec.ExpiresAt.Time) {
		message += fmt.Sprintf("; ends at %s, as the Scorecard lets it last no longer", ends.UTC().Format(time.RFC3339))
	}
	return finding{counts: true, reason: catalog.ReasonApproved, message: message, ends: ends}
}

func unknownChecks(card *scores.Card, names []catalog.CheckName) []string {
	known := card.Compiled.Checks()
	var out []string
	for _, n := range names {
		if !slices.Contains(known, n) {
			out = append(out, string(n))
		}
	}
	return out
}

// ofAttestation says whether an Attestation counts.
func ofAttestation(s *store.Store, a *catalog.Attestation, now time.Time) finding {
	entity, ends := scorecard.ClaimedEntity(a.Namespace, a.Spec.Entity), a.Spec.ValidUntil.Time
	switch {
	case !now.Before(ends):
		return finding{reason: catalog.ReasonExpired, message: "Valid until " + ends.UTC().Format(time.RFC3339) + ": have it reviewed again"}
	case !s.Graph.Exists(entity):
		return finding{reason: catalog.ReasonEntityNotFound, message: fmt.Sprintf("spec.entity: %s does not exist: create it, or correct the name", entity), ends: ends}
	}
	return finding{counts: true, reason: catalog.ReasonValid, message: fmt.Sprintf("Reviewed by %s", a.Spec.ReviewedBy), ends: ends}
}

// claim is an Exemption or Attestation.
type claim interface {
	client.Object
	ClaimStatus() *catalog.ClaimStatus
}

// claimReconciler keeps the statuses of Exemptions or Attestations.
type claimReconciler[T claim] struct {
	store  *store.Store
	client client.Client
	clock  clock.PassiveClock
	empty  func() T
	judge  func(*store.Store, T, time.Time) finding
}

// Reconcile tells in a status whether the claim counts, and looks again when it ends.
func (r *claimReconciler[T]) Reconcile(ctx context.Context, name types.NamespacedName) (reconcile.Result, error) {
	if err := r.store.WaitForSync(ctx); err != nil {
		return reconcile.Result{}, nil //nolint:nilerr // the context ended
	}
	o := r.empty()
	if err := r.client.Get(ctx, name, o); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	now := r.clock.Now()
	f := r.judge(r.store, o, now)
	var result reconcile.Result
	if !f.ends.IsZero() {
		result.RequeueAfter = max(f.ends.Sub(now), time.Millisecond)
	}
	after := o.ClaimStatus().DeepCopy()
	generation := o.GetGeneration()
	after.ObservedGeneration = &generation
	c := metav1.Condition{
		Type: catalog.ConditionReady, Status: metav1.ConditionFalse, Reason: f.reason, Message: clip(f.message),
		ObservedGeneration: generation, LastTransitionTime: metav1.NewTime(now.Truncate(time.Second)),
	}
	if f.counts {
		c.Status = metav1.ConditionTrue
	}
	meta.SetStatusCondition(&after.Conditions, c)
	if equality.Semantic.DeepEqual(*o.ClaimStatus(), *after) {
		return result, nil
	}
	written, ok := o.DeepCopyObject().(T)
	if !ok {
		return result, nil // it is a copy
	}
	*written.ClaimStatus() = *after
	err := r.client.Status().Update(ctx, written)
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return reconcile.Result{RequeueAfter: gap}, nil // a newer copy, or the deletion, is on its way
	}
	return result, err
}

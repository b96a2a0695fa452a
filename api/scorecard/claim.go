package scorecard

import (
	"cmp"
	"time"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// defaultExemptionDays is the schema's default, for what no API server has filled in.
const defaultExemptionDays = 365

// MaxExemption is how long after its creation an Exemption from checks of a Scorecard can last.
func MaxExemption(sc *catalog.Scorecard) time.Duration {
	return time.Duration(cmp.Or(sc.Spec.MaxExemptionDays, defaultExemptionDays)) * 24 * time.Hour
}

// ExemptionEnds is the first moment at which an Exemption does not count: the one that it says, or as long after its
// creation as its Scorecard lets it last, whichever comes first.
func ExemptionEnds(x *catalog.Exemption, most time.Duration) time.Time {
	end := x.Spec.ExpiresAt.Time
	if last := x.CreationTimestamp.Add(most); last.Before(end) {
		return last
	}
	return end
}

// ClaimedEntity is whom an Exemption or Attestation of a namespace is about, zero if the reference leads elsewhere.
func ClaimedEntity(namespace string, ref catalog.OwnEntityRef) relation.Ref {
	out, err := relation.Parse(catalog.EntityRef(ref), relation.KindNone, namespace)
	if err != nil || out.Namespace != namespace {
		return relation.Ref{} // the schema lets none in
	}
	return out
}

// ExemptionOf is an Exemption as results see it, or false if nobody has approved it.
func ExemptionOf(x *catalog.Exemption, most time.Duration) (Exemption, bool) {
	return Exemption{
		Name: x.Name, Scorecard: x.Spec.Scorecard, Checks: x.Spec.Checks, ExpiresAt: ExemptionEnds(x, most),
	}, x.Spec.Approval.By != ""
}

// AttestationOf is an Attestation as checks see it.
func AttestationOf(a *catalog.Attestation) Attestation {
	return Attestation{
		Name: a.Name, Question: string(a.Spec.Question), Answer: string(a.Spec.Answer), Comment: a.Spec.Comment,
		Evidence: string(a.Spec.Evidence), ReviewedBy: string(a.Spec.ReviewedBy), ValidUntil: a.Spec.ValidUntil.Time,
	}
}

package dashboard

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// exemptionFacts is what the page of an Exemption shows.
type exemptionFacts struct {
	exemptionLine
	Ticket      *outside `json:"ticket,omitempty"`
	RequestedBy string   `json:"requestedBy"`
	ApprovedBy  string   `json:"approvedBy,omitempty"`
	Approval    string   `json:"approvalReason,omitempty"`
	WrittenBy   string   `json:"writtenBy,omitempty"`
	// Ends is when it stops to count, if that is before it expires: its Scorecard bounds that.
	Ends       *metav1.Time `json:"ends,omitempty"`
	Missing    []Empty      `json:"missing,omitempty"`
	Conditions []condition  `json:"conditions"`
	Manifest   manifest     `json:"manifest"`
	Kubectl    []string     `json:"kubectl"`
}

// Crumbs lead to the score board.
func (v *exemptionFacts) Crumbs() []Link {
	return []Link{{Text: "Scores", URL: "/scores"}, {Text: v.Namespace}, {Text: v.Name}}
}

func (s *server) exemption(r *request) (*exemptionFacts, error) {
	l := s.sightOf(r)
	namespace, name := r.PathValue("namespace"), r.PathValue("name")
	if !l.may(access.Exemptions, namespace) {
		return nil, orNotFound(l.err)
	}
	all := s.Catalog.Exemptions()
	i := slices.IndexFunc(all, func(x *catalog.Exemption) bool { return x.Namespace == namespace && x.Name == name })
	if i < 0 {
		return nil, notFound
	}
	x := all[i]
	v := &exemptionFacts{
		exemptionLine: l.exemptionLine(x), RequestedBy: string(x.Spec.RequestedBy), ApprovedBy: string(x.Spec.Approval.By),
		Approval: x.Spec.Approval.Reason, WrittenBy: string(x.Spec.WrittenBy), Conditions: conditionsOf(x.Status.Conditions),
		Manifest: manifestFrom(x, catalog.KindExemption, "exemptions"),
		Kubectl: []string{
			kubectl(object("get", "exemptions", namespace, name)...), kubectl(object("describe", "exemptions", namespace, name)...),
		},
	}
	v.Missing = missingOf("exemptions", namespace, name,
		gap{x.Spec.Approval.By == "", "An approval", "It does not count until somebody approves it who may.", "spec:\n  approval:\n    by: ada\n    reason: Why that is all right for now."},
		gap{x.Spec.Ticket == "", "A ticket", "Nobody can tell whether what was promised is on its way.", "spec:\n  ticket: https://tickets.example.com/123"})
	if x.Spec.Ticket != "" {
		ticket := outsideTo("", string(x.Spec.Ticket), "")
		v.Ticket = &ticket
	}
	if card := l.card(x.Spec.Scorecard); card != nil && x.Spec.ExpiresAt != nil {
		if ends := metav1.NewTime(scorecard.ExemptionEnds(x, scorecard.MaxExemption(card))); ends.Before(x.Spec.ExpiresAt) {
			v.Ends = &ends
		}
	}
	return v, l.err
}

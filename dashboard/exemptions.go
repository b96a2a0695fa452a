package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callboard-dev/callboard/api/access"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// exemptionView is what an entity need not pass for now.
type exemptionView struct {
	Name        string   `json:"name"`
	Namespace   string   `json:"namespace"`
	URL         string   `json:"url"`
	Entity      RefLink  `json:"entity"`
	Scorecard   string   `json:"scorecard"`
	Checks      []string `json:"checks,omitempty"` // all if there are none
	Reason      string   `json:"reason"`
	Ticket      string   `json:"ticket,omitempty"`
	State       string   `json:"state"`
	Expires     string   `json:"expiresAt,omitempty"`
	RequestedBy string   `json:"requestedBy"`
	ApprovedBy  string   `json:"approvedBy,omitempty"`

	// Ends is when it stops to count: when it expires, or earlier if its Scorecard lets it last no longer.
	Ends     string `json:"ends,omitempty"`
	DaysLeft *int   `json:"daysLeft,omitempty"`

	Day   string `json:"-"`
	Left  Badge  `json:"-"`
	Badge Badge  `json:"-"`
	What  string `json:"-"`
}

// maxExemptions is how many exemptions a page shows.
const maxExemptions = 100

// exemptions are those that the reader may get, of a Scorecard or of all: the next to end first, and last what is over. Where the board is
// narrowed, they are of entities that it could show.
func (s *server) exemptions(r *request, st state, l linker, card string) ([]exemptionView, error) {
	scope, err := r.reader.Scope(r.Context(), access.Exemptions)
	out := []exemptionView{}
	if err != nil || !open(scope) {
		return out, err
	}
	cards, _, err := s.cards(r)
	if err != nil {
		return out, err
	}
	for _, x := range s.Catalog.Exemptions() {
		ref, err := relation.Parse(catalog.EntityRef(x.Spec.Entity), relation.KindNone, x.Namespace)
		if err != nil || !scope.Includes(x.Namespace) || card != "" && x.Spec.Scorecard != card || !s.concerns(r.Context(), st, l, ref) {
			continue
		}
		out = append(out, s.exemptionOf(x, l.to(ref), cards))
	}
	slices.SortFunc(out, func(a, b exemptionView) int {
		return cmp.Or(cmp.Compare(a.over(), b.over()), strings.Compare(a.Ends, b.Ends), strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	return out[:min(len(out), maxExemptions)], nil
}

// concerns says whether an entity is of what a board is narrowed to.
func (s *server) concerns(ctx context.Context, st state, l linker, ref relation.Ref) bool {
	if len(st.where) == 0 {
		return true
	}
	if l.to(ref).URL == "" {
		return false
	}
	status, ok := s.Catalog.Status(ref)
	if !ok {
		return false
	}
	of := map[index.Facet]string{
		index.FacetOwner: string(status.Owner), index.FacetSystem: string(status.System),
		index.FacetNamespace: ref.Namespace, index.FacetKind: ref.Kind.String(),
	}
	if len(st.where[index.FacetDomain]) > 0 {
		of[index.FacetDomain] = s.homeOf(ctx, l, parseFull(status.System))
	}
	for f, want := range st.where {
		if is, known := of[f]; known && !slices.Contains(want, is) {
			return false
		}
	}
	return true
}

// homeOf is the Domain that a System says it belongs to, if the reader may get the System.
func (s *server) homeOf(ctx context.Context, l linker, system relation.Ref) string {
	if l.to(system).URL == "" {
		return ""
	}
	e, ok, err := s.Catalog.Entity(ctx, system)
	if err != nil || !ok {
		return ""
	}
	of, ok := e.(*catalog.System)
	if !ok {
		return ""
	}
	ref, err := relation.Parse(of.Spec.Domain, relation.Domain, "")
	if err != nil {
		return ""
	}
	return ref.Name
}

// over is 1 if it has ended, else 0.
func (v *exemptionView) over() int {
	if v.DaysLeft != nil && *v.DaysLeft < 0 {
		return 1
	}
	return 0
}

// soon is how many days before its end an exemption is marked.
const soon = 30

// daysLeft are the days from one time to another, and a badge where they are few; negative if it has passed.
func daysLeft(now, end time.Time) (int, Badge) {
	left := end.Sub(now)
	days := int(left / (24 * time.Hour))
	switch {
	case left < 0:
		return min(days, -1), Badge{Text: "over", Tone: "calm"}
	case days == 0:
		return 0, Badge{Text: "ends today", Tone: "bad"}
	case days == 1:
		return 1, Badge{Text: "1 day left", Tone: "bad"}
	case days <= soon:
		return days, Badge{Text: fmt.Sprintf("%d days left", days), Tone: "warn"}
	}
	return days, Badge{}
}

// endOf is when an exemption stops to count, by its Scorecard if that is one of those; false if it is not known.
func endOf(x *catalog.Exemption, cards []*catalog.Scorecard) (time.Time, bool) {
	if x.Spec.ExpiresAt == nil {
		return time.Time{}, false
	}
	for _, c := range cards {
		if c.Name == x.Spec.Scorecard {
			return scorecard.ExemptionEnds(x, scorecard.MaxExemption(c)), true
		}
	}
	return x.Spec.ExpiresAt.Time, true
}

func (s *server) exemptionOf(x *catalog.Exemption, entity RefLink, cards []*catalog.Scorecard) exemptionView {
	out := exemptionView{
		Name: x.Name, Namespace: x.Namespace, URL: "/exemptions/" + url.PathEscape(x.Namespace) + "/" + url.PathEscape(x.Name),
		Entity: entity, Scorecard: x.Spec.Scorecard, Reason: x.Spec.Reason, Ticket: webURL(string(x.Spec.Ticket)), State: "Pending",
		RequestedBy: string(x.Spec.RequestedBy), ApprovedBy: string(x.Spec.Approval.By), Badge: Badge{Text: "Not looked at", Tone: "calm"},
		What: "all checks",
	}
	for _, c := range x.Spec.Checks {
		out.Checks = append(out.Checks, string(c))
	}
	if len(out.Checks) > 0 {
		out.What = strings.Join(out.Checks[:min(5, len(out.Checks))], ", ")
		if n := len(out.Checks) - 5; n > 0 {
			out.What += fmt.Sprintf(" and %d more", n)
		}
	}
	if x.Spec.ExpiresAt != nil {
		out.Expires = x.Spec.ExpiresAt.UTC().Format("2006-01-02T15:04:05Z")
		out.Day = out.Expires[:10]
	}
	if end, ok := endOf(x, cards); ok {
		days, badge := daysLeft(s.Now(), end)
		out.Ends, out.DaysLeft, out.Left = end.UTC().Format(time.RFC3339), &days, badge
	}
	for _, c := range x.Status.Conditions {
		if c.Type == catalog.ConditionReady {
			out.State = c.Reason
			out.Badge = Badge{Text: c.Reason, Tone: "warn"}
			if c.Status == metav1.ConditionTrue {
				out.Badge.Tone = "good"
			}
		}
	}
	return out
}

// webURL is an address that leads to a web page, or nothing.
func webURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return text
}

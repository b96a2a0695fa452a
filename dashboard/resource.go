package dashboard

import (
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// resourceView is what the page of a Resource shows.
type resourceView struct {
	entityView
	External *terms  `json:"external,omitempty"`
	Running  running `json:"running"`
	Consumes uses    `json:"consumes"`
	Needs    items   `json:"dependsOn"`
	NeededBy items   `json:"dependencyOf"`
	Impact   impact  `json:"impact"`
}

func (s *server) resource(r *request) (*resourceView, error) {
	l, x, err := asked[*catalog.Resource](s, r, relation.Resource)
	if err != nil {
		return nil, err
	}
	v := &resourceView{
		entityView: l.entityOf(x, x.Spec.Descriptor), External: termsOf(x.Spec.External), Running: l.runningOf(x),
		Consumes: l.consumedBy(x), Needs: l.related(x, dependsOn), NeededBy: l.related(x, dependencyOf),
		Impact: l.impactOf(relation.RefOf(x)),
	}
	v.Type = string(x.Spec.Type)
	v.Missing = lacks(relation.RefOf(x), noOwner(&x.Status), noDescription(x.Spec.Descriptor), noSystem(x.Spec.System),
		noLinks(x.Spec.Descriptor), noWorkloads(&x.Status))
	return v, l.done(&v.entityView)
}

package dashboard

import (
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// componentView is what the page of a Component shows.
type componentView struct {
	entityView
	Source   *source `json:"source,omitempty"`
	External *terms  `json:"external,omitempty"`
	Running  running `json:"running"`
	Provides items   `json:"provides"`
	Consumes uses    `json:"consumes"`
	Needs    items   `json:"dependsOn"`
	NeededBy items   `json:"dependencyOf"`
	Parts    items   `json:"subcomponents"`
	Impact   impact  `json:"impact"`
}

func (s *server) component(r *request) (*componentView, error) {
	l, c, err := asked[*catalog.Component](s, r, relation.Component)
	if err != nil {
		return nil, err
	}
	v := &componentView{
		entityView: l.entityOf(c, c.Spec.Descriptor), Source: sourceOf(c.Spec.Source), External: termsOf(c.Spec.External),
		Running: l.runningOf(c), Provides: l.related(c, providesAPI), Consumes: l.consumedBy(c),
		Needs: l.related(c, dependsOn), NeededBy: l.related(c, dependencyOf), Parts: l.relatedOf(c, hasPart, relation.Component),
		Impact: l.impactOf(relation.RefOf(c)),
	}
	v.Type, v.Lifecycle = string(c.Spec.Type), string(c.Spec.Lifecycle)
	v.Missing = lacks(relation.RefOf(c), noOwner(&c.Status), noDescription(c.Spec.Descriptor), noSystem(c.Spec.System),
		noLinks(c.Spec.Descriptor), noWorkloads(&c.Status), noSource(c))
	return v, l.done(&v.entityView)
}

func noSource(c *catalog.Component) gap {
	return gap{c.Spec.Source.Repository == "" && c.Spec.External == (catalog.External{}), "Its source", "Nobody finds the code to change.",
		"spec:\n  source:\n    repository: https://git.example.com/my-team/my-component"}
}

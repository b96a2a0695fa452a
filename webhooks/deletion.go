package webhooks

import (
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// deletion refuses to delete what dependents of other owners use, and warns where only the owner's own use it.
func (o Options) deletion(e catalog.Entity) (admission.Warnings, error) {
	ref := relation.RefOf(e)
	all := o.held(ref, false)
	if len(all) == 0 {
		return nil, nil
	}
	foreign, say := o.held(ref, true), sayUsed
	if ref.Kind == relation.Group || ref.Kind == relation.User {
		say = sayOwns
	}
	switch {
	case len(foreign) == 0:
		return admission.Warnings{fmt.Sprintf("%s %s %s", ref, say.still, list(all))}, nil
	case e.GetAnnotations()[catalog.AnnotationAllowDeletion] != "":
		return admission.Warnings{fmt.Sprintf("%s %s %s", ref, say.still, list(foreign))}, nil
	}
	resource := schema.GroupResource{Group: catalog.GroupVersion.Group, Resource: ref.Kind.ObjectKind()}
	return nil, apierrors.NewForbidden(resource, e.GetName(), fmt.Errorf(
		"it %s %s: %s, or annotate %s with the reason", say.now, list(foreign), say.remedy, catalog.AnnotationAllowDeletion))
}

// words are how a message puts what holds an entity.
type words struct{ now, still, remedy string }

var (
	sayUsed = words{"is used by", "is still used by", "have them let go of it"}
	sayOwns = words{"owns", "still owns", "give them another owner"}
)

// held are those who would miss an entity, with their owners, as far as their claim holds.
func (o Options) held(ref relation.Ref, foreign bool) []string {
	var out []string
	for _, d := range o.Graph.Dependents(ref, foreign) {
		if ref.Kind == relation.API && visibility.Judge(o.Graph, d.Ref, ref).Decision != visibility.Allowed {
			continue
		}
		text := d.Ref.String()
		if !d.Owner.IsZero() && d.Owner != ref {
			text += " of " + d.Owner.String()
		}
		out = append(out, text)
	}
	return out
}

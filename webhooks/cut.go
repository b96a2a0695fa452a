package webhooks

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
)

// named is how many of those concerned a message names.
const named = 10

// cut refuses a change that takes from consumers what they hold, unless its author says that it is meant.
func (r *result) cut(lost []visibility.Verdict, before, after catalog.Entity, absent visibility.Mode) {
	lost = slices.DeleteFunc(lost, func(v visibility.Verdict) bool { return v.ModeOr(absent) == visibility.Audit })
	if len(lost) == 0 {
		return
	}
	enforced := slices.ContainsFunc(lost, func(v visibility.Verdict) bool { return v.ModeOr(absent) == visibility.Enforce })
	var texts []string
	for _, v := range lost {
		texts = append(texts, fmt.Sprintf("%s (of %s)", v.Consumer, v.API))
	}
	what := "takes access from " + list(texts)
	if reason := after.GetAnnotations()[catalog.AnnotationAllowCut]; reason != "" || !enforced {
		r.warnings = append(r.warnings, changed(before, after).String()+": "+what)
		return
	}
	r.errs = append(r.errs, &field.Error{
		Type: field.ErrorTypeForbidden, Field: changed(before, after).String(),
		Detail: fmt.Sprintf("%s: agree with their owners, or annotate %s with the reason", what, catalog.AnnotationAllowCut),
	})
}

// list names the first of several in order.
func list(texts []string) string {
	slices.Sort(texts)
	texts = slices.Compact(texts)
	if more := len(texts) - named; more > 0 {
		texts = append(texts[:named:named], fmt.Sprintf("%d more", more))
	}
	if last := len(texts) - 1; last > 0 {
		return strings.Join(texts[:last], ", ") + " and " + texts[last]
	}
	return texts[0]
}

// changed is the first field of the spec that decides about access and that the change touches.
func changed(before, after catalog.Entity) *field.Path {
	spec := field.NewPath("spec")
	switch b := before.(type) {
	case *catalog.API:
		a, ok := after.(*catalog.API)
		switch {
		case ok && a.Spec.Visibility != b.Spec.Visibility:
			return spec.Child("visibility")
		case ok && !slices.Equal(a.Spec.AllowedConsumers, b.Spec.AllowedConsumers):
			return spec.Child("allowedConsumers")
		}
		return spec.Child("system")
	case *catalog.System:
		a, ok := after.(*catalog.System)
		switch {
		case ok && a.Spec.Domain != b.Spec.Domain:
			return spec.Child("domain")
		case ok && !equality.Semantic.DeepEqual(a.Spec.AllowedNamespaces, b.Spec.AllowedNamespaces):
			return spec.Child("allowedNamespaces")
		}
		return spec.Child("owner")
	case *catalog.Domain:
		if a, ok := after.(*catalog.Domain); ok && a.Spec.SubdomainOf != b.Spec.SubdomainOf {
			return spec.Child("subdomainOf")
		}
		return spec.Child("allowedNamespaces")
	case *catalog.Group:
		a, ok := after.(*catalog.Group)
		switch {
		case ok && a.Spec.Parent != b.Spec.Parent:
			return spec.Child("parent")
		case ok && !slices.Equal(a.Spec.Children, b.Spec.Children):
			return spec.Child("children")
		}
		return spec.Child("allowedNamespaces")
	}
	return spec
}

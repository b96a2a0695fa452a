package workload

import (
	"errors"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// Link says which workloads run an entity.
type Link struct {
	// Needed is false for what runs nowhere: a library, external software, a kind that is not run.
	Needed bool
	// Declared is true where the entity says what runs it, so that to find nothing is a fault.
	Declared bool
	// Field is what declares it, for messages.
	Field string
	// Namespace is where the workloads are.
	Namespace string
	// Bad says why the link cannot be read.
	Bad string

	key      Key // the one workload
	selector labels.Selector
	name     string // matched with the workload's own name label
	anchors  []label
}

// label is one label of the workloads of a namespace.
type label struct{ namespace, key, value string }

// nameLabels carry the name of what a workload belongs to. The first that a workload carries counts.
var nameLabels = []string{catalog.LabelKubernetesID, "app.kubernetes.io/name", "app"}

// typeLibrary is the type of a Component that is built into others.
const typeLibrary = "library"

// LinkOf reads off an entity what runs it. An explicit field counts before Backstage's annotations, and these before
// the entity's name.
func LinkOf(e catalog.Entity) Link {
	var declared catalog.WorkloadLink
	elsewhere := true // it runs nowhere, or not here
	switch e := e.(type) {
	case *catalog.Component:
		declared, elsewhere = e.Spec.Workloads, e.Spec.External != catalog.External{} || e.Spec.Type == typeLibrary
	case *catalog.Resource:
		declared, elsewhere = e.Spec.Workloads, e.Spec.External != catalog.External{}
	}
	explicit := declared.Kind != "" || declares(declared.Selector)
	if !explicit && elsewhere {
		return Link{}
	}
	l := Link{Needed: true, Declared: true, Namespace: e.GetNamespace()}
	switch {
	case explicit:
		l.explicit(declared)
	case e.GetAnnotations()[catalog.AnnotationKubernetesLabelSelector] != "":
		l.annotated(e, catalog.AnnotationKubernetesLabelSelector, selectorOf)
	case e.GetAnnotations()[catalog.LabelKubernetesID] != "":
		l.annotated(e, catalog.LabelKubernetesID, idSelector)
	default:
		l.Declared, l.name = false, e.GetName()
		for _, key := range nameLabels {
			l.anchors = append(l.anchors, label{l.Namespace, key, l.name})
		}
	}
	return l
}

func declares(s catalog.LabelSelector) bool { return len(s.MatchLabels)+len(s.MatchExpressions) > 0 }

func (l *Link) explicit(w catalog.WorkloadLink) {
	l.Field = "spec.workloads"
	if w.Namespace != "" {
		l.Namespace = w.Namespace
	}
	if w.Kind != "" {
		l.key = Key{Kind: w.Kind, Namespace: l.Namespace, Name: w.Name}
		return
	}
	s, err := relation.Selector(w.Selector)
	if err != nil {
		l.Field, l.Bad = "spec.workloads.selector", err.Error()
		return
	}
	l.selectBy(s)
}

// annotated reads the selector that an annotation holds, and where it applies.
func (l *Link) annotated(e catalog.Entity, key string, read func(string) (labels.Selector, error)) {
	l.Field = annotation(key)
	if ns := e.GetAnnotations()[catalog.AnnotationKubernetesNamespace]; ns != "" {
		if len(validation.IsDNS1123Label(ns)) > 0 {
			l.Field, l.Bad = annotation(catalog.AnnotationKubernetesNamespace), "must be the name of a namespace"
			return
		}
		l.Namespace = ns
	}
	s, err := read(e.GetAnnotations()[key])
	if err != nil {
		l.Bad = err.Error()
		return
	}
	l.selectBy(s)
}

func annotation(key string) string { return "metadata.annotations[" + key + "]" }

// selectorOf reads a selector in the text form of kubectl, as Backstage's annotation holds it.
func selectorOf(text string) (labels.Selector, error) {
	s, err := metav1.ParseToLabelSelector(text)
	if err != nil {
		return nil, err
	}
	if len(s.MatchLabels)+len(s.MatchExpressions) == 0 {
		return nil, errors.New("it selects everything: name at least one label")
	}
	return metav1.LabelSelectorAsSelector(s)
}

// idSelector selects by the id that Backstage gives an entity.
func idSelector(id string) (labels.Selector, error) {
	return labels.ValidatedSelectorFromSet(labels.Set{catalog.LabelKubernetesID: id})
}

// selectBy matches by a selector. Workloads are looked up by the first label that it pins down, if it pins down one.
func (l *Link) selectBy(s labels.Selector) {
	l.selector = s
	requirements, _ := s.Requirements()
	for _, r := range requirements {
		if values := r.ValuesUnsorted(); len(values) == 1 && (r.Operator() == "=" || r.Operator() == "==" || r.Operator() == "in") {
			l.anchors = []label{{l.Namespace, r.Key(), values[0]}}
			return
		}
	}
}

// Foreign says whether the workloads are in another namespace than the entity.
func (l *Link) foreign(entity relation.Ref) bool { return l.Namespace != entity.Namespace }

// matches says whether the link selects a workload of its namespace.
func (l *Link) matches(f *Facts) bool {
	switch {
	case f.CronJob != "" || f.Key.Namespace != l.Namespace:
		return false
	case l.selector != nil:
		return l.selector.Matches(labels.Set(f.Labels))
	case l.name != "":
		return nameOf(f) == l.name
	}
	return l.key == f.Key
}

func nameOf(f *Facts) string {
	for _, key := range nameLabels {
		if v := f.Labels[key]; v != "" {
			return v
		}
	}
	return ""
}

// admits says whether the annotation of a Namespace lets a namespace link its workloads.
func admits(annotation, namespace string) bool {
	for entry := range strings.SplitSeq(annotation, ",") {
		if e := strings.TrimSpace(entry); e == "*" || e == namespace {
			return true
		}
	}
	return false
}

package scorecard

import (
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// Guards are the PodDisruptionBudgets and HorizontalPodAutoscalers of a cluster. They do not change.
type Guards struct {
	budgets map[string][]budget // by namespace
	scalers map[scaled][]map[string]any
}

type budget struct {
	selector labels.Selector
	object   map[string]any
}

// scaled is what a HorizontalPodAutoscaler names.
type scaled struct{ group, kind, namespace, name string }

// NewGuards makes Guards of objects as the API server gives them. The objects are only read.
func NewGuards(budgets, autoscalers []map[string]any) *Guards {
	g := &Guards{budgets: map[string][]budget{}, scalers: map[scaled][]map[string]any{}}
	for _, b := range budgets {
		namespace := textOf(child(b, "metadata"), "namespace")
		g.budgets[namespace] = append(g.budgets[namespace], budget{selectorOf(b), b})
	}
	for _, a := range autoscalers {
		target := child(child(a, "spec"), "scaleTargetRef")
		s := nameOf(target)
		s.namespace, s.name = textOf(child(a, "metadata"), "namespace"), textOf(target, "name")
		g.scalers[s] = append(g.scalers[s], a)
	}
	return g
}

// Live joins a workload with the budgets that select its pods and the autoscalers that name it.
func (g *Guards) Live(workload map[string]any) Live {
	l := Live{Object: workload}
	metadata := child(workload, "metadata")
	s := nameOf(workload)
	s.namespace, s.name = textOf(metadata, "namespace"), textOf(metadata, "name")
	l.HorizontalPodAutoscalers = g.scalers[s]
	pods := labels.Set{}
	if template, ok := podTemplate(workload).(map[string]any); ok {
		set := child(child(template, "metadata"), "labels")
		for k := range set {
			pods[k] = textOf(set, k)
		}
	}
	for _, b := range g.budgets[s.namespace] {
		if b.selector.Matches(pods) {
			l.PodDisruptionBudgets = append(l.PodDisruptionBudgets, b.object)
		}
	}
	return l
}

// selectorOf selects the pods of a PodDisruptionBudget: none, if it has no selector or a bad one.
func selectorOf(b map[string]any) labels.Selector {
	plain := child(child(b, "spec"), "selector")
	if plain == nil {
		return labels.Nothing()
	}
	var s metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(plain, &s); err != nil {
		return labels.Nothing()
	}
	selector, err := metav1.LabelSelectorAsSelector(&s)
	if err != nil {
		return labels.Nothing()
	}
	return selector
}

// nameOf reads group and kind; the version does not tell one from another.
func nameOf(in map[string]any) scaled {
	group, _, ok := strings.Cut(textOf(in, "apiVersion"), "/")
	if !ok {
		group = ""
	}
	return scaled{group: group, kind: textOf(in, "kind")}
}

// textOf is a text of an object, empty if it is none.
func textOf(in map[string]any, key string) string {
	if text, ok := in[key].(string); ok {
		return text
	}
	return ""
}

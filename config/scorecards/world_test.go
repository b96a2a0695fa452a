package scorecards_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/definition"
	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/api/scorecard"
	"github.com/callboard-dev/callboard/api/status"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/api/workload"
)

// now is when all of these tests play.
var now = metav1.NewTime(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

// world is a catalog and what runs it, as an API server would hold it.
type world struct {
	entities    []catalog.Entity
	workloads   []apitest.Object
	budgets     []*policyv1.PodDisruptionBudget
	autoscalers []*autoscalingv2.HorizontalPodAutoscaler

	graph  *relation.Graph
	links  *workload.Index
	access *visibility.Ledger
}

// read adds what the files hold; what names no namespace goes into the given one.
func (w *world) read(t testing.TB, namespace string, files ...string) *world {
	t.Helper()
	for _, file := range files {
		objects, err := apitest.Objects(file, namespace)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			if e, ok := o.(catalog.Entity); ok {
				w.entities = append(w.entities, e)
			} else {
				w.workloads = append(w.workloads, o)
			}
		}
		w.readPolicies(t, file)
	}
	return w
}

// readPolicies adds the PodDisruptionBudgets and HorizontalPodAutoscalers of a file.
func (w *world) readPolicies(t testing.TB, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for doc := range strings.SplitSeq(string(text), "\n---\n") {
		switch {
		case strings.Contains(doc, "kind: PodDisruptionBudget\n"):
			b := &policyv1.PodDisruptionBudget{}
			decode(t, doc, b)
			w.budgets = append(w.budgets, b)
		case strings.Contains(doc, "kind: HorizontalPodAutoscaler\n"):
			a := &autoscalingv2.HorizontalPodAutoscaler{}
			decode(t, doc, a)
			w.autoscalers = append(w.autoscalers, a)
		}
	}
}

func decode(t testing.TB, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
}

// settle gives every entity the status that the operator would write.
func (w *world) settle() {
	w.graph, w.links, w.access = relation.NewGraph(), workload.NewIndex(), visibility.NewLedger()
	for _, e := range w.entities {
		if ns := e.GetNamespace(); ns != "" {
			w.graph.SetNamespace(ns, labels.Set{"kubernetes.io/metadata.name": ns})
		}
		w.graph.Upsert(relation.FactsOf(e))
		w.links.SetEntity(relation.RefOf(e), workload.LinkOf(e))
	}
	for _, o := range w.workloads {
		w.links.SetWorkload(factsOf(o))
	}
	for _, e := range w.entities {
		w.access.Judge(w.graph, relation.RefOf(e))
	}
	for _, e := range w.entities {
		ref := relation.RefOf(e)
		view, _ := w.graph.View(ref)
		counts := w.access.Of(ref)
		o := status.Observation{
			Relations: view, Workloads: w.links.View(ref), NotGranted: w.access.Verdicts(ref),
			Consumes: len(w.graph.Consumptions(ref)) > 0, Denied: counts.Denied, Undecided: counts.Undecided,
		}
		if a, ok := e.(*catalog.API); ok && a.Spec.Definition != "" {
			if err := definition.Check(string(a.Spec.Type), a.Spec.Definition); err != nil {
				o.Definition.Wrong = err.Error()
			}
		}
		*e.EntityStatus() = status.Of(e, o, now)
	}
}

func factsOf(o apitest.Object) workload.Facts {
	switch o := o.(type) {
	case *appsv1.Deployment:
		return workload.OfDeployment(o)
	case *appsv1.StatefulSet:
		return workload.OfStatefulSet(o)
	case *appsv1.DaemonSet:
		return workload.OfDaemonSet(o)
	case *batchv1.CronJob:
		return workload.OfCronJob(o)
	}
	return workload.OfJob(o.(*batchv1.Job))
}

// subject is an entity of a settled world, ready to be judged.
func (w *world) subject(t testing.TB, e catalog.Entity) *scorecard.Subject {
	t.Helper()
	view, ok := w.graph.View(relation.RefOf(e))
	if !ok {
		t.Fatalf("%s is not in the graph", relation.RefOf(e))
	}
	in := scorecard.Input{
		Entity: w.object(t, view.Ref), Owner: w.object(t, view.Owner.Ref), System: w.object(t, view.System),
		Domain: w.object(t, view.Domain), Relations: view.Relations, PermittedSystem: view.System, Now: now.Time,
	}
	for _, s := range w.links.View(view.Ref).Workloads {
		in.Workloads = append(in.Workloads, w.workload(t, s.Key))
	}
	if a, ok := e.(*catalog.API); ok {
		in.Definition = definitionOf(t, a)
	}
	return scorecard.NewSubject(in)
}

func (w *world) object(t testing.TB, ref relation.Ref) *scorecard.Object {
	t.Helper()
	for _, e := range w.entities {
		if relation.RefOf(e) == ref {
			o, err := scorecard.NewObject(e)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
	}
	return nil
}

// workload is what checks see of a workload, with the budgets and autoscalers that select it.
func (w *world) workload(t testing.TB, k workload.Key) *scorecard.Workload {
	t.Helper()
	i := slices.IndexFunc(w.workloads, func(o apitest.Object) bool { return factsOf(o).Key == k })
	o := w.workloads[i]
	l := scorecard.Live{Object: plain(t, o)}
	l.Object["apiVersion"], l.Object["kind"] = "apps/v1", string(k.Kind)
	for _, b := range w.budgets {
		s, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		if err != nil {
			t.Fatal(err)
		}
		if b.Namespace == k.Namespace && s.Matches(labels.Set(podOf(o).Labels)) {
			l.PodDisruptionBudgets = append(l.PodDisruptionBudgets, plain(t, b))
		}
	}
	for _, a := range w.autoscalers {
		if to := a.Spec.ScaleTargetRef; a.Namespace == k.Namespace && to.Kind == string(k.Kind) && to.Name == k.Name {
			l.HorizontalPodAutoscalers = append(l.HorizontalPodAutoscalers, plain(t, a))
		}
	}
	return scorecard.NewWorkload(l)
}

func plain(t testing.TB, o any) map[string]any {
	t.Helper()
	out, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func podOf(o apitest.Object) *corev1.PodTemplateSpec {
	switch o := o.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *appsv1.DaemonSet:
		return &o.Spec.Template
	case *batchv1.CronJob:
		return &o.Spec.JobTemplate.Spec.Template
	}
	return &o.(*batchv1.Job).Spec.Template
}

package scorecards_test

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"

	"github.com/callboard-dev/callboard/api/apitest"
	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// The entities that most cases are about.
const (
	checkout = "component:shop/checkout"
	nightly  = "component:shop/nightly"
	ordersDB = "resource:shop/orders-db"
	orders   = "api:shop/orders"
	ledger   = "api:shop/ledger"
	ordersV1 = "api:shop/orders-v1"
	store    = "system:shop/storefront"
)

// passes is the good world as it is.
func passes(of string) live {
	return live{name: "as it should be", of: of, want: catalog.OutcomePass}
}

func passesWith(name, of string, change func(*world)) live {
	return live{name: name, of: of, change: change, want: catalog.OutcomePass}
}

func fails(name, of string, change func(*world), says string) live {
	return live{name: name, of: of, change: change, want: catalog.OutcomeFail, says: says}
}

func leaves(name, of string, change func(*world)) live {
	return live{name: name, of: of, change: change, want: catalog.OutcomeNotApplicable}
}

func unknown(name, of string, change func(*world)) live {
	return live{name: name, of: of, change: change, want: catalog.OutcomeUnknown, says: "Not known: "}
}

// edit changes the entity or workload of a type and name.
func edit[T any](w *world, name string, change func(T)) {
	for _, e := range w.entities {
		if o, ok := e.(T); ok && e.GetName() == name {
			change(o)
			return
		}
	}
	for _, e := range w.workloads {
		if o, ok := e.(T); ok && e.GetName() == name {
			change(o)
			return
		}
	}
	panic(fmt.Sprintf("the good world has no %T %s", *new(T), name))
}

func component(change func(*catalog.ComponentSpec)) func(*world) {
	return func(w *world) { edit(w, "checkout", func(c *catalog.Component) { change(&c.Spec) }) }
}

func api(name string, change func(*catalog.APISpec)) func(*world) {
	return func(w *world) { edit(w, name, func(a *catalog.API) { change(&a.Spec) }) }
}

func team(change func(*catalog.GroupSpec)) func(*world) {
	return func(w *world) { edit(w, "checkout-team", func(g *catalog.Group) { change(&g.Spec) }) }
}

func deployment(change func(*appsv1.DeploymentSpec)) func(*world) {
	return func(w *world) { edit(w, "checkout", func(d *appsv1.Deployment) { change(&d.Spec) }) }
}

func statefulSet(change func(*appsv1.StatefulSetSpec)) func(*world) {
	return func(w *world) { edit(w, "orders-db", func(s *appsv1.StatefulSet) { change(&s.Spec) }) }
}

func cronJob(change func(*batchv1.CronJobSpec)) func(*world) {
	return func(w *world) { edit(w, "nightly", func(c *batchv1.CronJob) { change(&c.Spec) }) }
}

// pod changes the pods of checkout, container its main container, and before its init container.
func pod(change func(*corev1.PodSpec)) func(*world) {
	return deployment(func(d *appsv1.DeploymentSpec) { change(&d.Template.Spec) })
}

func container(change func(*corev1.Container)) func(*world) {
	return pod(func(p *corev1.PodSpec) { change(&p.Containers[0]) })
}

func before(change func(*corev1.Container)) func(*world) {
	return pod(func(p *corev1.PodSpec) { change(&p.InitContainers[0]) })
}

// nightlyPod changes the pods of nightly, a CronJob.
func nightlyPod(change func(*corev1.PodSpec)) func(*world) {
	return cronJob(func(c *batchv1.CronJobSpec) { change(&c.JobTemplate.Spec.Template.Spec) })
}

func budget(change func(*policyv1.PodDisruptionBudgetSpec)) func(*world) {
	return func(w *world) { change(&w.budgets[0].Spec) }
}

func autoscaler(change func(*autoscalingv2.HorizontalPodAutoscalerSpec)) func(*world) {
	return func(w *world) { change(&w.autoscalers[0].Spec) }
}

// without takes an entity away.
func without(ref string) func(*world) {
	return func(w *world) {
		w.entities = slices.DeleteFunc(w.entities, func(e catalog.Entity) bool { return relation.RefOf(e).String() == ref })
	}
}

// stopped takes a workload away.
func stopped(name string) func(*world) {
	return func(w *world) {
		w.workloads = slices.DeleteFunc(w.workloads, func(o apitest.Object) bool { return o.GetName() == name })
	}
}

func ptr[T any](v T) *T { return &v }

package gate

import (
	"context"
	"fmt"
	"maps"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// gap is how long changes of a namespace are gathered: many Components change when a Scorecard does.
const gap = 200 * time.Millisecond

// SetupWithManager adds the controller of DeployGates. Every replica follows them, so that whoever comes to lead need not
// read them first.
func SetupWithManager(ctx context.Context, mgr ctrl.Manager) error {
	if _, err := mgr.GetCache().GetInformer(ctx, &catalog.DeployGate{}, cache.BlockUntilSynced(false)); err != nil {
		return fmt.Errorf("watch DeployGates: %w", err)
	}
	x := newIndex()
	c, err := controller.New("deploygate", mgr, controller.Options{
		Reconciler: &Reconciler{client: mgr.GetClient(), reader: mgr.GetAPIReader(), index: x},
	})
	if err != nil {
		return fmt.Errorf("set up the controller of DeployGates: %w", err)
	}
	for _, src := range []source.Source{
		watch(mgr.GetCache(), &catalog.Scorecard{}, x.setScorecard),
		watch(mgr.GetCache(), &catalog.Component{}, x.setComponent),
		watch(mgr.GetCache(), &corev1.Namespace{}, x.relabelled),
		watch(mgr.GetCache(), &catalog.DeployGate{}, written),
		watch(mgr.GetCache(), &appsv1.Deployment{}, func(before, now *appsv1.Deployment) []string {
			if before != nil && now != nil && before.Status.ObservedGeneration == now.Status.ObservedGeneration {
				return nil
			}
			return x.replaced(catalog.WorkloadDeployment, nameOf(before, now))
		}),
		watch(mgr.GetCache(), &appsv1.StatefulSet{}, func(before, now *appsv1.StatefulSet) []string {
			if before != nil && now != nil && before.Status.ObservedGeneration == now.Status.ObservedGeneration {
				return nil
			}
			return x.replaced(catalog.WorkloadStatefulSet, nameOf(before, now))
		}),
	} {
		if err := c.Watch(src); err != nil {
			return fmt.Errorf("set up the controller of DeployGates: %w", err)
		}
	}
	return nil
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// object is an object of a kind.
type object[T any] interface {
	*T
	client.Object
}

// watch feeds the controller with the namespaces on which the events of a kind bear: touched is told what an object was
// and what it is, nil if it was or is not there.
func watch[T any, P object[T]](c cache.Cache, kind P, touched func(before, now P) []string) source.Source {
	add := func(q queue, namespaces []string) {
		for _, ns := range namespaces {
			q.AddAfter(reconcile.Request{NamespacedName: types.NamespacedName{Name: ns}}, gap)
		}
	}
	return source.TypedKind(c, kind, handler.TypedFuncs[P, reconcile.Request]{
		CreateFunc: func(_ context.Context, e event.TypedCreateEvent[P], q queue) { add(q, touched(nil, e.Object)) },
		UpdateFunc: func(_ context.Context, e event.TypedUpdateEvent[P], q queue) {
			add(q, touched(e.ObjectOld, e.ObjectNew))
		},
		DeleteFunc: func(_ context.Context, e event.TypedDeleteEvent[P], q queue) { add(q, touched(e.Object, nil)) },
	})
}

// nameOf names an object that was there or is.
func nameOf[T any, P object[T]](before, now P) types.NamespacedName {
	if now == nil {
		now = before
	}
	return client.ObjectKeyFromObject(now)
}

// relabelled answers for a namespace of which the labels changed, if something in it fails.
func (x *index) relabelled(before, now *corev1.Namespace) []string {
	name := nameOf(before, now).Name
	if !x.has(name) || before != nil && now != nil && maps.Equal(before.Labels, now.Labels) {
		return nil
	}
	return []string{name}
}

// written answers for the namespace of a DeployGate, whoever wrote it.
func written(before, now *catalog.DeployGate) []string {
	return []string{nameOf(before, now).Namespace}
}

// replaced answers for the namespace of a workload that is kept as it is, and of which something else may run now.
func (x *index) replaced(kind catalog.WorkloadKind, name types.NamespacedName) []string {
	if !x.rolled(name.Namespace, keyOf(kind, name.Name)) {
		return nil
	}
	return []string{name.Namespace}
}

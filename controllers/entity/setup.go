package entity

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller"

	"github.com/callboard-dev/callboard/api/relation"
	"github.com/callboard-dev/callboard/controllers/store"
)

// +kubebuilder:rbac:groups=catalog.callboard.dev,resources=components;apis;resources;systems;domains;groups;users,verbs=get;list;watch
// +kubebuilder:rbac:groups=catalog.callboard.dev,resources=components/status;apis/status;resources/status;systems/status;domains/status;groups/status;users/status,verbs=update
// +kubebuilder:rbac:groups=apps,resources=deployments;statefulsets;daemonsets,verbs=get;list;watch
// +kubebuilder:rbac:groups=batch,resources=jobs;cronjobs,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=pods;namespaces;configmaps,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Options say how the controllers run.
type Options struct {
	// Workers is how many statuses of a kind are written at the same time, at least 1.
	Workers int
	// Clock tells the time.
	Clock clock.PassiveClock
}

// logs makes loggers that name the entity, and no more: one is made for each reconcile.
func logs(base logr.Logger, k relation.Kind) func(*relation.Ref) logr.Logger {
	return func(ref *relation.Ref) logr.Logger {
		if ref == nil {
			return base
		}
		return base.WithValues(k.ObjectKind(), klog.KRef(ref.Namespace, ref.Name))
	}
}

// SetupWithManager adds one controller a kind, fed by the store.
func SetupWithManager(mgr ctrl.Manager, s *store.Store, o Options) error {
	w, err := newWriter(mgr)
	if err != nil {
		return err
	}
	recorder, err := newRecorder(mgr, w.writing)
	if err != nil {
		return err
	}
	announcer, turns := recorded{recorder}, newTurns(s.Busy)
	s.Gone = announcer.Gone
	for _, k := range relation.Kinds() {
		name := strings.ToLower(k.ObjectKind())
		c, err := controller.NewTyped(name, mgr, controller.TypedOptions[relation.Ref]{
			MaxConcurrentReconciles: o.Workers,
			LogConstructor:          logs(mgr.GetLogger().WithValues("controller", name), k),
			Reconciler: &Reconciler{
				store: s, writer: w, announce: announcer, clock: o.Clock, turns: turns, missing: map[relation.Ref]time.Time{},
			},
		})
		if err != nil {
			return fmt.Errorf("set up the controller of %s: %w", k.ObjectKind(), err)
		}
		if err := c.Watch(s.Source(k)); err != nil {
			return fmt.Errorf("set up the controller of %s: %w", k.ObjectKind(), err)
		}
	}
	return nil
}

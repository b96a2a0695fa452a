// Package controllers wires up what keeps the catalog's statuses true.
package controllers

import (
	"context"
	"fmt"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/controllers/entity"
	"github.com/callboard-dev/callboard/controllers/store"
)

// The manager itself holds the Lease of the leader, tells of it, and asks who may read the metrics.
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=callboard-system,resources=leases,verbs=get;create;update
// +kubebuilder:rbac:groups="",namespace=callboard-system,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// SetupWithManager adds the store and the controllers to a manager, whose cache must have the options of
// store.CacheOptions. workers is how many statuses of a kind are written at the same time, at least 1;
// mode is what admission does in namespaces that do not say.
func SetupWithManager(ctx context.Context, mgr ctrl.Manager, workers int, mode visibility.Mode) (*store.Store, error) {
	clk := clock.RealClock{}
	s := store.New(mgr.GetCache(), clk, mode)
	if err := s.Register(ctx); err != nil {
		return nil, err
	}
	if err := mgr.Add(s); err != nil {
		return nil, fmt.Errorf("add the store: %w", err)
	}
	return s, entity.SetupWithManager(mgr, s, entity.Options{Workers: workers, Clock: clk})
}

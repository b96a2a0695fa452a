// Package controllers wires up what keeps the catalog's statuses true.
package controllers

import (
	"context"
	"fmt"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/controllers/entity"
	"github.com/callboard-dev/callboard/controllers/gate"
	"github.com/callboard-dev/callboard/controllers/scorecards"
	"github.com/callboard-dev/callboard/controllers/scores"
	"github.com/callboard-dev/callboard/controllers/store"
)

// The manager itself holds the Lease of the leader, tells of it, and asks who may read the metrics.
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=callboard-system,resources=leases,verbs=get;create;update
// +kubebuilder:rbac:groups="",namespace=callboard-system,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// Options say how the controllers run.
type Options struct {
	// Workers is how many statuses of a kind are written at the same time, at least 1.
	Workers int
	// Mode is what admission does in namespaces that do not say.
	Mode visibility.Mode
	// Scores is the board that the manager's cache keeps, see store.CacheOptions.
	Scores *scores.Board
	// Echoes are those that made the manager's cache, see store.Echoes.
	Echoes *store.Echoes
}

// SetupWithManager adds the store and the controllers to a manager, whose cache must have the options of
// store.CacheOptions and be made by the Echoes.
func SetupWithManager(ctx context.Context, mgr ctrl.Manager, o Options) (*store.Store, error) {
	clk := clock.RealClock{}
	s := store.New(mgr.GetCache(), clk, o.Mode)
	s.Scores, s.Echoes, s.Reader = o.Scores, o.Echoes, mgr.GetAPIReader()
	if err := s.Preview(ctx); err != nil {
		mgr.GetLogger().Info("The Scorecards cannot be read yet; what they read will be listed later", "error", err.Error())
	}
	if err := scorecards.SetupWithManager(mgr, s, clk); err != nil {
		return nil, err
	}
	if err := gate.SetupWithManager(ctx, mgr); err != nil {
		return nil, err
	}
	if err := s.Register(ctx); err != nil {
		return nil, err
	}
	if err := mgr.Add(s); err != nil {
		return nil, fmt.Errorf("add the store: %w", err)
	}
	return s, entity.SetupWithManager(mgr, s, entity.Options{Workers: o.Workers, Clock: clk})
}

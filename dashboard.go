package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/callboard-dev/callboard/controllers/readers"
	"github.com/callboard-dev/callboard/controllers/readout"
	"github.com/callboard-dev/callboard/controllers/store"
	"github.com/callboard-dev/callboard/dashboard"
	"github.com/callboard-dev/callboard/dashboard/index"
)

// pages are what the dashboard reads: lists and search from the index, all else from the store and the API server.
type pages struct {
	*readout.Catalog
	*index.Index
}

// Version grows with each change of what pages read.
func (p pages) Version() uint64 { return p.Catalog.Version() + p.Index.Version() }

// addDashboard serves the dashboard, on every replica that has read the whole catalog. visited is told when somebody comes
// to a page, and when nobody has come for long.
func addDashboard(ctx context.Context, mgr ctrl.Manager, f *readers.Flags, s *store.Store, found *index.Index, visited func(bool)) error {
	server := f.Server()
	if err := server.Validate(); err != nil {
		return fmt.Errorf("--dashboard-bind-address: %w", err)
	}
	o, err := f.Options()
	if err != nil {
		return err
	}
	tryHosts, err := f.TryHosts()
	if err != nil {
		return err
	}
	log := slog.New(logr.ToSlogHandler(mgr.GetLogger().WithName("dashboard")))
	shown := pages{readout.New(s, mgr.GetAPIReader()), found}
	o.Namespaces, o.Clock, o.Log = shown.Namespaces, clock.RealClock{}, log
	if o.Reviews, err = readers.NewReviews(mgr.GetConfig()); err != nil {
		return err
	}
	door, err := readers.New(ctx, o)
	if err != nil {
		return fmt.Errorf("open the dashboard: %w", err)
	}
	in, out := door.SignIn()
	server.Synced, server.Log = s.Synced, log
	server.Handler = door.Handler(dashboard.New(dashboard.Options{
		Catalog: shown, Door: door, Log: log, SignIn: in, SignOut: out, Done: server.Done(), TryHosts: tryHosts,
		Visited: visited,
	}))
	s.Forget, s.Defined = found.Delete, found.SetDefinition
	if err := mgr.Add(server); err != nil {
		return fmt.Errorf("add the dashboard: %w", err)
	}
	return mgr.AddReadyzCheck("dashboard", server.Check)
}

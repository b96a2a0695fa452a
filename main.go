// Callboard is the operator of a software catalog that lives in Kubernetes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"

	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/controllers"
	"github.com/callboard-dev/callboard/controllers/store"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "callboard:", err)
		os.Exit(1)
	}
}

// options are what the command line sets.
type options struct {
	metrics       string
	metricsSecure bool
	health        string
	pprof         string
	leaderElect   bool
	namespace     string
	workers       int
	mode          string
}

func parseFlags() (options, zap.Options) {
	var o options
	logging := zap.Options{}
	flag.StringVar(&o.metrics, "metrics-bind-address", ":8443", "Address of the metrics; 0 serves none.")
	flag.BoolVar(&o.metricsSecure, "metrics-secure", true, "Serve metrics over TLS, to whom the API server lets get /metrics.")
	flag.StringVar(&o.health, "health-probe-bind-address", ":8081", "Address of /healthz and /readyz.")
	flag.StringVar(&o.pprof, "pprof-bind-address", "0", "Address of Go's profiles; 0 serves none.")
	flag.BoolVar(&o.leaderElect, "leader-elect", true, "Let one of several replicas write.")
	flag.StringVar(&o.namespace, "leader-election-namespace", "", "Namespace of the Lease; the pod's own if empty.")
	flag.IntVar(&o.workers, "workers", 8, "Statuses of a kind that are written at the same time.")
	flag.StringVar(&o.mode, "visibility-mode", string(visibility.Enforce),
		"What a namespace does that carries no label catalog.callboard.dev/visibility: enforce, warn or audit.")
	logging.BindFlags(flag.CommandLine)
	flag.Parse()
	return o, logging
}

func run() error {
	o, logging := parseFlags()
	mode, err := visibility.ParseMode(o.mode)
	if err != nil {
		return fmt.Errorf("--visibility-mode: %w", err)
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&logging)))
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the cluster: %w", err)
	}
	config.UserAgent = "callboard"
	config.QPS = -1 // the API server's priority and fairness says how fast

	mgr, err := ctrl.NewManager(config, managerOptions(o))
	if err != nil {
		return fmt.Errorf("set up the manager: %w", err)
	}
	ctx := ctrl.SetupSignalHandler()
	s, err := controllers.SetupWithManager(ctx, mgr, o.workers, mode)
	if err != nil {
		return err
	}
	if err := metrics.Registry.Register(store.NewCollector(s)); err != nil {
		return fmt.Errorf("register the metrics: %w", err)
	}
	if err := addChecks(mgr, s); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func managerOptions(o options) ctrl.Options {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(catalog.AddToScheme(scheme))
	m := metricsserver.Options{BindAddress: o.metrics, SecureServing: o.metricsSecure}
	if o.metricsSecure {
		m.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return ctrl.Options{
		Scheme:                        scheme,
		Cache:                         store.CacheOptions(),
		Metrics:                       m,
		HealthProbeBindAddress:        o.health,
		PprofBindAddress:              o.pprof,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              "callboard.catalog.callboard.dev",
		LeaderElectionNamespace:       o.namespace,
		LeaderElectionReleaseOnCancel: true,
	}
}

// addChecks makes the replica ready once its store is: what it would answer before is not the whole truth.
func addChecks(mgr ctrl.Manager, s *store.Store) error {
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	return mgr.AddReadyzCheck("store", func(*http.Request) error {
		if !s.Synced() {
			return errors.New("the first lists have not all been applied")
		}
		return nil
	})
}

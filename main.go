// Callboard is the operator of a software catalog that lives in Kubernetes.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"

	"go.uber.org/zap/zapcore"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/controllers"
	"github.com/callboard-dev/callboard/controllers/readers"
	"github.com/callboard-dev/callboard/controllers/scores"
	"github.com/callboard-dev/callboard/controllers/store"
	"github.com/callboard-dev/callboard/dashboard/index"
	"github.com/callboard-dev/callboard/webhooks"
	"github.com/callboard-dev/callboard/webhooks/serving"
)

// systemNamespace is where config/default puts the operator.
const systemNamespace = "callboard-system"

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
	webhookHost   string
	webhookPort   int
	certDir       string
	rotate        bool
	dashboard     readers.Flags
}

func parseFlags() (options, zap.Options) {
	var o options
	logging := zap.Options{StacktraceLevel: zapcore.PanicLevel} // an error is not a bug
	flag.StringVar(&o.metrics, "metrics-bind-address", ":8443", "Address of the metrics; 0 serves none.")
	flag.BoolVar(&o.metricsSecure, "metrics-secure", true, "Serve metrics over TLS, to whom the API server lets get /metrics.")
	flag.StringVar(&o.health, "health-probe-bind-address", ":8081", "Address of /healthz and /readyz.")
	flag.StringVar(&o.pprof, "pprof-bind-address", "0", "Address of Go's profiles; 0 serves none.")
	flag.BoolVar(&o.leaderElect, "leader-elect", true, "Let one of several replicas write.")
	flag.StringVar(&o.namespace, "leader-election-namespace", "", "Namespace of the Lease; the pod's own if empty.")
	flag.StringVar(&o.webhookHost, "webhook-host", "", "Address of admission; all if empty.")
	flag.IntVar(&o.webhookPort, "webhook-port", 0, "Port of admission; 0 serves none.")
	flag.StringVar(&o.certDir, "webhook-cert-dir", "/var/run/callboard/webhook", "Folder with tls.crt and tls.key of admission.")
	flag.BoolVar(&o.rotate, "webhook-cert-rotation", true,
		"Make and renew the certificates of admission, in a Secret that is mounted as --webhook-cert-dir; false if cert-manager or somebody else does.")
	flag.IntVar(&o.workers, "workers", 3, "Statuses of a kind that are written at the same time; more are faster where the API server is far away.")
	flag.StringVar(&o.mode, "visibility-mode", string(visibility.Enforce),
		"What a namespace does that carries no label catalog.callboard.dev/visibility: enforce, warn or audit.")
	o.dashboard.Bind(flag.CommandLine)
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
	config.QPS = -1                  // the API server's priority and fairness says how fast
	config.DisableCompression = true // the API server would compress every event by itself, which costs both sides more than it saves
	var spare garbage
	spare.set()

	certs := serving.NewCertificates(o.certDir)
	board, echoes := scores.NewBoard(), store.NewEchoes()
	keepers := []store.Keeper{board}
	var found *index.Index // of the dashboard; nil without one
	if o.dashboard.Address != "0" {
		found = index.New()
		keepers = append(keepers, found)
	}
	settings := managerOptions(o, certs, keepers)
	settings.NewCache = echoes.NewCache
	mgr, err := ctrl.NewManager(config, settings)
	if err != nil {
		return fmt.Errorf("set up the manager: %w", err)
	}
	ctx := ctrl.SetupSignalHandler()
	s, err := controllers.SetupWithManager(ctx, mgr, controllers.Options{Workers: o.workers, Mode: mode, Scores: board, Echoes: echoes})
	if err != nil {
		return err
	}
	s.Rushed = spare.awaited
	if err := metrics.Registry.Register(store.NewCollector(s)); err != nil {
		return fmt.Errorf("register the metrics: %w", err)
	}
	if err := addChecks(mgr, s); err != nil {
		return err
	}
	if o.webhookPort != 0 {
		if err := addWebhooks(mgr, o, s, certs); err != nil {
			return err
		}
	}
	if found != nil {
		if err := addDashboard(ctx, mgr, &o.dashboard, s, found, spare.awaited); err != nil {
			return err
		}
	}
	return mgr.Start(ctx)
}

func managerOptions(o options, certs *serving.Certificates, keepers []store.Keeper) ctrl.Options {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, policyv1.AddToScheme, autoscalingv2.AddToScheme, catalog.AddToScheme,
	} {
		utilruntime.Must(add(scheme))
	}
	m := metricsserver.Options{BindAddress: o.metrics, SecureServing: o.metricsSecure}
	if o.metricsSecure {
		m.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return ctrl.Options{
		Scheme:                        scheme,
		Cache:                         store.CacheOptions(keepers...),
		Metrics:                       m,
		WebhookServer:                 certs.NewServer(o.webhookHost, o.webhookPort),
		HealthProbeBindAddress:        o.health,
		PprofBindAddress:              o.pprof,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              "callboard.catalog.callboard.dev",
		LeaderElectionNamespace:       o.namespace,
		LeaderElectionReleaseOnCancel: true,
	}
}

// addWebhooks serves admission, on every replica that has read the whole catalog.
func addWebhooks(mgr ctrl.Manager, o options, s *store.Store, certs *serving.Certificates) error {
	if o.rotate {
		if err := serving.AddRotator(mgr, systemNamespace, o.certDir); err != nil {
			return err
		}
	}
	webhooks.SetupWithManager(mgr, webhooks.Options{
		Graph: s.Graph, Synced: s.Synced, Mode: s.Mode, Terminating: s.Terminating, Asked: s.Asked,
	})
	if err := mgr.Add(certs); err != nil {
		return fmt.Errorf("add the certificates: %w", err)
	}
	return mgr.AddReadyzCheck("certificates", certs.Check)
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

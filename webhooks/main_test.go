package webhooks_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/controllers"
	"github.com/callboard-dev/callboard/controllers/scores"
	"github.com/callboard-dev/callboard/controllers/store"
	"github.com/callboard-dev/callboard/webhooks"
	"github.com/callboard-dev/callboard/webhooks/serving"
)

// What all tests of the folder share: one API server that asks the operator, a client of it, and the operator.
var (
	env      *envtest.Environment
	k8s      client.Client // its warnings are in warned
	warned   warnings
	operator *runningOperator
)

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard()) // controllers/ holds what is logged
	env = &envtest.Environment{
		CRDDirectoryPaths: []string{"../config/crd"}, ErrorIfCRDPathMissing: true,
		WebhookInstallOptions: envtest.WebhookInstallOptions{Paths: []string{"../config/webhook/configuration.yaml"}},
	}
	if _, err = env.Start(); err != nil {
		return 1, fmt.Errorf("start the API server: %w; KUBEBUILDER_ASSETS is set by make test", err)
	}
	defer func() { err = errors.Join(err, env.Stop()) }()
	env.Config.QPS = -1
	if k8s, err = newClient(func(*rest.Config) {}); err != nil {
		return 1, err
	}
	if operator, err = startOperator(visibility.Enforce, nil); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, operator.stop()) }()
	return m.Run(), nil
}

// newClient makes a client whose warnings are in warned.
func newClient(change func(*rest.Config)) (client.Client, error) {
	cfg := rest.CopyConfig(env.Config)
	cfg.WarningHandler = &warned
	change(cfg)
	return client.New(cfg, client.Options{Scheme: newScheme()})
}

// warnings collects what the API server warns of.
type warnings struct {
	mu   sync.Mutex
	list []string
}

// HandleWarningHeader implements rest.WarningHandler.
func (w *warnings) HandleWarningHeader(code int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if code == 299 {
		w.list = append(w.list, text)
	}
}

// take returns what was collected since it was last called.
func (w *warnings) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.list
	w.list = nil
	return out
}

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(catalog.AddToScheme(s))
	return s
}

// runningOperator is the operator as main.go starts it, but for flags and leader election.
type runningOperator struct {
	store  *store.Store
	cancel context.CancelFunc
	done   chan error
}

// startOperator starts it; synced, if given, is what admission takes for the store's word.
func startOperator(mode visibility.Mode, synced func() bool) (*runningOperator, error) {
	hooks := env.WebhookInstallOptions
	certs := serving.NewCertificates(hooks.LocalServingCertDir)
	board, echoes := scores.NewBoard(), store.NewEchoes()
	mgr, err := ctrl.NewManager(rest.CopyConfig(env.Config), ctrl.Options{
		Scheme:        newScheme(),
		Cache:         store.CacheOptions(board),
		NewCache:      echoes.NewCache,
		Metrics:       metricsserver.Options{BindAddress: "0"},
		WebhookServer: certs.NewServer(hooks.LocalServingHost, hooks.LocalServingPort),
		Controller:    config.Controller{SkipNameValidation: ptr.To(true)}, // one process starts several
	})
	if err != nil {
		return nil, fmt.Errorf("set up the manager: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := controllers.SetupWithManager(ctx, mgr, controllers.Options{Workers: 8, Mode: mode, Scores: board, Echoes: echoes})
	if err != nil {
		cancel()
		return nil, err
	}
	if synced == nil {
		synced = s.Synced
	}
	webhooks.SetupWithManager(mgr, webhooks.Options{Graph: s.Graph, Synced: synced, Mode: mode, Terminating: s.Terminating, Asked: s.Asked})
	if err := mgr.Add(certs); err != nil {
		cancel()
		return nil, err
	}
	o := &runningOperator{store: s, cancel: cancel, done: make(chan error, 1)}
	go func() { o.done <- mgr.Start(ctx) }()
	serves := mgr.GetWebhookServer().StartedChecker()
	if err := within(context.Background(), time.Minute, func() error {
		if !s.Synced() {
			return errors.New("the store is not synced")
		}
		if err := certs.Check(nil); err != nil {
			return err
		}
		return serves(nil)
	}); err != nil {
		return nil, errors.Join(err, o.stop())
	}
	return o, nil
}

func (o *runningOperator) stop() error {
	o.cancel()
	return <-o.done
}

// How long a test waits for what must become true, and how often it looks.
const (
	patience = 20 * time.Second
	look     = 10 * time.Millisecond
)

// within looks until the check finds nothing wrong any more, and returns what it finds at last.
func within(ctx context.Context, limit time.Duration, check func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		err := check()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("still after %s: %w", limit, err)
		case <-ticker.C:
		}
	}
}

func eventually(t testing.TB, check func() error) {
	t.Helper()
	if err := within(t.Context(), patience, check); err != nil {
		t.Fatal(err)
	}
}

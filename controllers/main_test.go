package controllers_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/callboard-dev/callboard/api/relation"
	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
	"github.com/callboard-dev/callboard/api/visibility"
	"github.com/callboard-dev/callboard/controllers"
	"github.com/callboard-dev/callboard/controllers/scores"
	"github.com/callboard-dev/callboard/controllers/store"
)

// What all tests of the folder share: one API server, a client of it, and the operator.
var (
	apiServer *rest.Config
	k8s       client.Client
	operator  *runningOperator
)

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil { // they wait more than they compute
		panic(err)
	}
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	var logged errorLog
	ctrl.SetLogger(zap.New(zap.WriteTo(&logged)))
	env := &envtest.Environment{CRDDirectoryPaths: []string{"../config/crd"}, ErrorIfCRDPathMissing: true}
	if apiServer, err = env.Start(); err != nil {
		return 1, fmt.Errorf("start the API server: %w; KUBEBUILDER_ASSETS is set by make test", err)
	}
	defer func() { err = errors.Join(err, env.Stop()) }()
	apiServer.QPS = -1
	if k8s, err = client.New(apiServer, client.Options{Scheme: newScheme()}); err != nil {
		return 1, err
	}
	if operator, err = startOperator(); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, operator.stop()) }()
	return m.Run(), logged.err()
}

// errorLog keeps what the operator logs as an error. It should log none: what is missing, stale or wrong in a spec is
// normal and stands in a condition.
type errorLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *errorLog) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"level":"error"`)) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lines = append(l.lines, string(line))
	}
	return len(line), nil
}

func (l *errorLog) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == 0 {
		return nil
	}
	return fmt.Errorf("the operator logged %d errors, first:\n%s", len(l.lines), strings.Join(l.lines[:min(len(l.lines), 10)], ""))
}

func newScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(s))
	utilruntime.Must(catalog.AddToScheme(s))
	return s
}

// runningOperator is the operator as main.go starts it, but for flags, leader election and what it serves.
type runningOperator struct {
	store  *store.Store
	cancel context.CancelFunc
	done   chan error
}

// told is what an operator's store told the dashboard.
var told sync.Map

// userAgent is the operator's in the API server's eyes.
const userAgent = "callboard"

func startOperator() (*runningOperator, error) {
	cfg := rest.CopyConfig(apiServer)
	cfg.UserAgent = userAgent
	board, echoes := scores.NewBoard(), store.NewEchoes()
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{
		Scheme:     newScheme(),
		Cache:      store.CacheOptions(board),
		NewCache:   echoes.NewCache,
		Metrics:    metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: ptr.To(true)}, // one process starts several
	})
	if err != nil {
		return nil, fmt.Errorf("set up the manager: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s, err := controllers.SetupWithManager(ctx, mgr, controllers.Options{Workers: 8, Mode: visibility.Enforce, Scores: board, Echoes: echoes})
	if err != nil {
		cancel()
		return nil, err
	}
	s.Forget = func(ref relation.Ref, _ string) { told.Store("forget "+ref.String(), true) }
	s.Defined = func(ref relation.Ref, _, text string) { told.Store("define "+ref.String()+" "+text, true) }
	o := &runningOperator{store: s, cancel: cancel, done: make(chan error, 1)}
	go func() { o.done <- mgr.Start(ctx) }()
	waiting, enough := context.WithTimeout(ctx, time.Minute)
	defer enough()
	if err := s.WaitForSync(waiting); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for the store: %w", err), o.stop())
	}
	return o, nil
}

func (o *runningOperator) stop() error {
	o.cancel()
	return <-o.done
}

// How long a test waits for what must become true, and how often it looks.
const (
	patience = 15 * time.Second
	look     = 10 * time.Millisecond
)

// eventually looks until the check finds nothing wrong any more; the check says what is.
func eventually(t testing.TB, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("still after %s: %v", patience, err)
		case <-ticker.C:
		}
	}
}

var counter atomic.Int64

// unique makes a name that no other test uses.
func unique(name string) string { return fmt.Sprintf("%s-%d", name, counter.Add(1)) }

// newNamespace makes a namespace; the test's end takes the entities out of it.
func newNamespace(t testing.TB, changes ...func(*corev1.Namespace)) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: unique("test")}}
	for _, change := range changes {
		change(ns)
	}
	if err := k8s.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, kind := range namespacedKinds() {
			if err := k8s.DeleteAllOf(context.Background(), kind, client.InNamespace(ns.Name)); err != nil {
				t.Error(err)
			}
		}
	})
	return ns.Name
}

func namespacedKinds() []client.Object {
	return []client.Object{&catalog.Component{}, &catalog.API{}, &catalog.Resource{}, &catalog.System{}}
}

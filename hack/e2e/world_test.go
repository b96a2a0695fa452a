package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	catalog "github.com/callboard-dev/callboard/api/v1alpha1"
)

// world is a control plane with both shops, and the operator.
type world struct {
	root  string // of the checkout
	dir   string // of everything that this run makes
	bin   string // of devcluster and kubectl
	plane *process
	op    *operator
	board *board
	audit *audit
	client.Client
}

// w is the one world of all stories. Each leaves it as it found it.
var w *world

func TestMain(m *testing.M) {
	ctrl.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if w, err = newWorld(); err != nil {
		return 0, err
	}
	defer func() {
		w.tearDown()
		if code != 0 || err != nil {
			fmt.Fprintln(os.Stderr, "e2e: logs are kept in", w.dir)
			return
		}
		err = os.RemoveAll(w.dir)
	}()
	if err := w.setUp(ctx); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func newWorld() (*world, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	build := exec.Command(filepath.Join(root, "hack/devcluster/build.sh"))
	build.Stderr = os.Stderr
	bin, err := build.Output()
	if err != nil {
		return nil, fmt.Errorf("build the control plane: %w", err)
	}
	dir, err := os.MkdirTemp("", "callboard-e2e-")
	if err != nil {
		return nil, err
	}
	return &world{root: root, dir: dir, bin: strings.TrimSpace(string(bin)), audit: &audit{file: filepath.Join(dir, "audit.log")}}, nil
}

// setUp does what the READMEs say, in their order; the operator comes before the catalog.
func (w *world) setUp(ctx context.Context) error {
	build := exec.Command("go", "build", "-o", filepath.Join(w.dir, "callboard"), ".")
	build.Dir = w.root
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the operator: %w\n%s", err, out)
	}
	if err := w.startPlane(); err != nil {
		return err
	}
	for _, args := range []string{
		"apply --server-side -k config/crd",
		"apply -f config/manager/namespace.yaml",
		"apply -k config/rbac",
		"wait --for=condition=Established --timeout=60s crd --all",
	} {
		if _, err := w.try("", "kubectl", strings.Fields(args)...); err != nil {
			return err
		}
	}
	if err := w.connect(ctx); err != nil {
		return err
	}
	var err error
	if w.op, err = w.startOperator("operator", "--leader-elect=false"); err != nil {
		return err
	}
	return w.applyShops()
}

func (w *world) connect(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", w.kubeconfig())
	if err != nil {
		return err
	}
	config.QPS = -1
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, catalog.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	if w.Client, err = client.New(config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	w.board, err = watchAll(ctx, config, scheme)
	return err
}

func (w *world) kubeconfig() string { return filepath.Join(w.dir, "cluster/kubeconfig") }

// startPlane starts the control plane, and returns when it is ready.
func (w *world) startPlane() error {
	log := filepath.Join(w.dir, "devcluster.log")
	before, err := os.ReadFile(log)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	cmd := exec.Command(filepath.Join(w.bin, "devcluster"), "up",
		"--dir", filepath.Join(w.dir, "cluster"), "--nodes", "3", "--audit", w.audit.file)
	if w.plane, err = start(cmd, log); err != nil {
		return err
	}
	ready := poll(3*time.Minute, func() bool {
		return w.plane.ended() || strings.Contains(w.plane.text(len(before)), " ready: ")
	})
	if !ready || w.plane.ended() {
		return fmt.Errorf("the control plane did not start:\n%s", w.plane.text(len(before)))
	}
	return nil
}

func (w *world) tearDown() {
	if w.op != nil && !w.op.ended() {
		if _, err := w.op.stop(syscall.SIGTERM, 30*time.Second); err != nil {
			fmt.Fprintln(os.Stderr, "e2e: the operator:", err)
		}
	}
	if w.plane != nil && !w.plane.ended() {
		if _, err := w.plane.stop(syscall.SIGTERM, time.Minute); err != nil {
			fmt.Fprintln(os.Stderr, "e2e: the control plane:", err)
		}
	}
}

// applyShops runs the commands of the samples' README, word by word.
func (w *world) applyShops() error {
	readme, err := os.ReadFile(filepath.Join(w.root, "config/samples/README.md"))
	if err != nil {
		return err
	}
	block := regexp.MustCompile("(?s)```sh\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		return fmt.Errorf("config/samples/README.md has no commands")
	}
	_, err = w.try("", "bash", "-euc", string(block[1]))
	if errors.As(err, new(warning)) {
		return nil // the authors' manifests have a label that is deprecated
	}
	return err
}

// try runs a command in the checkout, with the cluster's kubectl at hand.
func (w *world) try(stdin, name string, args ...string) (string, error) {
	if name == "kubectl" {
		name = filepath.Join(w.bin, "kubectl")
	}
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdin = w.root, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+w.kubeconfig(), "KUBECACHEDIR="+filepath.Join(w.dir, "cache"),
		"PATH="+w.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out, wrong bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &wrong
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out.String(), wrong.String())
	}
	if wrong.Len() > 0 {
		return out.String(), warning(wrong.String())
	}
	return out.String(), nil
}

// warning is what a command that succeeded had to say beside its answer.
type warning string

func (w warning) Error() string { return "warned: " + string(w) }

// kubectl runs kubectl, which must succeed without a warning.
func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := w.try("", "kubectl", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// number reads a setting from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// tries is how often a story that measures is told.
func tries(t *testing.T) int {
	t.Helper()
	return number(t, "CALLBOARD_TRIES", 2)
}

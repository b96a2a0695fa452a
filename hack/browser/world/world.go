// Package world starts the operator with its dashboard on a real control plane, with the sample shops.
package world

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/callboard-dev/callboard/hack/browser/stage"
	"github.com/callboard-dev/callboard/hack/harness"
)

// World is a control plane with both shops, and the operator.
type World struct {
	*harness.Cluster
	// Origin is the address of the dashboard, which lets everybody read everything.
	Origin   string
	operator *harness.Operator
	root     string
	dir      string
}

// reader is who everybody is; he may read everything.
const reader = "callboard:browser"

// Start starts all of it, and returns when the shops are ready. Call it from the main goroutine: see harness.StartProcess.
func Start(ctx context.Context, checkout string) (w *World, err error) {
	root, err := filepath.Abs(checkout)
	if err != nil {
		return nil, err
	}
	build := exec.CommandContext(ctx, filepath.Join(root, "hack/devcluster/build.sh"))
	build.Stderr = os.Stderr
	assets, err := build.Output()
	if err != nil {
		return nil, fmt.Errorf("build the control plane: %w", err)
	}
	dir, err := os.MkdirTemp("", "callboard-world-")
	if err != nil {
		return nil, err
	}
	w = &World{root: root, dir: dir}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w (logs are in %s)", err, dir)
			_ = w.Stop(true) // what went wrong first counts
		}
	}()
	binary := filepath.Join(dir, "callboard")
	if err := harness.BuildOperator(ctx, root, binary); err != nil {
		return nil, err
	}
	if w.Cluster, err = harness.StartCluster(ctx, strings.TrimSpace(string(assets)), root, dir, "--nodes=3"); err != nil {
		return nil, err
	}
	if err := w.startOperator(ctx, binary); err != nil {
		return nil, err
	}
	return w, w.applyShops(ctx)
}

// startOperator starts an operator whose dashboard is open to a reader who may see everything.
func (w *World) startOperator(ctx context.Context, binary string) error {
	_, err := w.Kubectl(ctx, nil, "create", "clusterrolebinding", "browser", "--clusterrole=cluster-admin", "--user="+reader)
	if err != nil {
		return err
	}
	address, err := harness.FreeAddress()
	if err != nil {
		return err
	}
	w.Origin = "http://" + address
	w.operator, err = w.StartOperator("operator.log", binary, "--leader-elect=false",
		"--dashboard-bind-address="+address, "--dashboard-anonymous-user="+reader)
	if err != nil {
		return err
	}
	return w.operator.Ready(ctx)
}

// applyShops applies the samples as their README says, and waits until each has its status.
func (w *World) applyShops(ctx context.Context) error {
	for _, args := range []string{
		"apply -f config/samples/online-boutique/namespace.yaml",
		"apply -n online-boutique -f config/samples/online-boutique/kubernetes-manifests.yaml",
		"apply -f config/samples/sock-shop/complete-demo.yaml",
		"apply -f config/samples/organisation.yaml",
		"apply -f config/samples/online-boutique/catalog.yaml -f config/samples/sock-shop/catalog.yaml",
		"apply --server-side -k config/samples/scorecards",
		"apply -f hack/browser/testdata/denied.yaml -f hack/browser/testdata/exemption.yaml",
	} {
		if _, err := w.Kubectl(ctx, nil, strings.Fields(args)...); err != nil {
			return err
		}
	}
	references, err := stage.References(w.root)
	if err != nil {
		return err
	}
	for _, a := range references {
		text, err := yaml.Marshal(a)
		if err != nil {
			return err
		}
		if err := w.Apply(ctx, text); err != nil {
			return err
		}
	}
	if err := w.Crash(ctx, "CrashLoopBackOff"); err != nil {
		return err
	}
	return harness.Await(ctx, 2*time.Minute, "the shops", w.operator.Process, func() (bool, error) {
		text, err := w.Kubectl(ctx, nil, "get", "components,resources", "-A", "-o",
			`jsonpath={range .items[*]}{.status.conditions[?(@.type=="Healthy")].status}{" "}{end}`)
		if err != nil {
			return false, err
		}
		all, well := len(strings.Fields(text)), strings.Count(text, "True")
		return all > 20 && well == all-2 && strings.Contains(text, "False"), nil // carts crashes, and nothing runs peeping
	})
}

// Crash has the carts of the Sock Shop fail for a reason, or run again if it is empty.
func (w *World) Crash(ctx context.Context, reason string) error {
	label := "null"
	if reason != "" {
		label = strconv.Quote(reason)
	}
	_, err := w.Kubectl(ctx, nil, "-n", "sock-shop", "patch", "deployment", "carts", "-p",
		`{"spec":{"template":{"metadata":{"labels":{"devcluster.callboard.dev/fail":`+label+`}}}}}`)
	return err
}

// Await waits until the dashboard answers a path with 200.
func (w *World) Await(ctx context.Context, path string) error {
	return harness.Await(ctx, time.Minute, path, w.operator.Process, func() (bool, error) {
		answer, err := http.Get(w.Origin + path)
		if err != nil {
			return false, nil //nolint:nilerr // it does not listen yet
		}
		return answer.StatusCode == http.StatusOK, answer.Body.Close()
	})
}

// Stop stops all of it, and removes what it made unless the logs are to be kept.
func (w *World) Stop(keep bool) error {
	if w.operator != nil {
		w.operator.Stop()
	}
	if w.Cluster != nil {
		w.Up.Stop()
	}
	if keep {
		fmt.Fprintln(os.Stderr, "browser: logs are kept in", w.dir)
		return nil
	}
	return os.RemoveAll(w.dir)
}

package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestTheManifestsAreAccepted(t *testing.T) {
	out := kubectl(t, "apply", "--server-side", "--dry-run=server", "-k", "config/default") // fails on a warning too
	for _, want := range []string{
		"deployment.apps/callboard", "serviceaccount/callboard", "clusterrolebinding.rbac.authorization.k8s.io/callboard",
		"role.rbac.authorization.k8s.io/callboard", "customresourcedefinition.apiextensions.k8s.io/components.catalog.callboard.dev",
	} {
		if !strings.Contains(out, want+" ") {
			t.Errorf("config/default lacks %s:\n%s", want, out)
		}
	}
}

// TestRunScript starts and stops make run as its user does, in a copy of the checkout.
func TestRunScript(t *testing.T) {
	if os.Getenv("CALLBOARD_RUN_STORY") == "" {
		t.Skip("set CALLBOARD_RUN_STORY to start hack/run.sh, which takes some minutes")
	}
	root := filepath.Join(t.TempDir(), "checkout")
	copyCheckout(t, root)
	r := measure(t)
	runScript(t, root, "first") // whatever is not built yet is built now
	r.add("run", "warm", runScript(t, root, "second").Seconds())
	clean := exec.Command(filepath.Join(root, "hack/run.sh"), "clean")
	if out, err := clean.CombinedOutput(); err != nil {
		t.Errorf("run.sh clean: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(root, ".run")); !os.IsNotExist(err) {
		t.Errorf("run.sh clean left .run: %v", err)
	}
}

// runScript runs hack/run.sh until it says that it runs, looks at both shops, and sends Ctrl-C.
func runScript(t *testing.T, root, name string) time.Duration {
	t.Helper()
	cmd := exec.Command(filepath.Join(root, "hack/run.sh"), "run")
	cmd.Dir = root
	begin := time.Now()
	p, err := start(cmd, filepath.Join(w.dir, "run-"+name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	up := poll(15*time.Minute, func() bool { return p.ended() || strings.Contains(p.text(0), "==> Running. Ctrl-C") })
	took := time.Since(begin)
	if !up || p.ended() {
		t.Fatalf("run.sh did not come up: %v\n%s", p.err, p.text(0))
	}
	if strings.Contains(p.text(0), "!!!") {
		t.Errorf("run.sh warned:\n%s", p.text(0))
	}
	kubeconfig := filepath.Join(root, ".run/cluster/kubeconfig")
	get := exec.Command(filepath.Join(w.bin, "kubectl"), "get", "components,resources", "-A", "--no-headers", "-o",
		`jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.status.summary.health}{"\n"}{end}`)
	get.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig, "KUBECACHEDIR="+t.TempDir())
	out, err := get.Output()
	if err != nil {
		t.Errorf("kubectl get: %v", err)
	}
	healthy := strings.Count(string(out), " Healthy\n")
	if want := len(services["online-boutique"]) + len(services["sock-shop"]); healthy != want {
		t.Errorf("%d Components and Resources are Healthy, want %d:\n%s", healthy, want, out)
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT); err != nil { // as a terminal: to all of the group
		t.Fatal(err)
	}
	select {
	case <-p.done:
	case <-time.After(time.Minute):
		t.Fatalf("run.sh goes on after Ctrl-C:\n%s", p.text(0))
	}
	if !poll(5*time.Second, func() bool { return processesWith(t, kubeconfig, root) == "" }) {
		t.Errorf("run.sh left behind:\n%s", processesWith(t, kubeconfig, root))
	}
	return took
}

// processesWith lists the processes whose command line names one of the paths.
func processesWith(t *testing.T, paths ...string) string {
	t.Helper()
	out, err := exec.Command("ps", "-eo", "pid,args").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found strings.Builder
	for line := range strings.Lines(string(out)) {
		for _, path := range paths {
			if strings.Contains(line, path) {
				fmt.Fprint(&found, line)
				break
			}
		}
	}
	return found.String()
}

// copyCheckout copies what git would: no hidden folders, nothing that was built.
func copyCheckout(t *testing.T, to string) {
	t.Helper()
	skipped := func(name string) bool { return name == "bin" || name == "artifacts" || strings.HasPrefix(name, ".") }
	if err := filepath.WalkDir(w.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(w.root, path)
		if err != nil {
			return err
		}
		switch {
		case rel == ".":
			return os.MkdirAll(to, 0o755)
		case d.IsDir() && skipped(d.Name()):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, info.Mode().Perm())
	}); err != nil {
		t.Fatal(err)
	}
}

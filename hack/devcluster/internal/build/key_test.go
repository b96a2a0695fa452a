// Package build tests the shell script that builds and caches devcluster.
package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// key returns what the script in the folder calls its build.
func key(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(dir, "build.sh"), "--key").Output()
	if err != nil {
		t.Fatalf("build.sh --key: %v", err)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func newSource(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script, err := os.ReadFile("../../build.sh")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "build.sh"), string(script), 0o755)
	write(t, filepath.Join(dir, "go.sum"), "one", 0o644)
	write(t, filepath.Join(dir, "main.go"), "package main", 0o644)
	return dir
}

func TestKeyFollowsWhatIsBuilt(t *testing.T) {
	cases := map[string]struct {
		file string
		same bool
	}{
		"a version":  {"go.sum", false},
		"a source":   {"main.go", false},
		"a new file": {"stage.yaml", false},
		"a test":     {"main_test.go", true},
		"the manual": {"README.md", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := newSource(t)
			before := key(t, dir)
			if len(before) != 16 {
				t.Fatalf("key %q, want 16 digits", before)
			}
			write(t, filepath.Join(dir, tc.file), "changed", 0o644)
			if after := key(t, dir); (after == before) != tc.same {
				t.Errorf("key %s became %s, want the same: %t", before, after, tc.same)
			}
		})
	}
}

func TestKeyIsTheSameInAnotherFolder(t *testing.T) {
	if a, b := key(t, newSource(t)), key(t, newSource(t)); a != b {
		t.Errorf("keys of the same sources: %s and %s", a, b)
	}
}

func TestAssetsThatAreSetAreUsed(t *testing.T) {
	dir, assets := newSource(t), t.TempDir()
	for _, name := range []string{"etcd", "kube-apiserver", "kubectl"} {
		write(t, filepath.Join(assets, name), "", 0o755)
	}
	cmd := exec.Command(filepath.Join(dir, "build.sh"), "--assets")
	cmd.Env = append(os.Environ(), "KUBEBUILDER_ASSETS="+assets)
	out, err := cmd.Output()
	if got := strings.TrimSpace(string(out)); got != assets || err != nil {
		t.Errorf("build.sh --assets = %q, %v, want %q", got, err, assets)
	}
}

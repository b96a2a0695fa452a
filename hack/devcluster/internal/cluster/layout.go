package cluster

import (
	"fmt"
	"os"
	"path/filepath"
)

// layout names the files below a cluster's directory.
type layout string

func (l layout) path(elem ...string) string {
	return filepath.Join(append([]string{string(l)}, elem...)...)
}

func (l layout) kubeconfig() string       { return l.path("kubeconfig") }
func (l layout) lock() string             { return l.path("lock") }
func (l layout) state() string            { return l.path("state.json") }
func (l layout) ports() string            { return l.path("ports.json") }
func (l layout) pki(name string) string   { return l.path("pki", name) }
func (l layout) conf(name string) string  { return l.path("conf", name) }
func (l layout) log(name string) string   { return l.path("logs", name+".log") }
func (l layout) clientOf(c string) string { return l.conf(c + ".kubeconfig") }

// make creates the directories; only the owner may look inside.
func (l layout) make() error {
	for _, dir := range []string{"", "pki", "conf", "logs", "etcd"} {
		if err := os.MkdirAll(l.path(dir), 0o700); err != nil {
			return fmt.Errorf("make the cluster's directory: %w", err)
		}
	}
	return nil
}

// writeFile replaces the file in one step, so that a reader never sees half of it.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(tmp.Name()) // fails once renamed, which is fine
	if _, err := tmp.Write(data); err != nil {
		tmp.Close()
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

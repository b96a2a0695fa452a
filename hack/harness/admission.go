package harness

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// NewClient makes another client that may do everything, with connections of its own.
func (c *Cluster) NewClient(agent string) (*API, error) { return NewAPI(c.config, agent) }

// Kubectl runs kubectl in the root of the checkout and returns what it prints.
func (c *Cluster) Kubectl(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(c.assets, "kubectl"), args...)
	cmd.Dir, cmd.Stdin = c.root, bytes.NewReader(stdin)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(), "KUBECACHEDIR="+filepath.Join(c.Dir, "kubectl"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("kubectl %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return string(out), nil
}

// MakeWebhooks makes certificates of localhost in a folder and returns the webhook configuration that trusts them and
// has the API server ask a port of localhost.
func (c *Cluster) MakeWebhooks(ctx context.Context, certDir string, port int) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "run", "./hack/localhooks", "--cert-dir", certDir, "--port", strconv.Itoa(port))
	cmd.Dir, cmd.Stderr = c.root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make the webhook configuration: %w", err)
	}
	return out, nil
}

// Apply applies a manifest.
func (c *Cluster) Apply(ctx context.Context, manifest []byte) error {
	_, err := c.Kubectl(ctx, manifest, "apply", "--server-side", "--force-conflicts", "-f", "-")
	return err
}

// ApplyPolicy has the API server itself refuse deletions.
func (c *Cluster) ApplyPolicy(ctx context.Context) error {
	_, err := c.Kubectl(ctx, nil, "apply", "--server-side", "--force-conflicts", "-k", "config/policy")
	return err
}

package harness

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// BuildOperator builds the operator of the checkout.
func BuildOperator(ctx context.Context, root, to string) error {
	build := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", to, ".")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the operator: %w", err)
	}
	return nil
}

// Find returns the root of the checkout and the folder with devcluster.
func Find(ctx context.Context) (root, assets string, err error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", "", fmt.Errorf("find the checkout: %w", err)
	}
	root = filepath.Dir(strings.TrimSpace(string(mod)))
	assets = os.Getenv("KUBEBUILDER_ASSETS")
	if _, err := os.Stat(filepath.Join(assets, "devcluster")); assets != "" && err == nil {
		return root, assets, nil
	}
	build := exec.CommandContext(ctx, filepath.Join(root, "hack", "devcluster", "build.sh"))
	build.Stderr = os.Stderr
	out, err := build.Output()
	if err != nil {
		return "", "", fmt.Errorf("build devcluster: %w", err)
	}
	return root, strings.TrimSpace(string(out)), nil
}

// Operator is the operator as it runs in production, but for TLS on its metrics.
type Operator struct {
	*Process
	// Health is the address of /readyz, Metrics that of /metrics.
	Health, Metrics string
}

// StartOperator starts an operator, with what is its own among the flags.
func (c *Cluster) StartOperator(log, binary string, args ...string) (*Operator, error) {
	health, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	metrics, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	args = append([]string{
		"--metrics-bind-address=" + metrics, "--metrics-secure=false", "--health-probe-bind-address=" + health, "--dashboard-bind-address=127.0.0.1:0",
		"--leader-election-namespace=" + SystemNamespace,
	}, args...)
	env := []string{"KUBECONFIG=" + c.OperatorKubeconfig(), "GOMEMLIMIT=off"}
	p, err := StartProcess(filepath.Join(c.Dir, log), env, binary, args...)
	return &Operator{p, health, metrics}, err
}

const (
	leases    = "/apis/coordination.k8s.io/v1/namespaces/" + SystemNamespace + "/leases"
	leaseName = "callboard.catalog.callboard.dev"
)

// EndLease takes the Lease of an operator that has ended, so that the next one leads at once.
func (c *Cluster) EndLease(ctx context.Context) error {
	if _, err := c.Admin.Do(ctx, http.MethodDelete, leases+"/"+leaseName, "", nil); !IsCode(err, http.StatusNotFound) {
		return err
	}
	return nil
}

// HoldLease takes the Lease for a day, so that no operator leads.
func (c *Cluster) HoldLease(ctx context.Context) error {
	if err := c.EndLease(ctx); err != nil {
		return err
	}
	now := metav1.NowMicro()
	return c.Admin.Object(ctx, http.MethodPost, leases, &coordinationv1.Lease{
		TypeMeta:   metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"},
		ObjectMeta: metav1.ObjectMeta{Name: leaseName},
		Spec: coordinationv1.LeaseSpec{
			HolderIdentity: ptr.To("nobody"), LeaseDurationSeconds: ptr.To[int32](86400), AcquireTime: &now, RenewTime: &now,
		},
	}, nil)
}

// FreeAddress is one on loopback that nobody listens on.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// Ready waits until the operator says that it is.
func (o *Operator) Ready(ctx context.Context) error {
	return Await(ctx, 2*time.Minute, "the operator", o.Process, func() (bool, error) {
		answer, err := http.Get("http://" + o.Health + "/readyz")
		if err != nil {
			return false, nil //nolint:nilerr // it does not listen yet
		}
		return answer.StatusCode == http.StatusOK, answer.Body.Close()
	})
}

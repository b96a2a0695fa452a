package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// operator is the operator as it runs in production, but for TLS on its metrics.
type operator struct {
	*process
	health string
	pprof  string
}

// buildOperator builds the operator of the checkout.
func buildOperator(ctx context.Context, root, to string) error {
	build := exec.CommandContext(ctx, "go", "build", "-ldflags", "-s -w", "-o", to, ".")
	build.Dir, build.Stderr = root, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the operator: %w", err)
	}
	return nil
}

// startOperator starts it. Its predecessor's Lease goes first, so that it leads at once.
func (b *bench) startOperator(ctx context.Context, profiled bool) (*operator, error) {
	lease := "/apis/coordination.k8s.io/v1/namespaces/" + systemNamespace + "/leases/callboard.catalog.callboard.dev"
	if _, err := b.admin.do(ctx, http.MethodDelete, lease, "", nil); err != nil && !isCode(err, http.StatusNotFound) {
		return nil, err
	}
	o := &operator{}
	var err error
	if o.health, err = freeAddress(); err != nil {
		return nil, err
	}
	args := []string{
		"--metrics-bind-address=127.0.0.1:0", "--metrics-secure=false", "--health-probe-bind-address=" + o.health,
		"--leader-election-namespace=" + systemNamespace,
	}
	if profiled {
		if o.pprof, err = freeAddress(); err != nil {
			return nil, err
		}
		args = append(args, "--pprof-bind-address="+o.pprof)
	}
	args = append(args, strings.Fields(b.flags.operatorArgs)...)
	env := []string{"KUBECONFIG=" + b.operatorKubeconfig(), "GOMEMLIMIT=off"}
	o.process, err = startProcess(filepath.Join(b.dir, "operator.log"), env, b.flags.operator, args...)
	return o, err
}

// freeAddress is one on loopback that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// ready waits until the operator says that it is.
func (o *operator) ready(ctx context.Context) error {
	return await(ctx, 2*time.Minute, "the operator", o.process, func() (bool, error) {
		answer, err := http.Get("http://" + o.health + "/readyz")
		if err != nil {
			return false, nil //nolint:nilerr // it does not listen yet
		}
		return answer.StatusCode == http.StatusOK, answer.Body.Close()
	})
}

// profile saves a profile of the operator, which may take as long as the query says.
func (o *operator) profile(ctx context.Context, query, to string) error {
	var answer *http.Response
	err := await(ctx, time.Minute, "the operator's profiles", o.process, func() (ok bool, err error) {
		answer, err = http.Get("http://" + o.pprof + "/debug/pprof/" + query)
		return err == nil, nil
	})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	out, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("save a profile: %w", err)
	}
	defer out.Close()
	if _, err := io.Copy(out, answer.Body); err != nil {
		return fmt.Errorf("save a profile: %w", err)
	}
	return nil
}

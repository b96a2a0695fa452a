package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/callboard-dev/callboard/hack/harness"
)

// cluster is etcd and the API server, which notes who writes.
type cluster struct {
	*harness.Cluster
	audit auditLog
}

// startCluster starts them in a directory.
func startCluster(ctx context.Context, assets, root, dir string, entities int) (*cluster, error) {
	c := &cluster{audit: auditLog{filepath.Join(dir, "audit.log")}}
	policy := filepath.Join(dir, "audit-policy.yaml")
	if err := os.WriteFile(policy, fmt.Appendf(nil, auditPolicy, harness.OperatorUser, harness.BareUser), 0o600); err != nil {
		return nil, fmt.Errorf("write the audit policy: %w", err)
	}
	var err error
	c.Cluster, err = harness.StartCluster(ctx, assets, root, dir, "--only=api",
		"--gogc="+gogc(entities), "--audit="+c.audit.path, "--apiserver-arg=--audit-policy-file="+policy)
	return c, err
}

// gogc is the GOGC of etcd and the API server: 400 spares them most collections, and makes the API server take 6 GB for
// 10,000 entities.
func gogc(entities int) string {
	if entities > 20_000 {
		return "100"
	}
	return "400"
}

// Package cluster starts, describes and stops a control plane on loopback.
package cluster

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// maxNodes is how many nodes have a pod network of their own (see nodeCIDR).
const maxNodes = 4096

// options are the flags of up.
type options struct {
	dir           string
	port          int
	nodes         int
	only          string
	audit         string
	detach        bool
	gogc          int
	timeout       time.Duration
	apiserverArgs []string
}

// parseOptions reads the flags of up.
func parseOptions(args []string, out io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("devcluster up", flag.ContinueOnError)
	fs.SetOutput(out)
	fs.StringVar(&o.dir, "dir", "", "`directory` of the cluster: keys, data, logs, kubeconfig; kept between runs (required)")
	fs.IntVar(&o.port, "port", 0, "`port` of the API server on 127.0.0.1; 0 takes the one of the last run, or a free one")
	fs.IntVar(&o.nodes, "nodes", 3, "`number` of KWOK nodes")
	fs.StringVar(&o.only, "only", "", "\"api\" starts etcd and kube-apiserver and nothing else")
	fs.StringVar(&o.audit, "audit", "", "`file` for the API server's audit log (every request, level Metadata)")
	fs.BoolVar(&o.detach, "detach", false, "return when the cluster is ready and leave it running")
	fs.IntVar(&o.gogc, "gogc", 0, "GOGC of every component, `percent`; 400 suits load tests, 0 leaves the environment's")
	fs.DurationVar(&o.timeout, "timeout", 3*time.Minute, "how long becoming ready may take")
	fs.Func("apiserver-arg", "`flag` for kube-apiserver such as --v=4, can be repeated; wins over ours", func(v string) error {
		o.apiserverArgs = append(o.apiserverArgs, v)
		return nil
	})
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return o, o.complete()
}

// complete refuses what cannot work and makes the paths absolute.
func (o *options) complete() error {
	if o.only != "" && o.only != "api" {
		return fmt.Errorf("--only %q: the one value is api", o.only)
	}
	if o.only == "api" {
		o.nodes = 0
	}
	if o.nodes < 0 || o.nodes > maxNodes {
		return fmt.Errorf("--nodes %d: want 0 to %d", o.nodes, maxNodes)
	}
	if o.port < 0 || o.port > 65535 {
		return fmt.Errorf("--port %d: want 0 to 65535", o.port)
	}
	if o.audit != "" {
		audit, err := filepath.Abs(o.audit)
		if err != nil {
			return fmt.Errorf("find the audit log: %w", err)
		}
		o.audit = audit
	}
	var err error
	o.dir, err = absDir(o.dir)
	return err
}

// parseDir reads the one flag of down, env and status.
func parseDir(name string, args []string, out io.Writer) (string, error) {
	fs := flag.NewFlagSet("devcluster "+name, flag.ContinueOnError)
	fs.SetOutput(out)
	dir := fs.String("dir", "", "`directory` of the cluster (required)")
	if err := fs.Parse(args); err != nil {
		return "", err
	}
	if fs.NArg() > 0 {
		return "", fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return absDir(*dir)
}

func absDir(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("--dir is required")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the directory: %w", err)
	}
	return abs, nil
}

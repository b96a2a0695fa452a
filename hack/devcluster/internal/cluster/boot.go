package cluster

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// boot brings one cluster up.
type boot struct {
	layout  layout
	options options
	ports   ports
	procs   *processes
	out     io.Writer
	begin   time.Time
}

// newBoot writes every file that the components read.
func newBoot(l layout, o options, out io.Writer) (*boot, error) {
	b := &boot{layout: l, options: o, out: out, begin: time.Now(), procs: newProcesses(l, o.gogc)}
	var err error
	if b.ports, err = choosePorts(l, o.port); err != nil {
		return nil, err
	}
	if err := ensurePKI(l); err != nil {
		return nil, err
	}
	if err := writeKubeconfigs(l, b.ports.API); err != nil {
		return nil, err
	}
	if err := writeConfigs(l); err != nil {
		return nil, err
	}
	return b, b.tell(false)
}

// say prints one line of progress.
func (b *boot) say(format string, args ...any) {
	fmt.Fprintf(b.out, "devcluster: %5.1fs %s\n", time.Since(b.begin).Seconds(), fmt.Sprintf(format, args...))
}

// tell writes down what runs, for status, down and a second up.
func (b *boot) tell(ready bool) error {
	return writeState(b.layout, state{
		PID: os.Getpid(), Ready: ready, Server: "https://" + address(b.ports.API),
		Only: b.options.only, Nodes: b.options.nodes, Components: b.procs.pids(),
	})
}

// boot starts the components and returns when the cluster is of use.
func (b *boot) boot(ctx context.Context) error {
	b.say("starting etcd and kube-apiserver on port %d", b.ports.API)
	if err := b.procs.start("etcd", etcdArgs(b.layout, b.ports)); err != nil {
		return err
	}
	if err := b.procs.start("kube-apiserver", apiserverArgs(b.layout, b.ports, b.options)); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", b.layout.kubeconfig())
	if err != nil {
		return fmt.Errorf("read the own kubeconfig: %w", err)
	}
	config.QPS = -1 // no limit: thousands of nodes may have to be made
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	if err := b.wait(ctx, "the API server", apiserverReady(client)); err != nil {
		return err
	}
	if b.options.only != "api" {
		if err := b.bootRest(ctx, config, client); err != nil {
			return err
		}
	}
	b.say("ready: export KUBECONFIG=%s", shellQuote(b.layout.kubeconfig()))
	return b.tell(true)
}

// bootRest starts what turns an API server into a cluster.
func (b *boot) bootRest(ctx context.Context, config *rest.Config, client kubernetes.Interface) error {
	b.say("starting kube-controller-manager, kube-scheduler and kwok")
	for _, c := range []struct {
		name string
		args []string
	}{
		{"kube-controller-manager", controllerManagerArgs(b.layout)},
		{"kube-scheduler", schedulerArgs(b.layout)},
		{"kwok", kwokArgs(b.layout)},
	} {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := b.procs.start(c.name, c.args); err != nil {
			return err
		}
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	if err := applySeed(ctx, dyn); err != nil {
		return err
	}
	if err := ensureNodes(ctx, client, b.options.nodes); err != nil {
		return err
	}
	if err := b.wait(ctx, "the controllers", controllersReady(client)); err != nil {
		return err
	}
	return b.wait(ctx, "the nodes", nodesReady(client, b.options.nodes))
}

// wait asks the check until it answers nil, and says why if it never does.
func (b *boot) wait(ctx context.Context, what string, check func(context.Context) error) error {
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not get ready in %s: %w", what, b.options.timeout, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
